/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema/store_log.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "schema/store_internal.h"
#include "schema/store_list.h"

#define READERS 3
#define COMMITS 30
/* pages that a commit writes, about */
#define COMMIT_PAGES 300

static struct store *store;
static atomic_bool over;

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

static void commit(void)
{
	char sql[256];

	sqlite3_snprintf(sizeof(sql), sql,
			 "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS bulk (a); DELETE FROM bulk;"
			 "INSERT INTO bulk VALUES (zeroblob(%d)); COMMIT",
			 4096 * COMMIT_PAGES);
	assert_int_equal(store_exec(store, sql), 0);
}

static struct store *open_reader(void)
{
	struct store *reader = NULL;
	struct store_error error;

	assert_int_equal(store_open_read(scratch_path("vmascope.db"), &reader, &error), 0);
	return reader;
}

static void read_something(struct store *reader)
{
	int64_t count;

	assert_int_equal(store_read_begin(reader), 0);
	assert_int_equal(store_count_snapshots(reader, &count), 0);
}

/* Each begins before the one before has ended. */
static void *read_on_and_on(void *context)
{
	(void)context;
	struct store *reader = open_reader();

	while (!over) {
		read_something(reader);
		usleep(2000);
		store_read_end(reader);
	}
	store_close(&reader);
	return NULL;
}

static int largest_log(void)
{
	int largest = 0;

	for (int i = 0; i < COMMITS; i++) {
		commit();
		store_shorten_log(store);
		largest = store->log_pages > largest ? store->log_pages : largest;
	}
	return largest;
}

static void it_stays_short_while_others_read_without_a_pause(void **state)
{
	pthread_t readers[READERS];
	int largest;

	(void)state;
	commit();
	over = false;
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on_and_on, NULL), 0);
	largest = largest_log();
	over = true;
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_in_range(largest, COMMIT_PAGES, 3 * STORE_LOG_PAGES);
}

static void a_reader_that_stays_is_not_waited_for(void **state)
{
	struct store *reader = open_reader();

	(void)state;
	commit();
	read_something(reader);
	for (int i = 0; i < COMMITS; i++)
		commit();
	store_shorten_log(store);
	commit();
	assert_true(store->log_pages > COMMITS * COMMIT_PAGES);
	store_read_end(reader);
	store_shorten_log(store);
	commit();
	assert_in_range(store->log_pages, COMMIT_PAGES, 2 * COMMIT_PAGES);
	store_close(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_stays_short_while_others_read_without_a_pause),
		TEST(a_reader_that_stays_is_not_waited_for),
	};

	return cmocka_run_group_tests_name("schema/store_log", tests, NULL, NULL);
}
