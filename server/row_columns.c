/* SPDX-License-Identifier: GPL-2.0-only */
#include "row_columns.h"

#include <errno.h>
#include <stdlib.h>

struct row_column {
	struct buffer text; /* the values with the commas between them */
	struct json_writer json; /* into it */
};

/* Room for the values of most columns, which then need not be copied to grow. */
#define BYTES_PER_VALUE 8u

/* Before each value: it goes to the column behind the last one's. */
static void next_column(struct row_sink *sink, const char *name)
{
	struct row_columns *columns = (struct row_columns *)sink;

	(void)name;
	columns->values.json = &columns->columns[columns->next++].json;
}

/* What was named is no value, and has no column. */
static void begin_group(struct row_sink *sink)
{
	((struct row_columns *)sink)->next--;
}

static void end_group(struct row_sink *sink)
{
	(void)sink;
}

static void no_group(struct row_sink *sink, const struct field *fields)
{
	begin_group(sink);
	for (; fields->name; fields++) {
		next_column(sink, fields->name);
		if (fields->kind == FIELD_GROUP)
			no_group(sink, fields->fields);
		else
			row_null(sink);
	}
}

/* Values are written as in an object; which column they go to is ours. */
static struct row_sink_ops column_ops(void)
{
	struct row_sink_ops ops = row_json_ops;

	ops.name = next_column;
	ops.begin_group = begin_group;
	ops.end_group = end_group;
	ops.no_group = no_group;
	return ops;
}

static size_t count_columns(const struct field *fields)
{
	size_t count = 0;

	for (; fields->name; fields++)
		count += fields->kind == FIELD_GROUP ? count_columns(fields->fields) : 1;
	return count;
}

int row_columns_start(struct row_columns *columns, const struct field *fields, size_t rows)
{
	size_t count = count_columns(fields);

	*columns = (struct row_columns){.ops = column_ops(), .fields = fields};
	columns->values.sink.ops = &columns->ops;
	/* one more: what is named last may be a group */
	columns->columns = calloc(count + 1, sizeof(*columns->columns));
	if (!columns->columns)
		return -ENOMEM;
	columns->count = count;
	for (size_t i = 0; i < count; i++) {
		struct row_column *column = &columns->columns[i];

		json_start(&column->json, &column->text);
		buffer_reserve(&column->text, rows * BYTES_PER_VALUE);
	}
	return 0;
}

void row_columns_add(struct row_columns *columns, const void *row)
{
	columns->next = 0;
	field_visit(columns->fields, row, &columns->values.sink);
}

/* The fields from this column on, each under its name; the column behind them. */
static const struct row_column *write_columns(struct json_writer *json, const struct field *fields,
					      const struct row_column *column)
{
	json_begin_object(json);
	for (; fields->name; fields++) {
		json_name(json, fields->name);
		if (fields->kind == FIELD_GROUP) {
			column = write_columns(json, fields->fields, column);
			continue;
		}
		json_begin_array(json);
		buffer_append(json->buffer, column->text.bytes, column->text.size);
		if (column->text.error)
			json->buffer->error = column->text.error;
		json_end_array(json);
		column++;
	}
	json_end_object(json);
	return column;
}

static size_t size_of(const struct row_columns *columns)
{
	size_t size = 0;

	for (size_t i = 0; i < columns->count; i++)
		size += columns->columns[i].text.size;
	return size;
}

void row_columns_write(const struct row_columns *columns, struct json_writer *json)
{
	/* at once, as growing step by step would copy what is already there */
	buffer_reserve(json->buffer, size_of(columns));
	write_columns(json, columns->fields, columns->columns);
}

void row_columns_clear(struct row_columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		buffer_clear(&columns->columns[i].text);
	free(columns->columns);
	*columns = (struct row_columns){0};
}
