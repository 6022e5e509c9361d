/* SPDX-License-Identifier: GPL-2.0-only */
/* Topologies known exactly, and what the collector finds in them. */
#include <stdio.h>
#include <sys/mman.h>

#include "fixture.h"
#include "topology/findings.h"

#define CHILD 1

/* A column, or an aggregate, of the findings of one kind that are in the tree of
 * the anon_vma active at the address, as of the snapshot. */
static int64_t tree_finding(struct fixture *f, int64_t snapshot, enum finding_kind kind,
			    unsigned long address, const char *column)
{
	uint32_t active = expect_active(&f->model, scenario_pid(&f->scenario, 0), address);

	return database_number_or(
		&f->database, -1,
		"SELECT %s FROM finding WHERE kind = %u AND root = %u AND born <= %lld AND "
		"died > %lld",
		column, (unsigned int)kind, f->model.anon_vmas[f->model.anon_vmas[active].root].id,
		(long long)snapshot, (long long)snapshot);
}

static void map_split(struct fixture *f, unsigned int n)
{
	scenario_map(&f->scenario, 0, scenario_region(0), n);
	scenario_write(&f->scenario, 0, scenario_region(0), n);
	scenario_split(&f->scenario, 0, scenario_region(0), n);
}

static void expect_no_fork_findings(struct fixture *f, int64_t id)
{
	unsigned long region = scenario_region(0);

	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "count(*)"), 0);
	assert_int_equal(tree_finding(f, id, FINDING_MERGE_BLOCKED, region, "count(*)"), 0);
}

static void expect_fork_split(struct fixture *f, int64_t id, unsigned int n, unsigned int blocked)
{
	unsigned long region = scenario_region(0);
	uint32_t root = expect_active(&f->model, scenario_pid(&f->scenario, 0), region);

	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "count(*)"), 1);
	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "anon_vma"),
			 f->model.anon_vmas[root].id);
	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "mm"),
			 expect_mm(&f->model, scenario_pid(&f->scenario, CHILD))->id);
	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "size"), n);
	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "anon_vmas"), n - 1);
	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "bytes"),
			 (n - 1) * f->model.origin.anon_vma_bytes);
	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "detail_1"), n - 1);
	assert_int_equal(tree_finding(f, id, FINDING_FORK_SPLIT, region, "detail_2"), blocked);
}

/* n neighbours on one anon_vma, then fork: one group of n, n - 1 missed. With
 * equal protections again they merge in the parent and cannot in the child. */
static void check_fork_split(struct fixture *f, unsigned int n, bool exec)
{
	unsigned long region = scenario_region(0), end = region + n * scenario_page();
	int64_t id;

	map_split(f, n);
	expect_no_fork_findings(f, fixture_collect(f));
	scenario_fork(&f->scenario, 0);
	id = fixture_collect(f);
	expect_fork_split(f, id, n, 0);
	assert_int_equal(tree_finding(f, id, FINDING_MERGE_BLOCKED, region, "count(*)"), 0);

	for (int actor = 0; actor <= CHILD; actor++)
		scenario_protect(&f->scenario, actor, region, n, PROT_READ | PROT_WRITE);
	id = fixture_collect(f);
	assert_int_equal(count_vmas(&f->model, scenario_pid(&f->scenario, 0), region, end), 1);
	assert_int_equal(count_vmas(&f->model, scenario_pid(&f->scenario, CHILD), region, end), n);
	expect_fork_split(f, id, n, n - 1);
	assert_int_equal(tree_finding(f, id, FINDING_MERGE_BLOCKED, region, "count(*)"), 1);
	assert_int_equal(tree_finding(f, id, FINDING_MERGE_BLOCKED, region, "size"), n - 1);
	assert_int_equal(tree_finding(f, id, FINDING_MERGE_BLOCKED, region, "vm_start"), region);
	assert_int_equal(tree_finding(f, id, FINDING_MERGE_BLOCKED, region, "detail_1"), end);
	assert_int_equal(tree_finding(f, id, FINDING_MERGE_BLOCKED, region, "vmas"), n - 1);
	assert_int_equal(tree_finding(f, id, FINDING_MERGE_BLOCKED, region, "avcs"), 2 * (n - 1));

	if (exec)
		scenario_exec(&f->scenario, CHILD);
	else
		scenario_kill(&f->scenario, CHILD);
	expect_no_fork_findings(f, fixture_collect(f));
}

static void test_a_split_by_fork_until_exec(void **state)
{
	check_fork_split(fixture_begin(state), 2, true);
}

static void test_a_split_by_fork_until_exit(void **state)
{
	check_fork_split(fixture_begin(state), 50, false);
}

/* One mm with several splits and holes: what would the next fork allocate, and
 * what does it? */
static void test_the_cost_of_a_fork(void **state)
{
	struct fixture *f = fixture_begin(state);
	int64_t before, after;
	const struct model_mm *parent, *child;
	uint32_t anon_vmas;

	map_split(f, 10);
	scenario_map(&f->scenario, 0, scenario_region(1), 4);
	scenario_advise(&f->scenario, 0, scenario_region(1), 1, MADV_DONTFORK);
	before = fixture_collect(f);
	anon_vmas = f->model.anon_vma_count;
	parent = expect_mm(&f->model, scenario_pid(&f->scenario, 0));
#define COST(column)                                                                    \
	database_number(&f->database,                                                   \
			"SELECT " column " FROM mm WHERE id = %u AND born <= %lld AND " \
			"died > %lld",                                                  \
			parent->id, (long long)before, (long long)before)
	int64_t vmas = COST("fork_vmas"), allocated = COST("fork_anon_vmas");
	int64_t avcs = COST("fork_avcs");
#undef COST

	scenario_fork(&f->scenario, 0);
	after = fixture_collect(f);
	child = expect_mm(&f->model, scenario_pid(&f->scenario, CHILD));
	assert_int_equal(vmas, child->vma_count);
	assert_int_equal(vmas, expect_mm(&f->model, scenario_pid(&f->scenario, 0))->vma_count - 1);
	assert_int_equal(avcs, database_number(&f->database,
					       "SELECT avcs FROM mm WHERE id = %u AND "
					       "died > %lld",
					       child->id, (long long)after));
	assert_int_equal(allocated, f->model.anon_vma_count - anon_vmas);
}

/* Generations 1 to 3 die; generation 4 has idle anon_vmas in its chain, and what
 * it forks takes one of them over. */
static void test_idle_and_reused(void **state)
{
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	int64_t id;
	int last = 0;

	scenario_map(&f->scenario, 0, region, 1);
	scenario_write(&f->scenario, 0, region, 1);
	for (int generation = 1; generation <= 4; generation++)
		last = scenario_fork(&f->scenario, last);
	for (int generation = 1; generation <= 3; generation++)
		scenario_kill(&f->scenario, generation);
	id = fixture_collect(f);
	assert_int_equal(tree_finding(f, id, FINDING_IDLE_ANON_VMA, region, "count(*)"), 3);
	assert_int_equal(tree_finding(f, id, FINDING_IDLE_ANON_VMA, region, "sum(detail_2)"), 3);
	assert_int_equal(tree_finding(f, id, FINDING_IDLE_ANON_VMA, region, "sum(size)"), 3);
	assert_false(expect_vma(&f->model, scenario_pid(&f->scenario, last), region)->reused);

	last = scenario_fork(&f->scenario, last);
	id = fixture_collect(f);
	assert_true(expect_vma(&f->model, scenario_pid(&f->scenario, last), region)->reused);
	assert_int_equal(tree_finding(f, id, FINDING_IDLE_ANON_VMA, region, "count(*)"), 2);
}

static void test_thresholds(void **state)
{
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	char pid[16];
	struct run run;

	scenario_map(&f->scenario, 0, region, 2);
	scenario_write(&f->scenario, 0, region, 2);
	scenario_fork(&f->scenario, 0);
	scenario_fork(&f->scenario, CHILD);
	fixture_collect(f);
	assert_int_equal(tree_finding(f, 1, FINDING_DEEP_CHAIN, region, "count(*)"), 0);
	assert_int_equal(tree_finding(f, 1, FINDING_WIDE_RMAP, region, "count(*)"), 0);
	assert_int_equal(tree_finding(f, 1, FINDING_WIDE_LOCK, region, "count(*)"), 0);

	snprintf(pid, sizeof(pid), "%d", scenario_pid(&f->scenario, 0));
	collect_run((const char *const[]){"--db", f->database.path, "--once", "--tree", pid,
					  "--deep-chain", "2", "--wide-rmap", "3", "--wide-lock",
					  "3", NULL},
		    NULL, NULL, &run);
	assert_int_equal(run.exit_code, 0);
	assert_int_equal(tree_finding(f, 2, FINDING_DEEP_CHAIN, region, "count(*)"), 1);
	assert_int_equal(tree_finding(f, 2, FINDING_DEEP_CHAIN, region, "size"), 3);
	assert_int_equal(tree_finding(f, 2, FINDING_DEEP_CHAIN, region, "vm_start"), region);
	/* the root's pages are in three address spaces, its child's in two */
	assert_int_equal(tree_finding(f, 2, FINDING_WIDE_RMAP, region, "count(*)"), 1);
	assert_int_equal(tree_finding(f, 2, FINDING_WIDE_RMAP, region, "size"), 3);
	assert_int_equal(tree_finding(f, 2, FINDING_WIDE_RMAP, region, "detail_2"), 6);
	assert_int_equal(tree_finding(f, 2, FINDING_WIDE_LOCK, region, "count(*)"), 1);
	assert_int_equal(tree_finding(f, 2, FINDING_WIDE_LOCK, region, "size"), 3);
	assert_int_equal(tree_finding(f, 2, FINDING_WIDE_LOCK, region, "avcs"), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_a_split_by_fork_until_exec),
		LIVE_TEST(test_a_split_by_fork_until_exit),
		LIVE_TEST(test_the_cost_of_a_fork),
		LIVE_TEST(test_idle_and_reused),
		LIVE_TEST(test_thresholds),
	};

	return cmocka_run_group_tests_name("live/findings", tests, NULL, NULL);
}
