/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_snapshot NAME DIRECTORY: what a whole steady-state snapshot costs.
 *
 *   snapshot_vs_proc_maps  over reading every /proc/PID/maps
 *   snapshot_vs_walk       over the bare walk with its records thrown away
 *   growth                 cost per VMA at 1,000,000 VMAs over that at 10,000
 *   analysis_share         over the same without the time of the analysis
 *
 * Prints "NAME RATIO"; the medians behind it go to stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/collect.h"
#include "collector/walk.h"
#include "measure.h"
#include "schema/store.h"
#include "workload.h"

#define ROUNDS 21
/* Snapshots of 10,000 VMAs are short: more of them, for as steady a median. */
#define GROWTH_ROUNDS_SMALL 61
#define GROWTH_ROUNDS_LARGE 9
#define GROWTH_TURNS 3

struct subject {
	struct store *store;
	struct walk *walk, *bare;
	struct collect collect;
	struct collect_result last;
};

static void give_up(const char *sentence)
{
	fprintf(stderr, "bench: %s\n", sentence);
	exit(1);
}

static void snapshot(struct subject *subject)
{
	if (collect_live(&subject->collect, subject->walk, NULL, NULL, &subject->last))
		give_up(subject->collect.error);
}

/* A fresh database and collector; the first snapshots, which are not steady,
 * are taken. */
static void start(struct subject *subject, const char *directory)
{
	static unsigned int number;
	struct store_error error;
	char path[4096], sentence[WALK_ERROR_SIZE];

	*subject = (struct subject){0};
	snprintf(path, sizeof(path), "%s/bench%u.db", directory, number++);
	if (store_open_write(path, &subject->store, &error))
		give_up(error.text);
	if (walk_open(0, &subject->walk, sentence) || walk_open(0, &subject->bare, sentence))
		give_up(sentence);
	subject->collect.store = subject->store;
	for (int i = 0; i < 3; i++)
		snapshot(subject);
}

static void stop(struct subject *subject)
{
	collect_clear(&subject->collect);
	walk_close(&subject->walk);
	walk_close(&subject->bare);
	store_close(&subject->store);
}

static double time_snapshot(struct subject *subject)
{
	double start = measure_now();

	snapshot(subject);
	return measure_now() - start;
}

static double time_proc_maps(void)
{
	double start = measure_now();

	if (measure_read_proc_maps() == 0)
		give_up("/proc/PID/maps cannot be read");
	return measure_now() - start;
}

static double time_bare_walk(struct subject *subject)
{
	char sentence[WALK_ERROR_SIZE];
	struct walk_result result;
	double start = measure_now();

	if (walk_discard(subject->bare, &result, sentence))
		give_up(sentence);
	return measure_now() - start;
}

static void compare(const char *name, const char *directory)
{
	bool with_maps = strcmp(name, "snapshot_vs_proc_maps") == 0;
	double ours[ROUNDS], theirs[ROUNDS], ours_median, theirs_median;
	pid_t forest = workload_forest(1000, 42);
	struct subject subject;

	start(&subject, directory);
	for (int i = 0; i < ROUNDS; i++) {
		ours[i] = time_snapshot(&subject);
		theirs[i] = with_maps ? time_proc_maps() : time_bare_walk(&subject);
	}
	ours_median = measure_median(ours, ROUNDS);
	theirs_median = measure_median(theirs, ROUNDS);
	fprintf(stderr, "%s: %u processes, %u VMAs: snapshot %.2f ms, %s %.2f ms\n", name,
		subject.last.totals.processes, subject.last.totals.vmas, ours_median * 1e3,
		with_maps ? "/proc/PID/maps" : "bare walk", theirs_median * 1e3);
	printf("%s %.3f\n", name, ours_median / theirs_median);
	stop(&subject);
	workload_stop(forest);
}

/* Median cost of a steady snapshot per VMA, in nanoseconds. */
static double cost_per_vma(const char *directory, uint32_t children, uint32_t vmas,
			   unsigned int rounds)
{
	pid_t forest = workload_forest(children, vmas);
	double times[GROWTH_ROUNDS_SMALL], cost;
	struct subject subject;

	start(&subject, directory);
	sleep(1); /* the kernel may still be freeing the last workload */
	for (unsigned int i = 0; i < rounds; i++)
		times[i] = time_snapshot(&subject);
	cost = measure_median(times, rounds) * 1e9 / subject.last.totals.vmas;
	fprintf(stderr, "growth: %u VMAs: %.0f ns per VMA\n", subject.last.totals.vmas, cost);
	stop(&subject);
	workload_stop(forest);
	return cost;
}

static void growth(const char *directory)
{
	double small[GROWTH_TURNS], large[GROWTH_TURNS];

	for (int i = 0; i < GROWTH_TURNS; i++) {
		small[i] = cost_per_vma(directory, 10, 1000, GROWTH_ROUNDS_SMALL);
		large[i] = cost_per_vma(directory, 1000, 1000, GROWTH_ROUNDS_LARGE);
	}
	printf("growth %.3f\n",
	       measure_median(large, GROWTH_TURNS) / measure_median(small, GROWTH_TURNS));
}

/* Snapshots after each of which a part of the processes is replaced; the first
 * of all is the full one. */
static double share(const char *what, const char *directory, unsigned int rounds, uint32_t replaced)
{
	double shares[ROUNDS], total_ms[ROUNDS], analysis_ms[ROUNDS], median;
	struct subject subject;

	start(&subject, directory);
	for (unsigned int i = 0; i < rounds; i++) {
		double seconds, analysis;

		if (replaced)
			workload_replace(replaced);
		seconds = time_snapshot(&subject);
		analysis = (double)subject.last.analyse_ns / 1e9;
		shares[i] = seconds / (seconds - analysis);
		total_ms[i] = seconds * 1e3;
		analysis_ms[i] = analysis * 1e3;
	}
	median = measure_median(shares, rounds);
	fprintf(stderr, "analysis_share: %s: %u VMAs, snapshot %.2f ms, analysis %.2f ms: %.3f\n",
		what, subject.last.totals.vmas, measure_median(total_ms, rounds),
		measure_median(analysis_ms, rounds), median);
	stop(&subject);
	return median;
}

static double larger(double left, double right)
{
	return left > right ? left : right;
}

static void analysis_share(const char *directory)
{
	pid_t forest = workload_forest(1000, 42);
	double worst = share("nothing changed", directory, ROUNDS, 0);

	worst = larger(worst, share("1 % of the processes replaced", directory, ROUNDS, 10));
	workload_stop(forest);
	forest = workload_forest(1000, 1000);
	worst = larger(worst, share("nothing changed", directory, 5, 0));
	worst = larger(worst, share("1 % of the processes replaced", directory, 5, 10));
	workload_stop(forest);
	forest = workload_split(1000, 100);
	worst = larger(worst, share("100,100 AVCs on one anon_vma", directory, ROUNDS, 0));
	worst = larger(worst, share("... 1 % replaced", directory, ROUNDS, 10));
	workload_stop(forest);
	forest = workload_generations(1000);
	worst = larger(worst, share("chains of 1,000", directory, 5, 0));
	workload_stop(forest);
	printf("analysis_share %.3f\n", worst);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		give_up("usage: bench_snapshot NAME DIRECTORY");
	if (strcmp(argv[1], "growth") == 0)
		growth(argv[2]);
	else if (strcmp(argv[1], "analysis_share") == 0)
		analysis_share(argv[2]);
	else
		compare(argv[1], argv[2]);
	return 0;
}
