/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/rfc3339.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S 1000000000LL

static const struct {
	const char *text;
	int64_t time_ns;
} times[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"1970-01-01T00:00:00.000000001Z", 1},
	{"1969-12-31T23:59:59.999999999Z", -1},
	{"1970-01-01t01:00:00+01:00", 0},
	{"1970-01-01 01:00:00 01:00", 0},
	{"1969-12-31T18:30:00-05:30", 0},
	{"1970-01-01T00:00:00-00:00", 0},
	{"1970-01-01T00:00:00.5z", S / 2},
	{"1970-01-01T00:00:00.0000000019Z", 1},
	{"2026-11-21T02:33:18.123456789Z", 1795228398123456789},
	{"2024-02-29T00:00:00Z", 1709164800 * S},
	{"2016-12-31T23:59:60Z", 1483228800 * S},
	{"2262-04-11T23:47:16Z", 9223372036 * S},
	{"2262-04-11T23:47:16.854775807Z", INT64_MAX},
};

static const char *const refused[] = {
	"",
	"now",
	"2026",
	"2026-11-21",
	"2026-11-21T02:33Z",
	"2026-11-21T02:33:18",
	"2026-11-21T02:33:18.Z",
	"2026-11-21T02:33:18ZZ",
	"2026-11-21T02:33:18+1:00",
	"2026-11-21T02:33:18+0100",
	"2026-11-21T02:33:18+24:00",
	"2026-11-21T02:33:61Z",
	"2026-11-21T24:00:00Z",
	"2026-11-21T02:60:00Z",
	"2026-00-21T02:33:18Z",
	"2026-13-21T02:33:18Z",
	"2026-11-00T02:33:18Z",
	"2026-11-31T02:33:18Z",
	"2025-02-29T00:00:00Z",
	"0000-01-01T00:00:00Z",
	"2026/11/21T02:33:18Z",
	" 2026-11-21T02:33:18Z",
	"2026-11-21T02:33:18Z ",
	"+026-11-21T02:33:18Z",
	/* beyond what nanoseconds of 64 bits hold */
	"2262-04-11T23:47:17Z",
	"2262-04-11T23:47:16.854775808Z",
	"9999-12-31T23:59:59Z",
	"0001-01-01T00:00:00Z",
};

static void times_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int64_t time_ns = 7;

		if (!rfc3339_read(times[i].text, &time_ns) || time_ns != times[i].time_ns)
			fail_msg("%s: %lld", times[i].text, (long long)time_ns);
	}
}

static void anything_else_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int64_t time_ns = 7;

		if (rfc3339_read(refused[i], &time_ns))
			fail_msg("%s", refused[i]);
		assert_int_equal(time_ns, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests_name("server/rfc3339", tests, NULL, NULL);
}
