/* SPDX-License-Identifier: GPL-2.0-only */
#include "json_writer.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "utf8.h"

#define NS_PER_S 1000000000

void json_start(struct json_writer *json, struct buffer *buffer)
{
	*json = (struct json_writer){.buffer = buffer};
}

static void put_comma(struct json_writer *json)
{
	if (json->comma)
		buffer_append(json->buffer, ",", 1);
	json->comma = true;
}

static void begin(struct json_writer *json, const char *bracket)
{
	put_comma(json);
	buffer_append(json->buffer, bracket, 1);
	json->comma = false;
}

static void end(struct json_writer *json, const char *bracket)
{
	buffer_append(json->buffer, bracket, 1);
	json->comma = true;
}

void json_begin_object(struct json_writer *json)
{
	begin(json, "{");
}

void json_end_object(struct json_writer *json)
{
	end(json, "}");
}

void json_begin_array(struct json_writer *json)
{
	begin(json, "[");
}

void json_end_array(struct json_writer *json)
{
	end(json, "]");
}

/* The part of a document that is written most: one look for room. */
void json_name(struct json_writer *json, const char *name)
{
	size_t size = strlen(name);
	char *room = buffer_reserve(json->buffer, size + 4);
	char *at = room;

	if (!room)
		return;
	if (json->comma)
		*at++ = ',';
	*at++ = '"';
	at = mempcpy(at, name, size);
	*at++ = '"';
	*at++ = ':';
	json->buffer->size += (size_t)(at - room);
	json->comma = false;
}

static void put_value(struct json_writer *json, const char *bytes, size_t size)
{
	char *room = buffer_reserve(json->buffer, size + 1);

	if (!room)
		return;
	*room = ',';
	memcpy(room + json->comma, bytes, size);
	json->buffer->size += size + json->comma;
	json->comma = true;
}

void json_null(struct json_writer *json)
{
	put_value(json, "null", 4);
}

void json_boolean(struct json_writer *json, bool value)
{
	put_value(json, value ? "true" : "false", value ? 4 : 5);
}

void json_raw(struct json_writer *json, const char *text)
{
	put_value(json, text, strlen(text));
}

/* Digits at the end of the room, as printf is half the time of a long list; two
 * loops, as a compiler divides by what it knows without dividing. */
static char *format_decimal(char *end_of_room, uint64_t value)
{
	char *at = end_of_room;

	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return at;
}

static char *format_hex(char *end_of_room, uint64_t value)
{
	char *at = end_of_room;

	do {
		*--at = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value);
	return at;
}

void json_integer(struct json_writer *json, int64_t value)
{
	char room[24];
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char *at = format_decimal(room + sizeof(room), magnitude);

	if (value < 0)
		*--at = '-';
	put_value(json, at, (size_t)(room + sizeof(room) - at));
}

/* What has no fraction and no exponent, as most means are; -0 has a sign. */
static bool is_short_integer(double value)
{
	return fabs(value) < 1e15 && value == (double)(int64_t)value && !signbit(value);
}

void json_number(struct json_writer *json, double value)
{
	char text[32];
	int digits = DBL_DIG;

	if (is_short_integer(value)) {
		json_integer(json, (int64_t)value);
		return;
	}
	do {
		snprintf(text, sizeof(text), "%.*g", digits, value);
	} while (digits++ < DBL_DECIMAL_DIG && strtod(text, NULL) != value);
	put_value(json, text, strlen(text));
}

void json_decimal(struct json_writer *json, uint64_t value)
{
	char room[24];
	char *end = room + sizeof(room) - 1;
	char *at = format_decimal(end, value);

	*end = '"';
	*--at = '"';
	put_value(json, at, (size_t)(end + 1 - at));
}

void json_hex(struct json_writer *json, uint64_t value)
{
	char room[24];
	char *end = room + sizeof(room) - 1;
	char *at = format_hex(end, value);

	*end = '"';
	*--at = 'x';
	*--at = '0';
	*--at = '"';
	put_value(json, at, (size_t)(end + 1 - at));
}

/* C0 and C1 control characters and DEL: JSON asks for the first, a terminal
 * that shows the answer is grateful for the others. */
static bool is_control(const char *bytes, size_t length)
{
	unsigned char first = (unsigned char)bytes[0];

	if (length == 1)
		return first < 0x20 || first == 0x7f;
	return length == 2 && first == 0xc2 && (unsigned char)bytes[1] < 0xa0;
}

static void put_character(struct buffer *buffer, const char *bytes, size_t length)
{
	/* U+0080..U+009F are C2 80..C2 9F: the last byte is the code point */
	if (is_control(bytes, length))
		buffer_format(buffer, "\\u%04x", (unsigned char)bytes[length - 1]);
	else if (bytes[0] == '"' || bytes[0] == '\\')
		buffer_append(buffer, bytes[0] == '"' ? "\\\"" : "\\\\", 2);
	else
		buffer_append(buffer, bytes, length);
}

/* Length of the part that needs no look: most text is nothing else. */
static size_t plain_prefix(const char *bytes, size_t size)
{
	size_t at = 0;

	while (at < size && bytes[at] >= 0x20 && bytes[at] < 0x7f && bytes[at] != '"' &&
	       bytes[at] != '\\')
		at++;
	return at;
}

void json_text(struct json_writer *json, const char *bytes, size_t size)
{
	put_value(json, "\"", 1);
	for (size_t at = 0; at < size;) {
		size_t length = plain_prefix(bytes + at, size - at);
		bool valid = true;

		if (length) {
			buffer_append(json->buffer, bytes + at, length);
			at += length;
			continue;
		}
		length = utf8_character(bytes + at, size - at, &valid);
		if (valid)
			put_character(json->buffer, bytes + at, length);
		else
			buffer_text(json->buffer, UTF8_REPLACEMENT);
		at += length;
	}
	buffer_append(json->buffer, "\"", 1);
}

void json_time(struct json_writer *json, int64_t time_ns)
{
	int64_t part_ns = ((time_ns % NS_PER_S) + NS_PER_S) % NS_PER_S;
	time_t seconds = (time_t)((time_ns - part_ns) / NS_PER_S);
	struct tm utc = {0};
	char date[32];
	char text[48];

	gmtime_r(&seconds, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%09" PRId64 "Z", date, part_ns);
	json_text(json, text, strlen(text));
}

void json_name_integer(struct json_writer *json, const char *name, int64_t value)
{
	json_name(json, name);
	json_integer(json, value);
}

void json_name_boolean(struct json_writer *json, const char *name, bool value)
{
	json_name(json, name);
	json_boolean(json, value);
}

void json_name_hex(struct json_writer *json, const char *name, uint64_t value)
{
	json_name(json, name);
	json_hex(json, value);
}

void json_name_text(struct json_writer *json, const char *name, const char *text)
{
	json_name(json, name);
	json_text(json, text, strlen(text));
}
