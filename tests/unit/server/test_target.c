/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/target.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct target target;
static struct problem problem;

static int setup(void **state)
{
	(void)state;
	problem = (struct problem){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	target_clear(&target);
	return 0;
}

static void parse(const char *raw)
{
	assert_int_equal(target_parse(&target, raw, &problem), 0);
}

static void a_path_is_its_segments(void **state)
{
	(void)state;
	parse("/api/v1/snapshots/12");
	assert_int_equal(target.segment_count, 4);
	assert_string_equal(target.segments[0], "api");
	assert_string_equal(target.segments[3], "12");
	assert_int_equal(target.pair_count, 0);
	assert_null(target.raw_query);
}

static void the_root_is_one_empty_segment(void **state)
{
	(void)state;
	parse("/");
	assert_int_equal(target.segment_count, 1);
	assert_string_equal(target.segments[0], "");
	target_clear(&target);
	parse("/a//");
	assert_int_equal(target.segment_count, 3);
	assert_string_equal(target.segments[2], "");
}

static void escapes_are_decoded_after_the_split(void **state)
{
	(void)state;
	parse("/a%2Fb/%c3%A9/c+d?x=%26%3d+%2b&e%3Df=g=h&y&&z=");
	assert_int_equal(target.segment_count, 3);
	assert_string_equal(target.segments[0], "a/b");
	assert_string_equal(target.segments[1], "\xc3\xa9");
	assert_string_equal(target.segments[2], "c+d");
	assert_int_equal(target.pair_count, 4);
	assert_string_equal(target.pairs[0].name, "x");
	assert_string_equal(target.pairs[0].value, "&= +");
	assert_string_equal(target.pairs[1].name, "e=f");
	assert_string_equal(target.pairs[1].value, "g=h");
	assert_string_equal(target.pairs[2].name, "y");
	assert_string_equal(target.pairs[2].value, "");
	assert_string_equal(target.pairs[3].value, "");
}

static void what_is_no_text_is_refused(void **state)
{
	(void)state;
	static const char *const refused[] = {
		"/%",		"/%4",	 "/%zz",	  "/%00",  "/%ff",	"/%c0%80",
		"/?a=%",	"/?%00", "/?a=%ed%a0%80", "",	   "a",		"*",
		"http://host/", "/a b",	 "/\x01",	  "/\x7f", "/\xc3\xa9",
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		problem = (struct problem){0};
		assert_int_equal(target_parse(&target, refused[i], &problem), -EPROTO);
		assert_int_equal(problem.status, 400);
		target_clear(&target);
	}
}

static void too_many_parts_are_refused(void **state)
{
	(void)state;
	assert_int_equal(target_parse(&target, "/1/2/3/4/5/6/7/8/9/10/11/12/13", &problem),
			 -EPROTO);
	assert_int_equal(problem.status, 404);
	target_clear(&target);
	assert_int_equal(target_parse(&target,
				      "/?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17&18&19&20&21&22&"
				      "23&24&25&26&27&28&29&30&31&32&33",
				      &problem),
			 -EPROTO);
	assert_int_equal(problem.status, 400);
}

static void assert_taken(struct buffer *buffer, const char *expected)
{
	char *text = buffer_take_text(buffer);

	assert_string_equal(text, expected);
	free(text);
}

static void a_segment_is_replaced_and_the_rest_kept_as_sent(void **state)
{
	(void)state;
	struct buffer buffer = {0};

	parse("/api/v1/snapshots/latest/tr%65es?sort=%2Droot&limit=1");
	target_write_replaced(&target, 3, "12", &buffer);
	assert_taken(&buffer, "/api/v1/snapshots/12/tr%65es?sort=%2Droot&limit=1");
	target_clear(&target);
	parse("/a/latest");
	target_write_replaced(&target, 1, "3", &buffer);
	assert_taken(&buffer, "/a/3");
	target_clear(&target);
	parse("/latest?a");
	target_write_replaced(&target, 0, "3", &buffer);
	assert_taken(&buffer, "/3?a");
}

static void a_parameter_is_replaced_whatever_its_spelling(void **state)
{
	(void)state;
	struct buffer buffer = {0};

	parse("/l");
	target_write_with(&target, "cursor", "X", &buffer);
	assert_taken(&buffer, "/l?cursor=X");
	target_clear(&target);
	parse("/l?cursor=a&limit=5&c%75rsor=b&comm=a+b&");
	target_write_with(&target, "cursor", "X", &buffer);
	assert_taken(&buffer, "/l?limit=5&comm=a+b&cursor=X");
	target_clear(&target);
	parse("/l?cursors=1&comm=<\">;%3E");
	target_write_with(&target, "cursor", "X", &buffer);
	assert_taken(&buffer, "/l?cursors=1&comm=%3C%22%3E;%3E&cursor=X");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_path_is_its_segments),
		TEST(the_root_is_one_empty_segment),
		TEST(escapes_are_decoded_after_the_split),
		TEST(what_is_no_text_is_refused),
		TEST(too_many_parts_are_refused),
		TEST(a_segment_is_replaced_and_the_rest_kept_as_sent),
		TEST(a_parameter_is_replaced_whatever_its_spelling),
	};

	return cmocka_run_group_tests_name("server/target", tests, NULL, NULL);
}
