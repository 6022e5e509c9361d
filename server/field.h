/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * field: what of a row of the store a client is shown, as a table: name, kind,
 * place in the row struct. Every format of a row is made from its table, by one
 * visitor (field_visit) that calls a sink (row_sink.h).
 *
 * Names below a group are written "group.name" where a format has one level only
 * and where a client names fields.
 */
#ifndef VMASCOPE_SERVER_FIELD_H
#define VMASCOPE_SERVER_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json_writer.h"
#include "row_sink.h"

enum field_kind {
	FIELD_INTEGER, /* int64_t */
	FIELD_ID, /* int64_t, 0 is null */
	FIELD_BOOLEAN, /* int64_t */
	FIELD_DECIMAL, /* 64 bits of an int64_t, as a string */
	FIELD_HEX, /* the same, "0x…" */
	FIELD_TIME, /* int64_t, nanoseconds since 1970 */
	FIELD_TEXT, /* struct store_text, no bytes is null */
	FIELD_MEAN, /* int64_t over the int64_t at offset_below, null over 0 */
	FIELD_JSON, /* an array, or an object whose members differ from row to row */
	FIELD_GROUP, /* fields of the same row, one level down */
};

struct field {
	const char *name; /* NULL ends a table */
	enum field_kind kind;
	uint16_t offset;
	uint16_t offset_below;
	const struct field *fields;
	/* writes one value of the kind, or null; NULL: it lies at the offset */
	void (*write)(struct row_sink *sink, const void *row);
	void (*write_json)(struct json_writer *json, const void *row);
	/* whether this row has the group; NULL: every row has */
	bool (*present)(const void *row);
};

#define FIELD(field_kind_, type, member)                                                         \
	{                                                                                        \
		.name = #member, .kind = (field_kind_), .offset = offsetof(struct type, member), \
	}
#define FIELD_AS(field_kind_, type, member, as)                                               \
	{                                                                                     \
		.name = (as), .kind = (field_kind_), .offset = offsetof(struct type, member), \
	}
#define FIELD_MEAN_AS(type, visits, pages, as)                                             \
	{                                                                                  \
		.name = (as), .kind = FIELD_MEAN, .offset = offsetof(struct type, visits), \
		.offset_below = offsetof(struct type, pages),                              \
	}
#define FIELD_GROUP_OF(as, table)                                     \
	{                                                             \
		.name = (as), .kind = FIELD_GROUP, .fields = (table), \
	}
#define FIELD_GROUP_IF(as, table, function)                                                  \
	{                                                                                    \
		.name = (as), .kind = FIELD_GROUP, .fields = (table), .present = (function), \
	}
/* A value that a function makes of the row. */
#define FIELD_BY(field_kind_, as, function)                               \
	{                                                                 \
		.name = (as), .kind = (field_kind_), .write = (function), \
	}
#define FIELD_JSON_BY(as, function)                                         \
	{                                                                   \
		.name = (as), .kind = FIELD_JSON, .write_json = (function), \
	}
#define FIELD_END            \
	{                    \
		.name = NULL \
	}

/* Calls the sink for each field of the row, in the order of the table, within
 * what the caller began. */
void field_visit(const struct field *fields, const void *row, struct row_sink *sink);
/* Appends the names, "group.name" for those of a group. Groups are one level
 * deep. */
void field_names(const struct field *fields, const char *separator, struct buffer *buffer);

#endif
