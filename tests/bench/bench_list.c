/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_list NAME DIRECTORY SERVER: what reading a long list from the server costs.
 *
 *   list_vs_sqlite3  streaming all VMAs of a snapshot of 100,000 as NDJSON with
 *                    curl, over the same rows and columns by sqlite3 -json
 *
 * Prints "NAME RATIO", the median over pairs measured in turns; the medians behind
 * it go to stderr.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/collect.h"
#include "collector/walk.h"
#include "measure.h"
#include "schema/store.h"
#include "workload.h"

#define ROUNDS 21
#define COMMAND_SIZE 8192

/* As someone writes it who has read the schema; hex() because nothing else of
 * SQL's shows a chain. */
static const char query[] =
	"SELECT p.tgid AS pid, p.comm, v.mm AS mm_id, v.vm_start, v.vm_end, v.vm_pgoff, "
	"v.vm_flags, f.dev, f.ino, f.path, v.name, v.anon_vma, v.root, hex(v.chain) AS chain, "
	"v.reused, v.anon_pgoff, v.policy AS numa_policy FROM vma v "
	"JOIN mm m ON m.id = v.mm AND m.born <= 1 AND m.died > 1 "
	"JOIN process p ON p.id = m.process AND p.born <= 1 AND p.died > 1 "
	"LEFT JOIN file f ON f.id = v.file AND f.born <= 1 AND f.died > 1 "
	"WHERE v.born <= 1 AND v.died > 1";

static void give_up(const char *sentence)
{
	fprintf(stderr, "bench: %s\n", sentence);
	exit(1);
}

/* One snapshot of a system with 100,000 VMAs that are linked to anon_vmas. */
static void make_database(const char *path)
{
	pid_t forest = workload_forest(100, 1000);
	struct collect collect = {0};
	struct collect_result result;
	char sentence[WALK_ERROR_SIZE];
	struct store_error error;
	struct walk *walk;

	if (store_open_write(path, &collect.store, &error))
		give_up(error.text);
	if (walk_open(0, &walk, sentence))
		give_up(sentence);
	if (collect_live(&collect, walk, NULL, NULL, &result))
		give_up(collect.error);
	fprintf(stderr, "list_vs_sqlite3: %u VMAs\n", result.totals.vmas);
	walk_close(&walk);
	store_close(&collect.store);
	collect_clear(&collect);
	workload_stop(forest);
}

/* Starts the server and reads from its first line where it listens. */
static pid_t start_server(const char *program, const char *database, char *url, size_t size)
{
	int output[2];
	FILE *lines;
	pid_t pid;

	if (pipe(output) != 0)
		give_up("no pipe");
	pid = fork();
	if (pid == 0) {
		dup2(output[1], STDOUT_FILENO);
		execl(program, program, "--listen", "127.0.0.1:0", "--db", database, (char *)NULL);
		_exit(127);
	}
	close(output[1]);
	lines = fdopen(output[0], "r");
	if (pid < 0 || !lines || !fgets(url, (int)size, lines) ||
	    sscanf(url, "listening on %4000s", url) != 1)
		give_up("the server does not start");
	return pid;
}

static double time_command(const char *command)
{
	char silent[COMMAND_SIZE + 16];
	double start;

	snprintf(silent, sizeof(silent), "%s >/dev/null", command);
	start = measure_now();
	if (system(silent) != 0) /* NOLINT(cert-env33-c): that is what is measured */
		give_up(command);
	return measure_now() - start;
}

static unsigned int count_lines(const char *command)
{
	FILE *output = popen(command, "r"); /* NOLINT(cert-env33-c): as above */
	unsigned int lines = 0;
	int byte;

	while (output && (byte = getc(output)) != EOF)
		lines += byte == '\n';
	if (!output || pclose(output) != 0)
		give_up(command);
	return lines;
}

/* Both give a row a line; NDJSON has a last line of its own. */
static void check_rows(const char *ours, const char *theirs)
{
	unsigned int rows = count_lines(theirs);

	if (rows < 100000 || count_lines(ours) != rows + 1)
		give_up("the server and sqlite3 do not give the same 100,000 rows");
}

static void compare(const char *directory, const char *program)
{
	double ratios[ROUNDS], ours[ROUNDS], theirs[ROUNDS];
	char database[4096], url[4096], left[COMMAND_SIZE], right[COMMAND_SIZE];
	pid_t server;

	snprintf(database, sizeof(database), "%s/list.db", directory);
	make_database(database);
	server = start_server(program, database, url, sizeof(url));
	snprintf(left, sizeof(left), "curl -sSf '%sapi/v1/snapshots/1/vmas?format=ndjson'", url);
	snprintf(right, sizeof(right), "sqlite3 -readonly -json '%s' '%s'", database, query);
	check_rows(left, right);
	for (int i = 0; i < ROUNDS; i++) {
		ours[i] = time_command(left);
		theirs[i] = time_command(right);
		ratios[i] = ours[i] / theirs[i];
	}
	fprintf(stderr, "list_vs_sqlite3: server and curl %.1f ms, sqlite3 -json %.1f ms\n",
		measure_median(ours, ROUNDS) * 1e3, measure_median(theirs, ROUNDS) * 1e3);
	printf("list_vs_sqlite3 %.3f\n", measure_median(ratios, ROUNDS));
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
}

int main(int argc, char **argv)
{
	if (argc != 4 || strcmp(argv[1], "list_vs_sqlite3") != 0)
		give_up("usage: bench_list list_vs_sqlite3 DIRECTORY SERVER");
	compare(argv[2], argv[3]);
	return 0;
}
