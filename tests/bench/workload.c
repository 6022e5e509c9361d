/* SPDX-License-Identifier: GPL-2.0-only */
#include "workload.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void give_up(const char *what)
{
	fprintf(stderr, "bench: cannot %s: %s\n", what, strerror(errno));
	exit(1);
}

uint32_t workload_count_vmas(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint32_t count = 0;
	int c;

	if (!maps)
		give_up("read /proc/self/maps");
	while ((c = getc(maps)) != EOF)
		count += c == '\n';
	fclose(maps);
	return count;
}

/* One reservation, of which every second page is made writable and touched: the
 * pages between keep the VMAs apart, and are given back at the end. */
void workload_map(uint32_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *base = mmap(NULL, 2ul * count * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (count == 0)
		return;
	if (base == MAP_FAILED)
		give_up("map the workload");
	for (uint32_t i = 0; i < count; i++)
		if (munmap(base + (2ul * i + 1) * page, page))
			give_up("map the workload (vm.max_map_count may be too small)");
	for (uint32_t i = 0; i < count; i++)
		base[2ul * i * page] = 1;
}

/* One mapping, every second page of it read-only: its VMAs share what the first
 * fault gave to all of it. */
static void split(uint32_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *base = mmap(NULL, count * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (base == MAP_FAILED)
		give_up("map the workload");
	memset(base, 1, count * page);
	for (uint32_t i = 0; i < count; i += 2)
		if (mprotect(base + i * page, page, PROT_READ))
			give_up("split the workload");
}

/* What the parent of a workload and the program that measures say to each other:
 * how many children to replace, and that it was done. */
struct talk {
	int orders[2];
	int ready[2];
};

enum shape {
	FOREST,
	SPLIT,
	GENERATIONS
};

static void child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static pid_t fork_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork the workload");
	if (pid == 0)
		child();
	return pid;
}

static void say_ready(const struct talk *talk)
{
	if (write(talk->ready[1], "r", 1) != 1)
		_exit(1);
}

/* Replaces the oldest children, in a ring. */
static void obey(const struct talk *talk, pid_t *pids, uint32_t children)
{
	uint32_t count, oldest = 0;

	while (read(talk->orders[0], &count, sizeof(count)) == sizeof(count)) {
		for (uint32_t i = 0; i < count && children; i++) {
			kill(pids[oldest], SIGKILL);
			waitpid(pids[oldest], NULL, 0);
			pids[oldest] = fork_child();
			oldest = (oldest + 1) % children;
		}
		say_ready(talk);
	}
	_exit(0);
}

static void forest(const struct talk *talk, enum shape shape, uint32_t children, uint32_t vmas)
{
	pid_t *pids = calloc(children + 1ul, sizeof(*pids));
	uint32_t now = workload_count_vmas();

	if (!pids)
		give_up("start the workload");
	if (shape == SPLIT)
		split(vmas);
	else
		workload_map(vmas > now ? vmas - now : 0);
	for (uint32_t i = 0; i < children; i++)
		pids[i] = fork_child();
	say_ready(talk);
	obey(talk, pids, children);
}

/* The last generation says that all are there. */
static void generations(const struct talk *talk, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			give_up("fork the workload");
		if (pid > 0)
			child();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	say_ready(talk);
	child();
}

static void run(const struct talk *talk, enum shape shape, uint32_t children, uint32_t vmas)
{
	close(talk->ready[0]);
	close(talk->orders[1]);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (shape == GENERATIONS)
		generations(talk, children);
	else
		forest(talk, shape, children, vmas);
}

/* Of the workload that runs; there is one at a time. */
static struct talk talk;

static void await_ready(void)
{
	char byte;

	if (read(talk.ready[0], &byte, 1) != 1) {
		fprintf(stderr, "bench: the workload did not start\n");
		exit(1);
	}
}

static pid_t start(enum shape shape, uint32_t children, uint32_t vmas)
{
	pid_t pid;

	if (pipe(talk.ready) || pipe(talk.orders))
		give_up("start the workload");
	pid = fork();
	if (pid < 0)
		give_up("start the workload");
	if (pid == 0)
		run(&talk, shape, children, vmas);
	setpgid(pid, pid);
	close(talk.ready[1]);
	close(talk.orders[0]);
	await_ready();
	return pid;
}

pid_t workload_forest(uint32_t children, uint32_t vmas)
{
	return start(FOREST, children, vmas);
}

pid_t workload_split(uint32_t children, uint32_t vmas)
{
	return start(SPLIT, children, vmas);
}

pid_t workload_generations(uint32_t count)
{
	return start(GENERATIONS, count, 0);
}

void workload_replace(uint32_t count)
{
	if (write(talk.orders[1], &count, sizeof(count)) != sizeof(count))
		give_up("replace a part of the workload");
	await_ready();
}

void workload_stop(pid_t forest)
{
	kill(-forest, SIGKILL);
	waitpid(forest, NULL, 0);
	/* the children are reaped by init; wait until the last has gone */
	while (kill(-forest, 0) == 0 || errno != ESRCH)
		usleep(10000);
	close(talk.ready[0]);
	close(talk.orders[1]);
}
