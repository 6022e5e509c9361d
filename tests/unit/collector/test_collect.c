/* SPDX-License-Identifier: GPL-2.0-only */
#include "collector/collect.h"

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
#include "../support/scratch.h"
#include "../support/stream.h"

#define MM 0xffff888100001000ull
#define CHILD_MM 0xffff888100002000ull
#define ROOT 0xffff888200000068ull
#define CHILD 0xffff8882000000d0ull
#define SECOND 0xffff888200000138ull

struct fixture {
	struct stream stream;
	struct collect collect;
	struct collect_result result;
	struct recording_reader *reader;
};

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	*state = &fixture;
	return scratch_setup(state);
}

static void close_collect(struct fixture *fixture)
{
	collect_clear(&fixture->collect);
	store_close(&fixture->collect.store);
	recording_free(&fixture->reader);
	memset(&fixture->collect, 0, sizeof(fixture->collect));
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	close_collect(fixture);
	stream_clear(&fixture->stream);
	return scratch_teardown(state);
}

static const char *db(void)
{
	return scratch_path("test.db");
}

/* A collector that was just started. */
static void start(struct fixture *fixture)
{
	struct store_error error;

	close_collect(fixture);
	if (store_open_write(db(), &fixture->collect.store, &error))
		fail_msg("%s", error.text);
}

static void record_stream(struct fixture *fixture, const char *name, bool raw_addresses)
{
	struct recording_writer *writer;

	assert_int_equal(recording_create(scratch_path(name), raw_addresses, &writer), 0);
	for (size_t at = 0; at < fixture->stream.size;) {
		const struct record_head *head = (const void *)(fixture->stream.bytes + at);

		assert_int_equal(recording_write(writer, head, head->size), 0);
		at += head->size;
	}
	assert_int_equal(recording_close(&writer), 0);
}

static void open_recording(struct fixture *fixture, const char *name)
{
	char error[RECORDING_ERROR_SIZE];

	recording_free(&fixture->reader);
	if (recording_open(scratch_path(name), &fixture->reader, error))
		fail_msg("%s", error);
}

static int replay_next(struct fixture *fixture, const char *label)
{
	return collect_replay(&fixture->collect, fixture->reader, label, &fixture->result);
}

/* Stores all walks of a recording. */
static uint32_t replay(struct fixture *fixture, const char *name)
{
	struct collect_result last = {0};
	uint32_t walks = 0;
	int rc;

	open_recording(fixture, name);
	while ((rc = replay_next(fixture, NULL)) == 1) {
		last = fixture->result;
		walks++;
	}
	if (rc)
		fail_msg("%d: %s", rc, fixture->collect.error);
	fixture->result = last;
	return walks;
}

/* A daemon and a worker that it forked, which missed one reuse. */
static void add_walk(struct stream *stream, uint64_t taken_ns)
{
	struct record_anon_vma *root;

	stream_begin(stream)->taken_ns = taken_ns;
	stream_task(stream, 10, MM);
	stream_mm(stream);
	stream_vma(stream, 16, 4, ROOT);
	stream_vma(stream, 32, 4, ROOT);
	stream_visit_end(stream);
	stream_task(stream, 20, CHILD_MM)->cgroup = 7;
	stream_cgroup(stream, 7, "/workers");
	stream_mm(stream);
	stream_vma(stream, 16, 4, CHILD, ROOT);
	stream_vma(stream, 32, 4, SECOND, ROOT);
	stream_plain_vma(stream, 64, 1)->bits |= RECORD_VMA_FILE;
	stream_file(stream, 0, 0, "/lib/x");
	stream_visit_end(stream);
	stream_anon_vma(stream, CHILD, ROOT, ROOT);
	stream_anon_vma(stream, SECOND, ROOT, ROOT);
	root = stream_anon_vma(stream, ROOT, ROOT, ROOT);
	root->refcount = 3;
	root->num_active_vmas = 2;
	root->num_children = 3;
	stream_end(stream);
}

static void a_walk_becomes_a_snapshot(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	add_walk(&fixture->stream, 1000);
	record_stream(fixture, "a.rec", false);
	open_recording(fixture, "a.rec");
	assert_int_equal(replay_next(fixture, "first"), 1);
	assert_int_equal(fixture->result.snapshot, 1);
	assert_int_equal(fixture->result.totals.processes, 2);
	assert_int_equal(fixture->result.totals.missed_reuse, 1);
	assert_int_equal(fixture->result.walk_ns, 12345);
	assert_int_equal(replay_next(fixture, NULL), 0);
	assert_int_equal(replay_next(fixture, NULL), 0);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 1);
	assert_int_equal(database_number(db(), "SELECT label = 'first' AND taken_ns = 1000 AND "
					       "processes = 2 AND mms = 2 AND vmas = 5 AND "
					       "anon_vmas = 3 AND avcs = 6 AND trees = 1 AND "
					       "idle_anon_vmas = 0 AND missed_groups = 1 AND "
					       "stream_bytes > 500 FROM snapshot"),
			 1);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM process WHERE tgid = 20 AND "
					       "cgroup_path = '/workers'"),
			 1);
}

static void a_second_equal_walk_adds_the_snapshot_only(void **state)
{
	struct fixture *fixture = *state;
	int64_t rows;

	start(fixture);
	add_walk(&fixture->stream, 1000);
	record_stream(fixture, "a.rec", false);
	assert_int_equal(replay(fixture, "a.rec"), 1);
	rows = database_versioned_rows(db());
	assert_in_range(rows, 10, 100);
	stream_reset(&fixture->stream);
	add_walk(&fixture->stream, 2000);
	add_walk(&fixture->stream, 3000);
	record_stream(fixture, "b.rec", false);
	assert_int_equal(replay(fixture, "b.rec"), 2);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 3);
	assert_int_equal(database_versioned_rows(db()), rows);
}

/* The collector was stopped, and the same system is found again: ids and rows
 * are the same although no address was kept. */
static void a_restart_continues_the_history(void **state)
{
	struct fixture *fixture = *state;
	int64_t rows;
	char *first, *second;

	start(fixture);
	add_walk(&fixture->stream, 1000);
	record_stream(fixture, "a.rec", false);
	replay(fixture, "a.rec");
	rows = database_versioned_rows(db());
	for (int64_t snapshot = 2; snapshot <= 4; snapshot++) {
		start(fixture);
		assert_int_equal(replay(fixture, "a.rec"), 1);
		assert_int_equal(fixture->result.snapshot, snapshot);
		assert_int_equal(database_versioned_rows(db()), rows);
		first = database_as_of(db(), 1);
		second = database_as_of(db(), snapshot);
		assert_string_equal(first, second);
		assert_true(strlen(first) > 500);
		free(first);
		free(second);
	}
}

/* Addresses of the new recording are other numbers: they mean nothing. */
static void other_addresses_after_a_restart_change_nothing(void **state)
{
	struct fixture *fixture = *state;
	int64_t rows;

	start(fixture);
	add_walk(&fixture->stream, 1000);
	record_stream(fixture, "a.rec", false);
	record_stream(fixture, "b.rec", true);
	replay(fixture, "a.rec");
	rows = database_versioned_rows(db());
	start(fixture);
	replay(fixture, "b.rec");
	assert_int_equal(database_versioned_rows(db()), rows);
}

/* A file that only an abandoned visit showed is in the snapshot, and its row is
 * closed after a restart like any other. */
static void nothing_stays_open_that_nobody_links_to(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 10, MM, ROOT);
	stream_file(&fixture->stream, 5, 6, "/tmp/gone");
	stream_end(&fixture->stream);
	record_stream(fixture, "a.rec", false);
	replay(fixture, "a.rec");
	assert_int_equal(database_number(db(), "SELECT count(*) FROM file"),
			 database_number(db(), "SELECT files FROM snapshot"));
	start(fixture);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 10, MM, ROOT);
	stream_end(&fixture->stream);
	record_stream(fixture, "b.rec", false);
	replay(fixture, "b.rec");
	assert_int_equal(database_number(db(), "SELECT count(*) FROM file WHERE died > 2"), 0);
}

static void another_boot_closes_everything(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	add_walk(&fixture->stream, 1000);
	record_stream(fixture, "a.rec", false);
	replay(fixture, "a.rec");
	start(fixture);
	((struct record_begin *)fixture->stream.bytes)->boot_id[0]++;
	record_stream(fixture, "b.rec", false);
	replay(fixture, "b.rec");
	assert_int_equal(database_number(db(), "SELECT count(*) FROM boot"), 2);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM vma WHERE died = 2"), 5);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM anon_vma WHERE died = 2"), 3);
	assert_int_equal(database_number(db(), "SELECT count(DISTINCT id) FROM anon_vma"), 6);
	assert_int_equal(database_number(db(), "SELECT count(DISTINCT id) FROM process"), 4);
}

static void a_walk_that_makes_no_sense_stores_nothing(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 10, MM);
	stream_mm(&fixture->stream);
	stream_mm(&fixture->stream);
	stream_end(&fixture->stream);
	record_stream(fixture, "a.rec", false);
	open_recording(fixture, "a.rec");
	assert_int_equal(replay_next(fixture, NULL), -EBADMSG);
	assert_non_null(strstr(fixture->collect.error, "the recording makes no sense: record 4"));
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 0);

	/* and the next one works */
	stream_reset(&fixture->stream);
	add_walk(&fixture->stream, 1000);
	record_stream(fixture, "b.rec", false);
	assert_int_equal(replay(fixture, "b.rec"), 1);
	assert_int_equal(fixture->result.snapshot, 1);
}

static void a_store_that_fails_is_told_and_nothing_is_stored(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	add_walk(&fixture->stream, 1000);
	record_stream(fixture, "a.rec", false);
	database_exec(db(), "CREATE TRIGGER broken BEFORE INSERT ON tree BEGIN "
			    "SELECT raise(ABORT, 'on purpose'); END");
	open_recording(fixture, "a.rec");
	assert_true(replay_next(fixture, NULL) < 0);
	assert_non_null(strstr(fixture->collect.error, "on purpose"));
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 0);
	assert_int_equal(database_versioned_rows(db()), 0);
	database_exec(db(), "DROP TRIGGER broken");
	assert_int_equal(replay(fixture, "a.rec"), 1);
	assert_int_equal(fixture->result.snapshot, 1);
}

static void old_snapshots_are_pruned_after_each(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	fixture->collect.retention.keep_count = 2;
	for (uint64_t i = 1; i <= 4; i++)
		add_walk(&fixture->stream, i * 1000);
	record_stream(fixture, "a.rec", false);
	assert_int_equal(replay(fixture, "a.rec"), 4);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 2);
	assert_int_equal(database_number(db(), "SELECT min(id) FROM snapshot"), 3);
}

static void raw_addresses_are_stored_when_asked_for(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	add_walk(&fixture->stream, 1000);
	record_stream(fixture, "a.rec", true);
	replay(fixture, "a.rec");
	assert_int_equal(database_number(db(), "SELECT count(*) FROM raw_address"), 0);
	close_collect(fixture);
	assert_int_equal(remove(db()), 0);
	remove(scratch_path("test.db-wal"));
	remove(scratch_path("test.db-shm"));
	start(fixture);
	fixture->collect.raw_addresses = true;
	replay(fixture, "a.rec");
	assert_int_equal(database_number(db(), "SELECT count(*) FROM raw_address"), 5);
	assert_true((uint64_t)database_number(db(),
					      "SELECT address FROM raw_address r JOIN anon_vma "
					      "a ON a.id = r.id WHERE kind = 'anon_vma' "
					      "AND a.id = a.root") == ROOT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_walk_becomes_a_snapshot),
		TEST(a_second_equal_walk_adds_the_snapshot_only),
		TEST(a_restart_continues_the_history),
		TEST(other_addresses_after_a_restart_change_nothing),
		TEST(nothing_stays_open_that_nobody_links_to),
		TEST(another_boot_closes_everything),
		TEST(a_walk_that_makes_no_sense_stores_nothing),
		TEST(a_store_that_fails_is_told_and_nothing_is_stored),
		TEST(old_snapshots_are_pruned_after_each),
		TEST(raw_addresses_are_stored_when_asked_for),
	};

	return cmocka_run_group_tests_name("collector/collect", tests, NULL, NULL);
}
