/* SPDX-License-Identifier: GPL-2.0-only */
#include "openapi_schema.h"

#include <stdio.h>
#include <string.h>

#include "field.h"
#include "glossary.h"
#include "route.h"

/* What a kind looks like as JSON. */
static const struct {
	const char *type;
	const char *pattern;
	const char *format;
} kinds[] = {
	[FIELD_INTEGER] = {.type = "integer"},
	[FIELD_ID] = {.type = "integer"},
	[FIELD_BOOLEAN] = {.type = "boolean"},
	[FIELD_DECIMAL] = {.type = "string", .pattern = "^(0|[1-9][0-9]*)$"},
	[FIELD_HEX] = {.type = "string", .pattern = "^0x(0|[1-9a-f][0-9a-f]*)$"},
	[FIELD_TIME] = {.type = "string", .format = "date-time"},
	[FIELD_TEXT] = {.type = "string"},
	[FIELD_MEAN] = {.type = "number"},
	[FIELD_NUMBER] = {.type = "number"},
	[FIELD_GROUP] = {.type = "object"},
	[FIELD_MAP] = {.type = "object"},
	[FIELD_COLUMNS] = {.type = "object"},
	[FIELD_ARRAY] = {.type = "array"},
};

static bool is_described(const struct answer *answer)
{
	return answer->kind == ANSWER_LIST || answer->kind == ANSWER_DOCUMENT ||
	       answer->kind == ANSWER_EVENT;
}

static const char *prefix(const struct answer *answer)
{
	return answer->kind == ANSWER_EVENT ? "Event." : "";
}

const struct answer *openapi_schema_named(const struct field *table)
{
	for (const struct route *route = routes; route->method; route++) {
		const struct answer *answer;

		for (size_t i = 0; (answer = route_answer(route, i)); i++)
			if (is_described(answer) && answer->fields == table)
				return answer;
	}
	return NULL;
}

static void write_type(struct json_writer *json, const char *type, bool nullable)
{
	json_name(json, "type");
	if (nullable)
		json_begin_array(json);
	json_text(json, type, strlen(type));
	if (nullable) {
		json_text(json, "null", 4);
		json_end_array(json);
	}
}

static void write_choices(struct json_writer *json, const struct field *field)
{
	json_name(json, "enum");
	json_begin_array(json);
	for (int64_t i = 0; field->choice(i); i++)
		json_text(json, field->choice(i), strlen(field->choice(i)));
	if (field->nullable)
		json_null(json);
	json_end_array(json);
}

static void write_description(struct json_writer *json, const struct field *field)
{
	const char *text = field_description(field);

	if (text)
		json_name_text(json, "description", text);
}

static void write_table(struct json_writer *json, const struct field *fields);
static void write_columns(struct json_writer *json, const struct field *fields, bool or_null);
static void write_field(struct json_writer *json, const struct field *field);

static void write_named(struct json_writer *json, const struct field *field,
			const struct answer *named)
{
	if (!field->nullable) {
		json_name(json, "allOf");
		json_begin_array(json);
		openapi_schema_ref(json, named);
		json_end_array(json);
		return;
	}
	json_name(json, "anyOf");
	json_begin_array(json);
	openapi_schema_ref(json, named);
	json_raw(json, "{\"type\":\"null\"}");
	json_end_array(json);
}

static void write_value(struct json_writer *json, const struct field *field, enum field_kind kind)
{
	write_type(json, kinds[kind].type, field->nullable);
	if (kinds[kind].pattern)
		json_name_text(json, "pattern", kinds[kind].pattern);
	if (kinds[kind].format)
		json_name_text(json, "format", kinds[kind].format);
	if (field->choice)
		write_choices(json, field);
	if (kind == FIELD_GROUP)
		write_table(json, field->fields);
	if (kind == FIELD_COLUMNS)
		write_columns(json, field->fields, false);
	if (kind != FIELD_ARRAY && kind != FIELD_MAP)
		return;
	json_name(json, kind == FIELD_ARRAY ? "items" : "additionalProperties");
	write_field(json, field->items);
}

static void write_field(struct json_writer *json, const struct field *field)
{
	enum field_kind kind = field_json_kind(field);
	const struct answer *named = kind == FIELD_GROUP ? openapi_schema_named(field->fields) :
							   NULL;

	json_begin_object(json);
	if (named)
		write_named(json, field, named);
	else
		write_value(json, field, kind);
	if (field->name)
		write_description(json, field);
	json_end_object(json);
}

static void write_properties(struct json_writer *json, const struct field *fields)
{
	for (; fields->name; fields++) {
		if (fields->kind == FIELD_MEMBERS) {
			write_properties(json, fields->fields);
			continue;
		}
		json_name(json, fields->name);
		write_field(json, fields);
	}
}

/* Of the values that rows have in a field; or_null: of a group that a row need not
 * have. */
static void write_column(struct json_writer *json, const struct field *field, bool or_null)
{
	struct field item = *field;

	item.name = NULL;
	item.nullable = field->nullable || or_null;
	json_begin_object(json);
	write_type(json, kinds[FIELD_ARRAY].type, false);
	json_name(json, "items");
	write_field(json, &item);
	write_description(json, field);
	json_end_object(json);
}

static void write_column_group(struct json_writer *json, const struct field *field, bool or_null)
{
	json_begin_object(json);
	write_type(json, kinds[FIELD_COLUMNS].type, false);
	write_columns(json, field->fields, or_null || field->nullable);
	write_description(json, field);
	json_end_object(json);
}

static void write_required(struct json_writer *json, const struct field *fields)
{
	for (; fields->name; fields++)
		if (fields->kind == FIELD_MEMBERS)
			write_required(json, fields->fields);
		else if (!fields->optional)
			json_text(json, fields->name, strlen(fields->name));
}

/* Members of the schema that is open. */
static void write_table(struct json_writer *json, const struct field *fields)
{
	json_name(json, "properties");
	json_begin_object(json);
	write_properties(json, fields);
	json_end_object(json);
	json_name(json, "required");
	json_begin_array(json);
	write_required(json, fields);
	json_end_array(json);
	json_name_boolean(json, "additionalProperties", false);
}

/* The same of an array of each field. */
static void write_columns(struct json_writer *json, const struct field *fields, bool or_null)
{
	json_name(json, "properties");
	json_begin_object(json);
	for (const struct field *field = fields; field->name; field++) {
		json_name(json, field->name);
		if (field->kind == FIELD_GROUP)
			write_column_group(json, field, or_null);
		else
			write_column(json, field, or_null);
	}
	json_end_object(json);
	json_name(json, "required");
	json_begin_array(json);
	write_required(json, fields);
	json_end_array(json);
	json_name_boolean(json, "additionalProperties", false);
}

void openapi_schema_ref(struct json_writer *json, const struct answer *answer)
{
	char ref[96];

	snprintf(ref, sizeof(ref), "#/components/schemas/%s%s", prefix(answer), answer->name);
	json_begin_object(json);
	json_name_text(json, "$ref", ref);
	json_end_object(json);
}

void openapi_schema_page(struct json_writer *json, const struct answer *row)
{
	json_begin_object(json);
	json_name_text(json, "type", "object");
	json_name(json, "properties");
	json_begin_object(json);
	json_name(json, "data");
	json_begin_object(json);
	json_name_text(json, "type", "array");
	json_name(json, "items");
	openapi_schema_ref(json, row);
	json_end_object(json);
	json_name(json, "next");
	json_raw(json, "{\"type\":[\"string\",\"null\"],"
		       "\"description\":\"The cursor of the next page; null: this is the last\"}");
	json_end_object(json);
	json_name(json, "required");
	json_raw(json, "[\"data\",\"next\"]");
	json_name_boolean(json, "additionalProperties", false);
	json_end_object(json);
}

void openapi_schema_object(struct json_writer *json, const struct field *fields)
{
	json_begin_object(json);
	json_name_text(json, "type", "object");
	write_table(json, fields);
	json_end_object(json);
}

static void write_component(struct json_writer *json, const struct answer *answer)
{
	char name[64];

	if (!is_described(answer) || openapi_schema_named(answer->fields) != answer)
		return;
	snprintf(name, sizeof(name), "%s%s", prefix(answer), answer->name);
	json_name(json, name);
	openapi_schema_object(json, answer->fields);
}

static const struct field problem_shape[] = {
	SHAPE(FIELD_TEXT, "type",
	      .description = "Always about:blank: the status says it (RFC 9457)"),
	SHAPE(FIELD_TEXT, "title"),
	SHAPE(FIELD_INTEGER, "status"),
	SHAPE(FIELD_TEXT, "detail", .description = "What is wrong and what to do"),
	FIELD_END,
};

static const struct field end_of_rows_shape[] = {
	SHAPE(FIELD_BOOLEAN, "eof",
	      .description = "Always true: without this line rows are missing"),
	SHAPE(FIELD_INTEGER, "rows", .description = "How many lines came before"),
	SHAPE(FIELD_TEXT, "next", .optional = true,
	      .description = "The cursor of what limit left out"),
	FIELD_END,
};

void openapi_schema_components(struct json_writer *json)
{
	json_begin_object(json);
	json_name(json, "Problem");
	openapi_schema_object(json, problem_shape);
	json_name(json, "EndOfRows");
	openapi_schema_object(json, end_of_rows_shape);
	for (const struct route *route = routes; route->method; route++) {
		const struct answer *answer;

		for (size_t i = 0; (answer = route_answer(route, i)); i++)
			write_component(json, answer);
	}
	json_end_object(json);
}
