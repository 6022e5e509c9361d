/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/sampler.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND 1000000000

static struct sampler sampler;

static int teardown(void **state)
{
	(void)state;
	sampler_clear(&sampler);
	return 0;
}

static void add(int64_t snapshot, int64_t taken_s, int64_t boot, int64_t value)
{
	const struct store_series_row row = {snapshot,
					     taken_s * (int64_t)SECOND,
					     boot,
					     {value, value == STORE_SERIES_NONE ? value : -value}};

	assert_int_equal(sampler_add(&sampler, &row), 0);
}

static void assert_sample(size_t point, size_t column, int64_t value, int64_t max,
			  int64_t max_snapshot)
{
	const struct sample *sample = sampler_sample(&sampler, point, column);

	assert_int_equal(sample->value, value);
	assert_int_equal(sample->max, max);
	assert_int_equal(sample->max_snapshot, max_snapshot);
}

static void without_a_step_every_snapshot_is_a_point(void **state)
{
	(void)state;
	sampler_start(&sampler, 2, 0);
	for (int64_t i = 1; i <= 1000; i++)
		add(i, 5, 1, 3 * i);
	assert_int_equal(sampler.count, 1000);
	assert_int_equal(sampler.rows, 1000);
	assert_int_equal(sampler.points[999].snapshot, 1000);
	assert_sample(999, 0, 3000, 3000, 1000);
	assert_sample(999, 1, -3000, -3000, 1000);
}

/* Cuts are at 10, 20 ... s, wherever the first snapshot is. */
static void a_point_is_the_last_of_its_step_and_keeps_the_peak(void **state)
{
	(void)state;
	sampler_start(&sampler, 2, 10);
	add(1, 9, 1, 5);
	add(2, 10, 1, 1);
	add(3, 12, 1, 100);
	add(4, 15, 1, 100);
	add(5, 19, 1, 2);
	add(6, 40, 1, 3);
	assert_int_equal(sampler.count, 3);
	assert_int_equal(sampler.points[1].snapshot, 5);
	assert_int_equal(sampler.points[1].taken_ns, 19 * (int64_t)SECOND);
	assert_sample(0, 0, 5, 5, 1);
	assert_sample(1, 0, 2, 100, 3);
	assert_sample(1, 1, -2, -1, 2);
	assert_sample(2, 0, 3, 3, 6);
	assert_int_equal(sampler.rows, 6);
}

static void two_boots_are_two_points(void **state)
{
	(void)state;
	sampler_start(&sampler, 2, 3600);
	add(1, 1, 1, 5);
	add(2, 2, 2, 6);
	add(3, 3, 2, 7);
	assert_int_equal(sampler.count, 2);
	assert_int_equal(sampler.points[0].boot, 1);
	assert_int_equal(sampler.points[1].boot, 2);
	assert_sample(0, 0, 5, 5, 1);
}

static void what_is_not_known_is_no_peak(void **state)
{
	(void)state;
	sampler_start(&sampler, 1, 10);
	add(1, 1, 1, STORE_SERIES_NONE);
	assert_sample(0, 0, STORE_SERIES_NONE, STORE_SERIES_NONE, 0);
	add(2, 2, 1, 0);
	add(3, 3, 1, STORE_SERIES_NONE);
	assert_sample(0, 0, STORE_SERIES_NONE, 0, 2);
}

/* As few points as asked for, one more at the ends, and not far fewer. */
static void a_step_is_round_and_makes_about_that_many(void **state)
{
	static const int64_t points[] = {2, 3, 10, 499, 500, 5000};

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		for (int64_t span_s = 1; span_s < 100000000; span_s = span_s * 3 / 2 + 1) {
			int64_t step_s = sampler_step_s(span_s * SECOND, points[i]);

			assert_true(span_s / step_s + 1 <= points[i]);
			assert_true(step_s == 1 || span_s / step_s + 1 >= points[i] / 5 ||
				    span_s / 86400 < points[i]);
		}
	assert_int_equal(sampler_step_s(3600 * (int64_t)SECOND, 500), 10);
	assert_int_equal(sampler_step_s(7 * 86400 * (int64_t)SECOND, 500), 1800);
	assert_int_equal(sampler_step_s(0, 1), 1);
	assert_int_equal(sampler_step_s(INT64_MAX, 1) % 86400, 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_step_every_snapshot_is_a_point),
		TEST(a_point_is_the_last_of_its_step_and_keeps_the_peak),
		TEST(two_boots_are_two_points),
		TEST(what_is_not_known_is_no_peak),
		cmocka_unit_test(a_step_is_round_and_makes_about_that_many),
	};

	return cmocka_run_group_tests_name("server/sampler", tests, NULL, NULL);
}
