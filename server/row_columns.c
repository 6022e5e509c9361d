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

static struct json_writer *next_of(struct row_sink *sink)
{
	struct row_columns *columns = (struct row_columns *)sink;

	return &columns->columns[columns->next++].json;
}

static void write_name(struct row_sink *sink, const char *name)
{
	(void)sink;
	(void)name;
}

static void begin_or_end_group(struct row_sink *sink)
{
	(void)sink;
}

static void write_null(struct row_sink *sink)
{
	json_null(next_of(sink));
}

static void no_group(struct row_sink *sink, const struct field *fields)
{
	for (; fields->name; fields++) {
		if (fields->kind == FIELD_GROUP)
			no_group(sink, fields->fields);
		else
			write_null(sink);
	}
}

static void write_boolean(struct row_sink *sink, bool value)
{
	json_boolean(next_of(sink), value);
}

static void write_integer(struct row_sink *sink, int64_t value)
{
	json_integer(next_of(sink), value);
}

static void write_number(struct row_sink *sink, double value)
{
	json_number(next_of(sink), value);
}

static void write_decimal(struct row_sink *sink, uint64_t value)
{
	json_decimal(next_of(sink), value);
}

static void write_hex(struct row_sink *sink, uint64_t value)
{
	json_hex(next_of(sink), value);
}

static void write_time(struct row_sink *sink, int64_t time_ns)
{
	json_time(next_of(sink), time_ns);
}

static void write_text(struct row_sink *sink, const char *bytes, size_t size)
{
	json_text(next_of(sink), bytes, size);
}

static void write_json(struct row_sink *sink,
		       void (*write)(struct json_writer *json, const void *row), const void *row)
{
	write(next_of(sink), row);
}

static const struct row_sink_ops ops = {
	.name = write_name,
	.begin_group = begin_or_end_group,
	.end_group = begin_or_end_group,
	.no_group = no_group,
	.null = write_null,
	.boolean = write_boolean,
	.integer = write_integer,
	.number = write_number,
	.decimal = write_decimal,
	.hex = write_hex,
	.time = write_time,
	.text = write_text,
	.json = write_json,
};

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

	*columns = (struct row_columns){.sink = {&ops}, .fields = fields};
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
	field_visit(columns->fields, row, &columns->sink);
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
