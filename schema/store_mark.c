/* SPDX-License-Identifier: GPL-2.0-only */
/* What may change of a snapshot once it is stored: its label and its pin. */
#include <errno.h>

#include "store_internal.h"

static int run_on_one(struct store *store, sqlite3_stmt *statement, int64_t snapshot)
{
	int rc;

	sqlite3_bind_int64(statement, 1, snapshot);
	rc = store_run(store, statement);
	if (rc) {
		sqlite3_reset(statement);
		return rc;
	}
	return sqlite3_changes(store->db) == 1 ? 0 : -ENOENT;
}

int store_label_snapshot(struct store *store, int64_t snapshot, const char *label)
{
	sqlite3_stmt *statement = store_statement(store, STORE_LABEL_SNAPSHOT);

	if (!statement)
		return -EIO;
	sqlite3_bind_text(statement, 2, label, -1, SQLITE_STATIC); /* NULL is NULL */
	return run_on_one(store, statement, snapshot);
}

int store_pin_snapshot(struct store *store, int64_t snapshot, bool pinned)
{
	sqlite3_stmt *statement = store_statement(store, STORE_PIN_SNAPSHOT);

	if (!statement)
		return -EIO;
	sqlite3_bind_int(statement, 2, pinned);
	return run_on_one(store, statement, snapshot);
}
