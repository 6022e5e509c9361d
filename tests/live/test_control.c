/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket: orders are carried out while snapshots go on, and nothing
 * that comes over it keeps them from going on. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "schema/unix_socket.h"

#define PATIENCE_MS 60000
#define SILENT 40
#define FLOOD 1000
#define LONG_LINE (1 << 20)

static char path[128];

static struct fixture *begin(void **state)
{
	struct fixture *f = fixture_begin(state);

	snprintf(path, sizeof(path), "%s.socket", f->database.path);
	fixture_start_daemon(f);
	collect_next(&f->database, &f->daemon, 0);
	return f;
}

static int connect_socket(void)
{
	int fd, rc;

	/* the queue of those who wait may be full for a moment */
	while ((rc = unix_socket_connect(path, &fd)) == -EAGAIN)
		usleep(1000);
	if (rc)
		fail_msg("cannot connect to %s: %s", path, strerror(-rc));
	return fd;
}

/* The line that answers, or "" where the collector hung up. */
static const char *receive(int fd)
{
	static char answer[4096];
	size_t size = 0;

	answer[0] = '\0';
	while (!strchr(answer, '\n')) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (poll(&ready, 1, PATIENCE_MS) != 1)
			fail_msg("no answer within %d ms", PATIENCE_MS);
		got = recv(fd, answer + size, sizeof(answer) - 1 - size, 0);
		if (got <= 0)
			return "";
		size += (size_t)got;
		answer[size] = '\0';
	}
	return answer;
}

static const char *ask(const char *line)
{
	int fd = connect_socket();
	const char *answer;

	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	answer = receive(fd);
	close(fd);
	return answer;
}

static int64_t order(const char *line)
{
	const char *answer = ask(line);
	long long snapshot;

	if (sscanf(answer, "{\"ok\":true,\"snapshot\":%lld}", &snapshot) != 1)
		fail_msg("%s: %s", line, answer);
	return snapshot;
}

/* Snapshots come on their own: two more, neither of them ordered. */
static void expect_snapshots_go_on(struct fixture *f)
{
	int64_t before = database_latest(&f->database);

	collect_next(&f->database, &f->daemon, before + 1);
}

static void stop(struct fixture *f)
{
	struct run run;

	assert_int_equal(kill(f->daemon.pid, SIGTERM), 0);
	collect_finish(&f->daemon, COLLECT_PATIENCE_MS, &run);
	if (run.exit_code || run.err[0])
		fail_msg("exit code %d, signal %d: %s", run.exit_code, run.signal, run.err);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_orders(void **state)
{
	struct fixture *f = begin(state);
	int64_t before = database_latest(&f->database);
	int64_t snapshot = order("{\"command\":\"snapshot\",\"label\":\"now\"}\n");
	char line[96];

	assert_true(snapshot > before);
	assert_int_equal(database_number(&f->database,
					 "SELECT id FROM snapshot WHERE label = 'now'"),
			 snapshot);
	snprintf(line, sizeof(line), "{\"command\":\"label\",\"snapshot\":%lld,\"label\":null}\n",
		 (long long)snapshot);
	assert_int_equal(order(line), snapshot);
	snprintf(line, sizeof(line), "{\"command\":\"pin\",\"snapshot\":%lld}\n",
		 (long long)snapshot);
	assert_int_equal(order(line), snapshot);
	assert_int_equal(database_number(&f->database,
					 "SELECT pinned AND label IS NULL FROM snapshot "
					 "WHERE id = %lld",
					 (long long)snapshot),
			 1);
	assert_non_null(
		strstr(ask("{\"command\":\"unpin\",\"snapshot\":99999999}\n"), "\"status\":404"));
	assert_non_null(strstr(ask("{\"command\":\"status\"}\n"), "\"replaying\":false"));
	expect_snapshots_go_on(f);
	stop(f);
}

static void test_owner_and_group_only(void **state)
{
	struct fixture *f = begin(state);
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0660);
	stop(f);
}

static void test_silent_and_half_lines(void **state)
{
	struct fixture *f = begin(state);
	int fds[SILENT];

	for (int i = 0; i < SILENT; i++) {
		fds[i] = connect_socket();
		if (i % 2)
			assert_int_equal(send(fds[i], "{\"comm", 6, MSG_NOSIGNAL), 6);
	}
	expect_snapshots_go_on(f);
	assert_non_null(strstr(ask("{\"command\":\"status\"}\n"), "\"ok\":true"));
	for (int i = 0; i < SILENT; i++)
		close(fds[i]);
	stop(f);
}

static void test_endless_line_and_garbage(void **state)
{
	struct fixture *f = begin(state);
	char *block = malloc(LONG_LINE);
	int fd = connect_socket();

	assert_non_null(block);
	memset(block, 'x', LONG_LINE);
	/* cut off long before its end */
	assert_true(send(fd, block, LONG_LINE, MSG_NOSIGNAL) < LONG_LINE);
	close(fd);
	for (unsigned int seed = 1; seed <= 200; seed++) {
		fd = connect_socket();
		for (int i = 0; i < 512; i++)
			block[i] = (char)((seed * 2654435761u + (unsigned int)i * 40503u) >> 9);
		send(fd, block, 512, MSG_NOSIGNAL);
		close(fd);
	}
	free(block);
	expect_snapshots_go_on(f);
	assert_non_null(strstr(ask("{\"command\":\"status\"}\n"), "\"ok\":true"));
	stop(f);
}

static void test_flood_of_clients(void **state)
{
	static const char line[] = "{\"command\":\"status\"}\n";
	struct fixture *f = begin(state);
	int64_t before = database_latest(&f->database);

	for (int i = 0; i < FLOOD; i++) {
		int fd = connect_socket();

		send(fd, line, i % 3 ? strlen(line) : 5, MSG_NOSIGNAL);
		close(fd);
	}
	assert_true(collect_next(&f->database, &f->daemon, before + 1) > before + 1);
	assert_non_null(strstr(ask(line), "\"ok\":true"));
	stop(f);
}

/* Sends and sends, and reads nothing. */
static void test_client_that_does_not_read(void **state)
{
	static const char line[] = "{\"command\":\"status\"}\n";
	struct fixture *f = begin(state);
	int fd = connect_socket();

	while (send(fd, line, strlen(line), MSG_NOSIGNAL) > 0)
		;
	assert_true(errno == EPIPE || errno == ECONNRESET);
	close(fd);
	expect_snapshots_go_on(f);
	stop(f);
}

static void test_socket_of_a_killed_collector(void **state)
{
	struct fixture *f = begin(state);

	collect_kill(&f->daemon);
	assert_int_equal(access(path, F_OK), 0);
	fixture_start_daemon(f);
	expect_snapshots_go_on(f);
	assert_non_null(strstr(ask("{\"command\":\"status\"}\n"), "\"ok\":true"));
	stop(f);
}

/* Something else has the name: it stays, and snapshots are taken all the same. */
static void test_name_that_is_taken(void **state)
{
	struct fixture *f = fixture_begin(state);
	struct run run;
	FILE *file;

	snprintf(path, sizeof(path), "%s.socket", f->database.path);
	file = fopen(path, "we");
	assert_non_null(file);
	fclose(file);
	fixture_start_daemon(f);
	collect_next(&f->database, &f->daemon, 0);
	assert_int_equal(kill(f->daemon.pid, SIGTERM), 0);
	collect_finish(&f->daemon, COLLECT_PATIENCE_MS, &run);
	assert_int_equal(run.exit_code, 0);
	assert_non_null(strstr(run.err, "cannot take orders on"));
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_orders),
		LIVE_TEST(test_owner_and_group_only),
		LIVE_TEST(test_silent_and_half_lines),
		LIVE_TEST(test_endless_line_and_garbage),
		LIVE_TEST(test_flood_of_clients),
		LIVE_TEST(test_client_that_does_not_read),
		LIVE_TEST(test_socket_of_a_killed_collector),
		LIVE_TEST(test_name_that_is_taken),
	};

	return cmocka_run_group_tests_name("live/control", tests, NULL, NULL);
}
