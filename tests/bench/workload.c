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

static void child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void forest(int ready, uint32_t children, uint32_t vmas)
{
	uint32_t now;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	now = workload_count_vmas();
	workload_map(vmas > now ? vmas - now : 0);
	for (uint32_t i = 0; i < children; i++) {
		pid_t pid = fork();

		if (pid < 0)
			give_up("fork the workload");
		if (pid == 0)
			child();
	}
	if (write(ready, "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

pid_t workload_forest(uint32_t children, uint32_t vmas)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		give_up("start the workload");
	pid = fork();
	if (pid < 0)
		give_up("start the workload");
	if (pid == 0) {
		close(ready[0]);
		setpgid(0, 0);
		forest(ready[1], children, vmas);
	}
	setpgid(pid, pid);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		fprintf(stderr, "bench: the workload did not start\n");
		exit(1);
	}
	close(ready[0]);
	return pid;
}

void workload_stop(pid_t forest)
{
	kill(-forest, SIGKILL);
	waitpid(forest, NULL, 0);
	/* the children are reaped by init; wait until the last has gone */
	while (kill(-forest, 0) == 0 || errno != ESRCH)
		usleep(10000);
}
