/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema/store_list.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "schema/store_findings.h"
#include "schema/store_news.h"
#include "schema/store_owners.h"
#include "schema/store_processes.h"
#include "schema/store_series.h"
#include "schema/store_vmas.h"

static struct store *store;

static int setup(void **state)
{
	struct store_error error;
	int rc = scratch_setup(state);

	return rc ? rc : store_open_write(scratch_path("vmascope.db"), &store, &error);
}

static int teardown(void **state)
{
	store_close(&store);
	return scratch_teardown(state);
}

/* Every module that lists something. */
static const char *(*const modules[])(unsigned int i) = {
	store_list_statement,	store_findings_statement,  store_news_statement,
	store_owners_statement, store_processes_statement, store_series_statement,
	store_vmas_statement,
};

static void explain(sqlite3 *db, const char *sql, void (*visit)(const char *sql, const char *line))
{
	char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *plan;

	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &plan, NULL), SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW)
		visit(sql, (const char *)sqlite3_column_text(plan, 3));
	sqlite3_finalize(plan);
	sqlite3_free(text);
}

/* Calls visit for each line of the plan of every statement. */
static void for_each_plan_line(void (*visit)(const char *sql, const char *line))
{
	sqlite3 *db;
	const char *sql;

	assert_int_equal(sqlite3_open(scratch_path("vmascope.db"), &db), SQLITE_OK);
	for (size_t module = 0; module < sizeof(modules) / sizeof(modules[0]); module++)
		for (unsigned int i = 0; (sql = modules[module](i)); i++)
			explain(db, sql, visit);
	sqlite3_close(db);
}

/* Read from end to end: the count of snapshots (of an index), the last id of each
 * table that has one, and pages or groups that were made before, which names are
 * joined to. */
static bool may_be_scanned(const char *line)
{
	static const char *const lines[] = {
		"SCAN t",
		"SCAN f",
		"SCAN k",
		"SCAN c",
		"SCAN sqlite_sequence",
		"SCAN 16 CONSTANT ROWS", /* store_shown.h */
		"SCAN snapshot USING COVERING INDEX snapshot_by_time",
	};

	if (strncmp(line, "SCAN (subquery-", 15) == 0)
		return true;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strcmp(line, lines[i]) == 0)
			return true;
	return false;
}

static void refuse_scan(const char *sql, const char *line)
{
	if (strncmp(line, "SCAN ", 5) == 0 && !may_be_scanned(line))
		fail_msg("%s\nin %s", line, sql);
}

/* An index that SQLite makes for one query costs a whole table each time. */
static void refuse_automatic_index(const char *sql, const char *line)
{
	if (strstr(line, "AUTOMATIC"))
		fail_msg("%s\nin %s", line, sql);
}

static void no_statement_reads_a_whole_table(void **state)
{
	(void)state;
	for_each_plan_line(refuse_scan);
}

static void no_statement_lacks_an_index(void **state)
{
	(void)state;
	for_each_plan_line(refuse_automatic_index);
}

static int count_row(void *context, const void *row)
{
	(void)row;
	++*(int *)context;
	return 0;
}

/* That statements and row structs fit is checked when a list is opened. */
static void every_list_of_an_empty_store_is_empty(void **state)
{
	const struct store_process_query processes = {.snapshot = 1, .page = {.limit = 5}};
	const struct store_vma_query all_vmas = {.snapshot = 1, .page = {.limit = 5}};
	const struct store_vma_query vmas = {.snapshot = 1, .mm_id = 1, .page = {.limit = 5}};
	int64_t snapshots = -1;
	int rows = 0;

	(void)state;
	assert_int_equal(store_list_snapshots(store, INT64_MAX, 5, count_row, &rows), 0);
	assert_int_equal(store_find_snapshot(store, 1, count_row, &rows), 0);
	assert_int_equal(store_list_processes(store, &processes, count_row, &rows), 0);
	assert_int_equal(store_find_process(store, 1, 1, count_row, &rows), 0);
	assert_int_equal(store_list_vmas(store, &vmas, count_row, &rows), 0);
	assert_int_equal(store_list_all_vmas(store, &vmas, count_row, &rows), 0);
	assert_int_equal(store_list_all_vmas(store, &all_vmas, count_row, &rows), 0);
	assert_int_equal(store_find_anon_vma(store, 1, 1, count_row, &rows), 0);
	assert_int_equal(store_last_snapshot_id(store, &snapshots), 0);
	assert_int_equal(snapshots, 0);
	assert_int_equal(store_find_tree(store, 1, 1, count_row, &rows), 0);
	assert_int_equal(store_count_snapshots(store, &snapshots), 0);
	assert_int_equal(snapshots, 0);
	assert_int_equal(rows, 0);
}

static void every_order_of_trees_works(void **state)
{
	int rows = 0;

	(void)state;
	for (unsigned int i = 0; i < 2 * STORE_TREE_SORT_COUNT; i++) {
		const struct store_tree_query query = {
			.snapshot = 1,
			.sort = (enum store_tree_sort)(i / 2),
			.page = {.descending = i % 2, .limit = 5},
		};

		assert_int_equal(store_list_trees(store, &query, count_row, &rows), 0);
	}
	assert_int_equal(rows, 0);
}

static void every_order_of_processes_works(void **state)
{
	int rows = 0;

	(void)state;
	for (unsigned int i = 0; i < 2 * STORE_PROCESS_SORT_COUNT; i++) {
		const struct store_process_query query = {
			.snapshot = 1,
			.sort = (enum store_process_sort)(i / 2),
			.page = {.descending = i % 2, .limit = 5},
			.search = "1",
		};

		assert_int_equal(store_list_processes(store, &query, count_row, &rows), 0);
	}
	for (unsigned int i = 0; i < 2 * STORE_EXECUTABLE_SORT_COUNT; i++) {
		const struct store_executable_query query = {
			.snapshot = 1,
			.sort = (enum store_executable_sort)(i / 2),
			.page = {.descending = i % 2, .limit = 5},
		};

		assert_int_equal(store_list_executables(store, &query, count_row, &rows), 0);
	}
	assert_int_equal(rows, 0);
}

static void a_transaction_may_end_twice(void **state)
{
	(void)state;
	assert_int_equal(store_read_begin(store), 0);
	store_read_end(store);
	store_read_end(store);
	assert_int_equal(store_read_begin(store), 0);
	store_read_end(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_statement_reads_a_whole_table),	     TEST(no_statement_lacks_an_index),
		TEST(every_list_of_an_empty_store_is_empty), TEST(every_order_of_trees_works),
		TEST(every_order_of_processes_works),	     TEST(a_transaction_may_end_twice),
	};

	return cmocka_run_group_tests_name("schema/store_list", tests, NULL, NULL);
}
