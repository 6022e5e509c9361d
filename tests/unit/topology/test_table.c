/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void room_is_made_and_what_was_there_is_kept(void **state)
{
	uint64_t *table = NULL;
	uint32_t capacity = 0, grown = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t before = capacity;

		assert_int_equal(table_reserve((void **)&table, &capacity, i + 1, sizeof(*table)),
				 0);
		assert_true(capacity > i);
		grown += capacity != before;
		table[i] = i;
	}
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(table[i], i);
	assert_in_range(grown, 1, 40); /* by half, not by one */
	free(table);
}

static void enough_room_is_left_as_it_is(void **state)
{
	char *table = NULL;
	uint32_t capacity = 0;
	const char *before;

	(void)state;
	assert_int_equal(table_reserve((void **)&table, &capacity, 0, 1), 0);
	assert_int_equal(capacity, 0);
	assert_int_equal(table_reserve((void **)&table, &capacity, 1000, 1), 0);
	before = table;
	for (uint64_t wanted = 0; wanted <= 1000; wanted += 100)
		assert_int_equal(table_reserve((void **)&table, &capacity, wanted, 1), 0);
	assert_ptr_equal(table, before);
	assert_in_range(capacity, 1000, 2000);
	free(table);
}

static void more_than_an_index_can_name_is_refused(void **state)
{
	static const uint64_t wanted[] = {TABLE_MAX + 1ull, UINT32_MAX + 1ull, UINT64_MAX};
	char *table = NULL;
	uint32_t capacity = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_int_equal(table_reserve((void **)&table, &capacity, wanted[i], 1),
				 -EOVERFLOW);
		assert_null(table);
		assert_int_equal(capacity, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_is_made_and_what_was_there_is_kept),
		cmocka_unit_test(enough_room_is_left_as_it_is),
		cmocka_unit_test(more_than_an_index_can_name_is_refused),
	};

	return cmocka_run_group_tests_name("topology/table", tests, NULL, NULL);
}
