/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_revision.h"

#include <errno.h>

#include "store_internal.h"
#include "store_rows.h"

enum revision_statement {
	REVISION_BACK,
	REVISION_LABEL,
	REVISION_TIME,
	REVISION_STATEMENT_COUNT,
};

static const char *const statements[REVISION_STATEMENT_COUNT] = {
	[REVISION_BACK] = "SELECT id FROM snapshot ORDER BY id DESC LIMIT 1 OFFSET ?1",
	[REVISION_LABEL] = "SELECT id FROM snapshot INDEXED BY snapshot_by_label "
			   "WHERE label = ?1 ORDER BY id DESC LIMIT 1",
	[REVISION_TIME] = "SELECT id FROM snapshot INDEXED BY snapshot_by_time "
			  "WHERE taken_ns <= ?1 ORDER BY taken_ns DESC, id DESC LIMIT 1",
};

/* The label, if there is one, is ?1; else the value, where the statement has a
 * parameter. */
static int find(struct store *store, enum revision_statement which, const char *label,
		int64_t value, int64_t *ret_id)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int rc = store_rows_open(&rows, statements[which]);

	if (rc)
		return rc;
	if (label)
		sqlite3_bind_text(rows.statement, 1, label, -1, SQLITE_STATIC);
	else
		sqlite3_bind_int64(rows.statement, 1, value);
	switch (sqlite3_step(rows.statement)) {
	case SQLITE_ROW:
		*ret_id = sqlite3_column_int64(rows.statement, 0);
		return 0;
	case SQLITE_DONE:
		return -ENOENT;
	default:
		return store_fail(store, "cannot find a snapshot");
	}
}

int store_find_back(struct store *store, int64_t back, int64_t *ret_id)
{
	return find(store, REVISION_BACK, NULL, back, ret_id);
}

int store_find_label(struct store *store, const char *label, int64_t *ret_id)
{
	return find(store, REVISION_LABEL, label, 0, ret_id);
}

int store_find_time(struct store *store, int64_t time_ns, int64_t *ret_id)
{
	return find(store, REVISION_TIME, NULL, time_ns, ret_id);
}
