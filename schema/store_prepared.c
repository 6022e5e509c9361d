/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_prepared.h"

#include <string.h>

#include "store_internal.h"

static sqlite3_stmt *remove_at(struct store_prepared *prepared, size_t at)
{
	sqlite3_stmt *statement = prepared->idle[at];

	prepared->count--;
	for (size_t i = at; i < prepared->count; i++)
		prepared->idle[i] = prepared->idle[i + 1];
	return statement;
}

int store_prepared_take(struct store *store, const char *sql, sqlite3_stmt **ret_statement)
{
	struct store_prepared *prepared = &store->prepared;

	for (size_t i = 0; i < prepared->count; i++)
		if (strcmp(sqlite3_sql(prepared->idle[i]), sql) == 0) {
			*ret_statement = remove_at(prepared, i);
			return 0;
		}
	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement,
			       NULL) != SQLITE_OK)
		return store_fail(store, "cannot prepare a list");
	return 0;
}

void store_prepared_return(struct store *store, sqlite3_stmt *statement)
{
	struct store_prepared *prepared = &store->prepared;

	if (!statement)
		return;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	if (prepared->count == STORE_PREPARED_MAX)
		sqlite3_finalize(remove_at(prepared, 0));
	prepared->idle[prepared->count++] = statement;
}

void store_prepared_clear(struct store *store)
{
	while (store->prepared.count)
		sqlite3_finalize(store->prepared.idle[--store->prepared.count]);
}
