/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void what_was_marked_has_its_value_until_it_is_forgotten(void **state)
{
	struct marks marks = {0};

	(void)state;
	assert_int_equal(marks_reserve(&marks, 3), 0);
	marks_set(&marks, 1, 7);
	marks_set(&marks, 2, 0);
	assert_false(marks_has(&marks, 0));
	assert_true(marks_has(&marks, 1) && marks_has(&marks, 2));
	assert_int_equal(marks_get(&marks, 0), 0);
	assert_int_equal(marks_get(&marks, 1), 7);
	marks_set(&marks, 1, 8);
	assert_int_equal(marks_get(&marks, 1), 8);
	marks_forget(&marks);
	assert_false(marks_has(&marks, 1) || marks_has(&marks, 2));
	assert_int_equal(marks_get(&marks, 1), 0);
	marks_clear(&marks);
}

static void growing_forgets_and_leaves_nothing_marked(void **state)
{
	struct marks marks = {0};

	(void)state;
	for (uint32_t count = 1; count < 5000; count = count * 3 + 1) {
		assert_int_equal(marks_reserve(&marks, count), 0);
		for (uint32_t i = 0; i < count; i++) {
			assert_false(marks_has(&marks, i));
			marks_set(&marks, i, i);
		}
	}
	marks_clear(&marks);
	marks_clear(&marks);
}

static void nothing_old_is_marked_after_the_stamps_ran_out(void **state)
{
	struct marks marks = {0};

	(void)state;
	marks_forget(&marks); /* without room */
	assert_int_equal(marks_reserve(&marks, 2), 0);
	marks.now = UINT32_MAX - 1;
	marks_forget(&marks);
	marks_set(&marks, 0, 1);
	marks.stamps[1] = 1; /* marked 2^32 uses ago */
	marks_forget(&marks);
	assert_false(marks_has(&marks, 0) || marks_has(&marks, 1));
	marks_clear(&marks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_marked_has_its_value_until_it_is_forgotten),
		cmocka_unit_test(growing_forgets_and_leaves_nothing_marked),
		cmocka_unit_test(nothing_old_is_marked_after_the_stamps_ran_out),
	};

	return cmocka_run_group_tests_name("topology/marks", tests, NULL, NULL);
}
