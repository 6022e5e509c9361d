/* SPDX-License-Identifier: GPL-2.0-only */
/* store_life: by their classes the same rows are found as by looking at all. */
#include "schema/store_life.h"

#include <inttypes.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "schema/store_internal.h"

#define ROWS 4000
#define LAST_SNAPSHOT 2000000

static struct store *store;

static int setup(void **state)
{
	struct store_error error;
	int rc = scratch_setup(state);

	return rc ? rc : store_open_write(scratch_path("test.db"), &store, &error);
}

static int teardown(void **state)
{
	store_close(&store);
	return scratch_teardown(state);
}

static int64_t number(const char *sql, int64_t parameter)
{
	sqlite3_stmt *statement;
	int64_t value;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(store->db));
	sqlite3_bind_int64(statement, 1, parameter);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

static uint64_t random_below(uint64_t *seed, uint64_t below)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * 0x2545f4914f6cdd1dull >> 20) % below;
}

/* Lives of every length, those of the bounds among them, and rows still open. */
static void add_rows(uint64_t *seed)
{
	assert_int_equal(store_exec(store, "BEGIN"), 0);
	for (int i = 0; i < ROWS; i++) {
		int64_t born = 1 + (int64_t)random_below(seed, LAST_SNAPSHOT);
		int64_t length = (int64_t)(1ull << random_below(seed, 21));
		int64_t died = born + length + (int64_t)random_below(seed, 3) - 1;
		char sql[160];

		if (i % 9 == 0)
			died = INT64_MAX;
		else if (died <= born)
			died = born + 1;
		snprintf(sql, sizeof(sql),
			 "INSERT INTO invariant VALUES (NULL, %d, %" PRId64 ", %" PRId64
			 ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
			 1 + i % 11, born, died);
		assert_int_equal(store_exec(store, sql), 0);
	}
	assert_int_equal(store_exec(store, "COMMIT"), 0);
}

static void every_snapshot_shows_the_same_rows(void **state)
{
	static const char shown[] = "SELECT total(i.row) + count(*) FROM " STORE_ALIVE("invariant",
										       "i");
	static const char all[] = "SELECT total(row) + count(*) FROM invariant NOT INDEXED "
				  "WHERE born <= ?1 AND died > ?1";
	uint64_t seed = 20261121;

	(void)state;
	add_rows(&seed);
	for (int64_t snapshot = 1; snapshot < 3 * LAST_SNAPSHOT / 2; snapshot += 7919)
		assert_int_equal(number(shown, snapshot), number(all, snapshot));
	assert_true(number(all, LAST_SNAPSHOT / 2) > ROWS);
	assert_int_equal(number(shown, INT64_MAX - 1), number(all, INT64_MAX - 1));
}

static int count_step(void *context)
{
	++*(int64_t *)context;
	return 0;
}

/* Each row lives for one snapshot. */
static void rows_of_other_times_are_not_read(void **state)
{
	static const char shown[] = "SELECT count(*) FROM " STORE_ALIVE("invariant", "i");
	static const int64_t snapshots[] = {1, ROWS / 2, ROWS - 1};

	(void)state;
	assert_int_equal(store_exec(store, "BEGIN"), 0);
	for (int i = 1; i <= ROWS; i++) {
		char sql[128];

		snprintf(sql, sizeof(sql),
			 "INSERT INTO invariant VALUES (NULL, 1, %d, %d, 0, 0, 0, 0, 0, 0, 0, 0, "
			 "0, 0)",
			 i, i + 1);
		assert_int_equal(store_exec(store, sql), 0);
	}
	assert_int_equal(store_exec(store, "COMMIT"), 0);
	for (size_t i = 0; i < sizeof(snapshots) / sizeof(snapshots[0]); i++) {
		int64_t steps = 0;

		sqlite3_progress_handler(store->db, 1, count_step, &steps);
		assert_int_equal(number(shown, snapshots[i]), 1);
		sqlite3_progress_handler(store->db, 0, NULL, NULL);
		if (steps > 500)
			fail_msg("%" PRId64 " steps for snapshot %" PRId64, steps, snapshots[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_snapshot_shows_the_same_rows),
		TEST(rows_of_other_times_are_not_read),
	};

	return cmocka_run_group_tests_name("schema/store_life", tests, NULL, NULL);
}
