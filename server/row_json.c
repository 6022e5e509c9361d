/* SPDX-License-Identifier: GPL-2.0-only */
#include "row_json.h"

static struct json_writer *json_of(struct row_sink *sink)
{
	return ((struct row_json *)sink)->json;
}

static void write_name(struct row_sink *sink, const char *name)
{
	json_name(json_of(sink), name);
}

static void begin_group(struct row_sink *sink)
{
	json_begin_object(json_of(sink));
}

static void end_group(struct row_sink *sink)
{
	json_end_object(json_of(sink));
}

static void no_group(struct row_sink *sink, const struct field *fields)
{
	(void)fields;
	json_null(json_of(sink));
}

static void write_null(struct row_sink *sink)
{
	json_null(json_of(sink));
}

static void write_boolean(struct row_sink *sink, bool value)
{
	json_boolean(json_of(sink), value);
}

static void write_integer(struct row_sink *sink, int64_t value)
{
	json_integer(json_of(sink), value);
}

static void write_number(struct row_sink *sink, double value)
{
	json_number(json_of(sink), value);
}

static void write_decimal(struct row_sink *sink, uint64_t value)
{
	json_decimal(json_of(sink), value);
}

static void write_hex(struct row_sink *sink, uint64_t value)
{
	json_hex(json_of(sink), value);
}

static void write_time(struct row_sink *sink, int64_t time_ns)
{
	json_time(json_of(sink), time_ns);
}

static void write_text(struct row_sink *sink, const char *bytes, size_t size)
{
	json_text(json_of(sink), bytes, size);
}

static void write_json(struct row_sink *sink,
		       void (*write)(struct json_writer *json, const void *row), const void *row)
{
	write(json_of(sink), row);
}

const struct row_sink_ops row_json_ops = {
	.name = write_name,
	.begin_group = begin_group,
	.end_group = end_group,
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

void row_json_members(struct json_writer *json, const struct field *fields, const void *row)
{
	struct row_json object = {{&row_json_ops}, json};

	field_visit(fields, row, &object.sink);
}

void row_json_write(struct json_writer *json, const struct field *fields, const void *row)
{
	json_begin_object(json);
	row_json_members(json, fields, row);
	json_end_object(json);
}
