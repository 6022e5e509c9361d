/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema/store_series.h"

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
#define SECOND 1000000000
#define ROWS_MAX 64
/* of database_number(), for NULL */
#define NOTHING (-1)

static struct history history;
static struct store_series_row rows[ROWS_MAX];
static int row_count;

static int setup(void **state)
{
	struct world *world = world_create(11);

	if (scratch_setup(state))
		return -1;
	memset(&history, 0, sizeof(history));
	history_open(&history, scratch_path("test.db"));
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

static int keep(void *context, const void *row)
{
	(void)context;
	assert_true(row_count < ROWS_MAX);
	rows[row_count++] = *(const struct store_series_row *)row;
	return 0;
}

/* Reads a series into rows. */
static void read_series(const struct store_series_query *query,
			struct store_series_range *ret_range)
{
	struct store_series *series = NULL;

	row_count = 0;
	assert_int_equal(store_series_range(history.store, query, ret_range), 0);
	assert_int_equal(store_series_open(history.store, query, ret_range, &series), 0);
	assert_int_equal(store_series_read(series, keep, NULL), 0);
	store_series_close(&series);
	assert_int_equal(row_count, ret_range->snapshots);
}

static int column(enum store_series_kind kind, const char *name)
{
	const char *const *names = store_series_names(kind);
	int i = 0;

	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	assert_non_null(names[i]);
	return i;
}

__attribute__((format(printf, 1, 2))) static int64_t number(const char *format, ...)
{
	va_list arguments;
	char sql[512];

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	return database_number(scratch_path("test.db"), sql);
}

static const struct store_series_query totals = {
	.kind = STORE_SERIES_TOTALS,
	.first_ns = INT64_MIN,
	.last_ns = INT64_MAX,
};

static void totals_are_those_of_each_snapshot(void **state)
{
	static const char *const some[] = {"vmas", "missed_reuse", "max_chain", "object_bytes"};
	struct store_series_range range;

	(void)state;
	read_series(&totals, &range);
	assert_int_equal(row_count, SNAPSHOTS);
	for (int i = 0; i < row_count; i++) {
		assert_int_equal(rows[i].snapshot, i + 1);
		assert_int_equal(rows[i].taken_ns, (i + 1) * (int64_t)SECOND);
		for (size_t k = 0; k < sizeof(some) / sizeof(some[0]); k++)
			assert_int_equal(rows[i].values[column(STORE_SERIES_TOTALS, some[k])],
					 number("SELECT %s FROM snapshot WHERE id = %d", some[k],
						i + 1));
	}
}

static void a_range_has_both_its_ends(void **state)
{
	struct store_series_query query = totals;
	struct store_series_range range;

	(void)state;
	query.first_ns = 3 * (int64_t)SECOND;
	query.last_ns = 7 * (int64_t)SECOND;
	read_series(&query, &range);
	assert_int_equal(row_count, 5);
	assert_int_equal(range.first_id, 3);
	assert_int_equal(range.last_id, 7);
	assert_int_equal(range.first_ns, query.first_ns);
	assert_int_equal(range.last_ns, query.last_ns);
}

static void a_boot_that_took_none_has_none(void **state)
{
	struct store_series_query query = totals;
	struct store_series_range range;

	(void)state;
	query.boot = number("SELECT boot FROM snapshot WHERE id = 1");
	read_series(&query, &range);
	assert_int_equal(row_count, SNAPSHOTS);
	query.boot++;
	read_series(&query, &range);
	assert_int_equal(row_count, 0);
	assert_int_equal(range.first_ns, 0);
}

static int64_t of_process(const char *value, const char *table, const char *key, int64_t id,
			  int64_t snapshot)
{
	return number("SELECT m.%s FROM process p JOIN %s m ON m.%s = p.mm AND m.born <= %lld "
		      "AND m.died > %lld WHERE p.id = %lld AND p.born <= %lld AND p.died > %lld",
		      value, table, key, (long long)snapshot, (long long)snapshot, (long long)id,
		      (long long)snapshot, (long long)snapshot);
}

static void assert_value(enum store_series_kind kind, const char *name,
			 const struct store_series_row *row, int64_t factor, int64_t expected)
{
	int64_t value = row->values[column(kind, name)];

	if (expected == NOTHING)
		assert_true(value == STORE_SERIES_NONE);
	else
		assert_int_equal(value, expected * factor);
}

static void assert_process(int64_t id)
{
	struct store_series_query query = totals;
	int64_t page = number("SELECT page_size FROM boot");
	struct store_series_range range;

	query.kind = STORE_SERIES_PROCESS;
	query.subject = id;
	read_series(&query, &range);
	assert_true(row_count > 0);
	for (int i = 0; i < row_count; i++) {
		const struct store_series_row *row = &rows[i];

		assert_value(query.kind, "vmas", row, 1,
			     of_process("vmas", "mm", "id", id, row->snapshot));
		assert_value(query.kind, "missed_reuse", row, 1,
			     of_process("missed_reuse", "mm", "id", id, row->snapshot));
		assert_value(query.kind, "anon_rss_bytes", row, page,
			     of_process("anon_rss_pages", "mm_usage", "mm", id, row->snapshot));
	}
	/* all of its life, and no more */
	assert_int_equal(range.first_id,
			 number("SELECT min(born) FROM process WHERE id = %lld", (long long)id));
	assert_int_equal(range.last_id,
			 number("SELECT min(max(died) - 1, %d) FROM process WHERE id = %lld",
				SNAPSHOTS, (long long)id));
}

static void every_process_is_as_its_rows_say(void **state)
{
	int64_t last = number("SELECT max(id) FROM process");

	(void)state;
	assert_true(last > 20);
	for (int64_t id = 1; id <= last; id++)
		if (number("SELECT count(*) FROM process WHERE id = %lld", (long long)id))
			assert_process(id);
}

static void every_tree_is_as_its_rows_say(void **state)
{
	struct store_series_query query = totals;
	struct store_series_range range;
	int64_t last = number("SELECT max(id) FROM tree");
	int trees = 0;

	(void)state;
	query.kind = STORE_SERIES_TREE;
	for (query.subject = 1; query.subject <= last; query.subject++) {
		if (!number("SELECT count(*) FROM tree WHERE id = %lld", (long long)query.subject))
			continue;
		trees++;
		read_series(&query, &range);
		assert_true(row_count > 0);
		for (int i = 0; i < row_count; i++)
			assert_value(query.kind, "anon_vmas", &rows[i], 1,
				     number("SELECT anon_vmas FROM tree WHERE id = %lld "
					    "AND born <= %lld AND died > %lld",
					    (long long)query.subject, (long long)rows[i].snapshot,
					    (long long)rows[i].snapshot));
	}
	assert_true(trees > 5);
}

static void what_never_was_has_no_snapshot(void **state)
{
	struct store_series_query query = totals;
	struct store_series_range range;

	(void)state;
	query.subject = 1 << 30;
	for (query.kind = STORE_SERIES_PROCESS; query.kind <= STORE_SERIES_TREE; query.kind++) {
		read_series(&query, &range);
		assert_int_equal(range.snapshots, 0);
	}
}

struct subjects {
	int64_t pid;
	int64_t ids[ROWS_MAX];
	int count;
};

static int keep_subject(void *context, const void *row)
{
	const struct store_subject_row *subject = row;
	struct subjects *subjects = context;

	assert_int_equal(subject->pid, subjects->pid);
	assert_true(subject->comm.size > 0);
	subjects->ids[subjects->count++] = subject->process_id;
	return 0;
}

static void a_pid_finds_its_processes_the_newest_first(void **state)
{
	struct subjects subjects = {.pid = number("SELECT tgid FROM process ORDER BY row DESC")};
	int64_t id;

	(void)state;
	assert_int_equal(store_list_subjects(history.store, subjects.pid, 1, SNAPSHOTS,
					     keep_subject, &subjects),
			 0);
	assert_int_equal(subjects.count, number("SELECT count(*) FROM process WHERE tgid = %lld",
						(long long)subjects.pid));
	for (int i = 1; i < subjects.count; i++)
		assert_true(subjects.ids[i] <= subjects.ids[i - 1]);
	id = subjects.ids[0];
	subjects.count = 0;
	assert_int_equal(
		store_find_subject(history.store, id, 1, SNAPSHOTS, keep_subject, &subjects), 0);
	assert_int_equal(subjects.ids[0], id);
	subjects.count = 0;
	assert_int_equal(store_find_subject(history.store, id, 0, 0, keep_subject, &subjects), 0);
	assert_int_equal(subjects.count, 0);
}

static void each_kind_has_names_and_room_for_them(void **state)
{
	(void)state;
	for (enum store_series_kind kind = 0; kind < STORE_SERIES_KIND_COUNT; kind++) {
		int count = 0;

		while (store_series_names(kind)[count])
			count++;
		assert_in_range(count, 10, STORE_SERIES_MAX);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(totals_are_those_of_each_snapshot),
		TEST(a_range_has_both_its_ends),
		TEST(a_boot_that_took_none_has_none),
		TEST(every_process_is_as_its_rows_say),
		TEST(every_tree_is_as_its_rows_say),
		TEST(what_never_was_has_no_snapshot),
		TEST(a_pid_finds_its_processes_the_newest_first),
		cmocka_unit_test(each_kind_has_names_and_room_for_them),
	};

	return cmocka_run_group_tests_name("schema/store_series", tests, NULL, NULL);
}
