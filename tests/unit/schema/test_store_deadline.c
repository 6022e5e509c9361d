/* SPDX-License-Identifier: GPL-2.0-only */
/* store_deadline: a read ends at its deadline, and the store goes on. */
#include "schema/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/history.h"
#include "../support/scratch.h"
#include "../support/world.h"
#include "schema/store_internal.h"
#include "schema/store_list.h"

/* Far more steps than SQLite makes between two looks at the clock. */
#define LONG_QUERY                                                                        \
	"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) " \
	"SELECT count(*) FROM n"
#define LONG_AGO 1

static struct history history;

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	memset(&history, 0, sizeof(history));
	history_open(&history, scratch_path("test.db"));
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

static void a_query_ends_at_the_deadline_and_the_next_does_not(void **state)
{
	(void)state;
	assert_int_equal(store_exec(history.store, LONG_QUERY), 0);
	store_set_deadline(history.store, LONG_AGO);
	assert_int_equal(store_exec(history.store, LONG_QUERY), -ETIMEDOUT);
	assert_non_null(strstr(store_reason(history.store), "interrupted"));
	store_set_deadline(history.store, 0);
	assert_int_equal(store_exec(history.store, LONG_QUERY), 0);
}

static void a_deadline_that_is_not_reached_changes_nothing(void **state)
{
	(void)state;
	store_set_deadline(history.store, UINT64_MAX);
	assert_int_equal(store_exec(history.store, LONG_QUERY), 0);
}

static void write_world(void)
{
	struct world *world = world_create(3);

	for (int i = 0; i < 30; i++) {
		world_show(world, history_next(&history));
		history_write(&history, NULL);
		world_step(world);
	}
	world_free(world);
}

/* Steps are counted from load to load; the first look at the clock comes in the
 * middle of one. */
static int load_until_it_fails(struct store *reader, struct model *model)
{
	int rc = 0;

	for (int i = 0; i < 100 && !rc; i++) {
		model_reset(model);
		rc = store_load_all(reader, 30, model);
	}
	model_reset(model);
	return rc;
}

/* A load that fails half way is in the middle of the rows of several statements:
 * they must not keep the reader on the state that it began with. */
static void after_a_load_that_failed_news_are_seen(void **state)
{
	struct store_error error;
	struct store *reader = NULL;
	struct model model;
	int64_t before = 0, after = 0;

	(void)state;
	model_init(&model);
	write_world();
	assert_int_equal(store_open_read(scratch_path("test.db"), &reader, &error), 0);
	assert_int_equal(store_read_begin(reader), 0);
	store_set_deadline(reader, LONG_AGO);
	assert_int_equal(load_until_it_fails(reader, &model), -ETIMEDOUT);
	store_read_end(reader);
	assert_int_equal(store_count_snapshots(reader, &before), 0);
	assert_int_equal(before, 30);
	write_world();
	assert_int_equal(store_read_begin(reader), 0);
	assert_int_equal(store_count_snapshots(reader, &after), 0);
	assert_int_equal(after, 60);
	assert_int_equal(store_load_all(reader, 30, &model), 0);
	store_read_end(reader);
	model_clear(&model);
	store_close(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_query_ends_at_the_deadline_and_the_next_does_not),
		TEST(a_deadline_that_is_not_reached_changes_nothing),
		TEST(after_a_load_that_failed_news_are_seen),
	};

	return cmocka_run_group_tests_name("schema/store_deadline", tests, NULL, NULL);
}
