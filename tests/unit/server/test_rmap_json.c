/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/rmap_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/row_json.h"

static struct buffer buffer;
static struct json_writer json;

static int setup(void **state)
{
	(void)state;
	json_start(&json, &buffer);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_clear(&buffer);
	return 0;
}

static void assert_json(const char *expected)
{
	char *text = buffer_take_text(&buffer);

	assert_string_equal(text, expected);
	free(text);
}

static void write(const struct rmap_cost *cost)
{
	const struct rmap_row row = rmap_row_of(cost);

	json_start(&json, &buffer);
	row_json_write(&json, rmap_json_fields, &row);
}

static void visits_over_pages_are_means(void **state)
{
	static const struct rmap_cost cost = {
		.max_visits = 1001,
		.covered_pages = 4,
		.covered_visits = 10,
		.written_pages = 1001,
		.written_visits = 2001,
	};

	(void)state;
	write(&cost);
	assert_json("{\"max_visits\":1001,\"covered_pages\":4,\"covered_mean_visits\":2.5,"
		    "\"written_pages\":1001,\"written_mean_visits\":1.999000999000999}");
}

static void without_pages_there_is_no_mean(void **state)
{
	static const struct rmap_cost nothing;

	(void)state;
	write(&nothing);
	assert_json("{\"max_visits\":0,\"covered_pages\":0,\"covered_mean_visits\":null,"
		    "\"written_pages\":0,\"written_mean_visits\":null}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(visits_over_pages_are_means, setup, teardown),
		cmocka_unit_test_setup_teardown(without_pages_there_is_no_mean, setup, teardown),
	};

	return cmocka_run_group_tests_name("server/rmap_json", tests, NULL, NULL);
}
