/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MAX 1000

static struct held held;
static size_t slow_bytes; /* of clients that leave when told to */
static int presses;

static int setup(void **state)
{
	(void)state;
	held_start(&held, MAX);
	slow_bytes = 0;
	presses = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(held.bytes, 0);
	held_stop(&held);
	return 0;
}

static bool drop_slow(void *context)
{
	size_t bytes = slow_bytes;

	presses++;
	slow_bytes = 0;
	if (bytes)
		held_drop(context, bytes);
	return bytes > 0;
}

static void so_much_fits(void **state)
{
	(void)state;
	assert_true(held_add(&held, MAX - 10));
	assert_false(held_add(&held, 11));
	assert_true(held_add(&held, 10));
	assert_false(held_add(&held, 1));
	assert_false(held_add(&held, SIZE_MAX));
	held_drop(&held, 10);
	assert_true(held_add(&held, 9));
	held_drop(&held, MAX - 1);
}

static void one_that_is_longer_than_all_is_sent_alone(void **state)
{
	(void)state;
	assert_true(held_add(&held, 2 * MAX));
	assert_false(held_add(&held, 1));
	held_drop(&held, 2 * MAX);
	assert_true(held_add(&held, 1));
	assert_false(held_add(&held, 2 * MAX));
	held_drop(&held, 1);
}

static void slow_clients_make_room(void **state)
{
	(void)state;
	held_on_press(&held, drop_slow, &held);
	slow_bytes = MAX / 2;
	assert_true(held_add(&held, MAX));
	assert_int_equal(presses, 0);
	assert_true(held_add(&held, MAX / 2));
	assert_int_equal(presses, 1);
	/* nobody is slow any more */
	assert_false(held_add(&held, MAX / 2));
	assert_int_equal(presses, 2);
	held_drop(&held, MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(so_much_fits),
		TEST(one_that_is_longer_than_all_is_sent_alone),
		TEST(slow_clients_make_room),
	};

	return cmocka_run_group_tests_name("server/held", tests, NULL, NULL);
}
