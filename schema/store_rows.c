/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void store_rows_close(struct store_rows *rows)
{
	store_prepared_return(rows->store, rows->statement);
	rows->statement = NULL;
}

/* The statement and the row struct are written down apart: that they belong
 * together is checked here, not believed. */
static int check_columns(const struct store_rows *rows)
{
	const struct store_row_kind *kind = rows->kind;

	if (sqlite3_column_count(rows->statement) != kind->column_count)
		return -EPROTO;
	for (int i = 0; i < kind->column_count; i++)
		if (strcmp(sqlite3_column_name(rows->statement, i), kind->columns[i].name) != 0)
			return -EPROTO;
	return 0;
}

int store_rows_open(struct store_rows *rows, const char *sql)
{
	int rc = store_prepared_take(rows->store, sql, &rows->statement);

	if (rc)
		return rc;
	return rows->kind ? check_columns(rows) : 0;
}

static struct store_text column_text(sqlite3_stmt *statement, int i)
{
	struct store_text text = {.bytes = sqlite3_column_blob(statement, i)};

	text.size = (size_t)sqlite3_column_bytes(statement, i);
	/* an empty value comes as a NULL pointer too */
	if (!text.bytes && sqlite3_column_type(statement, i) != SQLITE_NULL)
		text.bytes = "";
	return text;
}

static void read_row(const struct store_rows *rows, void *row)
{
	for (int i = 0; i < rows->kind->column_count; i++) {
		void *member = (char *)row + rows->kind->columns[i].offset;

		if (rows->kind->columns[i].text)
			*(struct store_text *)member = column_text(rows->statement, i);
		else
			*(int64_t *)member = sqlite3_column_int64(rows->statement, i);
	}
}

int store_rows_visit(struct store_rows *rows, void *row, store_visit visit, void *context)
{
	int rc = 0;
	int code;

	while (rc == 0 && (code = sqlite3_step(rows->statement)) != SQLITE_DONE) {
		if (code != SQLITE_ROW)
			return store_fail(rows->store, "cannot read a list");
		read_row(rows, row);
		rc = visit(context, row);
	}
	return rc < 0 ? rc : 0;
}

void store_rows_bind_page(const struct store_rows *rows, int64_t snapshot,
			  const struct store_page *page)
{
	/* a key before the first row in either direction */
	int64_t start = page->descending ? INT64_MAX : INT64_MIN;

	sqlite3_bind_int64(rows->statement, 1, snapshot);
	sqlite3_bind_int64(rows->statement, 2, page->resume ? page->after_key : start);
	sqlite3_bind_int64(rows->statement, 3, page->resume ? page->after_id : start);
	sqlite3_bind_int64(rows->statement, 4, page->limit);
}

void store_rows_bind_filter(sqlite3_stmt *statement, int parameter, int64_t value)
{
	if (value)
		sqlite3_bind_int64(statement, parameter, value);
}

void store_rows_bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}

void store_rows_bind_search(sqlite3_stmt *statement, int parameter, const char *text)
{
	store_rows_bind_text(statement, parameter, text);
	if (text && *text && strspn(text, "0123456789") == strlen(text))
		sqlite3_bind_int64(statement, parameter + 1, strtoll(text, NULL, 10));
}
