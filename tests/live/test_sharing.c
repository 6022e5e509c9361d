/* SPDX-License-Identifier: GPL-2.0-only */
/* One address space, several tasks: it is stored once, and once for each
 * process that has it. */
#include <sched.h>
#include <signal.h>

#include "fixture.h"

#define THREAD (CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static uint32_t mm_of(const struct fixture *f, int actor)
{
	pid_t pid = scenario_pid(&f->scenario, actor);

	return f->model.processes[expect_process(&f->model, pid)].mm;
}

static void check_leader_that_exited(struct fixture *f)
{
	static const struct expected_vma vmas[] = {
		{.actor = 0, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 1, .pages = 1, .active = 'B', .chain = "BA"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 2},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
	};

	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	assert_int_equal(f->model.process_count, 2);
	assert_int_equal(f->model.mm_count, 2);
	fixture_expect_truth(f, 0);
	fixture_expect_truth(f, 1);
}

/* The iterator visits such an mm through every thread that is left, and through
 * a thread with a file table of its own in any case. */
static void test_exited_leader(void **state)
{
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	int own_files;
	int64_t id;

	scenario_map(&f->scenario, 0, region, 1);
	scenario_write(&f->scenario, 0, region, 1);
	scenario_fork(&f->scenario, 0);
	scenario_clone(&f->scenario, 1, THREAD | CLONE_FILES, 0);
	own_files = scenario_clone(&f->scenario, 1, THREAD, 1);
	scenario_clone(&f->scenario, 1, THREAD | CLONE_FILES, 2);
	fixture_collect(f);
	check_leader_that_exited(f);

	scenario_exit_thread(&f->scenario, 1);
	id = fixture_collect(f);
	check_leader_that_exited(f);
	expect_rollups(&f->database, id, &f->model);

	/* it can still change */
	scenario_map(&f->scenario, own_files, scenario_region(1), 1);
	scenario_write(&f->scenario, own_files, scenario_region(1), 1);
	fixture_collect(f);
	fixture_expect_truth(f, 1);
	expect_active(&f->model, scenario_pid(&f->scenario, 1), scenario_region(1));
}

/* --tree names a process whose leader is gone. */
static void test_tree_of_an_exited_leader(void **state)
{
	struct fixture *f = fixture_begin(state);
	pid_t pid;

	scenario_fork(&f->scenario, 0);
	scenario_fork(&f->scenario, 1);
	scenario_clone(&f->scenario, 1, THREAD | CLONE_FILES, 0);
	scenario_exit_thread(&f->scenario, 1);
	pid = scenario_pid(&f->scenario, 1);
	collect_model(&f->database, pid, &f->model);
	assert_int_equal(f->model.process_count, 2);
	assert_int_equal(f->model.origin.tree_tgid, pid);
	fixture_expect_truth(f, 1);
	fixture_expect_truth(f, 2);
}

static void test_vfork(void **state)
{
	static const struct expected_vma vmas[] = {
		{.actor = 0, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 1, .pages = 1, .active = 'B', .chain = "BA"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 2},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	int child;
	int64_t id;

	scenario_map(&f->scenario, 0, region, 1);
	scenario_write(&f->scenario, 0, region, 1);
	scenario_fork(&f->scenario, 0);
	child = scenario_clone(&f->scenario, 1, CLONE_VM | CLONE_VFORK | SIGCHLD, 0);
	id = fixture_collect(f);
	assert_int_equal(f->model.process_count, 3);
	assert_int_equal(f->model.mm_count, 2);
	assert_int_equal(mm_of(f, 1), mm_of(f, child));
	assert_int_not_equal(mm_of(f, 0), mm_of(f, 1));
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
	fixture_expect_truth(f, child);

	scenario_exec(&f->scenario, child);
	scenario_settle(&f->scenario, 1);
	id = fixture_collect(f);
	assert_int_equal(f->model.process_count, 3);
	assert_int_equal(f->model.mm_count, 3);
	assert_int_not_equal(mm_of(f, 1), mm_of(f, child));
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
	fixture_expect_truth(f, child);
}

/* Processes with other address spaces stand between those that share one. */
static void test_clone_vm(void **state)
{
	static const struct expected_vma vmas[] = {
		{.actor = 0, .region = 0, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 0, .region = 1, .pages = 1, .active = 'D', .chain = "D"},
		{.actor = 1, .region = 0, .pages = 1, .active = 'B', .chain = "BA"},
		{.actor = 3, .region = 0, .pages = 1, .active = 'C', .chain = "CA"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 3, .active = 1, .refcount = 3},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
		{'C', 'A', .children = 0, .active = 1, .refcount = 1},
		{'D', 'D', .children = 1, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	int sharers[2];
	uint32_t mm_id;
	int64_t id;

	scenario_map(&f->scenario, 0, region, 1);
	scenario_write(&f->scenario, 0, region, 1);
	scenario_fork(&f->scenario, 0);
	sharers[0] = scenario_clone(&f->scenario, 0, CLONE_VM | SIGCHLD, 0);
	/* a child of what shares is a child of the same tree */
	scenario_fork(&f->scenario, sharers[0]);
	sharers[1] = scenario_clone(&f->scenario, 0, CLONE_VM | SIGCHLD, 1);
	/* and what one of them maps, all have */
	scenario_map(&f->scenario, sharers[1], scenario_region(1), 1);
	scenario_write(&f->scenario, sharers[1], scenario_region(1), 1);
	id = fixture_collect(f);
	assert_int_equal(f->model.process_count, 5);
	assert_int_equal(f->model.mm_count, 3);
	assert_int_equal(mm_of(f, 0), mm_of(f, sharers[0]));
	assert_int_equal(mm_of(f, 0), mm_of(f, sharers[1]));
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
	fixture_expect_all_true(f);

	/* the address space outlives a process that shares it */
	mm_id = f->model.mms[mm_of(f, 0)].id;
	scenario_kill(&f->scenario, sharers[0]);
	fixture_collect(f);
	assert_int_equal(f->model.process_count, 4);
	assert_int_equal(f->model.mms[mm_of(f, 0)].id, mm_id);
	assert_int_equal(mm_of(f, 0), mm_of(f, sharers[1]));
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_exited_leader),
		LIVE_TEST(test_tree_of_an_exited_leader),
		LIVE_TEST(test_vfork),
		LIVE_TEST(test_clone_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
