/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * row_columns: rows as one JSON object with an array for each field: no name is
 * written twice, and a reader need not make an object of each row.
 *
 * A group becomes an object of arrays. All arrays are of the same length: a group
 * that a row does not have is null in each of them.
 */
#ifndef VMASCOPE_SERVER_ROW_COLUMNS_H
#define VMASCOPE_SERVER_ROW_COLUMNS_H

#include <stddef.h>

#include "field.h"
#include "json_writer.h"
#include "row_json.h"

struct row_column;

struct row_columns {
	struct row_json values; /* the first member: a sink of ours is one of these */
	struct row_sink_ops ops;
	const struct field *fields;
	struct row_column *columns; /* in the order of the fields, groups opened */
	size_t count;
	size_t next; /* the column that is named next */
};

/* For about so many rows. 0 or -ENOMEM; to be cleared in any case. The table must
 * stay, and so must the columns: they hold their own address. */
int row_columns_start(struct row_columns *columns, const struct field *fields, size_t rows);
void row_columns_add(struct row_columns *columns, const void *row);
/* Writes what was added as one object; memory that was missing is an error of its
 * buffer. */
void row_columns_write(const struct row_columns *columns, struct json_writer *json);
void row_columns_clear(struct row_columns *columns);

#endif
