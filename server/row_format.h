/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * row_format: the formats that a list can be had in, and the writer of one.
 *
 *   json    {"data":[row,…],"next":"cursor"|null}
 *   ndjson  a row a line; the last line is {"eof":true,"rows":N}, with "next" where
 *           a limit cut the list
 *   csv     row_csv.h says how; where a limit cut the list only the Link header
 *           tells
 */
#ifndef VMASCOPE_SERVER_ROW_FORMAT_H
#define VMASCOPE_SERVER_ROW_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "field.h"
#include "json_writer.h"

enum row_format_id {
	ROW_FORMAT_JSON, /* what a client gets that asks for none */
	ROW_FORMAT_NDJSON,
	ROW_FORMAT_CSV,
	ROW_FORMAT_COUNT,
};

/* A list being written; the buffer may be another one for each row. */
struct row_writer {
	const struct row_format *format;
	const struct field *fields;
	struct buffer *buffer;
	bool comma; /* JSON: a row was written before */
	uint64_t rows;
};

struct row_format {
	const char *name;
	const char *type; /* as Accept names it */
	const char *content_type; /* the same with what else is to be said */
	bool whole; /* without a limit the whole list comes, not a page */
	void (*begin)(struct row_writer *writer);
	void (*row)(struct row_writer *writer, const void *row);
	/* next: the cursor where a limit cut the list, or NULL */
	void (*end)(struct row_writer *writer, const char *next);
};

extern const struct row_format row_formats[ROW_FORMAT_COUNT];

#endif
