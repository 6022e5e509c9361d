/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/openapi_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "server/finding_details.h"
#include "server/glossary.h"
#include "server/route.h"

#define DEPTH_MAX 12

/* Visits a field and all below it. */
typedef void (*field_visitor)(const struct field *field, void *context);

static void walk_table(const struct field *fields, field_visitor visit, void *context, int depth);

static void walk(const struct field *field, field_visitor visit, void *context, int depth)
{
	assert_true(depth < DEPTH_MAX); /* a table that holds itself has no end */
	visit(field, context);
	if (field->fields)
		walk_table(field->fields, visit, context, depth + 1);
	if (field->items)
		walk(field->items, visit, context, depth + 1);
}

static void walk_table(const struct field *fields, field_visitor visit, void *context, int depth)
{
	for (; fields->name; fields++)
		walk(fields, visit, context, depth);
}

static void walk_all(field_visitor visit, void *context)
{
	for (const struct route *route = routes; route->method; route++) {
		const struct answer *answer;

		for (size_t i = 0; (answer = route_answer(route, i)); i++)
			if (answer->fields)
				walk_table(answer->fields, visit, context, 0);
		if (route->body)
			walk_table(route->body, visit, context, 0);
	}
}

static void check_complete(const struct field *field, void *context)
{
	enum field_kind kind = field_json_kind(field);

	(void)context;
	if (field->kind == FIELD_JSON && kind != FIELD_ARRAY && kind != FIELD_GROUP &&
	    kind != FIELD_MAP)
		fail_msg("nobody said what %s looks like", field->name);
	assert_int_equal(kind == FIELD_GROUP || kind == FIELD_MEMBERS || kind == FIELD_COLUMNS,
			 field->fields != NULL);
	assert_int_equal(kind == FIELD_ARRAY || kind == FIELD_MAP, field->items != NULL);
	if (field->choice)
		assert_int_equal(kind, FIELD_TEXT);
	if (field->choice)
		assert_non_null(field->choice(0));
}

static void every_field_says_what_it_is(void **state)
{
	(void)state;
	walk_all(check_complete, NULL);
}

static void check_description(const char *text)
{
	if (!text)
		return;
	assert_int_not_equal(text[0], '\0');
	/* a sentence without its full stop, as those of parameters */
	assert_int_not_equal(text[strlen(text) - 1], '.');
}

static void check_field_description(const struct field *field, void *context)
{
	(void)context;
	if (field->name)
		check_description(field_description(field));
}

static void descriptions_end_alike(void **state)
{
	(void)state;
	walk_all(check_field_description, NULL);
}

/* A term that a field takes something from. */
struct term_use {
	const struct glossary_term *term;
	bool used;
};

static void note_use(const struct field *field, void *context)
{
	struct term_use *use = context;

	if (field->name && strcmp(field->name, use->term->name) == 0 &&
	    ((use->term->description && !field->description) ||
	     (use->term->example && !field->example)))
		use->used = true;
}

static void every_term_is_of_a_field_and_says_something(void **state)
{
	(void)state;
	for (const struct glossary_term *term = glossary; term->name; term++) {
		struct term_use use = {.term = term};

		assert_true(term->description || term->example);
		if (term > glossary)
			assert_true(strcmp(term[-1].name, term->name) < 0);
		assert_ptr_equal(glossary_find(term->name), term);
		walk_all(note_use, &use);
		if (!use.used)
			fail_msg("no field takes anything from \"%s\"", term->name);
	}
	assert_null(glossary_find("no such"));
}

static void a_name_is_of_one_table(void **state)
{
	(void)state;
	for (const struct route *left = routes; left->method; left++)
		for (const struct route *right = routes; right->method; right++)
			if (left->answer.name && right->answer.name)
				assert_int_equal(left->answer.fields == right->answer.fields,
						 strcmp(left->answer.name, right->answer.name) ==
							 0);
}

static bool has_detail(const char *name)
{
	for (const struct field *field = finding_details_shape; field->name; field++)
		if (strcmp(field->name, name) == 0)
			return true;
	return false;
}

static void every_detail_of_a_finding_is_known(void **state)
{
	(void)state;
	for (int kind = 0; kind < FINDING_KIND_COUNT; kind++)
		for (int i = 0; i < FINDING_DETAILS; i++)
			if (finding_kinds[kind].details[i])
				assert_true(has_detail(finding_kinds[kind].details[i]));
}

static const char *colour(int64_t index)
{
	static const char *const colours[] = {"red", "blue", NULL};

	return colours[index];
}

static const struct field inner[] = {
	SHAPE(FIELD_INTEGER, "n"),
	FIELD_END,
};

static const struct field table[] = {
	SHAPE_OR_NULL(FIELD_TEXT, "colour", .choice = colour),
	SHAPE(FIELD_HEX, "address", .optional = true),
	SHAPE_MEMBERS(inner),
	SHAPE_ROWS("rows", inner, .description = "All"),
	SHAPE(FIELD_MAP, "map", .items = SHAPE_ITEM(FIELD_BOOLEAN)),
	FIELD_END,
};

static void a_table_becomes_an_object(void **state)
{
	struct buffer buffer = {0};
	struct json_writer json;
	char *text;

	(void)state;
	json_start(&json, &buffer);
	openapi_schema_object(&json, table);
	text = buffer_take_text(&buffer);
	assert_string_equal(
		text,
		"{\"type\":\"object\",\"properties\":{"
		"\"colour\":{\"type\":[\"string\",\"null\"],\"enum\":[\"red\",\"blue\",null]},"
		"\"address\":{\"type\":\"string\",\"pattern\":\"^0x(0|[1-9a-f][0-9a-f]*)$\"},"
		"\"n\":{\"type\":\"integer\"},"
		"\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":"
		"{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"],\"additionalProperties\":"
		"false},\"description\":\"All\"},"
		"\"map\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"boolean\"}}},"
		"\"required\":[\"colour\",\"n\",\"rows\",\"map\"],\"additionalProperties\":false}");
	free(text);
}

static bool is_there(const void *row)
{
	return row != NULL;
}

static const struct field row_fields[] = {
	SHAPE(FIELD_INTEGER, "n", .description = "How many"),
	SHAPE_OR_NULL(FIELD_TEXT, "colour", .choice = colour),
	SHAPE_ARRAY("list", FIELD_INTEGER),
	FIELD_GROUP_OF("always", inner, .description = "Each has it"),
	FIELD_GROUP_IF("some", inner, is_there),
	FIELD_END,
};

static const struct field columns_table[] = {
	SHAPE_COLUMNS("rows", row_fields, .description = "By column"),
	FIELD_END,
};

static void columns_become_an_object_of_arrays(void **state)
{
	struct buffer buffer = {0};
	struct json_writer json;
	char *text;

	(void)state;
	json_start(&json, &buffer);
	openapi_schema_object(&json, columns_table);
	text = buffer_take_text(&buffer);
	assert_string_equal(
		text,
		"{\"type\":\"object\",\"properties\":{\"rows\":{\"type\":\"object\",\"properties\":{"
		"\"n\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"},"
		"\"description\":\"How many\"},"
		"\"colour\":{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"null\"],"
		"\"enum\":[\"red\",\"blue\",null]}},"
		"\"list\":{\"type\":\"array\",\"items\":{\"type\":\"array\","
		"\"items\":{\"type\":\"integer\"}}},"
		"\"always\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"array\","
		"\"items\":{\"type\":\"integer\"}}},\"required\":[\"n\"],"
		"\"additionalProperties\":false,\"description\":\"Each has it\"},"
		"\"some\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"array\","
		"\"items\":{\"type\":[\"integer\",\"null\"]}}},\"required\":[\"n\"],"
		"\"additionalProperties\":false}},"
		"\"required\":[\"n\",\"colour\",\"list\",\"always\",\"some\"],"
		"\"additionalProperties\":false,\"description\":\"By column\"}},"
		"\"required\":[\"rows\"],\"additionalProperties\":false}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_says_what_it_is),
		cmocka_unit_test(descriptions_end_alike),
		cmocka_unit_test(every_term_is_of_a_field_and_says_something),
		cmocka_unit_test(a_name_is_of_one_table),
		cmocka_unit_test(every_detail_of_a_finding_is_known),
		cmocka_unit_test(a_table_becomes_an_object),
		cmocka_unit_test(columns_become_an_object_of_arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
