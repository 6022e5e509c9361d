/* SPDX-License-Identifier: GPL-2.0-only */
/* What the collector is given and what it is denied: one clear sentence, the
 * right exit code, nothing lost and nothing half written. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

enum {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE,
	EXIT_ENVIRONMENT
};

/* No actor: most of these never get to the kernel. */
static struct fixture *begin_without_actor(void **state)
{
	struct fixture *f = *state;

	environment_require();
	model_init(&f->model);
	database_create(&f->database);
	return f;
}

/* One line of text that a person can read, not a list and not a trace. */
static void expect_sentence(const struct run *run)
{
	size_t length = strlen(run->err);

	if (length < 10 || run->err[length - 1] != '\n' ||
	    strchr(run->err, '\n') != run->err + length - 1 || strstr(run->err, "libbpf:") ||
	    strstr(run->err, "(null)") || length > 600)
		fail_msg("not one clear sentence: \"%s\"", run->err);
}

static void expect_failure(const char *const *args, collect_prepare prepare, void *argument,
			   int exit_code, const char *word)
{
	struct run run;

	collect_run(args, prepare, argument, &run);
	if (run.exit_code != exit_code)
		fail_msg("exit code %d (signal %d), expected %d: %s", run.exit_code, run.signal,
			 exit_code, run.err);
	expect_sentence(&run);
	if (word && !strcasestr(run.err, word))
		fail_msg("nothing about \"%s\" in: %s", word, run.err);
	print_message("  %s", run.err);
}

static void expect_no_database(const struct fixture *f)
{
	struct stat stat;

	assert_int_equal(lstat(f->database.path, &stat), -1);
	assert_int_equal(errno, ENOENT);
}

static void test_usage(void **state)
{
	static const char *const bad[][6] = {
		{"--no-such-option", NULL},
		{"-x", NULL},
		{"surplus", NULL},
		{"--db", NULL},
		{"--db", "", NULL},
		{"--once", "--interval", NULL},
		{"--interval", "soon", NULL},
		{"--interval", "-1s", NULL},
		{"--interval", "0", NULL},
		{"--interval", "10parsecs", NULL},
		{"--interval", "99999999999999999999s", NULL},
		{"--once", "--tree", "one", NULL},
		{"--once", "--tree", "-1", NULL},
		{"--once", "--tree", "0", NULL},
		{"--once", "--tree", "99999999999", NULL},
		{"--once", "--tree", "1x", NULL},
		{"--once", "--keep-size", "-1", NULL},
		{"--once", "--keep-count", "many", NULL},
		{"--once=1", NULL},
		{"--check", "--no-such-option", NULL},
	};
	struct fixture *f = begin_without_actor(state);

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *args[12] = {"--db", f->database.path};
		unsigned int count = strcmp(bad[i][0], "--db") ? 2 : 0;

		for (unsigned int j = 0; bad[i][j]; j++)
			args[count++] = bad[i][j];
		args[count] = NULL;
		expect_failure(args, NULL, NULL, EXIT_USAGE, NULL);
		expect_no_database(f);
	}
}

static void test_help_and_version(void **state)
{
	static const char *const options[] = {"--help", "--version"};

	begin_without_actor(state);
	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		const char *const args[] = {options[i], NULL};
		struct run run;

		collect_run(args, NULL, NULL, &run);
		assert_int_equal(run.exit_code, EXIT_OK);
		assert_true(strlen(run.out) > 5);
		assert_string_equal(run.err, "");
	}
}

static void test_check(void **state)
{
	static const char *const args[] = {"--check", NULL};
	struct run run;

	begin_without_actor(state);
	collect_run(args, NULL, NULL, &run);
	if (run.exit_code)
		fail_msg("--check: exit code %d: %s%s", run.exit_code, run.out, run.err);
	assert_non_null(strstr(run.out, "BTF"));
}

static void test_tree_of_a_dead_process(void **state)
{
	struct fixture *f = begin_without_actor(state);
	char number[16];
	const char *const args[] = {"--once", "--db", f->database.path, "--tree", number, NULL};
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	snprintf(number, sizeof(number), "%d", pid);
	expect_failure(args, NULL, NULL, EXIT_FAILED, "--tree");
	assert_int_equal(database_number_or(&f->database, 0, "SELECT count(*) FROM snapshot"), 0);
}

static void test_missing_directory(void **state)
{
	struct fixture *f = begin_without_actor(state);
	char path[128];
	const char *const args[] = {"--once", "--db", path, NULL};

	snprintf(path, sizeof(path), "%s/no/such/test.db", f->database.directory);
	expect_failure(args, NULL, NULL, EXIT_FAILED, path);
	/* a directory where a file should be */
	snprintf(path, sizeof(path), "%s", f->database.directory);
	expect_failure(args, NULL, NULL, EXIT_FAILED, path);
}

/* In the child: a small or read-only tmpfs where the database goes. */
struct mount_request {
	const char *directory;
	const char *options;
	unsigned long flags;
};

static int mount_privately(void *argument)
{
	const struct mount_request *request = argument;

	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("vmascope-live", request->directory, "tmpfs", request->flags,
		     request->options);
}

static void test_read_only_location(void **state)
{
	struct fixture *f = begin_without_actor(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};
	struct mount_request request = {f->database.directory, "size=1m", MS_RDONLY};

	expect_failure(args, mount_privately, &request, EXIT_FAILED, NULL);
	expect_no_database(f);
}

/* In the child: the directory with the database in it becomes read-only. */
static int remount_read_only(void *argument)
{
	const char *directory = argument;

	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount(directory, directory, NULL, MS_BIND, NULL) ||
	       mount(NULL, directory, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static void test_read_only_database(void **state)
{
	struct fixture *f = fixture_begin(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};

	fixture_collect(f);
	expect_failure(args, remount_read_only, f->database.directory, EXIT_FAILED, NULL);
	assert_int_equal(database_number(&f->database, "SELECT count(*) FROM snapshot"), 1);
}

static void test_full_disk_at_the_start(void **state)
{
	struct fixture *f = begin_without_actor(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};
	struct mount_request request = {f->database.directory, "size=64k", 0};

	expect_failure(args, mount_privately, &request, EXIT_FAILED, NULL);
}

/* The disk fills while snapshots are stored: those that are there stay. */
static void test_full_disk_later(void **state)
{
	struct fixture *f = begin_without_actor(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};
	char path[160];
	char block[4096] = {0};
	int64_t before;
	int outside = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	int fd;

	assert_true(outside >= 0);
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		print_message("skipped: no private mount namespace: %s\n", strerror(errno));
		skip();
	}
	assert_int_equal(mount("vmascope-live", f->database.directory, "tmpfs", 0, "size=64m"), 0);
	scenario_start(&f->scenario);
	fixture_collect(f);
	scenario_stop(&f->scenario);
	before = database_latest(&f->database);

	snprintf(path, sizeof(path), "%s/filler", f->database.directory);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
	expect_failure(args, NULL, NULL, EXIT_FAILED, NULL);
	assert_int_equal(unlink(path), 0);

	/* and with room again it goes on where it was */
	assert_int_equal(database_latest(&f->database), before);
	database_load(&f->database, before, &f->model);
	collect_snapshot(&f->database, getpid());
	assert_true(database_latest(&f->database) > before);
	umount2(f->database.directory, MNT_DETACH);
	/* back, so that the other tests see what they expect */
	assert_int_equal(setns(outside, CLONE_NEWNS), 0);
	close(outside);
}

static void change_database(const struct fixture *f, const char *sql)
{
	sqlite3 *handle = NULL;

	assert_int_equal(sqlite3_open(f->database.path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void test_newer_schema(void **state)
{
	struct fixture *f = fixture_begin(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};

	fixture_collect(f);
	change_database(f, "PRAGMA user_version = 999");
	expect_failure(args, NULL, NULL, EXIT_ENVIRONMENT, "newer");
	assert_int_equal(database_number(&f->database, "PRAGMA user_version"), 999);
	assert_int_equal(database_number(&f->database, "SELECT count(*) FROM snapshot"), 1);
}

static void test_database_of_another_program(void **state)
{
	struct fixture *f = begin_without_actor(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};

	change_database(f, "PRAGMA application_id = 1234567; CREATE TABLE precious (x);"
			   "INSERT INTO precious VALUES (1)");
	expect_failure(args, NULL, NULL, EXIT_ENVIRONMENT, f->database.path);
	assert_int_equal(database_number(&f->database, "SELECT count(*) FROM sqlite_schema"), 1);
	assert_int_equal(database_number(&f->database, "PRAGMA application_id"), 1234567);
}

/* Nobody's id, but somebody's tables. */
static void test_unmarked_database_with_tables(void **state)
{
	struct fixture *f = begin_without_actor(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};

	change_database(f, "CREATE TABLE precious (x)");
	expect_failure(args, NULL, NULL, EXIT_ENVIRONMENT, f->database.path);
	assert_int_equal(database_number(&f->database, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static void test_not_a_database(void **state)
{
	static const char text[] = "This is a letter to a friend, not a database. "
				   "It must not be overwritten, whatever it is called.";
	struct fixture *f = begin_without_actor(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};
	char back[sizeof(text)];
	int fd;

	write_file(f->database.path, text, sizeof(text));
	expect_failure(args, NULL, NULL, EXIT_ENVIRONMENT, f->database.path);
	fd = open(f->database.path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, back, sizeof(back)), sizeof(back));
	close(fd);
	assert_string_equal(back, text);
}

static void test_second_collector(void **state)
{
	struct fixture *f = fixture_begin(state);
	char number[16];
	const char *const first[] = {"--db", f->database.path, "--tree", number, "--interval", "1s",
				     NULL};
	const char *const second[] = {"--once", "--db", f->database.path, NULL};
	struct run run;

	snprintf(number, sizeof(number), "%d", scenario_pid(&f->scenario, 0));
	collect_start(&f->daemon, first, NULL, NULL);
	collect_next(&f->database, &f->daemon, 0);
	expect_failure(second, NULL, NULL, EXIT_FAILED, "collector");
	/* the first does not mind */
	assert_int_equal(kill(f->daemon.pid, SIGTERM), 0);
	collect_finish(&f->daemon, COLLECT_PATIENCE_MS, &run);
	assert_int_equal(run.exit_code, EXIT_OK);
	assert_int_equal(database_number(&f->database, "SELECT count(*) FROM snapshot "
						       "WHERE tree_tgid = 0"),
			 0);
}

/* A recording of a small family; the caller frees. */
static unsigned char *make_recording(struct fixture *f, size_t *ret_size)
{
	char number[16];
	char path[128];
	const char *const args[] = {"--once", "--tree", number,		  "--record",
				    path,     "--db",	f->database.path, NULL};
	unsigned char *bytes;
	struct stat stat;
	struct run run;
	int fd;

	scenario_map(&f->scenario, 0, scenario_region(0), 4);
	scenario_write(&f->scenario, 0, scenario_region(0), 4);
	scenario_split(&f->scenario, 0, scenario_region(0), 4);
	scenario_fork(&f->scenario, 0);
	snprintf(path, sizeof(path), "%s/good.rec", f->database.directory);
	snprintf(number, sizeof(number), "%d", scenario_pid(&f->scenario, 0));
	collect_run(args, NULL, NULL, &run);
	if (run.exit_code)
		fail_msg("--record: exit code %d: %s", run.exit_code, run.err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &stat), 0);
	*ret_size = (size_t)stat.st_size;
	bytes = malloc(*ret_size);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *ret_size), *ret_size);
	close(fd);
	return bytes;
}

/* Refused, or at least nothing is stored. */
static void expect_refused_recording(struct fixture *f, const unsigned char *bytes, size_t size,
				     const char *what, size_t at)
{
	char path[128];
	const char *const args[] = {"--once", "--replay", path, "--db", f->database.path, NULL};
	int64_t before = database_number_or(&f->database, 0, "SELECT count(*) FROM snapshot");
	struct run run;

	snprintf(path, sizeof(path), "%s/bad.rec", f->database.directory);
	write_file(path, bytes, size);
	collect_run(args, NULL, NULL, &run);
	if (run.exit_code != EXIT_FAILED)
		fail_msg("recording %s at %zu: exit code %d, signal %d: %s", what, at,
			 run.exit_code, run.signal, run.err);
	expect_sentence(&run);
	assert_int_equal(database_number_or(&f->database, 0, "SELECT count(*) FROM snapshot"),
			 before);
}

static void test_truncated_recording(void **state)
{
	struct fixture *f = fixture_begin(state);
	size_t size;
	unsigned char *bytes = make_recording(f, &size);

	for (size_t at = 0; at < size; at += at < 64 ? 8 : size / 40 + 1)
		expect_refused_recording(f, bytes, at, "cut", at);
	expect_refused_recording(f, bytes, size - 1, "cut", size - 1);
	expect_refused_recording(f, bytes, size - 8, "cut", size - 8);
	free(bytes);
}

static void test_corrupt_recording(void **state)
{
	struct fixture *f = fixture_begin(state);
	unsigned int seed = 20261121;
	size_t size;
	unsigned char *bytes = make_recording(f, &size);

	srandom(seed);
	for (int i = 0; i < 60; i++) {
		size_t at = (size_t)random() % size;
		unsigned char bit = (unsigned char)(1u << (random() % 8));

		bytes[at] ^= bit;
		expect_refused_recording(f, bytes, size, "changed", at);
		bytes[at] ^= bit;
	}
	free(bytes);
}

static void test_missing_or_strange_recording(void **state)
{
	struct fixture *f = begin_without_actor(state);
	char path[128];
	const char *const args[] = {"--once", "--replay", path, "--db", f->database.path, NULL};
	const char *const itself[] = {"--once", "--replay",	  "/proc/self/exe",
				      "--db",	f->database.path, NULL};

	snprintf(path, sizeof(path), "%s/none.rec", f->database.directory);
	expect_failure(args, NULL, NULL, EXIT_FAILED, path);
	snprintf(path, sizeof(path), "%s", f->database.directory);
	expect_failure(args, NULL, NULL, EXIT_FAILED, path);
	snprintf(path, sizeof(path), "/dev/null");
	expect_failure(args, NULL, NULL, EXIT_FAILED, path);
	expect_failure(itself, NULL, NULL, EXIT_FAILED, "/proc/self/exe");
	assert_int_equal(database_number_or(&f->database, 0, "SELECT count(*) FROM snapshot"), 0);
}

/* In the child: another user, in whose directory the database is. */
static int become_nobody(void *argument)
{
	const char *directory = argument;

	return chown(directory, 65534, 65534) || setresgid(65534, 65534, 65534) ||
	       setresuid(65534, 65534, 65534);
}

/* In the child: root in name only. */
static int drop_capabilities(void *argument)
{
	struct {
		unsigned int version;
		int pid;
	} header = {0x20080522, 0};
	const unsigned int none[6] = {0};

	(void)argument;
	for (int capability = 0; capability < 64; capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	return (int)syscall(SYS_capset, &header, none);
}

static void test_no_capability(void **state)
{
	struct fixture *f = begin_without_actor(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};

	expect_failure(args, drop_capabilities, NULL, EXIT_ENVIRONMENT, "CAP_");
	expect_failure(args, become_nobody, f->database.directory, EXIT_ENVIRONMENT, "CAP_");
	assert_int_equal(database_number_or(&f->database, 0, "SELECT count(*) FROM snapshot"), 0);
}

/* A replay needs no kernel and no rights. */
static void test_replay_without_capability(void **state)
{
	struct fixture *f = fixture_begin(state);
	struct database other;
	char path[128];
	const char *args[] = {"--once", "--replay", path, "--db", NULL, NULL};
	size_t size;
	unsigned char *bytes = make_recording(f, &size);
	struct run run;

	database_create(&other);
	args[4] = other.path;
	snprintf(path, sizeof(path), "%s/copy.rec", other.directory);
	write_file(path, bytes, size);
	free(bytes);
	assert_int_equal(chmod(path, 0644), 0);
	collect_run(args, become_nobody, other.directory, &run);
	if (run.exit_code)
		fail_msg("--replay as another user: exit code %d: %s", run.exit_code, run.err);
	assert_int_equal(database_number(&other, "SELECT processes FROM snapshot"), 2);
	database_remove(&other);
}

/* In the child: a kernel that has no BTF, as far as one can see. */
static int hide_btf(void *argument)
{
	(void)argument;
	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("/dev/null", "/sys/kernel/btf/vmlinux", NULL, MS_BIND, NULL);
}

static int hide_sys_kernel(void *argument)
{
	(void)argument;
	return unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("vmascope-live", "/sys/kernel/btf", "tmpfs", 0, NULL);
}

static void test_no_btf(void **state)
{
	struct fixture *f = begin_without_actor(state);
	const char *const args[] = {"--once", "--db", f->database.path, NULL};
	const char *const check[] = {"--check", NULL};
	struct run run;

	expect_failure(args, hide_btf, NULL, EXIT_ENVIRONMENT, "BTF");
	expect_failure(args, hide_sys_kernel, NULL, EXIT_ENVIRONMENT, "BTF");
	collect_run(check, hide_sys_kernel, NULL, &run);
	assert_int_equal(run.exit_code, EXIT_ENVIRONMENT);
	assert_true(strstr(run.out, "BTF") || strstr(run.err, "BTF"));
	assert_int_equal(database_number_or(&f->database, 0, "SELECT count(*) FROM snapshot"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_usage),
		LIVE_TEST(test_help_and_version),
		LIVE_TEST(test_check),
		LIVE_TEST(test_tree_of_a_dead_process),
		LIVE_TEST(test_missing_directory),
		LIVE_TEST(test_read_only_location),
		LIVE_TEST(test_read_only_database),
		LIVE_TEST(test_full_disk_at_the_start),
		LIVE_TEST(test_full_disk_later),
		LIVE_TEST(test_newer_schema),
		LIVE_TEST(test_database_of_another_program),
		LIVE_TEST(test_unmarked_database_with_tables),
		LIVE_TEST(test_not_a_database),
		LIVE_TEST(test_second_collector),
		LIVE_TEST(test_truncated_recording),
		LIVE_TEST(test_corrupt_recording),
		LIVE_TEST(test_missing_or_strange_recording),
		LIVE_TEST(test_no_capability),
		LIVE_TEST(test_replay_without_capability),
		LIVE_TEST(test_no_btf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
