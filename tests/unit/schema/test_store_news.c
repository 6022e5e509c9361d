/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema/store_news.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/history.h"
#include "../support/scratch.h"
#include "../support/world.h"

#define SNAPSHOTS 25
#define ROWS_MAX 4096
#define DAY_NS 86400000000000u

static struct history history;
static struct store_changed_finding_row found[ROWS_MAX];
static int found_count;

static int setup(void **state)
{
	struct world *world = world_create(5);

	if (scratch_setup(state))
		return -1;
	memset(&history, 0, sizeof(history));
	history_open(&history, scratch_path("test.db"));
	history.options =
		(struct analysis_options){.deep_chain = 1, .wide_rmap = 2, .wide_lock = 2};
	for (int i = 0; i < SNAPSHOTS; i++) {
		world_show(world, history_next(&history));
		history_write(&history, NULL);
		world_step(world);
	}
	world_free(world);
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

/* Sum or count over the ids that are valid in one snapshot and not in the other. */
static int64_t expected(const char *what, int64_t in, int64_t not_in)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "SELECT coalesce(%s, 0) FROM finding f WHERE born <= %lld AND died > %lld AND id "
		 "NOT IN (SELECT id FROM finding WHERE born <= %lld AND died > %lld)",
		 what, (long long)in, (long long)in, (long long)not_in, (long long)not_in);
	return database_number(scratch_path("test.db"), sql);
}

static int keep(void *context, const void *row)
{
	(void)context;
	assert_true(found_count < ROWS_MAX);
	found[found_count++] = *(const struct store_changed_finding_row *)row;
	return 0;
}

static int64_t assert_change(const struct store_finding_change_query *query, int64_t in,
			     int64_t not_in)
{
	struct store_finding_total total;

	assert_int_equal(store_count_finding_changes(history.store, query, &total), 0);
	assert_int_equal(total.count, expected("count(*)", in, not_in));
	assert_int_equal(total.bytes, expected("sum(bytes)", in, not_in));
	found_count = 0;
	assert_int_equal(store_list_finding_changes(history.store, query, ROWS_MAX, keep, NULL), 0);
	assert_int_equal(found_count, total.count);
	for (int i = 0; i < found_count; i++) {
		assert_true(i == 0 || found[i].bytes <= found[i - 1].bytes);
		assert_true(found[i].pid > 0);
	}
	return total.count;
}

static void assert_changes(int64_t before, int64_t snapshot, int64_t seen[2])
{
	struct store_finding_change_query query = {STORE_FINDINGS_NEW, before, snapshot};

	seen[0] += assert_change(&query, snapshot, before);
	query.change = STORE_FINDINGS_RESOLVED;
	seen[1] += assert_change(&query, before, snapshot);
}

static void changes_are_the_difference_of_two_snapshots(void **state)
{
	int64_t seen[2] = {0, 0};

	(void)state;
	for (int64_t before = 0; before < SNAPSHOTS; before += 3)
		for (int64_t snapshot = before + 1; snapshot <= SNAPSHOTS; snapshot++)
			assert_changes(before, snapshot, seen);
	assert_true(seen[0] > 100);
	assert_true(seen[1] > 100);
}

/* Rows go with the snapshots, so that their numbers have gaps. */
static void the_same_after_snapshots_were_deleted(void **state)
{
	const struct store_retention newest = {.keep_count = 9};
	int64_t seen[2] = {0, 0};
	int64_t before = 0;
	uint32_t deleted;

	(void)state;
	assert_int_equal(store_prune(history.store, &newest, DAY_NS, &deleted), 0);
	assert_int_equal(deleted, SNAPSHOTS - 9);
	for (int64_t id = SNAPSHOTS - 8; id <= SNAPSHOTS; id++) {
		assert_int_equal(store_previous_snapshot(history.store, id, &before), 0);
		assert_int_equal(before, id == SNAPSHOTS - 8 ? 0 : id - 1);
		assert_changes(before, id, seen);
	}
}

static void the_largest_come_first_and_no_more_than_asked(void **state)
{
	const struct store_finding_change_query query = {STORE_FINDINGS_NEW, 0, SNAPSHOTS};

	(void)state;
	found_count = 0;
	assert_int_equal(store_list_finding_changes(history.store, &query, 2, keep, NULL), 0);
	assert_int_equal(found_count, 2);
	assert_int_equal(found[0].bytes, expected("max(bytes)", SNAPSHOTS, 0));
}

static void later_snapshots_are_listed_upwards(void **state)
{
	int64_t ids[4] = {0};
	uint32_t count = 77;

	(void)state;
	assert_int_equal(store_list_new_snapshots(history.store, SNAPSHOTS - 3, ids, 4, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(ids[0], SNAPSHOTS - 2);
	assert_int_equal(ids[2], SNAPSHOTS);
	assert_int_equal(store_list_new_snapshots(history.store, 0, ids, 4, &count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(ids[3], 4);
	assert_int_equal(store_list_new_snapshots(history.store, SNAPSHOTS, ids, 4, &count), 0);
	assert_int_equal(count, 0);
}

static void a_write_changes_the_version_for_others(void **state)
{
	struct store_error error;
	struct store *reader = NULL;
	int64_t first = 0, same = 0, other = 0;

	(void)state;
	assert_int_equal(store_open_read(scratch_path("test.db"), &reader, &error), 0);
	assert_int_equal(store_data_version(reader, &first), 0);
	assert_int_equal(store_data_version(reader, &same), 0);
	assert_int_equal(same, first);
	database_exec(scratch_path("test.db"), "UPDATE snapshot SET label = 'x' WHERE id = 1");
	assert_int_equal(store_data_version(reader, &other), 0);
	assert_int_not_equal(other, first);
	store_close(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(changes_are_the_difference_of_two_snapshots),
		TEST(the_same_after_snapshots_were_deleted),
		TEST(the_largest_come_first_and_no_more_than_asked),
		TEST(later_snapshots_are_listed_upwards),
		TEST(a_write_changes_the_version_for_others),
	};

	return cmocka_run_group_tests_name("schema/store_news", tests, NULL, NULL);
}
