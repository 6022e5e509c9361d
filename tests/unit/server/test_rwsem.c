/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/rwsem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	uint64_t count;
	const char *state;
	uint64_t readers;
	bool waiters;
} counts[] = {
	{0, "idle", 0, false},
	{0x1, "writer", 0, false},
	{0x7, "writer", 0, true},
	{0x100, "readers", 1, false},
	{0x302, "readers", 3, true},
	{0x6, "idle", 0, true}, /* handed off to a waiter, and not taken yet */
	/* too many readers were counted; the sign is none of them */
	{0x8000000000000100, "readers", 1, false},
};

static void a_count_says_who_holds_the_lock(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		assert_string_equal(rwsem_state(counts[i].count), counts[i].state);
		assert_int_equal(rwsem_readers(counts[i].count), counts[i].readers);
		assert_true(rwsem_has_waiters(counts[i].count) == counts[i].waiters);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_count_says_who_holds_the_lock),
	};

	return cmocka_run_group_tests_name("server/rwsem", tests, NULL, NULL);
}
