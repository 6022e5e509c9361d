/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/duration.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void lengths_are_seconds(void **state)
{
	int64_t s = 0;

	(void)state;
	assert_int_equal(duration_read("10s", &s), 0);
	assert_int_equal(s, 10);
	assert_int_equal(duration_read("5m", &s), 0);
	assert_int_equal(s, 300);
	assert_int_equal(duration_read("1h", &s), 0);
	assert_int_equal(s, 3600);
	assert_int_equal(duration_read("7d", &s), 0);
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
		assert_int_equal(duration_read(texts[i], &s), -EINVAL);
	assert_int_equal(s, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_seconds),
		cmocka_unit_test(other_lengths_are_refused),
	};

	return cmocka_run_group_tests_name("server/duration", tests, NULL, NULL);
}
