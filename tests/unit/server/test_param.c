/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/param.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct param_value value;
static struct problem problem;

static int setup(void **state)
{
	(void)state;
	value = (struct param_value){.integer = -7};
	problem = (struct problem){0};
	return 0;
}

static void every_parameter_is_described(void **state)
{
	(void)state;
	for (enum param_id id = PARAM_NONE + 1; id < PARAM_COUNT; id++) {
		assert_non_null(params[id].name);
		assert_non_null(params[id].description);
		assert_true((params[id].type >= PARAM_CHOICE) == (params[id].choice != NULL));
		assert_true(params[id].min <= params[id].max);
	}
}

static void every_fallback_passes_its_own_check(void **state)
{
	(void)state;
	for (enum param_id id = PARAM_NONE + 1; id < PARAM_COUNT; id++)
		if (params[id].fallback)
			assert_int_equal(param_read(id, params[id].fallback, &value, &problem), 0);
}

static void the_ends_of_a_range_are_in_it(void **state)
{
	(void)state;
	assert_int_equal(param_read(PARAM_LIMIT, "1", &value, &problem), 0);
	assert_int_equal(param_read(PARAM_LIMIT, "10000", &value, &problem), 0);
	assert_int_equal(value.integer, 10000);
	assert_int_equal(param_read(PARAM_LIMIT, "0", &value, &problem), -EPROTO);
	assert_int_equal(param_read(PARAM_LIMIT, "10001", &value, &problem), -EPROTO);
	assert_int_equal(value.integer, 10000);
	assert_int_equal(problem.status, 400);
	assert_int_equal(param_read(PARAM_SNAPSHOT, "9223372036854775807", &value, &problem), 0);
	assert_true(value.integer == INT64_MAX);
}

static void an_integer_is_digits(void **state)
{
	(void)state;
	static const char *const refused[] = {
		"", " 1", "1 ", "+1", "-1", "0x1", "1.", "1e1", "a", "1\n", "9223372036854775808"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(param_read(PARAM_SNAPSHOT, refused[i], &value, &problem), -EPROTO);
	assert_int_equal(value.integer, -7);
}

static void latest_is_a_snapshot(void **state)
{
	(void)state;
	assert_int_equal(param_read(PARAM_SNAPSHOT, "latest", &value, &problem), 0);
	assert_int_equal(value.integer, 0);
	assert_non_null(value.text);
	assert_int_equal(param_read(PARAM_PID, "latest", &value, &problem), -EPROTO);
}

static void every_choice_is_found_by_its_name(void **state)
{
	(void)state;
	for (enum param_id id = PARAM_NONE + 1; id < PARAM_COUNT; id++)
		for (int64_t i = 0; params[id].choice && params[id].choice(i); i++) {
			assert_int_equal(param_read(id, params[id].choice(i), &value, &problem), 0);
			assert_int_equal(value.integer, i);
		}
}

static void what_is_no_order_has_no_direction(void **state)
{
	(void)state;
	assert_int_equal(param_read(PARAM_KIND, "deep_chain", &value, &problem), 0);
	assert_false(value.descending);
	assert_int_equal(param_read(PARAM_KIND, "-deep_chain", &value, &problem), -EPROTO);
	assert_null(strstr(problem.detail, "downwards"));
	assert_int_equal(param_read(PARAM_POLICY, "counter", &value, &problem), -EPROTO);
	assert_non_null(strstr(problem.detail, "policy is one of shared, chain, "));
	assert_non_null(strstr(problem.detail, ", counters, reversed."));
}

static void an_order_may_be_downwards(void **state)
{
	(void)state;
	assert_int_equal(param_read(PARAM_TREE_SORT, "root", &value, &problem), 0);
	assert_string_equal(params[PARAM_TREE_SORT].choice(value.integer), "root");
	assert_false(value.descending);
	assert_int_equal(param_read(PARAM_TREE_SORT, "-mms", &value, &problem), 0);
	assert_string_equal(params[PARAM_TREE_SORT].choice(value.integer), "mms");
	assert_true(value.descending);
	assert_int_equal(param_read(PARAM_TREE_SORT, "--mms", &value, &problem), -EPROTO);
	assert_non_null(strstr(problem.detail, "missed_reuse, anon_vmas"));
}

static void a_duration_has_a_unit(void **state)
{
	(void)state;
	assert_int_equal(param_read(PARAM_STEP, "5m", &value, &problem), 0);
	assert_int_equal(value.integer, 300);
	assert_int_equal(param_read(PARAM_STEP, "5", &value, &problem), -EPROTO);
	assert_non_null(strstr(problem.detail, "as 10s or 5m"));
}

static void a_list_finds_only_its_own(void **state)
{
	(void)state;
	static const uint8_t list[] = {PARAM_LIMIT, PARAM_COMM, PARAM_NONE};

	assert_int_equal(param_find(list, "limit"), PARAM_LIMIT);
	assert_int_equal(param_find(list, "comm"), PARAM_COMM);
	assert_int_equal(param_find(list, "cursor"), PARAM_NONE);
	assert_int_equal(param_find(list, ""), PARAM_NONE);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_parameter_is_described),
		TEST(every_fallback_passes_its_own_check),
		TEST(the_ends_of_a_range_are_in_it),
		TEST(an_integer_is_digits),
		TEST(latest_is_a_snapshot),
		TEST(every_choice_is_found_by_its_name),
		TEST(what_is_no_order_has_no_direction),
		TEST(an_order_may_be_downwards),
		TEST(a_duration_has_a_unit),
		TEST(a_list_finds_only_its_own),
	};

	return cmocka_run_group_tests_name("server/param", tests, NULL, NULL);
}
