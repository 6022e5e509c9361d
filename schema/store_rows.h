/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_rows: runs one SELECT and hands its rows over as structs. Nobody but the
 * modules that list something includes this.
 */
#ifndef VMASCOPE_SCHEMA_STORE_ROWS_H
#define VMASCOPE_SCHEMA_STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store_internal.h"
#include "store_list.h"

/* Where a result column goes in the row struct; NULL is 0 or no text. */
struct store_column {
	const char *name; /* of the column, which is that of the member */
	uint16_t offset;
	bool text; /* struct store_text, else int64_t */
};

#define STORE_INTEGER(type, member)                                                     \
	{                                                                               \
		.name = #member, .offset = offsetof(struct store_##type##_row, member), \
	}
#define STORE_TEXT(type, member)                                                        \
	{                                                                               \
		.name = #member, .offset = offsetof(struct store_##type##_row, member), \
		.text = true,                                                           \
	}

struct store_row_kind {
	const struct store_column *columns; /* in the order of the statement */
	int column_count;
};

#define STORE_ROW_KIND(columns)                                        \
	{                                                              \
		(columns), (int)(sizeof(columns) / sizeof(*(columns))) \
	}

/* A statement on its way. Bindings need no check: their numbers are those of
 * the statement, and a text stays the caller's. */
struct store_rows {
	struct store *store;
	const struct store_row_kind *kind; /* NULL: the caller reads columns itself */
	sqlite3_stmt *statement;
};

/* Prepares the statement. 0, or -errno: -EPROTO where its columns are not those
 * of the kind. To be closed in any case. */
int store_rows_open(struct store_rows *rows, const char *sql);
/* Binds ?1 = snapshot, ?2 and ?3 = the key and id that the page starts behind,
 * ?4 = its limit: the same numbers in every list. */
void store_rows_bind_page(const struct store_rows *rows, int64_t snapshot,
			  const struct store_page *page);
/* Steps through the rows; each is put into row, a struct of the kind. */
int store_rows_visit(struct store_rows *rows, void *row, store_visit visit, void *context);
void store_rows_close(struct store_rows *rows);

/* Filters: 0 and NULL stay NULL, which is "any" to the statements. */
void store_rows_bind_filter(sqlite3_stmt *statement, int parameter, int64_t value);
void store_rows_bind_text(sqlite3_stmt *statement, int parameter, const char *text);
/* The text, and behind it the number that it is, if it is one: to search for. */
void store_rows_bind_search(sqlite3_stmt *statement, int parameter, const char *text);

#endif
