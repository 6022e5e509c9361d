/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/openapi_problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/api_orders.h"
#include "server/problem.h"

static void every_status_has_a_reason_and_a_title(void **state)
{
	uint16_t statuses[OPENAPI_PROBLEMS_MAX];

	(void)state;
	for (const struct route *route = routes; route->method; route++) {
		openapi_problems_of(route, statuses);
		for (const uint16_t *status = statuses; *status; status++) {
			assert_non_null(openapi_problems_reason(*status));
			assert_string_not_equal(problem_title(*status), "Error");
			assert_true(status == statuses || status[-1] < *status);
		}
	}
	assert_null(openapi_problems_reason(418));
}

static void assert_statuses(const struct route *route, const uint16_t *expected)
{
	uint16_t statuses[OPENAPI_PROBLEMS_MAX];
	size_t i = 0;

	openapi_problems_of(route, statuses);
	do
		assert_int_equal(statuses[i], expected[i]);
	while (expected[i++]);
}

static void they_follow_from_the_row(void **state)
{
	static const struct route plain = {.without_database = true, .open = true};
	static const struct route list = {
		.in_path = {PARAM_SNAPSHOT},
		.query = {PARAM_FORMAT},
		.problems = {422},
	};

	static const struct route order = {
		.in_path = {PARAM_SNAPSHOT},
		.order = api_orders_change,
	};

	(void)state;
	assert_statuses(&plain, (const uint16_t[]){400, 421, 0});
	assert_statuses(&order, (const uint16_t[]){400, 401, 403, 404, 410, 411, 413, 415, 421, 503,
						   504, 0});
	assert_statuses(&list, (const uint16_t[]){400, 401, 404, 406, 410, 421, 422, 503, 0});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_a_reason_and_a_title),
		cmocka_unit_test(they_follow_from_the_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
