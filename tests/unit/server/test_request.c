/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/request.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/route.h"

static struct target target;
static struct request request;
static struct problem problem;

static int teardown(void **state)
{
	(void)state;
	target_clear(&target);
	problem = (struct problem){0};
	return 0;
}

static int read_request(const char *raw)
{
	struct route_match match;

	target_clear(&target);
	assert_int_equal(target_parse(&target, raw, &problem), 0);
	route_find("GET", &target, &match);
	assert_non_null(match.route);
	return request_read(&request, match.route, &target, &problem);
}

static void values_come_from_path_and_query(void **state)
{
	(void)state;
	assert_int_equal(read_request("/api/v1/snapshots/12/processes?limit=5&comm=a%20b&pid=7"),
			 0);
	assert_int_equal(request.values[PARAM_SNAPSHOT].integer, 12);
	assert_int_equal(request.values[PARAM_LIMIT].integer, 5);
	assert_string_equal(request.values[PARAM_COMM].text, "a b");
	assert_int_equal(request.values[PARAM_PID].integer, 7);
	assert_null(request.values[PARAM_CURSOR].text);
	assert_null(request.values[PARAM_TREE_SORT].text);
}

static void the_same_name_may_be_in_the_path_of_another_route(void **state)
{
	(void)state;
	assert_int_equal(read_request("/api/v1/snapshots/12/processes/7/vmas"), 0);
	assert_int_equal(request.values[PARAM_PID].integer, 7);
	assert_int_equal(read_request("/api/v1/snapshots/12/processes/7/vmas?pid=8"), -EPROTO);
}

static void an_ending_is_no_part_of_the_value(void **state)
{
	(void)state;
	assert_int_equal(read_request("/api/v1/snapshots/12/trees/7.dot"), 0);
	assert_int_equal(request.values[PARAM_ROOT].integer, 7);
	assert_string_equal(request.values[PARAM_ROOT].text, "7");
	assert_int_equal(read_request("/api/v1/snapshots/12/trees/.dot"), -EPROTO);
	assert_int_equal(read_request("/api/v1/snapshots/12/trees/7.dot.dot"), -EPROTO);
	assert_int_equal(read_request("/api/v1/snapshots/12/trees/"
				      "000000000000000000000000000000000000007.dot"),
			 -EPROTO);
}

static void what_is_not_given_has_its_fallback(void **state)
{
	(void)state;
	assert_int_equal(read_request("/api/v1/snapshots/latest/trees"), 0);
	assert_int_equal(request.values[PARAM_SNAPSHOT].integer, 0);
	assert_string_equal(request.values[PARAM_SNAPSHOT].text, "latest");
	assert_null(request.values[PARAM_LIMIT].text);
	assert_string_equal(request.values[PARAM_TREE_SORT].text, "-tree_bytes");
	assert_true(request.values[PARAM_TREE_SORT].descending);
}

static void unknown_and_doubled_parameters_are_refused(void **state)
{
	(void)state;
	assert_int_equal(read_request("/healthz?x=1"), -EPROTO);
	assert_int_equal(problem.status, 400);
	assert_non_null(strstr(problem.detail, "takes none"));
	assert_int_equal(read_request("/api/v1/snapshots?snapshot=1"), -EPROTO);
	assert_non_null(strstr(problem.detail, "takes limit, cursor"));
	assert_int_equal(read_request("/api/v1/snapshots?limit=1&limit=1"), -EPROTO);
	assert_non_null(strstr(problem.detail, "once"));
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_come_from_path_and_query),
		TEST(the_same_name_may_be_in_the_path_of_another_route),
		TEST(an_ending_is_no_part_of_the_value),
		TEST(what_is_not_given_has_its_fallback),
		TEST(unknown_and_doubled_parameters_are_refused),
	};

	return cmocka_run_group_tests_name("server/request", tests, NULL, NULL);
}
