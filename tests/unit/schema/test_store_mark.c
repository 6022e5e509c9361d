/* SPDX-License-Identifier: GPL-2.0-only */
/* store_mark: labels and pins of snapshots that are there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/history.h"
#include "../support/scratch.h"
#include "../support/world.h"
#include "schema/store.h"

static struct history history;

static const char *db(void)
{
	return scratch_path("test.db");
}

static int setup(void **state)
{
	struct world *world;

	if (scratch_setup(state))
		return -1;
	history_open(&history, db());
	world = world_create(1);
	for (int i = 0; i < 2; i++) {
		world_show(world, history_next(&history));
		history_write(&history, NULL);
	}
	world_free(world);
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

static void a_label_comes_changes_and_goes(void **state)
{
	(void)state;
	assert_int_equal(store_label_snapshot(history.store, 1, "one"), 0);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot WHERE label = 'one' "
					       "AND id = 1"),
			 1);
	assert_int_equal(store_label_snapshot(history.store, 1, "it's"), 0);
	assert_int_equal(store_label_snapshot(history.store, 2, "it's"), 0);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot WHERE "
					       "label = 'it''s'"),
			 2);
	assert_int_equal(store_label_snapshot(history.store, 1, NULL), 0);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot WHERE label IS NULL"),
			 1);
}

static void a_pin_comes_and_goes(void **state)
{
	(void)state;
	assert_int_equal(store_pin_snapshot(history.store, 2, true), 0);
	assert_int_equal(store_pin_snapshot(history.store, 2, true), 0);
	assert_int_equal(database_number(db(), "SELECT sum(id * pinned) FROM snapshot"), 2);
	assert_int_equal(store_pin_snapshot(history.store, 2, false), 0);
	assert_int_equal(database_number(db(), "SELECT sum(pinned) FROM snapshot"), 0);
}

static void a_snapshot_that_is_not_there_is_said(void **state)
{
	(void)state;
	assert_int_equal(store_label_snapshot(history.store, 3, "x"), -ENOENT);
	assert_int_equal(store_label_snapshot(history.store, 0, NULL), -ENOENT);
	assert_int_equal(store_pin_snapshot(history.store, -1, true), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_label_comes_changes_and_goes),
		TEST(a_pin_comes_and_goes),
		TEST(a_snapshot_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests_name("schema/store_mark", tests, NULL, NULL);
}
