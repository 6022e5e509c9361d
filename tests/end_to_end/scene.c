/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scene: processes whose anonymous memory is known. It does what each line of
 * standard input says and answers each by one line, "ok PID..." of the processes
 * that came. When standard input ends so do they all.
 *
 *   map COUNT           further areas of memory for the first process
 *   fork NAME COUNT     children that are called NAME
 *   descend NAME COUNT  a line of descent: a child, its child, ...
 *   orphan NAME         a grandchild whose parent wrote its memory and is gone
 *   run NAME PATH TEXT  a child that executes a copy of this program at PATH, is
 *                       called NAME, names memory TEXT, and has one child alike
 *
 * Names and paths are "x" and hexadecimal, so that they may hold any byte. Each
 * process has an area of memory that it writes. In the first it is three VMAs that
 * share an anon_vma; in a child of it each of these is given one of its own, which
 * is what missed reuse is.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

#define AREA_PAGES 8
#define CHILDREN_MAX 1000
#define TEXT_MAX 4096

static char *area;
static size_t page;

static void give_up(const char *what)
{
	fprintf(stderr, "scene: cannot %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *map_area(void)
{
	char *memory = mmap(NULL, AREA_PAGES * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* apart from what will be mapped next */
	if (memory == MAP_FAILED ||
	    mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		give_up("map memory");
	memset(memory, 1, AREA_PAGES * page);
	return memory;
}

static void split(char *memory)
{
	if (mprotect(memory + 2 * page, 2 * page, PROT_READ))
		give_up("split memory");
}

static void decode(const char *text, char bytes[TEXT_MAX])
{
	const char *hex = text + 1;
	size_t size = strlen(hex) / 2;
	unsigned int byte;

	if (size >= TEXT_MAX)
		size = TEXT_MAX - 1;
	for (size_t i = 0; i < size; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			give_up("read a name");
		bytes[i] = (char)byte;
	}
	bytes[size] = '\0';
}

/* Tells the first process, and stays until it ends. */
static void ready_and_wait(int ready)
{
	pid_t pid = getpid();

	if (write(ready, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	for (;;)
		pause();
}

/* A child that ends with its parent. */
static pid_t fork_child(const char *name)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	return 0;
}

static void child(int ready)
{
	area[0] = 2;
	ready_and_wait(ready);
}

static void descend(const char *name, int count, int ready)
{
	do
		area[0] = 2;
	while (--count > 0 && fork_child(name) == 0);
	ready_and_wait(ready);
}

/* The grandchild is to end with who adopts it, not with its parent. */
static void orphan(const char *name, int ready)
{
	pid_t parent = getpid();

	area[0] = 2;
	if (fork() != 0)
		_exit(0);
	while (getppid() == parent)
		usleep(1000);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	area[page] = 3;
	ready_and_wait(ready);
}

static void copy_program(const char *path)
{
	char buffer[65536];
	ssize_t got;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (from < 0 || to < 0)
		give_up("copy the program");
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)got) != got)
			give_up("copy the program");
	close(from);
	close(to);
}

static void run(const char *name, const char *path, const char *text, int ready)
{
	char decoded[TEXT_MAX], number[16];

	decode(path, decoded);
	copy_program(decoded);
	snprintf(number, sizeof(number), "%d", ready);
	execl(decoded, "scene", "executed", number, name, path, text, (char *)NULL);
	give_up("execute the copy");
}

/* Behind run()'s exec. The file maps memory that is written too: it has a name
 * and an anon_vma. */
static void executed(int ready, const char *name, const char *path, const char *text)
{
	char decoded[TEXT_MAX], *file;
	int fd;

	decode(path, decoded);
	fd = open(decoded, O_RDONLY | O_CLOEXEC);
	file = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (fd < 0 || file == MAP_FAILED)
		give_up("map the copy");
	file[0] = 1;
	area = map_area();
	decode(text, decoded);
	/* not every kernel takes names */
	(void)prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, area, AREA_PAGES * page, decoded);
	split(area);
	decode(name, decoded);
	prctl(PR_SET_NAME, decoded);
	if (fork_child(decoded) == 0)
		child(ready);
	ready_and_wait(ready);
}

static void answer(int ready, int count)
{
	pid_t pid;

	printf("ok");
	for (int i = 0; i < count; i++) {
		if (read(ready, &pid, sizeof(pid)) != sizeof(pid))
			give_up("hear of a process");
		printf(" %d", pid);
	}
	printf("\n");
	fflush(stdout);
}

static void carry_out(char *line, const int ready[2])
{
	char *order = strtok(line, " \n"), *name = strtok(NULL, " \n");
	char *argument = strtok(NULL, " \n"), *text = strtok(NULL, " \n");
	int count = argument ? atoi(argument) : 1;
	char decoded[TEXT_MAX];

	if (!order || !name)
		give_up("understand an order");
	if (strcmp(order, "map") == 0) {
		for (count = atoi(name); count > 0; count--)
			map_area();
		answer(ready[0], 0);
		return;
	}
	decode(name, decoded);
	if (strcmp(order, "fork") == 0) {
		for (int i = 0; i < count; i++)
			if (fork_child(decoded) == 0)
				child(ready[1]);
	} else if (strcmp(order, "descend") == 0) {
		if (fork_child(decoded) == 0)
			descend(decoded, count, ready[1]);
	} else if (strcmp(order, "orphan") == 0) {
		pid_t pid = fork_child("launcher");

		if (pid == 0)
			orphan(decoded, ready[1]);
		waitpid(pid, NULL, 0);
	} else if (strcmp(order, "run") == 0 && argument && text) {
		count = 2;
		if (fork_child("run") == 0)
			run(name, argument, text, ready[1]);
	} else {
		give_up("understand an order");
	}
	answer(ready[0], count);
}

int main(int argc, char **argv)
{
	char line[4 * TEXT_MAX];
	int ready[2];

	page = (size_t)sysconf(_SC_PAGESIZE);
	if (argc == 6 && strcmp(argv[1], "executed") == 0)
		executed(atoi(argv[2]), argv[3], argv[4], argv[5]);
	/* who starts this is to see no more of it, and orphans are to stay in its tree */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	area = map_area();
	split(area);
	if (pipe(ready))
		give_up("make a pipe");
	answer(ready[0], 0);
	while (fgets(line, sizeof(line), stdin))
		carry_out(line, ready);
	return 0;
}
