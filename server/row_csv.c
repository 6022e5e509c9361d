/* SPDX-License-Identifier: GPL-2.0-only */
#include "row_csv.h"

#include <string.h>

#include "utf8.h"

struct row_csv {
	struct row_sink sink; /* the first member: a sink of ours is one of these */
	struct buffer *buffer;
	bool comma; /* a cell stands before the next one */
};

static struct buffer *next_cell(struct row_sink *sink)
{
	struct row_csv *csv = (struct row_csv *)sink;

	if (csv->comma)
		buffer_append(csv->buffer, ",", 1);
	csv->comma = true;
	return csv->buffer;
}

/* Values that JSON writes without a character that a cell would have to quote. */
static struct json_writer next_plain(struct row_sink *sink)
{
	return (struct json_writer){.buffer = next_cell(sink)};
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
	next_cell(sink);
}

static void no_group(struct row_sink *sink, const struct field *fields)
{
	for (; fields->name; fields++)
		write_null(sink);
}

static void write_boolean(struct row_sink *sink, bool value)
{
	struct json_writer plain = next_plain(sink);

	json_boolean(&plain, value);
}

static void write_integer(struct row_sink *sink, int64_t value)
{
	struct json_writer plain = next_plain(sink);

	json_integer(&plain, value);
}

static void write_number(struct row_sink *sink, double value)
{
	struct json_writer plain = next_plain(sink);

	json_number(&plain, value);
}

/* JSON's string without its quotes. */
static void unquote(struct buffer *buffer, size_t start)
{
	if (buffer->error)
		return;
	buffer->size -= 2;
	memmove(buffer->bytes + start, buffer->bytes + start + 1, buffer->size - start);
}

static void write_decimal(struct row_sink *sink, uint64_t value)
{
	struct json_writer plain = next_plain(sink);
	size_t start = plain.buffer->size;

	json_decimal(&plain, value);
	unquote(plain.buffer, start);
}

static void write_hex(struct row_sink *sink, uint64_t value)
{
	struct json_writer plain = next_plain(sink);
	size_t start = plain.buffer->size;

	json_hex(&plain, value);
	unquote(plain.buffer, start);
}

static void write_time(struct row_sink *sink, int64_t time_ns)
{
	struct json_writer plain = next_plain(sink);
	size_t start = plain.buffer->size;

	json_time(&plain, time_ns);
	unquote(plain.buffer, start);
}

/* What may stand in a cell as it is, whatever stands around it. */
static size_t plain_prefix(const char *bytes, size_t size)
{
	size_t at = 0;

	while (at < size && bytes[at] >= 0x20 && bytes[at] < 0x7f && bytes[at] != '"' &&
	       bytes[at] != ',')
		at++;
	return at;
}

static bool is_control(const char *bytes, size_t length)
{
	unsigned char first = (unsigned char)bytes[0];

	if (length == 1)
		return (first < 0x20 && !strchr("\t\r\n", first)) || first == 0x7f || first == 0;
	return length == 2 && first == 0xc2 && (unsigned char)bytes[1] < 0xa0; /* C1 */
}

static void write_quoted(struct buffer *buffer, const char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		bool valid;
		size_t length = utf8_character(bytes + at, size - at, &valid);

		if (!valid || is_control(bytes + at, length))
			buffer_text(buffer, UTF8_REPLACEMENT);
		else if (bytes[at] == '"')
			buffer_append(buffer, "\"\"", 2);
		else
			buffer_append(buffer, bytes + at, length);
		at += length;
	}
}

static void write_text(struct row_sink *sink, const char *bytes, size_t size)
{
	struct buffer *buffer = next_cell(sink);
	bool formula = size && *bytes && strchr("=+-@\t\r", *bytes);

	if (plain_prefix(bytes, size) == size) {
		if (formula)
			buffer_append(buffer, "'", 1);
		buffer_append(buffer, bytes, size);
		return;
	}
	buffer_text(buffer, formula ? "\"'" : "\"");
	write_quoted(buffer, bytes, size);
	buffer_append(buffer, "\"", 1);
}

static void write_json(struct row_sink *sink,
		       void (*write)(struct json_writer *json, const void *row), const void *row)
{
	struct buffer *buffer = next_cell(sink);
	struct buffer text = {0};
	struct json_writer json;

	json_start(&json, &text);
	write(&json, row);
	if (text.error)
		buffer->error = text.error;
	if (plain_prefix(text.bytes, text.size) == text.size) {
		buffer_append(buffer, text.bytes, text.size);
	} else {
		buffer_append(buffer, "\"", 1);
		write_quoted(buffer, text.bytes, text.size);
		buffer_append(buffer, "\"", 1);
	}
	buffer_clear(&text);
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

void row_csv_header(struct buffer *buffer, const struct field *fields)
{
	field_names(fields, ",", buffer);
	buffer_append(buffer, "\r\n", 2);
}

void row_csv_write(struct buffer *buffer, const struct field *fields, const void *row)
{
	struct row_csv csv = {{&ops}, buffer, false};

	field_visit(fields, row, &csv.sink);
	buffer_append(buffer, "\r\n", 2);
}
