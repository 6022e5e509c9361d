/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/reply.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct reply reply;

static int teardown(void **state)
{
	(void)state;
	reply_clear(&reply);
	return 0;
}

static void a_header_is_replaced_whatever_its_case(void **state)
{
	(void)state;
	reply_header(&reply, "Allow", "%s", "GET");
	reply_header(&reply, "allow", "%d", 5);
	assert_int_equal(reply.header_count, 1);
	assert_string_equal(reply_find_header(&reply, "ALLOW"), "5");
	assert_null(reply_find_header(&reply, "Link"));
}

static void a_problem_takes_the_place_of_the_answer(void **state)
{
	(void)state;
	reply_set_json(&reply);
	buffer_text(&reply.body, "[1,2");
	reply_header(&reply, "ETag", "\"x\"");
	reply_header(&reply, "Cache-Control", "immutable");
	problem_set(&reply.problem, 404, "There is no \"%s\".", "\x01\xff");
	reply_finish(&reply);
	assert_int_equal(reply.status, 404);
	assert_null(reply_find_header(&reply, "ETag"));
	assert_string_equal(reply_find_header(&reply, "Cache-Control"), "no-store");
	assert_string_equal(reply_find_header(&reply, "Content-Type"), "application/problem+json");
	assert_non_null(reply_find_header(&reply, "Content-Security-Policy"));

	static const char document[] =
		"{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
		"\"detail\":\"There is no \\\"\\u0001\xef\xbf\xbd\\\".\"}";

	assert_int_equal(reply.body.size, strlen(document));
	assert_memory_equal(reply.body.bytes, document, reply.body.size);
}

static void a_body_without_memory_becomes_a_503(void **state)
{
	(void)state;
	reply_set_json(&reply);
	reply.body.error = -ENOMEM;
	reply_finish(&reply);
	assert_int_equal(reply.status, 503);
	assert_non_null(reply_find_header(&reply, "Retry-After"));
	assert_int_equal(reply.body.error, 0);
	assert_true(reply.body.size > 0);
}

static void every_errno_has_a_problem(void **state)
{
	(void)state;
	for (int error = 1; error < 134; error++) {
		struct problem problem = {0};

		problem_from_errno(&problem, -error);
		assert_true(problem.status == 500 || problem.status == 503);
		assert_string_not_equal(problem_title(problem.status), "Error");
		assert_int_equal(problem.detail[strlen(problem.detail) - 1], '.');
	}
}

static void close_is_a_header(void **state)
{
	(void)state;
	reply.close = true;
	reply_finish(&reply);
	assert_string_equal(reply_find_header(&reply, "Connection"), "close");
}

static int never(void *context, struct buffer *buffer)
{
	(void)context;
	(void)buffer;
	return 0;
}

static void count(void *context)
{
	(*(int *)context)++;
}

static void a_stream_is_released_once(void **state)
{
	int first = 0, second = 0;

	(void)state;
	reply_set_stream(&reply, never, count, &first);
	reply_set_stream(&reply, never, count, &second);
	assert_int_equal(first, 1);
	problem_set(&reply.problem, 404, "Nothing.");
	reply_finish(&reply);
	assert_null(reply.stream.more);
	reply_clear(&reply);
	assert_int_equal(first, 1);
	assert_int_equal(second, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_header_is_replaced_whatever_its_case),
		TEST(a_problem_takes_the_place_of_the_answer),
		TEST(a_body_without_memory_becomes_a_503),
		TEST(every_errno_has_a_problem),
		TEST(close_is_a_header),
		TEST(a_stream_is_released_once),
	};

	return cmocka_run_group_tests_name("server/reply", tests, NULL, NULL);
}
