/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"

/* For what is to happen; a test that waits so long fails. */
#define PATIENCE_MS 20000
#define AT_ONCE 0

static struct history history;
static struct database database;
static struct watch *watch;
static struct watch_reader reader;
static char path[256];
static char *text;

static void write_snapshot(void)
{
	struct model *model = history_next(&history);

	forest_process(model, 10, forest_mm(model, 10));
	forest_vma(model, 16, 1, forest_root(model, 1));
	history_write(&history, NULL);
}

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	memset(&history, 0, sizeof(history));
	snprintf(path, sizeof(path), "%s", scratch_path("test.db"));
	history_open(&history, path);
	write_snapshot();
	database_start(&database, path);
	return 0;
}

static int teardown(void **state)
{
	if (watch)
		watch_stop(watch);
	watch_free(&watch);
	database_stop(&database);
	history_close(&history);
	free(text);
	text = NULL;
	return scratch_teardown(state);
}

static void start(void)
{
	assert_int_equal(watch_start(&database, NULL, &watch), 0);
	assert_int_equal(watch_join(watch, 0, &reader), 0);
}

static int read_within(unsigned int timeout_ms)
{
	struct buffer buffer = {0};
	int rc = watch_read(&reader, timeout_ms, &buffer);

	free(text);
	buffer_text(&buffer, "");
	text = buffer_take_text(&buffer);
	assert_non_null(text);
	return rc;
}

/* Events up to the one that starts so. */
static void read_until(const char *event)
{
	do
		assert_int_equal(read_within(PATIENCE_MS), 0);
	while (!strstr(text, event));
}

/* The first look only learns what there is; when it is over cannot be seen from
 * outside, so snapshots are written until one is told. */
static void write_until_told(void)
{
	int rc = -ETIMEDOUT;

	for (int i = 0; i < 100 && rc == -ETIMEDOUT; i++) {
		write_snapshot();
		rc = read_within(PATIENCE_MS / 50);
	}
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, "event: snapshot\nid: "));
}

static void a_new_snapshot_is_told_once(void **state)
{
	(void)state;
	start();
	write_until_told();
	write_snapshot();
	read_until("event: snapshot");
	assert_int_equal(read_within(AT_ONCE), -ETIMEDOUT);
}

static void a_stop_wakes_readers_for_good(void **state)
{
	(void)state;
	start();
	watch_stop(watch);
	assert_int_equal(read_within(PATIENCE_MS), -ESHUTDOWN);
	assert_int_equal(read_within(PATIENCE_MS), -ESHUTDOWN);
	watch_leave(&reader);
	watch_free(&watch);
}

static void there_is_room_for_so_many_readers(void **state)
{
	struct watch_reader readers[WATCH_READERS_MAX];
	struct watch_reader one_more;

	(void)state;
	assert_int_equal(watch_start(&database, NULL, &watch), 0);
	for (int i = 0; i < WATCH_READERS_MAX; i++)
		assert_int_equal(watch_join(watch, 0, &readers[i]), 0);
	assert_int_equal(watch_join(watch, 0, &one_more), -EBUSY);
	assert_int_equal(watch_readers(watch), WATCH_READERS_MAX);
	watch_leave(&readers[3]);
	assert_int_equal(watch_join(watch, 0, &one_more), 0);
}

static void where_there_is_no_room_a_client_that_hung_up_loses_its_place(void **state)
{
	struct watch_reader readers[WATCH_READERS_MAX];
	struct buffer buffer = {0};
	int gone[2], there[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, gone), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, there), 0);
	assert_int_equal(watch_start(&database, NULL, &watch), 0);
	for (int i = 0; i < WATCH_READERS_MAX; i++)
		assert_int_equal(watch_join(watch, i == 7 ? gone[0] : there[0], &readers[i]), 0);
	assert_int_equal(watch_join(watch, there[0], &reader), -EBUSY);
	close(gone[1]);
	assert_int_equal(watch_join(watch, there[0], &reader), 0);
	assert_int_equal(watch_readers(watch), WATCH_READERS_MAX);
	assert_int_equal(watch_read(&readers[7], PATIENCE_MS, &buffer), -ESHUTDOWN);
	assert_int_equal(watch_read(&readers[8], AT_ONCE, &buffer), -ETIMEDOUT);
	watch_leave(&readers[7]);
	assert_int_equal(watch_readers(watch), WATCH_READERS_MAX);
	watch_leave(&reader);
	assert_int_equal(watch_readers(watch), WATCH_READERS_MAX - 1);
	close(gone[0]);
	close(there[0]);
	close(there[1]);
}

static void a_wake_ends_one_wait(void **state)
{
	(void)state;
	start();
	watch_wake(watch);
	assert_int_equal(read_within(PATIENCE_MS), -EINTR);
	assert_int_equal(read_within(AT_ONCE), -ETIMEDOUT);
}

/* 180 events are more than the ring holds; two lots, as more than a hundred at once
 * were one gap. */
static void who_does_not_read_falls_out_of_the_ring(void **state)
{
	char last[32];

	(void)state;
	start();
	write_until_told();

	struct watch_reader asleep = reader;

	for (int lot = 0; lot < 2; lot++) {
		int64_t id = 0;

		for (int i = 0; i < 90; i++)
			write_snapshot();
		assert_int_equal(store_latest_snapshot(history.store, NULL, &id), 0);
		snprintf(last, sizeof(last), "\nid: %lld\n", (long long)id);
		read_until(last);
	}
	reader = asleep;
	assert_int_equal(read_within(AT_ONCE), -EOVERFLOW);
}

static void a_database_that_goes_and_another_that_comes(void **state)
{
	struct history other = {0};

	(void)state;
	start();
	write_until_told();
	assert_int_equal(rename(path, scratch_path("away.db")), 0);
	read_until("event: reset\nid: 0\n");
	history_open(&other, path);
	forest_mm(history_next(&other), 10);
	history_write(&other, NULL);
	read_until("event: snapshot\nid: 1\n");
	history_close(&other);
}

static void missed_snapshots_are_replayed(void **state)
{
	struct watch_reader behind = {.watch = NULL};
	struct buffer buffer = {0};

	(void)state;
	for (int i = 2; i <= 5; i++)
		write_snapshot();
	assert_int_equal(watch_replay(&behind, history.store, 3, &buffer), 0);
	assert_int_equal(behind.told, 5);
	free(text);
	text = buffer_take_text(&buffer);
	assert_null(strstr(text, "id: 3\n"));
	assert_non_null(strstr(text, "id: 4\n"));
	assert_non_null(strstr(text, "id: 5\n"));
	assert_int_equal(watch_replay(&behind, history.store, 5, &buffer), 0);
	assert_int_equal(buffer.size, 0);
	assert_int_equal(watch_replay(&behind, history.store, 6, &buffer), 0);
	free(text);
	text = buffer_take_text(&buffer);
	assert_string_equal(text, "event: reset\nid: 5\ndata: {\"snapshot\":5}\n\n");
}

static void too_many_missed_are_a_gap(void **state)
{
	struct watch_reader behind = {.watch = NULL};
	struct buffer buffer = {0};

	(void)state;
	for (int i = 2; i <= WATCH_SNAPSHOTS_MAX + 2; i++)
		write_snapshot();
	assert_int_equal(watch_replay(&behind, history.store, 1, &buffer), 0);
	free(text);
	text = buffer_take_text(&buffer);
	assert_string_equal(text, "event: gap\nid: 102\ndata: {\"first\":2,\"last\":102}\n\n");
	assert_int_equal(watch_replay(&behind, history.store, 2, &buffer), 0);
	free(text);
	text = buffer_take_text(&buffer);
	assert_null(strstr(text, "event: gap"));
	assert_non_null(strstr(text, "id: 102\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_snapshot_is_told_once),
		TEST(a_stop_wakes_readers_for_good),
		TEST(there_is_room_for_so_many_readers),
		TEST(where_there_is_no_room_a_client_that_hung_up_loses_its_place),
		TEST(a_wake_ends_one_wait),
		TEST(who_does_not_read_falls_out_of_the_ring),
		TEST(a_database_that_goes_and_another_that_comes),
		TEST(missed_snapshots_are_replayed),
		TEST(too_many_missed_are_a_gap),
	};

	return cmocka_run_group_tests_name("server/watch", tests, NULL, NULL);
}
