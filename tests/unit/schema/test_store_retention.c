/* SPDX-License-Identifier: GPL-2.0-only */
/* store_retention: old snapshots go, and nothing of those that stay. */
#include "schema/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"
#include "../support/world.h"

#define SECOND 1000000000ull
#define SNAPSHOTS 20

static struct history history;

static const char *db(void)
{
	return scratch_path("test.db");
}

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	history_open(&history, db());
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

/* Snapshots 1 … count, taken at second 1 … count, of a world that changes. */
static void write_world(uint64_t seed, int count)
{
	struct world *world = world_create(seed);

	for (int i = 0; i < count; i++) {
		world_show(world, history_next(&history));
		history_write(&history, NULL);
		world_step(world);
	}
	world_free(world);
}

static uint32_t prune(const struct store_retention *retention, uint64_t now_ns)
{
	uint32_t deleted = 77;
	int rc = store_prune(history.store, retention, now_ns, &deleted);

	if (rc)
		fail_msg("%d: %s", rc, store_reason(history.store));
	return deleted;
}

/* A row that no snapshot shows would stay for ever. */
static void assert_no_row_is_left_over(void)
{
	static const char *const tables[] = {"anon_vma", "anon_vma_state", "file", "mm",
					     "mm_usage", "process",	   "tree", "vma"};
	char sql[160];

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(sql, sizeof(sql),
			 "SELECT count(*) FROM %s WHERE NOT EXISTS (SELECT 1 FROM snapshot s "
			 "WHERE s.id >= born AND s.id < died)",
			 tables[i]);
		if (database_number(db(), sql) != 0)
			fail_msg("%lld rows of %s", (long long)database_number(db(), sql),
				 tables[i]);
	}
}

static void without_limits_all_stay(void **state)
{
	const struct store_retention none = {0};

	(void)state;
	write_world(1, 5);
	assert_int_equal(prune(&none, UINT64_MAX), 0);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 5);
}

static void an_empty_database_has_nothing_to_prune(void **state)
{
	const struct store_retention all = {1, 1, 1};

	(void)state;
	assert_int_equal(prune(&all, UINT64_MAX), 0);
}

static void older_ones_go(void **state)
{
	const struct store_retention retention = {.keep_age_ns = 4 * SECOND};

	(void)state;
	write_world(1, 10);
	assert_int_equal(prune(&retention, 5 * SECOND), 0); /* 1 is just old enough */
	assert_int_equal(prune(&retention, 5 * SECOND + 1), 1);
	assert_int_equal(prune(&retention, 10 * SECOND), 4);
	assert_int_equal(database_number(db(), "SELECT min(id) FROM snapshot"), 6);
	assert_no_row_is_left_over();
}

static void the_newest_stays_whatever_its_age(void **state)
{
	const struct store_retention retention = {.keep_age_ns = 1};

	(void)state;
	write_world(1, 5);
	assert_int_equal(prune(&retention, 1000 * SECOND), 4);
	assert_int_equal(prune(&retention, 1000 * SECOND), 0);
	assert_int_equal(database_number(db(), "SELECT max(id) FROM snapshot"), 5);
	assert_no_row_is_left_over();
}

static void above_a_count_the_oldest_go(void **state)
{
	const struct store_retention retention = {.keep_count = 3};

	(void)state;
	write_world(1, 10);
	assert_int_equal(prune(&retention, 0), 7);
	assert_int_equal(database_number(db(), "SELECT min(id) FROM snapshot"), 8);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 3);
	assert_no_row_is_left_over();
}

static void above_a_size_the_oldest_go(void **state)
{
	struct store_retention retention = {0};
	int64_t bytes;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct model *model = history_next(&history);

		forest_process(model, 10, forest_mm(model, 1 + (uint64_t)i));
		for (uint32_t v = 0; v < 2000; v++)
			forest_plain_vma(model, 16 + 2 * v, 1);
		history_write(&history, NULL);
	}
	bytes = database_number(db(), "SELECT page_count * page_size FROM pragma_page_count, "
				      "pragma_page_size");
	retention.keep_size_bytes = (uint64_t)bytes;
	assert_int_equal(prune(&retention, 0), 0);
	retention.keep_size_bytes = (uint64_t)bytes / 2;
	assert_in_range(prune(&retention, 0), 4, 8); /* the schema has its size too */
	bytes = database_number(db(), "SELECT page_count * page_size FROM pragma_page_count, "
				      "pragma_page_size");
	assert_true((uint64_t)bytes <= retention.keep_size_bytes); /* given back to the disk */
	assert_no_row_is_left_over();
	retention.keep_size_bytes = 1;
	prune(&retention, 0);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 1);
}

static void pinned_and_labelled_ones_stay(void **state)
{
	const struct store_retention retention = {.keep_count = 1, .keep_age_ns = 1};

	(void)state;
	write_world(1, 10);
	database_exec(db(), "UPDATE snapshot SET pinned = 1 WHERE id IN (1, 5);"
			    "UPDATE snapshot SET label = 'x' WHERE id IN (3, 4)");
	prune(&retention, 1000 * SECOND);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 5);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot "
					       "WHERE id IN (1, 3, 4, 5, 10)"),
			 5);
	assert_no_row_is_left_over();
}

/* Those that stay anyway do not use up the number that may stay. */
static void pinned_and_labelled_ones_do_not_count(void **state)
{
	const struct store_retention retention = {.keep_count = 3};

	(void)state;
	write_world(1, 10);
	database_exec(db(), "UPDATE snapshot SET pinned = 1 WHERE id IN (1, 2);"
			    "UPDATE snapshot SET label = 'x' WHERE id = 10");
	prune(&retention, 0);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot "
					       "WHERE id IN (1, 2, 7, 8, 9, 10)"),
			 6);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 6);
}

/* After a long pause not everything is done at once. */
static void the_work_of_one_call_is_bounded(void **state)
{
	const struct store_retention retention = {.keep_count = 1};
	uint32_t first;

	(void)state;
	for (int i = 0; i < 100; i++) {
		forest_mm(history_next(&history), 1);
		history_write(&history, NULL);
	}
	first = prune(&retention, 0);
	assert_in_range(first, 1, 98);
	while (prune(&retention, 0))
		;
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 1);
}

/* Whichever go, in whatever order: what stays says what it said. */
static void what_stays_is_unchanged(void **state)
{
	char *before[SNAPSHOTS + 1] = {NULL}, sql[128];

	for (uint64_t seed = 1; seed <= 4; seed++) {
		const struct store_retention retention = {.keep_count = 4};
		uint32_t random = (uint32_t)seed * 2654435761u;

		write_world(seed, SNAPSHOTS);
		for (int64_t i = 1; i <= SNAPSHOTS; i++)
			before[i] = database_as_of(db(), i);
		/* pin some, prune, let go of some of these, prune again */
		snprintf(sql, sizeof(sql), "UPDATE snapshot SET pinned = (id * %u >> 5) %% 3 = 0",
			 random % 1000 + 1);
		database_exec(db(), sql);
		prune(&retention, 0);
		assert_no_row_is_left_over();
		database_exec(db(), "UPDATE snapshot SET pinned = pinned AND id % 2 = 0");
		prune(&retention, 0);
		assert_no_row_is_left_over();
		assert_in_range(database_number(db(), "SELECT count(*) FROM snapshot"), 4,
				SNAPSHOTS - 4);
		for (int64_t i = 1; i <= SNAPSHOTS; i++) {
			snprintf(sql, sizeof(sql), "SELECT count(*) FROM snapshot WHERE id = %lld",
				 (long long)i);
			if (database_number(db(), sql)) {
				char *after = database_as_of(db(), i);

				assert_string_equal(after, before[i]);
				free(after);
			}
			free(before[i]);
		}
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
	}
}

/* The history goes on as if nothing had been deleted. */
static void the_next_snapshot_fits(void **state)
{
	const struct store_retention retention = {.keep_count = 1};
	struct world *world = world_create(3);

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct model loaded = {0}, *model = history_next(&history);
		char *truth, *read;
		int64_t id;

		world_show(world, model);
		id = history_write(&history, NULL);
		prune(&retention, 0);
		truth = history_describe(model, 0);
		assert_int_equal(store_load_all(history.store, id, &loaded), 0);
		read = history_describe(&loaded, 0);
		assert_string_equal(read, truth);
		free(read);
		free(truth);
		model_clear(&loaded);
		world_step(world);
	}
	world_free(world);
	assert_no_row_is_left_over();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_limits_all_stay),
		TEST(an_empty_database_has_nothing_to_prune),
		TEST(older_ones_go),
		TEST(the_newest_stays_whatever_its_age),
		TEST(above_a_count_the_oldest_go),
		TEST(above_a_size_the_oldest_go),
		TEST(pinned_and_labelled_ones_stay),
		TEST(pinned_and_labelled_ones_do_not_count),
		TEST(the_work_of_one_call_is_bounded),
		TEST(what_stays_is_unchanged),
		TEST(the_next_snapshot_fits),
	};

	return cmocka_run_group_tests_name("schema/store_retention", tests, NULL, NULL);
}
