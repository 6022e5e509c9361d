/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real server that forks its workers: Apache httpd with the prefork MPM. What
 * the kernel missed at its forks is computed a second way, from the parent alone.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "topology/findings.h"

#define SERVER "/usr/sbin/apache2"
#define WORKERS 50
#define START_MS 30000

static struct database database;
static struct model model;
static pid_t server;

static const char *in_directory(const char *name)
{
	static char path[sizeof(database.directory) + 32];

	snprintf(path, sizeof(path), "%s/%s", database.directory, name);
	return path;
}

/* One that nobody listens on; httpd does not take 0 for "any". */
static int free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void write_configuration(void)
{
	FILE *file = fopen(in_directory("httpd.conf"), "we");

	assert_non_null(file);
	fprintf(file,
		"ServerRoot /usr/lib/apache2\n"
		"LoadModule mpm_prefork_module modules/mod_mpm_prefork.so\n"
		"LoadModule authz_core_module modules/mod_authz_core.so\n"
		"DefaultRuntimeDir %s\n"
		"PidFile %s/pid\n"
		"ErrorLog %s/error.log\n"
		"Mutex posixsem\n"
		"ServerName localhost\n"
		"Listen 127.0.0.1:%d\n"
		"User www-data\n"
		"Group www-data\n"
		"StartServers %d\n"
		"MinSpareServers %d\n"
		"MaxSpareServers %d\n",
		database.directory, database.directory, database.directory, free_port(), WORKERS,
		WORKERS, WORKERS + 10);
	assert_int_equal(fclose(file), 0);
}

static int count_children(pid_t parent)
{
	char path[64], line[4096] = "";
	int count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fgets(line, sizeof(line), file))
		for (const char *at = line; *at; at++)
			count += *at == ' ';
	fclose(file);
	return count;
}

static int start(void **state)
{
	(void)state;
	if (access(SERVER, X_OK))
		return 0;
	database_create(&database);
	write_configuration();
	server = fork();
	assert_true(server >= 0);
	if (server == 0) {
		setsid(); /* told to end, httpd tells its whole process group */
		execl(SERVER, SERVER, "-D", "FOREGROUND", "-f", in_directory("httpd.conf"), NULL);
		_exit(127);
	}
	for (int waited = 0; count_children(server) < WORKERS && waited < START_MS; waited += 50)
		environment_nap(50);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	if (server > 0) {
		kill(server, SIGTERM);
		waitpid(server, NULL, 0);
	}
	server = 0;
	database_remove(&database);
	model_clear(&model);
	return 0;
}

/* Each of the parent's anon_vmas that k of its VMAs share makes every worker get
 * k of them, where one would do. */
static uint32_t missed_by_one_fork(void)
{
	const struct model_mm *parent = expect_mm(&model, server);
	uint32_t missed = 0;

	for (uint32_t i = parent->vma_first; i < parent->vma_first + parent->vma_count; i++) {
		uint32_t active = model.vmas[i].active;

		for (uint32_t j = parent->vma_first; active != MODEL_NONE && j < i; j++)
			if (model.vmas[j].active == active) {
				missed++;
				break;
			}
	}
	return missed;
}

static void print_findings(int64_t id)
{
	print_message("%-14s findings  vmas  anon_vmas   avcs    bytes\n", "kind");
	for (enum finding_kind kind = 0; kind < FINDING_KIND_COUNT; kind++) {
		int64_t numbers[5];
		static const char *const columns[] = {"count(*)", "coalesce(sum(vmas), 0)",
						      "coalesce(sum(anon_vmas), 0)",
						      "coalesce(sum(avcs), 0)",
						      "coalesce(sum(bytes), 0)"};

		for (int i = 0; i < 5; i++)
			numbers[i] = database_number(&database,
						     "SELECT %s FROM finding WHERE kind = %u AND "
						     "born <= %lld AND died > %lld",
						     columns[i], (unsigned int)kind, (long long)id,
						     (long long)id);
		print_message("%-14s %8lld %5lld %10lld %6lld %8lld\n", finding_kinds[kind].name,
			      (long long)numbers[0], (long long)numbers[1], (long long)numbers[2],
			      (long long)numbers[3], (long long)numbers[4]);
	}
}

static void test_fifty_workers(void **state)
{
	int64_t id, missed;
	uint32_t workers;

	(void)state;
	environment_require();
	if (access(SERVER, X_OK)) {
		print_message("skipped: " SERVER " is not there (Debian's apache2-bin)\n");
		skip();
	}
	assert_true(count_children(server) >= WORKERS);
	id = collect_model(&database, server, &model);
	workers = model.process_count - 1;
	assert_true(workers >= WORKERS);
	print_findings(id);

	missed = database_number(&database,
				 "SELECT coalesce(sum(anon_vmas), 0) FROM finding "
				 "WHERE kind = %u AND died > %lld",
				 (unsigned int)FINDING_FORK_SPLIT, (long long)id);
	assert_true(missed > 0);
	assert_int_equal(missed, (int64_t)workers * missed_by_one_fork());
	assert_int_equal(database_number(&database,
					 "SELECT sum(bytes) FROM finding WHERE kind = %u",
					 (unsigned int)FINDING_FORK_SPLIT),
			 missed * model.origin.anon_vma_bytes);
	expect_rollups(&database, id, &model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fifty_workers, start, stop),
	};

	return cmocka_run_group_tests_name("live/prefork_server", tests, NULL, NULL);
}
