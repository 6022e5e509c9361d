/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/field_select.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/route.h"

struct sample_row {
	int64_t a, ab, c, d;
};

static const struct field group[] = {
	FIELD(FIELD_INTEGER, sample_row, c),
	FIELD(FIELD_INTEGER, sample_row, d),
	FIELD_END,
};

static const struct field fields[] = {
	FIELD(FIELD_INTEGER, sample_row, a),
	FIELD_GROUP_OF("g", group),
	FIELD(FIELD_INTEGER, sample_row, ab),
	FIELD_GROUP_OF("h", group),
	FIELD_END,
};

static struct field_selection selection;
static struct problem problem;

static int select_fields(const struct field *table, const char *list)
{
	problem = (struct problem){0};
	/* what was in it does not matter */
	memset(&selection, 0xa5, sizeof(selection));
	return field_select(table, list, &selection, &problem);
}

static char *names_of(const struct field *table)
{
	struct buffer buffer = {0};

	field_names(table, ",", &buffer);
	return buffer_take_text(&buffer);
}

static void assert_selects(const char *list, const char *expected)
{
	char *names;

	assert_int_equal(select_fields(fields, list), 0);
	names = names_of(selection.fields);
	assert_string_equal(names, expected);
	free(names);
}

static void the_order_is_that_of_the_table(void **state)
{
	(void)state;
	assert_selects("a", "a");
	assert_selects("ab,a", "a,ab");
	assert_selects("a,a", "a");
	assert_selects("g", "g.c,g.d");
	assert_selects("g.d", "g.d");
	assert_selects("h.c,g.d", "g.d,h.c");
	assert_selects("h,ab,g.c", "g.c,ab,h.c,h.d");
	assert_selects("g.c,g", "g.c,g.d");
}

static void an_unknown_name_is_told_with_the_known(void **state)
{
	static const char *const lists[] = {"",	 ",",  "a,",  ",a", "b",  "A",	   "a b", "a,b",
					    "c", "g.", "g.a", ".c", "gc", "g.c.d", "h.g"};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (select_fields(fields, lists[i]) != -EPROTO)
			fail_msg("\"%s\"", lists[i]);
		assert_int_equal(problem.status, 400);
		assert_non_null(strstr(problem.detail, "some of a, g.c, g.d, ab, h.c, h.d."));
	}
}

static void check_table(const struct field *table)
{
	char *all = names_of(table), *selected;

	assert_int_equal(select_fields(table, all), 0);
	selected = names_of(selection.fields);
	assert_string_equal(selected, all);
	assert_int_equal(select_fields(table, "no such"), -EPROTO);
	assert_int_equal(problem.detail[strlen(problem.detail) - 1], '.');
	free(selected);
	free(all);
}

/* Room and the sentence are large enough for the tables there are. */
static void every_route_has_room_for_all_its_fields(void **state)
{
	int tables = 0;

	(void)state;
	for (const struct route *route = routes; route->method; route++) {
		const struct answer *answer;

		if (param_find(route->query, params[PARAM_FIELDS].name) == PARAM_NONE)
			continue;
		for (size_t i = 0; (answer = route_answer(route, i)); i++) {
			/* with several to choose from the document is no row */
			if (answer->kind == ANSWER_DOCUMENT && route->also)
				continue;
			check_table(answer->fields);
			tables++;
		}
	}
	assert_true(tables > 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_is_that_of_the_table),
		cmocka_unit_test(an_unknown_name_is_told_with_the_known),
		cmocka_unit_test(every_route_has_room_for_all_its_fields),
	};

	return cmocka_run_group_tests_name("server/field_select", tests, NULL, NULL);
}
