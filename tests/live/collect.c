/* SPDX-License-Identifier: GPL-2.0-only */
#include "collect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "environment.h"
#include "schema/store.h"

void database_create(struct database *database)
{
	const char *base = getenv("TMPDIR");

	snprintf(database->directory, sizeof(database->directory), "%s/vmascope-live-XXXXXX",
		 base && strlen(base) < 30 ? base : "/tmp");
	if (!mkdtemp(database->directory))
		fail_msg("mkdtemp %s: %s", database->directory, strerror(errno));
	snprintf(database->path, sizeof(database->path), "%s/test.db", database->directory);
}

void database_remove(struct database *database)
{
	DIR *directory = database->directory[0] ? opendir(database->directory) : NULL;
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(database->directory);
	*database = (struct database){0};
}

static int open_database(const struct database *database, int flags, sqlite3 **ret_handle)
{
	int rc = sqlite3_open_v2(database->path, ret_handle, flags, NULL);

	if (!rc)
		sqlite3_busy_timeout(*ret_handle, 10000);
	return rc;
}

/* The one value of a statement, as text that the caller frees; NULL and an
 * explanation when there is none. */
static char *query(const struct database *database, const char *sql, char *why, size_t why_size)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *handle = NULL;
	char *value = NULL;
	int rc = open_database(database, SQLITE_OPEN_READONLY, &handle);

	if (!rc)
		rc = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL);
	if (!rc)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
		value = strdup((const char *)sqlite3_column_text(statement, 0));
	else
		snprintf(why, why_size, "%s",
			 rc == SQLITE_ROW  ? "NULL" :
			 rc == SQLITE_DONE ? "no row" :
					     sqlite3_errmsg(handle));
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return value;
}

__attribute__((format(printf, 3, 0))) static char *vquery(const struct database *database,
							  bool must, const char *format,
							  va_list args)
{
	char sql[1024];
	char why[256] = "";
	char *value;

	if (vsnprintf(sql, sizeof(sql), format, args) >= (int)sizeof(sql))
		fail_msg("statement too long: %s", sql);
	value = query(database, sql, why, sizeof(why));
	if (!value && must)
		fail_msg("%s: %s", sql, why);
	return value;
}

int64_t database_number(const struct database *database, const char *sql, ...)
{
	va_list args;
	char *text;
	int64_t number;

	va_start(args, sql);
	text = vquery(database, true, sql, args);
	va_end(args);
	number = strtoll(text, NULL, 10);
	free(text);
	return number;
}

int64_t database_number_or(const struct database *database, int64_t fallback, const char *sql, ...)
{
	va_list args;
	char *text;

	va_start(args, sql);
	text = vquery(database, false, sql, args);
	va_end(args);
	if (text)
		fallback = strtoll(text, NULL, 10);
	free(text);
	return fallback;
}

char *database_text(const struct database *database, const char *sql, ...)
{
	va_list args;
	char *text;

	va_start(args, sql);
	text = vquery(database, true, sql, args);
	va_end(args);
	return text;
}

int64_t database_latest(const struct database *database)
{
	return database_number(database, "SELECT max(id) FROM snapshot");
}

int64_t database_bytes(const struct database *database)
{
	sqlite3 *handle = NULL;

	assert_int_equal(open_database(database, SQLITE_OPEN_READWRITE, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(handle);
	return (database_number(database, "PRAGMA page_count") -
		database_number(database, "PRAGMA freelist_count")) *
	       database_number(database, "PRAGMA page_size");
}

void database_load(const struct database *database, int64_t snapshot, struct model *model)
{
	struct store_error error = {0};
	struct store *store = NULL;
	int rc = store_open_read(database->path, &store, &error);

	if (rc)
		fail_msg("open of %s: %s (%s)", database->path, error.text, strerror(-rc));
	model_reset(model);
	rc = store_load_all(store, snapshot, model);
	store_close(&store);
	if (rc)
		fail_msg("snapshot %lld does not load: %s", (long long)snapshot, strerror(-rc));
}

static int scratch_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* What was written to the descriptor; closes it. */
static void take_text(int *fd, char *ret_text, size_t size)
{
	ssize_t got = pread(*fd, ret_text, size - 1, 0);

	ret_text[got > 0 ? got : 0] = 0;
	close(*fd);
	*fd = -1;
}

/* Opened first: a user without rights may not be able to reach the program. */
static void exec_prepared(const char *program, const char *const *argv, collect_prepare prepare,
			  void *argument)
{
	int fd = open(program, O_PATH | O_CLOEXEC);

	if (prepare(argument))
		_exit(126);
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
}

void collect_start(struct daemon *daemon, const char *const *args, collect_prepare prepare,
		   void *argument)
{
	const char *program = environment_collector();
	const char *argv[32] = {program};
	size_t count = 1;

	while (*args) {
		assert_true(count < sizeof(argv) / sizeof(*argv) - 1);
		argv[count++] = *args++;
	}
	daemon->out = scratch_file("stdout");
	daemon->err = scratch_file("stderr");
	daemon->pid = fork();
	assert_true(daemon->pid >= 0);
	if (daemon->pid)
		return;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(daemon->out, STDOUT_FILENO) < 0 || dup2(daemon->err, STDERR_FILENO) < 0)
		_exit(127);
	if (prepare)
		exec_prepared(program, argv, prepare, argument);
	execv(program, (char *const *)argv);
	fprintf(stderr, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

void collect_kill(struct daemon *daemon)
{
	if (daemon->pid <= 0)
		return;
	kill(daemon->pid, SIGKILL);
	waitpid(daemon->pid, NULL, 0);
	close(daemon->out);
	close(daemon->err);
	*daemon = (struct daemon){.out = -1, .err = -1};
}

void collect_finish(struct daemon *daemon, long timeout_ms, struct run *ret_run)
{
	int status = 0;
	pid_t pid = 0;

	for (long waited = 0; !(pid = waitpid(daemon->pid, &status, WNOHANG)); waited += 2) {
		if (waited > timeout_ms) {
			collect_kill(daemon);
			fail_msg("collector did not end within %ld ms", timeout_ms);
		}
		environment_nap(2);
	}
	assert_int_equal(pid, daemon->pid);
	*ret_run = (struct run){
		.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	};
	take_text(&daemon->out, ret_run->out, sizeof(ret_run->out));
	take_text(&daemon->err, ret_run->err, sizeof(ret_run->err));
	daemon->pid = 0;
}

int64_t collect_next(const struct database *database, const struct daemon *daemon, int64_t after)
{
	for (int i = 0; i < COLLECT_PATIENCE_MS / 5; i++) {
		int64_t id = database_number_or(database, 0, "SELECT max(id) FROM snapshot");
		siginfo_t info = {0};
		struct run run;

		if (id > after)
			return id;
		if (!waitid(P_PID, (id_t)daemon->pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
		    info.si_pid == daemon->pid) {
			struct daemon ended = *daemon;

			collect_finish(&ended, 0, &run);
			fail_msg("the collector ended with exit code %d, signal %d: %s",
				 run.exit_code, run.signal, run.err);
		}
		environment_nap(5);
	}
	fail_msg("the collector stores no more snapshots");
	return 0;
}

int64_t collect_fresh(const struct database *database, const struct daemon *daemon)
{
	int64_t last = database_number_or(database, 0, "SELECT max(id) FROM snapshot");

	/* the next may be on its way already */
	return collect_next(database, daemon, last + 1);
}

void collect_run(const char *const *args, collect_prepare prepare, void *argument,
		 struct run *ret_run)
{
	struct daemon daemon;

	collect_start(&daemon, args, prepare, argument);
	collect_finish(&daemon, COLLECT_PATIENCE_MS, ret_run);
}

int64_t collect_snapshot(const struct database *database, pid_t tree)
{
	char number[16];
	const char *args[] = {"--once", "--db", database->path, tree ? "--tree" : NULL,
			      number,	NULL};
	int64_t before = database_number_or(database, 0, "SELECT max(id) FROM snapshot");
	struct run run;
	int64_t id;

	snprintf(number, sizeof(number), "%d", tree);
	collect_run(args, NULL, NULL, &run);
	if (run.exit_code)
		fail_msg("collector: exit code %d, signal %d: %s", run.exit_code, run.signal,
			 run.err);
	id = database_latest(database);
	if (id <= before)
		fail_msg("the collector stored no snapshot");
	return id;
}

int64_t collect_model(const struct database *database, pid_t tree, struct model *model)
{
	int64_t id = collect_snapshot(database, tree);

	database_load(database, id, model);
	return id;
}

void collect_tree(pid_t tree, struct model *model)
{
	struct database database;

	database_create(&database);
	collect_model(&database, tree, model);
	database_remove(&database);
}
