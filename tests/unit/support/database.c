/* SPDX-License-Identifier: GPL-2.0-only */
#include "database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include <cmocka.h>

/* Tables with a column `died`. */
#define VERSIONED                                                              \
	"SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p " \
	"WHERE m.type = 'table' AND p.name = 'died' ORDER BY m.name"

static sqlite3 *open_database(const char *path, int flags)
{
	sqlite3 *db;

	if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK)
		fail_msg("%s: %s", path, sqlite3_errmsg(db));
	sqlite3_busy_timeout(db, 5000);
	return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return statement;
}

int64_t database_number(const char *path, const char *sql)
{
	sqlite3 *db = open_database(path, SQLITE_OPEN_READONLY);
	sqlite3_stmt *statement = prepare(db, sql);
	int64_t number;

	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_type(statement, 0) == SQLITE_NULL ?
			 -1 :
			 sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

void database_exec(const char *path, const char *sql)
{
	sqlite3 *db = open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* 'table' || quote(column) || … of one table. */
static void add_row_query(sqlite3_str *sql, sqlite3 *db, const char *table)
{
	char *info = sqlite3_mprintf("SELECT name FROM pragma_table_info(%Q) "
				     "WHERE name NOT IN ('row', 'born', 'died')",
				     table);
	sqlite3_stmt *columns = prepare(db, info);

	sqlite3_str_appendf(sql, "%sSELECT %Q", sqlite3_str_length(sql) ? " UNION ALL " : "",
			    table);
	while (sqlite3_step(columns) == SQLITE_ROW)
		sqlite3_str_appendf(sql, " || ' %s=' || quote(%s)", sqlite3_column_text(columns, 0),
				    sqlite3_column_text(columns, 0));
	sqlite3_str_appendf(sql, " AS line FROM %s WHERE born <= ?1 AND died > ?1", table);
	sqlite3_finalize(columns);
	sqlite3_free(info);
}

char *database_as_of(const char *path, int64_t snapshot)
{
	sqlite3 *db = open_database(path, SQLITE_OPEN_READONLY);
	sqlite3_stmt *tables = prepare(db, VERSIONED), *rows;
	sqlite3_str *sql = sqlite3_str_new(db);
	char *query, *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	while (sqlite3_step(tables) == SQLITE_ROW)
		add_row_query(sql, db, (const char *)sqlite3_column_text(tables, 0));
	sqlite3_finalize(tables);
	sqlite3_str_appendall(sql, " ORDER BY line");
	query = sqlite3_str_finish(sql);
	rows = prepare(db, query);
	sqlite3_bind_int64(rows, 1, snapshot);
	while (sqlite3_step(rows) == SQLITE_ROW)
		fprintf(out, "%s\n", sqlite3_column_text(rows, 0));
	sqlite3_finalize(rows);
	sqlite3_free(query);
	sqlite3_close(db);
	fclose(out);
	return text;
}

int64_t database_versioned_rows(const char *path)
{
	sqlite3 *db = open_database(path, SQLITE_OPEN_READONLY);
	sqlite3_stmt *tables = prepare(db, VERSIONED);
	int64_t sum = 0;

	while (sqlite3_step(tables) == SQLITE_ROW) {
		char *sql = sqlite3_mprintf("SELECT count(*) FROM %s",
					    sqlite3_column_text(tables, 0));

		sum += database_number(path, sql);
		sqlite3_free(sql);
	}
	sqlite3_finalize(tables);
	sqlite3_close(db);
	return sum;
}
