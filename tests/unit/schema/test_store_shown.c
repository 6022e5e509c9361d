/* SPDX-License-Identifier: GPL-2.0-only */
/* store_shown: the same rows are found as by looking at all, and few others read. */
#include "schema/store_shown.h"

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
#define VERSIONS 60

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

static int64_t number(const char *sql, int64_t snapshot, int64_t what)
{
	sqlite3_stmt *statement;
	int64_t value;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(store->db));
	sqlite3_bind_int64(statement, 1, snapshot);
	sqlite3_bind_int64(statement, 2, what);
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
		assert_int_equal(number(shown, snapshot, 0), number(all, snapshot, 0));
	assert_true(number(all, LAST_SNAPSHOT / 2, 0) > ROWS);
	assert_int_equal(number(shown, INT64_MAX - 1, 0), number(all, INT64_MAX - 1, 0));
}

static void add_anon_vma(int64_t id, int64_t root, int64_t born, int64_t died)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO anon_vma VALUES (NULL, %" PRId64 ", %" PRId64 ", %" PRId64
		 ", %" PRId64 ", %" PRId64 ", 0, 0, 1)",
		 id, born, died, root, root);
	assert_int_equal(store_exec(store, sql), 0);
}

/* One after the other, now and then with a time between them in which there is
 * none; of some things the last one is still open. */
static void add_versions(uint64_t *seed, int64_t id, int64_t root)
{
	int64_t born = 1 + (int64_t)random_below(seed, 100), died;

	for (int i = 0; i < VERSIONS; i++, born = died + (int64_t)random_below(seed, 8) / 7) {
		died = born + (int64_t)(1ull << random_below(seed, 9));
		if (i == VERSIONS - 1 && random_below(seed, 2))
			died = INT64_MAX;
		add_anon_vma(id, root, born, died);
	}
}

static void every_snapshot_shows_the_same_versions(void **state)
{
	static const char tree[] =
		"SELECT total(a.row) + count(*) FROM " STORE_ALIVE_OF_ROOT("anon_vma", "a", "?2");
	static const char tree_of_all[] = "SELECT total(row) + count(*) FROM anon_vma NOT INDEXED "
					  "WHERE root = ?2 AND born <= ?1 AND died > ?1";
	static const char one[] = "SELECT total(a.row) FROM anon_vma a "
				  "WHERE " STORE_VERSION("anon_vma", "a", "id", "?2");
	static const char one_of_all[] = "SELECT total(row) FROM anon_vma NOT INDEXED "
					 "WHERE id = ?2 AND born <= ?1 AND died > ?1";
	uint64_t seed = 20261121;
	int none = 0;

	(void)state;
	assert_int_equal(store_exec(store, "BEGIN"), 0);
	for (int id = 1; id <= 12; id++)
		add_versions(&seed, id, 1 + id % 3);
	assert_int_equal(store_exec(store, "COMMIT"), 0);
	for (int64_t snapshot = 1; snapshot < VERSIONS * 100; snapshot += 37) {
		for (int root = 1; root <= 3; root++)
			assert_int_equal(number(tree, snapshot, root),
					 number(tree_of_all, snapshot, root));
		for (int id = 1; id <= 12; id++) {
			assert_int_equal(number(one, snapshot, id),
					 number(one_of_all, snapshot, id));
			none += number(one, snapshot, id) == 0;
		}
	}
	assert_true(none > 0);
}

static int count_step(void *context)
{
	++*(int64_t *)context;
	return 0;
}

/* Of a history in which each row lives for one snapshot. */
static void is_found_in_few_steps(const char *sql, int64_t most)
{
	static const int64_t snapshots[] = {1, ROWS / 2, ROWS - 1};

	for (size_t i = 0; i < sizeof(snapshots) / sizeof(snapshots[0]); i++) {
		int64_t steps = 0;

		sqlite3_progress_handler(store->db, 1, count_step, &steps);
		assert_int_equal(number(sql, snapshots[i], 1), 1);
		sqlite3_progress_handler(store->db, 0, NULL, NULL);
		if (steps > most)
			fail_msg("%" PRId64 " steps for snapshot %" PRId64 ":\n%s", steps,
				 snapshots[i], sql);
	}
}

static void rows_of_other_times_are_not_read(void **state)
{
	(void)state;
	assert_int_equal(store_exec(store, "BEGIN"), 0);
	for (int i = 1; i <= ROWS; i++) {
		char sql[128];

		snprintf(sql, sizeof(sql),
			 "INSERT INTO invariant VALUES (NULL, 1, %d, %d, 0, 0, 0, 0, 0, 0, 0, 0, "
			 "0, 0)",
			 i, i + 1);
		assert_int_equal(store_exec(store, sql), 0);
		add_anon_vma(1, 1, i, i + 1);
	}
	assert_int_equal(store_exec(store, "COMMIT"), 0);
	is_found_in_few_steps("SELECT count(*) FROM " STORE_ALIVE("invariant", "i"), 500);
	is_found_in_few_steps("SELECT count(*) FROM " STORE_ALIVE_OF_ROOT("anon_vma", "a", "?2"),
			      500);
	is_found_in_few_steps("SELECT count(*) FROM anon_vma a "
			      "WHERE " STORE_VERSION("anon_vma", "a", "id", "?2"),
			      100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_snapshot_shows_the_same_rows),
		TEST(every_snapshot_shows_the_same_versions),
		TEST(rows_of_other_times_are_not_read),
	};

	return cmocka_run_group_tests_name("schema/store_shown", tests, NULL, NULL);
}
