/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/json_writer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer buffer;
static struct json_writer json;

static int setup(void **state)
{
	(void)state;
	json_start(&json, &buffer);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_clear(&buffer);
	return 0;
}

static void assert_json(const char *expected)
{
	char *text = buffer_take_text(&buffer);

	assert_string_equal(text, expected);
	free(text);
}

static void commas_stand_between_values_only(void **state)
{
	(void)state;
	json_begin_object(&json);
	json_name(&json, "a");
	json_begin_array(&json);
	json_end_array(&json);
	json_name(&json, "b");
	json_begin_array(&json);
	json_integer(&json, 1);
	json_begin_object(&json);
	json_end_object(&json);
	json_null(&json);
	json_begin_array(&json);
	json_boolean(&json, true);
	json_boolean(&json, false);
	json_end_array(&json);
	json_end_array(&json);
	json_name(&json, "c");
	json_integer(&json, 2);
	json_end_object(&json);
	assert_json("{\"a\":[],\"b\":[1,{},null,[true,false]],\"c\":2}");
}

static void integers_are_exact(void **state)
{
	(void)state;
	json_begin_array(&json);
	json_integer(&json, 0);
	json_integer(&json, -1);
	json_integer(&json, 9007199254740993);
	json_integer(&json, INT64_MAX);
	json_integer(&json, INT64_MIN);
	json_end_array(&json);
	assert_json("[0,-1,9007199254740993,9223372036854775807,-9223372036854775808]");
}

static void numbers_are_short_and_read_back_the_same(void **state)
{
	static const double values[] = {0.1, 1.0 / 3, 37.0 / 7, 1.9990009990009990, 2e300, 5e-324};
	char *text, *at;

	(void)state;
	json_begin_array(&json);
	json_number(&json, 0);
	json_number(&json, 10);
	json_number(&json, 2.2);
	json_number(&json, -0.5);
	json_number(&json, 1001);
	json_number(&json, 1e15);
	json_number(&json, 999999999999999);
	json_number(&json, -3);
	json_number(&json, -0.0);
	json_number(&json, 1e300);
	json_end_array(&json);
	assert_json("[0,10,2.2,-0.5,1001,1e+15,999999999999999,-3,-0,1e+300]");
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		json_start(&json, &buffer);
		json_number(&json, values[i]);
		text = buffer_take_text(&buffer);
		assert_true(strtod(text, &at) == values[i]);
		assert_int_equal(*at, '\0');
		free(text);
	}
}

static void members_have_a_name_and_a_value(void **state)
{
	(void)state;
	json_begin_object(&json);
	json_name_integer(&json, "a", -3);
	json_name_boolean(&json, "b", true);
	json_name_hex(&json, "c", 0x1000);
	json_name_text(&json, "d", "x\"\x1b");
	json_end_object(&json);
	assert_json("{\"a\":-3,\"b\":true,\"c\":\"0x1000\",\"d\":\"x\\\"\\u001b\"}");
}

static void what_has_64_bits_is_a_string(void **state)
{
	(void)state;
	json_begin_array(&json);
	json_decimal(&json, 0);
	json_decimal(&json, UINT64_MAX);
	json_hex(&json, 0);
	json_hex(&json, 0x7f00deadbeef);
	json_hex(&json, UINT64_MAX);
	json_end_array(&json);
	assert_json("[\"0\",\"18446744073709551615\",\"0x0\",\"0x7f00deadbeef\","
		    "\"0xffffffffffffffff\"]");
}

static const struct {
	const char *bytes;
	size_t size;
	const char *json;
} texts[] = {
	{"", 0, "\"\""},
	{"plain /path", 11, "\"plain /path\""},
	{"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
	{"\0\n\t\x1f\x7f", 5, "\"\\u0000\\u000a\\u0009\\u001f\\u007f\""},
	{"</script>", 9, "\"</script>\""},
	{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\xa7\xaa", 11,
	 "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\xa7\xaa\""},
	{"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", 8, "\"\\u0080\\u009b\\u009f\xc2\xa0\""},
	{"a\xff"
	 "b",
	 3,
	 "\"a\xef\xbf\xbd"
	 "b\""},
	{"\xe2\x82", 2, "\"\xef\xbf\xbd\""},
	{"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

static void texts_are_escaped_and_cleaned(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_start(&json, &buffer);
		json_text(&json, texts[i].bytes, texts[i].size);
		assert_json(texts[i].json);
	}
}

static void times_have_nine_digits_and_a_z(void **state)
{
	(void)state;
	json_begin_array(&json);
	json_time(&json, 0);
	json_time(&json, 1795228398123456789);
	json_time(&json, 1795228408000000005);
	json_time(&json, -1);
	json_end_array(&json);
	assert_json("[\"1970-01-01T00:00:00.000000000Z\",\"2026-11-21T02:33:18.123456789Z\","
		    "\"2026-11-21T02:33:28.000000005Z\",\"1969-12-31T23:59:59.999999999Z\"]");
}

static void long_documents_grow(void **state)
{
	(void)state;
	json_begin_array(&json);
	for (int i = 0; i < 100000; i++)
		json_text(&json, "0123456789", 10);
	json_end_array(&json);
	assert_int_equal(buffer.size, 100000 * 13 + 1);
	assert_int_equal(buffer.error, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commas_stand_between_values_only),
		TEST(integers_are_exact),
		TEST(numbers_are_short_and_read_back_the_same),
		TEST(members_have_a_name_and_a_value),
		TEST(what_has_64_bits_is_a_string),
		TEST(texts_are_escaped_and_cleaned),
		TEST(times_have_nine_digits_and_a_z),
		TEST(long_documents_grow),
	};

	return cmocka_run_group_tests_name("server/json_writer", tests, NULL, NULL);
}
