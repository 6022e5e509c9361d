/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/counters.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/clock.h"

static void requests_are_counted_by_class(void **state)
{
	struct counters counters = {0};
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC) - 1000000;

	(void)state;
	counters_request(&counters, begin_ns, 200, false);
	counters_request(&counters, begin_ns, 304, false);
	counters_request(&counters, begin_ns, 599, false);
	counters_request(&counters, begin_ns, 421, true);
	assert_int_equal(counters.requests[0], 0);
	assert_int_equal(counters.requests[1], 1);
	assert_int_equal(counters.requests[2], 1);
	assert_int_equal(counters.requests[3], 1);
	assert_int_equal(counters.requests[4], 1);
	assert_int_equal(counters.rejected, 1);
	assert_true(counters.request_ns >= 4000000);
}

static void no_status_is_no_class(void **state)
{
	struct counters counters = {0};

	(void)state;
	counters_request(&counters, clock_ns(CLOCK_MONOTONIC), 0, false);
	counters_request(&counters, clock_ns(CLOCK_MONOTONIC), 600, false);
	for (int i = 0; i < COUNTERS_CLASSES; i++)
		assert_int_equal(counters.requests[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_counted_by_class),
		cmocka_unit_test(no_status_is_no_class),
	};

	return cmocka_run_group_tests_name("server/counters", tests, NULL, NULL);
}
