/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/turns.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT 2
/* For what does not come; what comes is waited for without end. */
#define SHORT_NS 1000000

static struct turns turns;
static int served[3], served_count;

static int setup(void **state)
{
	(void)state;
	turns_start(&turns, COUNT);
	served_count = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(turns.free, COUNT);
	assert_null(turns.first);
	assert_null(turns.last);
	turns_stop(&turns);
	return 0;
}

static void take_all(void)
{
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(turns_take(&turns, SHORT_NS), 0);
}

static void give_all(void)
{
	for (int i = 0; i < COUNT; i++)
		turns_give(&turns);
}

static void there_are_so_many(void **state)
{
	(void)state;
	take_all();
	assert_int_equal(turns_take(&turns, SHORT_NS), -ETIMEDOUT);
	assert_int_equal(turns_take(&turns, SHORT_NS), -ETIMEDOUT);
	turns_give(&turns);
	assert_int_equal(turns_take(&turns, 0), 0);
	give_all();
}

struct client {
	pthread_t thread;
	int number;
};

static void *be_served(void *context)
{
	const struct client *client = context;

	if (turns_take(&turns, 0) == 0) {
		/* one turn is there for all of them */
		served[served_count++] = client->number;
		turns_give(&turns);
	}
	return NULL;
}

static struct turns_waiter *last_of_queue(void)
{
	struct turns_waiter *last;

	pthread_mutex_lock(&turns.mutex);
	last = turns.last;
	pthread_mutex_unlock(&turns.mutex);
	return last;
}

static void who_came_first_is_served_first(void **state)
{
	struct client clients[3];

	(void)state;
	take_all();
	for (int i = 0; i < 3; i++) {
		const struct turns_waiter *before = last_of_queue();

		clients[i].number = i;
		assert_int_equal(pthread_create(&clients[i].thread, NULL, be_served, &clients[i]),
				 0);
		while (last_of_queue() == before)
			sched_yield();
	}
	/* one that gives up in the end of the queue changes nothing */
	assert_int_equal(turns_take(&turns, SHORT_NS), -ETIMEDOUT);
	turns_give(&turns);
	for (int i = 0; i < 3; i++)
		pthread_join(clients[i].thread, NULL);
	turns_give(&turns);
	assert_int_equal(served_count, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(served[i], i);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_are_so_many),
		TEST(who_came_first_is_served_first),
	};

	return cmocka_run_group_tests_name("server/turns", tests, NULL, NULL);
}
