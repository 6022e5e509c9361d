/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * demo_scene [SCENE]: what ./dev demo shows. Runs in a virtual machine (see
 * record), plays a small host and prints the recording of it in hexadecimal.
 * SCENE is one of the table below; without it, the first.
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
#define JOBS 3

/* How many workers the webserver has, of which WORKERS_LAST stay to the end, and
 * into how many VMAs its first area is split. If there are no more workers than at
 * the start, there is one snapshot. */
#define WORKERS_LAST 4
static const struct scene {
	const char *name;
	unsigned int workers_at_start, workers, split;
} scenes[] = {
	{"demo", 8, 12, 3},
	{"prefork", 50, 54, 3},
	{"wide", 480, 480, 72},
};

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

static char *map_area(size_t pages, size_t page)
{
	char *area = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (area == MAP_FAILED)
		give_up("map memory");
	memset(area, 1, pages * page);
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

/* SIGUSR1: more workers; SIGUSR2: the load has passed. */
static void webserver(const struct scene *scene, int ready)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *areas[AREAS];
	pid_t *workers = calloc(scene->workers, sizeof(*workers));
	int from_worker[2], signal_number;
	sigset_t set;

	if (!workers)
		give_up("remember the workers");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < AREAS; i++)
		areas[i] = map_area(i == 0 ? 2ul * scene->split + 2 : AREA_PAGES, page);
	for (unsigned int i = 1; i < scene->split; i += 2)
		mprotect(areas[0] + 2ul * i * page, 2 * page, PROT_READ);
	mprotect(areas[1] + 4 * page, page, PROT_NONE);
	if (pipe(from_worker))
		give_up("make a pipe");
	for (unsigned int i = 0; i < scene->workers; i++) {
		if (i == scene->workers_at_start) {
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
	for (unsigned int i = WORKERS_LAST; i < scene->workers; i++) {
		kill(workers[i], SIGKILL);
		waitpid(workers[i], NULL, 0);
	}
	ready_and_wait(ready);
}

/* The daemon's parent exits, so that its own anon_vmas stay without a VMA. */
static void jobd(int ready)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *area = map_area(AREA_PAGES, page);

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

static pid_t start(const char *path, const struct scene *scene, int ready)
{
	char number[16];
	pid_t pid = fork();

	snprintf(number, sizeof(number), "%d", ready);
	if (pid == 0) {
		execl(path, path, scene->name, number, NULL);
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

static void play(const struct scene *scene)
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
	server = start(server_path, scene, from_server[1]);
	start(jobs_path, scene, from_jobs[1]);
	wait_ready(from_server[0], 1);
	wait_ready(from_jobs[0], JOBS + 1);
	collector = start_collector(&lines);
	wait_snapshot(lines);
	if (scene->workers > scene->workers_at_start) {
		kill(server, SIGUSR1);
		wait_ready(from_server[0], 1);
		wait_snapshot(lines);
		kill(server, SIGUSR2);
		wait_ready(from_server[0], 1);
		wait_snapshot(lines);
	}
	kill(collector, SIGTERM);
	if (waitpid(collector, &status, 0) != collector || status)
		give_up("end the collector");
	print_recording();
}

static const struct scene *find_scene(const char *name)
{
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		if (strcmp(scenes[i].name, name) == 0)
			return &scenes[i];
	printf("demo_scene: there is no scene '%s'\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	const struct scene *scene = argc > 1 ? find_scene(argv[1]) : &scenes[0];

	if (argc == 3 && strcmp(argv[0], server_path) == 0)
		webserver(scene, atoi(argv[2]));
	else if (argc == 3 && strcmp(argv[0], jobs_path) == 0)
		jobd(atoi(argv[2]));
	else
		play(scene);
	return 0;
}
