/* SPDX-License-Identifier: GPL-2.0-only */
/* store_open: what is opened, what is refused, and who may write. */
#include "schema/store.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"

#define APPLICATION_ID 0x766d7363
#define NOBODY 65534

static struct store_error error;

static const char *db(void)
{
	return scratch_path("test.db");
}

static void assert_refused(int rc, int code, const struct store *store, const char *sentence)
{
	if (rc != code)
		fail_msg("%d, not %d: %s", rc, code, error.text);
	assert_null(store);
	if (!strstr(error.text, sentence))
		fail_msg("'%s' does not say '%s'", error.text, sentence);
}

static void assert_writer_refused(const char *path, int code, const char *sentence)
{
	struct store *store = NULL;

	error.text[0] = '\0';
	assert_refused(store_open_write(path, &store, &error), code, store, sentence);
}

static void assert_reader_refused(const char *path, int code, const char *sentence)
{
	struct store *store = NULL;

	error.text[0] = '\0';
	assert_refused(store_open_read(path, &store, &error), code, store, sentence);
}

static void make_database(void)
{
	struct store *store = NULL;

	assert_int_equal(store_open_write(db(), &store, &error), 0);
	store_close(&store);
	assert_null(store);
	store_close(&store);
}

static void a_new_file_is_made_and_migrated(void **state)
{
	(void)state;
	make_database();
	assert_int_equal(database_number(db(), "PRAGMA application_id"), APPLICATION_ID);
	assert_true(database_number(db(), "PRAGMA user_version") >= 1);
	assert_int_equal(database_number(db(), "PRAGMA auto_vacuum"), 2);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 0);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM sqlite_schema WHERE "
					       "type = 'table' AND sql NOT LIKE '%STRICT%' AND "
					       "name NOT LIKE 'sqlite_%'"),
			 0);
	make_database(); /* and opened again as it is */
}

/* Of no bytes, or of a first page that says WAL, as a collector makes it before
 * the transaction with the tables. */
static void an_empty_file_is_ours_to_fill(void **state)
{
	struct store *store = NULL;

	(void)state;
	scratch_write("test.db", "", 0);
	assert_reader_refused(db(), -ENODATA, "is empty; run vmascope-collector on it");
	database_exec(db(), "PRAGMA journal_mode = WAL");
	assert_reader_refused(db(), -ENODATA, "is empty; run vmascope-collector on it");
	assert_int_equal(store_open_write(db(), &store, &error), 0);
	store_close(&store);
	assert_int_equal(store_open_read(db(), &store, &error), 0);
	store_close(&store);
}

static void what_is_not_there_is_not_made_by_a_reader(void **state)
{
	struct stat stat_buffer;

	(void)state;
	assert_reader_refused(db(), -ENOENT, "cannot open");
	assert_int_equal(stat(db(), &stat_buffer), -1);
	assert_writer_refused(scratch_path("no/such/place.db"), -ENOENT, "for writing");
}

static void a_database_of_another_program_is_left_alone(void **state)
{
	static const char *const others[] = {
		"PRAGMA application_id = 77",
		"PRAGMA user_version = 1",
		"CREATE TABLE bookmarks (url TEXT)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t size, after_size;
		uint8_t *before, *after;

		database_exec(db(), others[i]);
		before = scratch_read("test.db", &size);
		assert_writer_refused(db(), -ENOTSUP, "is a database of another program");
		assert_reader_refused(db(), -ENOTSUP, "is a database of another program");
		after = scratch_read("test.db", &after_size);
		assert_int_equal(after_size, size);
		assert_memory_equal(after, before, size);
		free(before);
		free(after);
		unlink(db());
	}
}

static void what_is_no_database_is_left_alone(void **state)
{
	static const char text[] =
		"Dear diary, today I wrote more than a hundred bytes of text, "
		"which is what it takes to be read as a header at all. Not much.";
	uint8_t *bytes;
	size_t size;

	(void)state;
	scratch_write("test.db", text, sizeof(text));
	assert_writer_refused(db(), -ENOTSUP, "is not a vmascope database");
	assert_reader_refused(db(), -ENOTSUP, "is not a vmascope database");
	bytes = scratch_read("test.db", &size);
	assert_int_equal(size, sizeof(text));
	assert_memory_equal(bytes, text, size);
	free(bytes);
}

static void a_newer_schema_is_left_alone(void **state)
{
	(void)state;
	make_database();
	database_exec(db(), "PRAGMA user_version = 1000");
	assert_writer_refused(db(), -ENOTSUP, "written by a newer vmascope (schema 1000");
	assert_reader_refused(db(), -ENOTSUP, "written by a newer vmascope (schema 1000");
	assert_int_equal(database_number(db(), "PRAGMA user_version"), 1000);
}

/* As the first version made it: by the first migration alone. */
static void make_first_version(void)
{
	char path[4096], *sql = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/schema/migrations/001_history.sql",
		 getenv("VMASCOPE_SOURCE_DIR"));
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(getdelim(&sql, &room, '\0', file) > 0);
	fclose(file);
	database_exec(db(), sql);
	free(sql);
	database_exec(db(), "PRAGMA application_id = 1986884451; PRAGMA user_version = 1;"
			    "INSERT INTO invariant VALUES (1, 1, 1, 3, 9, 9, 0, 0, 0, 0, 0, 0, 0, "
			    "0), (2, 1, 3, 9223372036854775807, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0)");
}

static void an_older_schema_is_migrated_by_a_writer(void **state)
{
	struct store *store = NULL;
	char *before, *after;

	(void)state;
	make_first_version();
	assert_reader_refused(db(), -ENOTSUP, "run vmascope-collector on it once");
	before = database_as_of(db(), 3);
	make_database();
	assert_true(database_number(db(), "PRAGMA user_version") > 1);
	after = database_as_of(db(), 3);
	assert_string_equal(before, after);
	assert_true(strlen(before) > 20);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM invariant"), 2);
	free(before);
	free(after);
	assert_int_equal(store_open_read(db(), &store, &error), 0);
	store_close(&store);
}

static void a_directory_and_a_link_are_no_files(void **state)
{
	(void)state;
	assert_writer_refused(scratch_dir(), -EISDIR, "for writing");
	make_database();
	assert_int_equal(symlink(db(), scratch_path("link.db")), 0);
	assert_writer_refused(scratch_path("link.db"), -ELOOP, "for writing");
}

static void a_reader_cannot_write(void **state)
{
	struct history history;
	struct model *model;
	int64_t id = 0;

	(void)state;
	make_database();
	history_open(&history, db());
	store_close(&history.store);
	assert_int_equal(store_open_read(db(), &history.store, &error), 0);
	model = history_next(&history);
	forest_process(model, 10, forest_mm(model, 1));
	assert_int_equal(history_try(&history, NULL, &id), -EROFS);
	assert_int_equal(id, 0);
	assert_true(store_reason(history.store)[0] != '\0');
	history_close(&history);
}

/* Runs in a child process that tells through one pipe when it is ready and
 * waits at another. */
struct writer {
	pid_t pid;
	int ready, go_on;
};

static struct writer start_writer(const char *path)
{
	int ready[2], go_on[2];
	struct writer writer;
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go_on), 0);
	writer = (struct writer){.pid = fork(), .ready = ready[0], .go_on = go_on[1]};
	assert_true(writer.pid >= 0);
	if (writer.pid == 0) {
		struct history history;
		struct model *model;

		close(go_on[1]);
		history_open(&history, path);
		model = history_next(&history);
		forest_process(model, 10, forest_mm(model, 1));
		history_write(&history, "of the child");
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		while (read(go_on[0], &byte, 1) > 0) {
			model = history_next(&history);
			forest_process(model, 10, forest_mm(model, 1));
			history_write(&history, NULL);
			if (write(ready[1], "w", 1) != 1)
				_exit(1);
		}
		history_close(&history);
		_exit(0);
	}
	close(ready[1]);
	close(go_on[0]);
	assert_int_equal(read(writer.ready, &byte, 1), 1);
	return writer;
}

static void let_write(const struct writer *writer)
{
	char byte;

	assert_int_equal(write(writer->go_on, "w", 1), 1);
	assert_int_equal(read(writer->ready, &byte, 1), 1);
}

static void end_writer(const struct writer *writer, bool kill_it)
{
	int status;

	if (kill_it)
		kill(writer->pid, SIGKILL);
	close(writer->go_on);
	assert_int_equal(waitpid(writer->pid, &status, 0), writer->pid);
	close(writer->ready);
	if (kill_it)
		assert_true(WIFSIGNALED(status));
	else
		assert_int_equal(status, 0);
}

static void a_second_writer_is_refused(void **state)
{
	struct writer writer = start_writer(db());
	struct store *store = NULL;

	(void)state;
	assert_writer_refused(db(), -EBUSY, "another collector is writing");
	end_writer(&writer, false);
	assert_int_equal(store_open_write(db(), &store, &error), 0);
	store_close(&store);
}

static void the_lock_of_a_killed_writer_is_free(void **state)
{
	struct writer writer = start_writer(db());
	struct store *store = NULL;
	int64_t id;

	(void)state;
	end_writer(&writer, true);
	assert_int_equal(store_open_write(db(), &store, &error), 0);
	assert_int_equal(store_latest_snapshot(store, NULL, &id), 0);
	assert_int_equal(id, 1);
	store_close(&store);
}

static void assert_latest(struct store *store, int64_t id)
{
	int64_t latest = 0;

	if (store_latest_snapshot(store, NULL, &latest))
		fail_msg("%s", store_reason(store));
	assert_int_equal(latest, id);
}

static void a_reader_reads_while_the_writer_writes(void **state)
{
	struct writer writer = start_writer(db());
	struct store *store = NULL;

	(void)state;
	assert_int_equal(store_open_read(db(), &store, &error), 0);
	assert_latest(store, 1);
	let_write(&writer);
	assert_latest(store, 2);
	end_writer(&writer, true);
	assert_latest(store, 2); /* the one that was open */
	store_close(&store);
	assert_int_equal(store_open_read(db(), &store, &error), 0);
	assert_latest(store, 2); /* and a new one */
	store_close(&store);
}

static void a_reader_reads_after_the_writer_closed(void **state)
{
	struct writer writer = start_writer(db());
	struct store *store = NULL;

	(void)state;
	end_writer(&writer, false);
	assert_int_equal(store_open_read(db(), &store, &error), 0);
	assert_latest(store, 1);
	store_close(&store);
}

/* In a child process that gave up its rights: the exit code tells. */
static int as_nobody(const char *path, int (*what)(const char *path))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(100);
		_exit(what(path));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int try_read(const char *path)
{
	struct store *store;
	int64_t latest;
	int rc = store_open_read(path, &store, &error);

	if (!rc) {
		rc = store_latest_snapshot(store, NULL, &latest);
		store_close(&store);
	}
	return -rc;
}

static int try_write(const char *path)
{
	struct store *store;
	int rc = store_open_write(path, &store, &error);

	if (!rc)
		store_close(&store);
	return -rc;
}

static void a_reader_needs_no_right_to_write(void **state)
{
	struct writer writer;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(scratch_dir(), 0755), 0);
	writer = start_writer(db());
	assert_int_equal(as_nobody(db(), try_read), 0);
	assert_int_equal(as_nobody(db(), try_write), EACCES);
	end_writer(&writer, true);
	assert_int_equal(as_nobody(db(), try_read), 0);
	writer = start_writer(db());
	end_writer(&writer, false);
	assert_int_equal(as_nobody(db(), try_read), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_file_is_made_and_migrated),
		TEST(an_empty_file_is_ours_to_fill),
		TEST(what_is_not_there_is_not_made_by_a_reader),
		TEST(a_database_of_another_program_is_left_alone),
		TEST(what_is_no_database_is_left_alone),
		TEST(a_newer_schema_is_left_alone),
		TEST(an_older_schema_is_migrated_by_a_writer),
		TEST(a_directory_and_a_link_are_no_files),
		TEST(a_reader_cannot_write),
		TEST(a_second_writer_is_refused),
		TEST(the_lock_of_a_killed_writer_is_free),
		TEST(a_reader_reads_while_the_writer_writes),
		TEST(a_reader_reads_after_the_writer_closed),
		TEST(a_reader_needs_no_right_to_write),
	};

	return cmocka_run_group_tests_name("schema/store_open", tests, NULL, NULL);
}
