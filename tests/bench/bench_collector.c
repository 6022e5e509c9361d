/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_collector NAME DIRECTORY COLLECTOR: what the running collector costs
 * others.
 *
 *   fork_rate          fork() calls of a process with 21, 421, 6,421 and 51,221
 *                      VMAs while a snapshot is taken every second, over the same
 *                      without; the worst of the four
 *   rss_bytes_per_vma  peak resident memory at 1,000,000 VMAs over VMAs
 *
 * Prints "NAME RATIO"; the figures behind it go to stderr.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"
#include "workload.h"

#define PAIRS 7
#define PERIOD_S 3.0

static void give_up(const char *sentence)
{
	fprintf(stderr, "bench: %s\n", sentence);
	exit(1);
}

static pid_t start_collector(const char *collector, const char *directory, const char *interval)
{
	static unsigned int number;
	char path[4096];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/collector%u.db", directory, number++);
	pid = fork();
	if (pid < 0)
		give_up("cannot start the collector");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		execl(collector, collector, "--db", path, "--interval", interval, NULL);
		_exit(127);
	}
	return pid;
}

static void stop_collector(pid_t pid)
{
	int status;

	kill(pid, SIGCONT);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		give_up("the collector failed");
}

/* fork() calls per second, each child exits at once and is waited for. */
static double fork_rate(void)
{
	double start = measure_now(), elapsed;
	unsigned int forks = 0;

	do {
		pid_t pid = fork();

		if (pid < 0)
			give_up("cannot fork");
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
		forks++;
		elapsed = measure_now() - start;
	} while (elapsed < PERIOD_S);
	return forks / elapsed;
}

/* Median over pairs of the rate with the collector running over the rate while
 * it is stopped. */
static double rate_ratio(pid_t collector)
{
	double ratios[PAIRS], with = 0, without = 0;

	for (int i = 0; i < PAIRS; i++) {
		double off, on;

		kill(collector, SIGSTOP);
		off = fork_rate();
		kill(collector, SIGCONT);
		on = fork_rate();
		ratios[i] = on / off;
		with += on / PAIRS;
		without += off / PAIRS;
	}
	fprintf(stderr, "fork_rate: %u VMAs: %.0f forks/s with, %.0f without\n",
		workload_count_vmas(), with, without);
	return measure_median(ratios, PAIRS);
}

/* In a process of its own, which has the VMAs. */
static double measure_rate(const char *collector, const char *directory, uint32_t vmas)
{
	int result[2];
	double ratio;
	pid_t pid;

	if (pipe(result))
		give_up("cannot start a forking process");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		give_up("cannot start a forking process");
	if (pid == 0) {
		uint32_t now = workload_count_vmas();
		pid_t running;

		workload_map(vmas > now ? vmas - now : 0);
		running = start_collector(collector, directory, "1s");
		sleep(2); /* loading and the first snapshot */
		ratio = rate_ratio(running);
		stop_collector(running);
		_exit(write(result[1], &ratio, sizeof(ratio)) != sizeof(ratio));
	}
	close(result[1]);
	if (read(result[0], &ratio, sizeof(ratio)) != sizeof(ratio))
		give_up("the forking process failed");
	close(result[0]);
	waitpid(pid, NULL, 0);
	return ratio;
}

static void bench_fork_rate(const char *collector, const char *directory)
{
	static const uint32_t sizes[] = {21, 421, 6421, 51221};
	double worst = 1e9;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		double ratio = measure_rate(collector, directory, sizes[i]);

		fprintf(stderr, "fork_rate: %u VMAs: ratio %.3f\n", sizes[i], ratio);
		if (ratio < worst)
			worst = ratio;
	}
	printf("fork_rate %.3f\n", worst);
}

static unsigned long peak_kib(pid_t pid)
{
	unsigned long kib = 0;
	char path[64], line[256];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %lu", &kib) == 1)
			break;
	if (status)
		fclose(status);
	return kib;
}

static void bench_rss(const char *collector, const char *directory)
{
	const uint32_t children = 1000, vmas = 1000;
	pid_t forest = workload_forest(children, vmas), running;
	unsigned long kib;

	running = start_collector(collector, directory, "2s");
	sleep(30); /* the first snapshot and several steady ones */
	kib = peak_kib(running);
	if (kib == 0)
		give_up("the collector failed");
	stop_collector(running);
	workload_stop(forest);
	fprintf(stderr, "rss_bytes_per_vma: %lu KiB at %u VMAs\n", kib, (children + 1) * vmas);
	printf("rss_bytes_per_vma %.0f\n", (double)kib * 1024 / ((children + 1.0) * vmas));
}

int main(int argc, char **argv)
{
	if (argc != 4)
		give_up("usage: bench_collector NAME DIRECTORY COLLECTOR");
	if (strcmp(argv[1], "fork_rate") == 0)
		bench_fork_rate(argv[3], argv[2]);
	else
		bench_rss(argv[3], argv[2]);
	return 0;
}
