/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots while processes fork, exit and change their VMAs as fast as they
 * can: what stands still is stored exactly, and what could not be seen at one
 * moment is marked torn. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "fixture.h"

#define SECONDS 2
#define QUIET 20
#define PAGES 64
/* VMAs between the two regions of OP_CHURN_BOUNDARY: a walk needs a while. */
#define BETWEEN 3000

enum region {
	X,
	MIDDLE,
	Y,
	STORM,
	QUIET_REGION,
	FORKED
};

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

enum collector {
	STARTS_ANEW,
	GOES_ON
};

/* What /proc says about the actors that stand still. */
static struct maps quiet[QUIET + 1];

/* One more snapshot: by a collector of its own, or by the one that goes on. */
static void take(struct fixture *f)
{
	if (f->daemon.pid > 0)
		database_load(&f->database,
			      collect_next(&f->database, &f->daemon, database_latest(&f->database)),
			      &f->model);
	else
		collect_model(&f->database, scenario_pid(&f->scenario, 0), &f->model);
}

/* What is on its way in a daemon began before the churn did. */
static void settle(struct fixture *f)
{
	if (f->daemon.pid > 0)
		collect_fresh(&f->database, &f->daemon);
}

/* The last one, in a database that no daemon writes. */
static void take_last(struct fixture *f)
{
	collect_tree(scenario_pid(&f->scenario, 0), &f->model);
	expect_sound(&f->model);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static struct fixture *begin_with_quiet_children(void **state, enum collector collector)
{
	struct fixture *f = fixture_begin(state);

	scenario_map(&f->scenario, 0, scenario_region(QUIET_REGION), PAGES);
	scenario_write(&f->scenario, 0, scenario_region(QUIET_REGION), PAGES);
	scenario_split(&f->scenario, 0, scenario_region(QUIET_REGION), PAGES);
	scenario_map(&f->scenario, 0, scenario_region(FORKED), PAGES);
	scenario_write(&f->scenario, 0, scenario_region(FORKED), PAGES);
	for (int i = 0; i < QUIET; i++)
		scenario_fork(&f->scenario, 0);
	if (collector == GOES_ON) {
		fixture_start_daemon(f);
		collect_next(&f->database, &f->daemon, 0);
	}
	return f;
}

static void expect_quiet(struct fixture *f)
{
	for (int i = 0; i <= QUIET; i++) {
		pid_t pid = scenario_pid(&f->scenario, i);

		maps_expect(&f->model, pid, &quiet[i]);
		assert_false(expect_mm(&f->model, pid)->torn);
		assert_int_equal(maps_read(pid, &f->maps), 0);
		assert_true(maps_equal(&f->maps, &quiet[i]));
	}
}

static void read_quiet(struct fixture *f)
{
	for (int i = 0; i <= QUIET; i++)
		assert_int_equal(maps_read(scenario_pid(&f->scenario, i), &quiet[i]), 0);
}

/*
 * A child of OP_CHURN_FORK that the snapshot shows. Its VMAs are its parent's,
 * or the first page of its region is split off.
 */
static void check_transient(const struct fixture *f, const struct model_process *process,
			    const struct maps *parent, uint32_t *ret_torn)
{
	const struct model_mm *mm = &f->model.mms[process->mm];
	uint64_t region = scenario_region(FORKED);
	uint32_t extra = 0;

	if (mm->torn) {
		(*ret_torn)++;
		return;
	}
	if (mm->map_count != mm->vma_count)
		fail_msg("process %d: %u VMAs, map_count %u, not torn", process->tgid,
			 mm->vma_count, mm->map_count);
	for (uint32_t i = 0; i < mm->vma_count; i++) {
		const struct model_vma *vma = &f->model.vmas[mm->vma_first + i];
		const struct maps_vma *line = &parent->vmas[i - extra];
		uint64_t start = line->start;
		uint64_t end = line->end;

		assert_true(i - extra < parent->count);
		if (start == region && extra) {
			start += scenario_page();
		} else if (start == region && vma->end == region + scenario_page()) {
			end = vma->end;
			extra = 1;
		}
		if (vma->start != start || vma->end != end)
			fail_msg("process %d: VMA %llx-%llx, its parent's is %llx-%llx, not torn",
				 process->tgid, (unsigned long long)vma->start,
				 (unsigned long long)vma->end, (unsigned long long)line->start,
				 (unsigned long long)line->end);
	}
	if (mm->vma_count != parent->count + extra)
		fail_msg("process %d: %u VMAs, its parent has %u, not torn", process->tgid,
			 mm->vma_count, parent->count);
}

/* Quiet processes among others that fork and exit. */
static void check_forking(void **state, enum collector collector)
{
	struct fixture *f = begin_with_quiet_children(state, collector);
	int forkers[2] = {scenario_fork(&f->scenario, 0), scenario_fork(&f->scenario, 1)};
	time_t end;
	uint32_t snapshots = 0, transients = 0, torn = 0;

	read_quiet(f);
	for (int i = 0; i < 2; i++)
		scenario_begin(&f->scenario, forkers[i], OP_CHURN_FORK,
			       (long)scenario_region(FORKED), (long)(PAGES * scenario_page()), 0);
	settle(f);
	end = seconds() + SECONDS;
	while (seconds() < end || snapshots < 2) {
		take(f);
		expect_quiet(f);
		for (uint32_t i = 0; i < f->model.process_count; i++) {
			const struct model_process *process = &f->model.processes[i];
			bool known = false;

			assert_int_equal(expect_process(&f->model, process->tgid), i);
			for (int j = 0; j < f->scenario.count; j++)
				known |= process->tgid == scenario_pid(&f->scenario, j);
			if (known)
				continue;
			transients++;
			check_transient(f, process, &quiet[0], &torn);
		}
		snapshots++;
	}
	for (int i = 0; i < 2; i++) {
		scenario_await_rounds(&f->scenario, forkers[i], 10);
		scenario_end(&f->scenario, forkers[i]);
	}
	print_message("%u snapshots, %u short-lived processes in them, %u of those torn\n",
		      snapshots, transients, torn);

	/* and when it is over, nothing of it is left */
	take_last(f);
	assert_int_equal(f->model.process_count, f->scenario.count);
}

/* The boundary of a region of OP_CHURN_BOUNDARY: its number of read-only
 * pages. -1 if it is not read-only below and writable above. */
static int64_t boundary(const struct fixture *f, const struct model_mm *mm, unsigned long region)
{
	unsigned long at = region;
	unsigned long end = region + PAGES * scenario_page();
	int64_t read_only = 0;
	bool writable_seen = false;

	for (uint32_t i = mm->vma_first; i < mm->vma_first + mm->vma_count; i++) {
		const struct model_vma *vma = &f->model.vmas[i];

		if (vma->end <= region || vma->start >= end)
			continue;
		if (vma->start != at || vma->end > end)
			return -1;
		if (vma->flags & 2)
			writable_seen = true;
		else if (writable_seen)
			return -1;
		else
			read_only += (int64_t)((vma->end - vma->start) / scenario_page());
		at = vma->end;
	}
	return at == end ? read_only : -1;
}

/* Whether x and y can have been like this at one moment. */
static bool at_one_moment(const struct fixture *f, const struct model_mm *mm)
{
	int64_t x = boundary(f, mm, scenario_region(X));
	int64_t y = boundary(f, mm, scenario_region(Y));
	int64_t ahead = (x - y + PAGES + 1) % (PAGES + 1);

	return x >= 0 && y >= 0 && ahead <= 1;
}

/* Two steps of a mutator are seen in their order or the mm is marked torn. */
static void check_mutator(void **state, enum collector collector)
{
	struct fixture *f = begin_with_quiet_children(state, collector);
	int mutator = scenario_fork(&f->scenario, 0);
	int runner;
	time_t end;
	uint32_t snapshots = 0, torn = 0, mixed = 0;

	scenario_map(&f->scenario, mutator, scenario_region(X), PAGES);
	scenario_map(&f->scenario, mutator, scenario_region(MIDDLE), BETWEEN);
	scenario_split(&f->scenario, mutator, scenario_region(MIDDLE), BETWEEN);
	scenario_map(&f->scenario, mutator, scenario_region(Y), PAGES);
	scenario_write(&f->scenario, mutator, scenario_region(X), PAGES);
	scenario_write(&f->scenario, mutator, scenario_region(Y), PAGES);
	runner = scenario_clone(&f->scenario, mutator, THREAD, 0);
	read_quiet(f);
	scenario_begin(&f->scenario, runner, OP_CHURN_BOUNDARY, (long)scenario_region(X),
		       (long)scenario_region(Y), PAGES);
	settle(f);
	end = seconds() + SECONDS;
	while (seconds() < end || snapshots < 2) {
		const struct model_mm *mm;

		take(f);
		expect_quiet(f);
		mm = expect_mm(&f->model, scenario_pid(&f->scenario, mutator));
		torn += mm->torn;
		if (!at_one_moment(f, mm)) {
			mixed++;
			if (!mm->torn)
				fail_msg("an mm that mixes two moments is not marked torn");
		}
		snapshots++;
	}
	print_message("%llu steps, %u snapshots, %u torn, %u of them visibly\n",
		      (unsigned long long)scenario_rounds(&f->scenario, runner), snapshots, torn,
		      mixed);
	scenario_await_rounds(&f->scenario, runner, 100);
	scenario_end(&f->scenario, runner);

	take_last(f);
	assert_true(at_one_moment(f, expect_mm(&f->model, scenario_pid(&f->scenario, mutator))));
}

/* VMAs appear, vanish, split and merge; whatever is seen of them is sorted,
 * does not overlap and has as many VMAs as the mm counts, or is torn. */
static void check_storm(void **state, enum collector collector)
{
	struct fixture *f = begin_with_quiet_children(state, collector);
	int mutator = scenario_fork(&f->scenario, 0);
	time_t end;
	uint32_t snapshots = 0, torn = 0;

	read_quiet(f);
	scenario_map(&f->scenario, mutator, scenario_region(STORM), PAGES);
	scenario_write(&f->scenario, mutator, scenario_region(STORM), PAGES);
	scenario_begin(&f->scenario, mutator, OP_CHURN_STORM, (long)scenario_region(STORM), PAGES,
		       0);
	settle(f);
	end = seconds() + SECONDS;
	while (seconds() < end || snapshots < 2) {
		const struct model_mm *mm;

		take(f);
		expect_quiet(f);
		mm = expect_mm(&f->model, scenario_pid(&f->scenario, mutator));
		torn += mm->torn;
		for (uint32_t i = mm->vma_first + 1; i < mm->vma_first + mm->vma_count; i++)
			if (f->model.vmas[i].start < f->model.vmas[i - 1].end)
				fail_msg("VMAs overlap or are not in order, torn %d", mm->torn);
		if (!mm->torn && mm->map_count != mm->vma_count)
			fail_msg("%u VMAs, map_count %u, not torn", mm->vma_count, mm->map_count);
		snapshots++;
	}
	print_message("%llu steps, %u snapshots, %u torn\n",
		      (unsigned long long)scenario_rounds(&f->scenario, mutator), snapshots, torn);
	scenario_end(&f->scenario, mutator);
	take_last(f);
}

static void test_forking(void **state)
{
	check_forking(state, STARTS_ANEW);
}

static void test_forking_daemon(void **state)
{
	check_forking(state, GOES_ON);
}

static void test_split_and_merge(void **state)
{
	check_mutator(state, STARTS_ANEW);
}

static void test_split_and_merge_daemon(void **state)
{
	check_mutator(state, GOES_ON);
}

static void test_storm(void **state)
{
	check_storm(state, STARTS_ANEW);
}

static void test_storm_daemon(void **state)
{
	check_storm(state, GOES_ON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_forking),	 LIVE_TEST(test_forking_daemon),
		LIVE_TEST(test_split_and_merge), LIVE_TEST(test_split_and_merge_daemon),
		LIVE_TEST(test_storm),		 LIVE_TEST(test_storm_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
