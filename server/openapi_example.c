/* SPDX-License-Identifier: GPL-2.0-only */
#include "openapi_example.h"

#include <string.h>

#include "field.h"
#include "glossary.h"

/* Where neither the field nor its name has one. */
static const char *const of_kind[] = {
	[FIELD_INTEGER] = "1",
	[FIELD_ID] = "1",
	[FIELD_BOOLEAN] = "true",
	[FIELD_DECIMAL] = "\"1\"",
	[FIELD_HEX] = "\"0x7f2a41c00000\"",
	[FIELD_TIME] = "\"2026-11-21T02:33:18.123456789Z\"",
	[FIELD_TEXT] = "\"…\"",
	[FIELD_MEAN] = "1.5",
	[FIELD_NUMBER] = "1.5",
	[FIELD_MAP] = "{}",
};

static void write_value(struct json_writer *json, const struct field *field);

static void write_columns(struct json_writer *json, const struct field *fields)
{
	json_begin_object(json);
	for (; fields->name; fields++) {
		json_name(json, fields->name);
		if (fields->kind == FIELD_GROUP) {
			write_columns(json, fields->fields);
			continue;
		}
		json_begin_array(json);
		write_value(json, fields);
		json_end_array(json);
	}
	json_end_object(json);
}

static void write_members(struct json_writer *json, const struct field *fields)
{
	for (; fields->name; fields++) {
		if (fields->kind == FIELD_MEMBERS) {
			write_members(json, fields->fields);
		} else if (!fields->optional) {
			json_name(json, fields->name);
			write_value(json, fields);
		}
	}
}

static void write_object(struct json_writer *json, const struct field *fields)
{
	json_begin_object(json);
	write_members(json, fields);
	json_end_object(json);
}

/* A name may be that of a text here and of a number or an object there. */
static bool suits(enum field_kind kind, const struct field *field, const char *example)
{
	switch (example[0]) {
	case '"':
		return kind == FIELD_TEXT || kind == FIELD_HEX || kind == FIELD_DECIMAL ||
		       kind == FIELD_TIME;
	case '[':
		return kind == FIELD_ARRAY;
	case 't':
	case 'f':
		return kind == FIELD_BOOLEAN;
	case 'n':
		return field->nullable;
	default:
		return kind == FIELD_INTEGER || kind == FIELD_ID || kind == FIELD_MEAN ||
		       kind == FIELD_NUMBER;
	}
}

static bool is_choice(const struct field *field, const char *example)
{
	for (int64_t i = 0; field->choice(i); i++) {
		size_t size = strlen(field->choice(i));

		if (strlen(example) == size + 2 && memcmp(example + 1, field->choice(i), size) == 0)
			return true;
	}
	return false;
}

static const char *given(const struct field *field, enum field_kind kind)
{
	const struct glossary_term *term = field->name ? glossary_find(field->name) : NULL;

	if (field->example || !term || !term->example)
		return field->example;
	if (field->choice && !is_choice(field, term->example))
		return NULL;
	return suits(kind, field, term->example) ? term->example : NULL;
}

static void write_value(struct json_writer *json, const struct field *field)
{
	enum field_kind kind = field_json_kind(field);
	const char *example = given(field, kind);

	if (example) {
		json_raw(json, example);
	} else if (field->choice) {
		json_text(json, field->choice(0), strlen(field->choice(0)));
	} else if (kind == FIELD_GROUP) {
		write_object(json, field->fields);
	} else if (kind == FIELD_COLUMNS) {
		write_columns(json, field->fields);
	} else if (kind == FIELD_ARRAY) {
		json_begin_array(json);
		write_value(json, field->items);
		json_end_array(json);
	} else {
		json_raw(json, of_kind[kind]);
	}
}

void openapi_example_write(struct json_writer *json, const struct answer *answer)
{
	if (answer->kind != ANSWER_LIST) {
		write_object(json, answer->fields);
		return;
	}
	json_begin_object(json);
	json_name(json, "data");
	json_begin_array(json);
	write_object(json, answer->fields);
	json_end_array(json);
	json_name(json, "next");
	json_null(json);
	json_end_object(json);
}

void openapi_example_body(struct json_writer *json, const struct field *fields)
{
	json_begin_object(json);
	for (; fields->name; fields++) {
		json_name(json, fields->name);
		write_value(json, fields);
	}
	json_end_object(json);
}
