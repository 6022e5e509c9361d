/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * demo_scene: what ./dev demo shows. Runs in a virtual machine (see record),
 * plays a small host and prints the recording of it in hexadecimal.
 *
 *   webserver   a prefork master with four areas of memory, two of them split by
 *               mprotect, and its workers: every worker misses reuse. A worker
 *               has a helper of its own.
 *   jobd        started by a launcher that is gone, forks jobs: an idle anon_vma
 *               stays in every chain.
 *
 * Three snapshots: at start; after more workers came and two went; after the
 * load has passed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define AREAS 4
#define AREA_PAGES 8
#define WORKERS 12
#define WORKERS_AT_START 8
#define JOBS 3

static const char *const server_path = "/usr/sbin/webserver", *const jobs_path = "/usr/sbin/jobd";
static const char *const recording = "/tmp/demo.vmascope";

static void give_up(const char *what)
{
	printf("demo_scene: cannot %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Tells the process that waits on the other end, and stays until it is killed. */
static void ready_and_wait(int ready)
{
	if (write(ready, "r", 1) != 1)
		_exit(1);
	close(ready);
	for (;;)
		pause();
}

static void wait_ready(int fd, unsigned int count)
{
	char byte;

	while (count-- > 0)
		if (read(fd, &byte, 1) != 1)
			give_up("start a process");
}

static pid_t fork_process(const char *name)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid == 0)
		prctl(PR_SET_NAME, name);
	return pid;
}

static char *map_area(size_t page)
{
	char *area = mmap(NULL, AREA_PAGES * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		give_up("map memory");
	memset(area, 1, AREA_PAGES * page);
	/* keeps areas apart */
	if (mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		give_up("map memory");
	return area;
}

/* A worker writes its memory; every third one has a helper. */
static void worker(int ready, char *const areas[AREAS], size_t page, unsigned int number)
{
	areas[0][0] = areas[1][0] = (char)number;
	if (number % 3 == 0 && fork_process("helper") == 0) {
		areas[0][page] = 2;
		for (;;)
			pause();
	}
	ready_and_wait(ready);
}

/* SIGUSR1: four more workers; SIGUSR2: the load has passed. */
static void webserver(int ready)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *areas[AREAS];
	pid_t workers[WORKERS];
	int from_worker[2], signal_number;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < AREAS; i++)
		areas[i] = map_area(page);
	mprotect(areas[0] + 2 * page, 2 * page, PROT_READ);
	mprotect(areas[1] + 4 * page, page, PROT_NONE);
	if (pipe(from_worker))
		give_up("make a pipe");
	for (unsigned int i = 0; i < WORKERS; i++) {
		if (i == WORKERS_AT_START) {
			if (write(ready, "r", 1) != 1)
				_exit(1);
			sigwait(&set, &signal_number);
			kill(workers[1], SIGKILL);
			kill(workers[2], SIGKILL);
			waitpid(workers[1], NULL, 0);
			waitpid(workers[2], NULL, 0);
		}
		workers[i] = fork_process("worker");
		if (workers[i] == 0)
			worker(from_worker[1], areas, page, i);
		wait_ready(from_worker[0], 1);
	}
	if (write(ready, "r", 1) != 1)
		_exit(1);
	sigwait(&set, &signal_number);
	for (unsigned int i = 4; i < WORKERS; i++) {
		kill(workers[i], SIGKILL);
		waitpid(workers[i], NULL, 0);
	}
	ready_and_wait(ready);
}

/* The daemon's parent exits, so that its own anon_vmas stay without a VMA. */
static void jobd(int ready)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *area = map_area(page);

	if (fork_process("jobd") != 0)
		_exit(0);
	area[0] = 2;
	for (int i = 0; i < JOBS; i++) {
		if (fork_process("job") != 0)
			continue;
		area[page] = 3;
		ready_and_wait(ready);
	}
	ready_and_wait(ready);
}

/* The processes shall be seen under names of their own. */
static void install(const char *path)
{
	char buffer[65536];
	ssize_t got;
	int from = open("/proc/self/exe", O_RDONLY), to;

	mkdir("/usr", 0755);
	mkdir("/usr/sbin", 0755);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (from < 0 || to < 0)
		give_up("install a program");
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)got) != got)
			give_up("install a program");
	close(from);
	close(to);
}

static pid_t start(const char *path, int ready)
{
	char number[16];
	pid_t pid = fork();

	snprintf(number, sizeof(number), "%d", ready);
	if (pid == 0) {
		execl(path, path, number, NULL);
		_exit(127);
	}
	return pid;
}

/* Starts the collector; its lines come through *ret_lines. */
static pid_t start_collector(FILE **ret_lines)
{
	char tree[16];
	int lines[2];
	pid_t pid;

	snprintf(tree, sizeof(tree), "%d", getpid());
	if (pipe(lines))
		give_up("make a pipe");
	pid = fork();
	if (pid == 0) {
		dup2(lines[1], STDOUT_FILENO);
		execl("/bin/vmascope-collector", "vmascope-collector", "--db", "/tmp/demo.db",
		      "--record", recording, "--interval", "3s", "--tree", tree, NULL);
		_exit(127);
	}
	close(lines[1]);
	*ret_lines = fdopen(lines[0], "r");
	return pid;
}

static void wait_snapshot(FILE *lines)
{
	char line[512];

	if (!fgets(line, sizeof(line), lines))
		give_up("take a snapshot");
	fputs(line, stdout);
}

static void print_recording(void)
{
	FILE *file = fopen(recording, "rb");
	int c, column = 0;

	if (!file)
		give_up("read the recording");
	while ((c = getc(file)) != EOF)
		printf("%s%02x", column++ % 64 ? "" : "\n@hex ", (unsigned int)c);
	putchar('\n');
	fclose(file);
}

static void play(void)
{
	int from_server[2], from_jobs[2], status;
	pid_t server, collector;
	FILE *lines;

	if (sethostname("demo", 4))
		give_up("name the machine");
	install(server_path);
	install(jobs_path);
	if (pipe(from_server) || pipe(from_jobs))
		give_up("make a pipe");
	/* the daemon's parent is gone, yet it shall stay in the tree */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	server = start(server_path, from_server[1]);
	start(jobs_path, from_jobs[1]);
	wait_ready(from_server[0], 1);
	wait_ready(from_jobs[0], JOBS + 1);
	collector = start_collector(&lines);
	wait_snapshot(lines);
	kill(server, SIGUSR1);
	wait_ready(from_server[0], 1);
	wait_snapshot(lines);
	kill(server, SIGUSR2);
	wait_ready(from_server[0], 1);
	wait_snapshot(lines);
	kill(collector, SIGTERM);
	if (waitpid(collector, &status, 0) != collector || status)
		give_up("end the collector");
	print_recording();
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[0], server_path) == 0)
		webserver(atoi(argv[1]));
	else if (argc == 2 && strcmp(argv[0], jobs_path) == 0)
		jobd(atoi(argv[1]));
	else
		play();
	return 0;
}
