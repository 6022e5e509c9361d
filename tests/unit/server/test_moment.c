/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/moment.h"

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

static int64_t ns_of(const char *text)
{
	int64_t ns = -1;

	assert_int_equal(moment_read(text, &ns), 0);
	return ns;
}

static void instants_are_nanoseconds_since_1970(void **state)
{
	(void)state;
	assert_int_equal(ns_of("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(ns_of("1970-01-02T00:00:01.5z"), 86401 * (int64_t)SECOND + SECOND / 2);
	assert_int_equal(ns_of("2026-11-21T02:33:18.123456789Z"), 1795228398123456789);
	assert_int_equal(ns_of("2026-11-21t02:33:18.1234567899Z"), 1795228398123456789);
	assert_int_equal(ns_of("2024-02-29T00:00:00Z"), 1709164800 * (int64_t)SECOND);
	assert_int_equal(ns_of("2016-12-31T23:59:60Z"), ns_of("2017-01-01T00:00:00Z"));
}

static void an_offset_is_taken_away(void **state)
{
	(void)state;
	assert_int_equal(ns_of("2026-11-21T04:03:18+01:30"), ns_of("2026-11-21T02:33:18Z"));
	assert_int_equal(ns_of("2026-11-21T04:03:18 01:30"), ns_of("2026-11-21T02:33:18Z"));
	assert_int_equal(ns_of("2026-11-20T18:33:18-08:00"), ns_of("2026-11-21T02:33:18Z"));
}

static void anything_else_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"now",
		"2026",
		"2026-11-21",
		"2026-11-21T02:33:18",
		"2026-11-21T02:33Z",
		"2026-11-21T02:33:18Zx",
		"2026-11-21T02:33:18.Z",
		"2026-11-21 02:33:18Z",
		"2026-13-21T02:33:18Z",
		"2026-00-21T02:33:18Z",
		"2026-02-30T02:33:18Z",
		"2025-02-29T02:33:18Z",
		"2026-11-00T02:33:18Z",
		"2026-11-21T24:00:00Z",
		"2026-11-21T02:60:00Z",
		"2026-11-21T02:00:61Z",
		"2026-11-21T02:33:18+24:00",
		"2026-11-21T02:33:18+0100",
		"1969-12-31T23:59:59Z",
		"2262-01-01T00:00:00Z",
		"-026-11-21T02:33:18Z",
	};
	int64_t ns = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(moment_read(texts[i], &ns), -EINVAL);
	assert_int_equal(ns, 5);
}

static void lengths_are_seconds(void **state)
{
	int64_t s = 0;

	(void)state;
	assert_int_equal(moment_read_length("10s", &s), 0);
	assert_int_equal(s, 10);
	assert_int_equal(moment_read_length("5m", &s), 0);
	assert_int_equal(s, 300);
	assert_int_equal(moment_read_length("1h", &s), 0);
	assert_int_equal(s, 3600);
	assert_int_equal(moment_read_length("7d", &s), 0);
	assert_int_equal(s, 604800);
}

static void other_lengths_are_refused(void **state)
{
	static const char *const texts[] = {
		"",   "s",   "10",   "0s",  "-1s", "1.5s",   "1 s",	      "1ms",
		"1w", "10S", "0x1s", "1s ", "+1s", "36601d", "999999999999h", "1234567890123s"};
	int64_t s = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(moment_read_length(texts[i], &s), -EINVAL);
	assert_int_equal(s, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instants_are_nanoseconds_since_1970),
		cmocka_unit_test(an_offset_is_taken_away),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(lengths_are_seconds),
		cmocka_unit_test(other_lengths_are_refused),
	};

	return cmocka_run_group_tests_name("server/moment", tests, NULL, NULL);
}
