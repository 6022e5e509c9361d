/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json_writer: writes one JSON document into a buffer, from front to back.
 *
 * For lists and documents of any length: nothing is kept but the bytes. The
 * caller pairs begin with end and gives a name before each value of an object;
 * the writer puts the commas and escapes. Whatever bytes a text holds, the
 * document is valid UTF-8 without control characters. Memory errors stay in the
 * buffer (buffer.h).
 */
#ifndef VMASCOPE_SERVER_JSON_WRITER_H
#define VMASCOPE_SERVER_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

struct json_writer {
	struct buffer *buffer;
	bool comma; /* a value stands before the next one on this level */
};

/* Appends to the buffer, which stays the caller's. */
void json_start(struct json_writer *json, struct buffer *buffer);

void json_begin_object(struct json_writer *json);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json);
void json_end_array(struct json_writer *json);
/* A name of our own, which needs no escape. */
void json_name(struct json_writer *json, const char *name);

void json_null(struct json_writer *json);
void json_boolean(struct json_writer *json, bool value);
/* A JSON number: for values that stay below 2^53. */
void json_integer(struct json_writer *json, int64_t value);
/* As short as reads back the same; finite. */
void json_number(struct json_writer *json, double value);
/* Strings, exact at any value: "18446744073709551615", "0x7f00". */
void json_decimal(struct json_writer *json, uint64_t value);
void json_hex(struct json_writer *json, uint64_t value);
void json_text(struct json_writer *json, const char *bytes, size_t size);
/* A value that is JSON already. */
void json_raw(struct json_writer *json, const char *text);
/* A name and its value. */
void json_name_integer(struct json_writer *json, const char *name, int64_t value);
void json_name_boolean(struct json_writer *json, const char *name, bool value);
void json_name_hex(struct json_writer *json, const char *name, uint64_t value);
/* NUL-terminated, any bytes. */
void json_name_text(struct json_writer *json, const char *name, const char *text);
/* "2026-11-21T02:33:18.123456789Z" from nanoseconds since 1970. */
void json_time(struct json_writer *json, int64_t time_ns);

#endif
