/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * field: what of a row of the store a client is shown, as a table: name, kind,
 * place in the row struct. Every format of a row is made from its table, by one
 * visitor (field_visit) that calls a sink (row_sink.h).
 *
 * The same tables say what a client may rely on: openapi_schema.h makes a schema
 * of each.
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
	FIELD_GROUP, /* fields of the same row, from its offset on, one level down */
	/* of what functions write by hand, as openapi_schema.h documents it: */
	FIELD_NUMBER,
	FIELD_ARRAY, /* of items */
	FIELD_MAP, /* an object of items whose names are not known beforehand */
	FIELD_MEMBERS, /* the fields of another table, on this level */
	FIELD_COLUMNS, /* an array of each field (row_columns.h) */
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

	/* What a client is told of the value. */
	enum field_kind json; /* of a FIELD_JSON: what it looks like; 0 is not told */
	bool nullable;
	bool optional; /* the member may be missing */
	const struct field *items; /* one, without a name */
	const char *description; /* NULL: that of the name (glossary.h) */
	const char *example; /* as JSON; NULL: likewise */
	const char *(*choice)(int64_t index); /* the texts there are, NULL past the last */
};

/* clang-format off */
/* The three dots: more members, as .description = "…". */
#define FIELD_IN_ROW(kind_, type, member, as, ...) \
	{.name = (as), .kind = (kind_), .offset = offsetof(struct type, member), __VA_ARGS__}
#define FIELD(kind_, type, member, ...) FIELD_AS(kind_, type, member, #member, __VA_ARGS__)
#define FIELD_AS(kind_, type, member, as, ...)                                             \
	FIELD_IN_ROW(kind_, type, member, as,                                              \
		     .nullable = (kind_) == FIELD_TEXT || (kind_) == FIELD_ID, __VA_ARGS__)
/* A text that every row has. */
#define FIELD_FULL_TEXT(type, member, ...) \
	FIELD_IN_ROW(FIELD_TEXT, type, member, #member, __VA_ARGS__)
#define FIELD_MEAN_AS(type, visits, pages, as, ...)                                        \
	FIELD_IN_ROW(FIELD_MEAN, type, visits, as, .nullable = true,                       \
		     .offset_below = offsetof(struct type, pages), __VA_ARGS__)
#define FIELD_GROUP_OF(as, table, ...) \
	{.name = (as), .kind = FIELD_GROUP, .fields = (table), __VA_ARGS__}
#define FIELD_GROUP_IF(as, table, function, ...) \
	FIELD_GROUP_OF(as, table, .present = (function), .nullable = true, __VA_ARGS__)
/* Fields of a struct that is a member of the row. */
#define FIELD_GROUP_AT(as, type, member, table, ...) \
	FIELD_GROUP_OF(as, table, .offset = offsetof(struct type, member), __VA_ARGS__)
/* A value that a function makes of the row. */
#define FIELD_BY(kind_, as, function, ...) \
	{.name = (as), .kind = (kind_), .write = (function), __VA_ARGS__}
#define FIELD_JSON_BY(as, function, ...) \
	{.name = (as), .kind = FIELD_JSON, .write_json = (function), __VA_ARGS__}

/*
 * A table of these says what a function writes that has no row to visit. It
 * stands beside the function; tests/api/schemas.test.mjs holds one against the
 * other.
 */
#define SHAPE(kind_, as, ...) \
	{.name = (as), .kind = (kind_), .nullable = (kind_) == FIELD_ID, __VA_ARGS__}
#define SHAPE_OR_NULL(kind_, as, ...) {.name = (as), .kind = (kind_), .nullable = true, __VA_ARGS__}
#define SHAPE_MEMBERS(table) {.name = "", .kind = FIELD_MEMBERS, .fields = (table)}
#define SHAPE_ARRAY(as, kind_, ...) \
	{.name = (as), .kind = FIELD_ARRAY, .items = SHAPE_ITEM(kind_), __VA_ARGS__}
#define SHAPE_ROWS(as, table, ...) \
	{.name = (as), .kind = FIELD_ARRAY, .items = SHAPE_ROW(table), __VA_ARGS__}
#define SHAPE_COLUMNS(as, table, ...) \
	{.name = (as), .kind = FIELD_COLUMNS, .fields = (table), __VA_ARGS__}
/* What lies in an array or a map. */
#define SHAPE_ITEM(kind_, ...) (&(const struct field){.kind = (kind_), __VA_ARGS__})
#define SHAPE_ROW(table) SHAPE_ITEM(FIELD_GROUP, .fields = (table))
/* clang-format on */
#define FIELD_END            \
	{                    \
		.name = NULL \
	}

/* What a client sees of the kind: another one for FIELD_JSON. */
static inline enum field_kind field_json_kind(const struct field *field)
{
	return field->kind == FIELD_JSON ? field->json : field->kind;
}

/* What it means, in a sentence without its full stop; NULL where the name says it. */
const char *field_description(const struct field *field);

/* Calls the sink for each field of the row, in the order of the table, within
 * what the caller began. */
void field_visit(const struct field *fields, const void *row, struct row_sink *sink);
/* Appends the names, "group.name" for those of a group. Groups are one level
 * deep. */
void field_names(const struct field *fields, const char *separator, struct buffer *buffer);

#endif
