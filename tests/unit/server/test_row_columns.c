/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/row_columns.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/store_list.h"

struct inner_row {
	int64_t visits, pages;
};

struct row {
	int64_t id, flag, big, address, taken_ns;
	struct store_text text;
	struct inner_row inner;
	int64_t has_more, more;
};

static void write_id_twice(struct json_writer *json, const void *row)
{
	json_begin_array(json);
	json_integer(json, ((const struct row *)row)->id);
	json_integer(json, ((const struct row *)row)->id);
	json_end_array(json);
}

static void write_sign(struct row_sink *sink, const void *row)
{
	row_string(sink, ((const struct row *)row)->id < 0 ? "-" : "+");
}

static bool has_more(const void *row)
{
	return ((const struct row *)row)->has_more;
}

static const struct field inner_fields[] = {
	FIELD(FIELD_INTEGER, inner_row, visits),
	FIELD_MEAN_AS(inner_row, visits, pages, "mean"),
	FIELD_END,
};

static const struct field more_fields[] = {
	FIELD(FIELD_INTEGER, row, more),
	FIELD_AS(FIELD_ID, row, more, "as_id"),
	FIELD_END,
};

static const struct field fields[] = {
	FIELD(FIELD_ID, row, id),
	FIELD(FIELD_BOOLEAN, row, flag),
	FIELD(FIELD_DECIMAL, row, big),
	FIELD_GROUP_AT("inner", row, inner, inner_fields),
	FIELD(FIELD_HEX, row, address),
	FIELD(FIELD_TIME, row, taken_ns),
	FIELD(FIELD_TEXT, row, text),
	FIELD_BY(FIELD_TEXT, "sign", write_sign),
	FIELD_JSON_BY("twice", write_id_twice),
	FIELD_GROUP_IF("more", more_fields, has_more),
	FIELD_END,
};

static void assert_written(const struct row *rows, size_t count, size_t room, const char *expected)
{
	struct row_columns columns;
	struct buffer buffer = {0};
	struct json_writer json;
	char *text;

	assert_int_equal(row_columns_start(&columns, fields, room), 0);
	for (size_t i = 0; i < count; i++)
		row_columns_add(&columns, &rows[i]);
	json_start(&json, &buffer);
	json_begin_object(&json);
	json_name_integer(&json, "before", 1);
	json_name(&json, "rows");
	row_columns_write(&columns, &json);
	json_name_integer(&json, "behind", 2);
	json_end_object(&json);
	row_columns_clear(&columns);
	text = buffer_take_text(&buffer);
	assert_string_equal(text, expected);
	free(text);
}

static const struct row some[] = {
	{
		.id = 7,
		.flag = 1,
		.big = -1,
		.address = 0x7f00,
		.taken_ns = 1500000000,
		.text = {.bytes = "a\"b", .size = 3},
		.inner = {.visits = 5, .pages = 2},
		.has_more = 1,
		.more = 3,
	},
	{.id = -2},
};

static void each_field_is_an_array_of_what_the_rows_have(void **state)
{
	(void)state;
	assert_written(some, 2, 2,
		       "{\"before\":1,\"rows\":{\"id\":[7,-2],\"flag\":[true,false],"
		       "\"big\":[\"18446744073709551615\",\"0\"],"
		       "\"inner\":{\"visits\":[5,0],\"mean\":[2.5,null]},"
		       "\"address\":[\"0x7f00\",\"0x0\"],"
		       "\"taken_ns\":[\"1970-01-01T00:00:01.500000000Z\","
		       "\"1970-01-01T00:00:00.000000000Z\"],"
		       "\"text\":[\"a\\\"b\",null],\"sign\":[\"+\",\"-\"],"
		       "\"twice\":[[7,7],[-2,-2]],"
		       "\"more\":{\"more\":[3,null],\"as_id\":[3,null]}},\"behind\":2}");
}

static void without_rows_each_field_is_there_all_the_same(void **state)
{
	(void)state;
	assert_written(NULL, 0, 0,
		       "{\"before\":1,\"rows\":{\"id\":[],\"flag\":[],\"big\":[],"
		       "\"inner\":{\"visits\":[],\"mean\":[]},\"address\":[],\"taken_ns\":[],"
		       "\"text\":[],\"sign\":[],\"twice\":[],\"more\":{\"more\":[],\"as_id\":[]}},"
		       "\"behind\":2}");
}

/* More rows than were announced, and more bytes than a buffer begins with. */
static void columns_grow(void **state)
{
	enum {
		ROWS = 5000
	};
	struct row_columns columns;
	struct buffer buffer = {0};
	struct json_writer json;
	const char *at;
	char *text;

	(void)state;
	assert_int_equal(row_columns_start(&columns, more_fields, 1), 0);
	for (int64_t i = 0; i < ROWS; i++)
		row_columns_add(&columns, &(struct row){.more = i});
	json_start(&json, &buffer);
	row_columns_write(&columns, &json);
	row_columns_clear(&columns);
	text = buffer_take_text(&buffer);
	at = strchr(text, '[');
	for (long i = 0; i < ROWS; i++) {
		char *behind;

		assert_int_equal(strtol(at + 1, &behind, 10), i);
		assert_int_equal(*behind, i + 1 < ROWS ? ',' : ']');
		at = behind;
	}
	free(text);
}

static void missing_memory_is_an_error_of_the_document(void **state)
{
	struct row_columns columns;
	struct buffer buffer = {0};
	struct json_writer json;

	(void)state;
	/* more room than can be addressed */
	assert_int_equal(row_columns_start(&columns, fields, SIZE_MAX / 8), 0);
	row_columns_add(&columns, &some[0]);
	json_start(&json, &buffer);
	row_columns_write(&columns, &json);
	assert_int_equal(buffer.error, -ENOMEM);
	row_columns_clear(&columns);
	buffer_clear(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_an_array_of_what_the_rows_have),
		cmocka_unit_test(without_rows_each_field_is_there_all_the_same),
		cmocka_unit_test(columns_grow),
		cmocka_unit_test(missing_memory_is_an_error_of_the_document),
	};

	return cmocka_run_group_tests_name("server/row_columns", tests, NULL, NULL);
}
