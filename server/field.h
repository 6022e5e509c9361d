/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * field: the JSON form of a row of the store, as a table: name, kind, place in
 * the row struct.
 */
#ifndef VMASCOPE_SERVER_FIELD_H
#define VMASCOPE_SERVER_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "json_writer.h"

enum field_kind {
	FIELD_INTEGER, /* int64_t */
	FIELD_ID, /* int64_t, 0 is null */
	FIELD_BOOLEAN, /* int64_t */
	FIELD_DECIMAL, /* 64 bits of an int64_t, as a string */
	FIELD_HEX, /* the same, "0x…" */
	FIELD_TIME, /* int64_t, nanoseconds since 1970 */
	FIELD_TEXT, /* struct store_text, no bytes is null */
	FIELD_OBJECT, /* fields of the same row, one level down */
	FIELD_COMPUTED, /* what write makes of the row */
};

struct field {
	const char *name; /* NULL ends a table */
	enum field_kind kind;
	uint16_t offset;
	const struct field *fields;
	void (*write)(struct json_writer *json, const void *row);
};

#define FIELD(field_kind_, type, member)                                                         \
	{                                                                                        \
		.name = #member, .kind = (field_kind_), .offset = offsetof(struct type, member), \
	}
#define FIELD_AS(field_kind_, type, member, as)                                               \
	{                                                                                     \
		.name = (as), .kind = (field_kind_), .offset = offsetof(struct type, member), \
	}
#define FIELD_GROUP(as, table)                                         \
	{                                                              \
		.name = (as), .kind = FIELD_OBJECT, .fields = (table), \
	}
#define FIELD_BY(as, function)                                             \
	{                                                                  \
		.name = (as), .kind = FIELD_COMPUTED, .write = (function), \
	}

/* Writes the row as one JSON object. */
void field_write(struct json_writer *json, const struct field *fields, const void *row);
/* The same into an object that is open. */
void field_write_members(struct json_writer *json, const struct field *fields, const void *row);

#endif
