/* SPDX-License-Identifier: GPL-2.0-only */
#include "row_format.h"

#include "row_csv.h"
#include "row_json.h"

static void begin_json(struct row_writer *writer)
{
	buffer_text(writer->buffer, "{\"data\":[");
}

static void write_json(struct row_writer *writer, const void *row)
{
	struct json_writer json = {.buffer = writer->buffer, .comma = writer->comma};

	row_json_write(&json, writer->fields, row);
	writer->comma = true;
}

static void end_json(struct row_writer *writer, const char *next)
{
	buffer_text(writer->buffer, "],\"next\":");
	if (next)
		buffer_format(writer->buffer, "\"%s\"}", next);
	else
		buffer_text(writer->buffer, "null}");
}

static void begin_ndjson(struct row_writer *writer)
{
	(void)writer;
}

static void write_ndjson(struct row_writer *writer, const void *row)
{
	struct json_writer json = {.buffer = writer->buffer};

	row_json_write(&json, writer->fields, row);
	buffer_append(writer->buffer, "\n", 1);
}

/* The last line tells a list that ended from one that was cut off. */
static void end_ndjson(struct row_writer *writer, const char *next)
{
	struct json_writer json = {.buffer = writer->buffer};

	json_begin_object(&json);
	json_name_boolean(&json, "eof", true);
	json_name_integer(&json, "rows", (int64_t)writer->rows);
	if (next)
		json_name_text(&json, "next", next);
	json_end_object(&json);
	buffer_append(writer->buffer, "\n", 1);
}

static void begin_csv(struct row_writer *writer)
{
	row_csv_header(writer->buffer, writer->fields);
}

static void write_csv(struct row_writer *writer, const void *row)
{
	row_csv_write(writer->buffer, writer->fields, row);
}

static void end_csv(struct row_writer *writer, const char *next)
{
	(void)writer;
	(void)next;
}

const struct row_format row_formats[ROW_FORMAT_COUNT] = {
	[ROW_FORMAT_JSON] =
		{
			.name = "json",
			.type = "application/json",
			.content_type = "application/json",
			.begin = begin_json,
			.row = write_json,
			.end = end_json,
		},
	[ROW_FORMAT_NDJSON] =
		{
			.name = "ndjson",
			.type = "application/x-ndjson",
			.content_type = "application/x-ndjson",
			.whole = true,
			.begin = begin_ndjson,
			.row = write_ndjson,
			.end = end_ndjson,
		},
	[ROW_FORMAT_CSV] =
		{
			.name = "csv",
			.type = "text/csv",
			.content_type = "text/csv; charset=utf-8",
			.whole = true,
			.begin = begin_csv,
			.row = write_csv,
			.end = end_csv,
		},
};
