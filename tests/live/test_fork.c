/* SPDX-License-Identifier: GPL-2.0-only */
/* fork(): new anon_vmas, chains that grow by a generation, reuse of those that
 * the dead left behind, and what a fork misses. */
#include <sys/mman.h>

#include "fixture.h"

/* Actor 0 with two written pages in region 0. */
static struct fixture *begin_with_region(void **state)
{
	struct fixture *f = fixture_begin(state);

	scenario_map(&f->scenario, 0, scenario_region(0), 2);
	scenario_write(&f->scenario, 0, scenario_region(0), 2);
	return f;
}

static void test_no_fork(void **state)
{
	static const struct expected_vma vmas[] = {
		{.actor = 0, .region = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 0, .region = 1, .pages = 3, .chain = ""},
		{.actor = 0, .region = 2, .pages = 1, .chain = ""},
		{.actor = 0, .region = 3, .pages = 1, .active = 'B', .chain = "B"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 1, .active = 1, .refcount = 1},
		{'B', 'B', .children = 1, .active = 1, .refcount = 1},
	};
	struct fixture *f = begin_with_region(state);
	int64_t id;

	scenario_map(&f->scenario, 0, scenario_region(1), 3);
	/* a read maps the zero page, which needs no anon_vma */
	scenario_map(&f->scenario, 0, scenario_region(2), 1);
	scenario_read(&f->scenario, 0, scenario_region(2), 1);
	scenario_map(&f->scenario, 0, scenario_region(3), 1);
	scenario_write(&f->scenario, 0, scenario_region(3), 1);
	id = fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
	assert_int_equal(f->model.process_count, 1);
}

static void test_parent_and_three_children(void **state)
{
	static const struct expected_vma vmas[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 1, .pages = 2, .active = 'B', .chain = "BA"},
		{.actor = 2, .pages = 2, .active = 'C', .chain = "CA"},
		{.actor = 3, .pages = 2, .active = 'D', .chain = "DA"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 4, .active = 1, .refcount = 4},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
		{'C', 'A', .children = 0, .active = 1, .refcount = 1},
		{'D', 'A', .children = 0, .active = 1, .refcount = 1},
	};
	struct fixture *f = begin_with_region(state);
	int64_t id;

	for (int i = 0; i < 3; i++)
		scenario_fork(&f->scenario, 0);
	/* whether the child writes makes no difference */
	scenario_write(&f->scenario, 2, scenario_region(0), 2);
	id = fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
	for (int i = 1; i <= 3; i++) {
		uint32_t child = expect_process(&f->model, scenario_pid(&f->scenario, i));

		assert_int_equal(f->model.processes[child].ppid, scenario_pid(&f->scenario, 0));
	}
}

static void fork_line(struct fixture *f, int generations)
{
	for (int i = 0; i < generations; i++)
		scenario_fork(&f->scenario, i);
}

static void test_six_generations(void **state)
{
	static const struct expected_vma kept[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 1, .pages = 2, .active = 'B', .chain = "BA"},
		{.actor = 2, .pages = 2, .active = 'C', .chain = "CBA"},
		{.actor = 3, .pages = 2, .active = 'D', .chain = "DCBA"},
		{.actor = 4, .pages = 2, .active = 'E', .chain = "EDCBA"},
		{.actor = 5, .pages = 2, .active = 'F', .chain = "FEDCBA"},
	};
	static const struct expected_vma reversed[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 1, .pages = 2, .active = 'B', .chain = "BA"},
		{.actor = 2, .pages = 2, .active = 'C', .chain = "CAB"},
		{.actor = 3, .pages = 2, .active = 'D', .chain = "DBAC"},
		{.actor = 4, .pages = 2, .active = 'E', .chain = "ECABD"},
		{.actor = 5, .pages = 2, .active = 'F', .chain = "FDBACE"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 6},
		{'B', 'A', .children = 1, .active = 1, .refcount = 1},
		{'C', 'B', .children = 1, .active = 1, .refcount = 1},
		{'D', 'C', .children = 1, .active = 1, .refcount = 1},
		{'E', 'D', .children = 1, .active = 1, .refcount = 1},
		{'F', 'E', .children = 0, .active = 1, .refcount = 1},
	};
	struct fixture *f = begin_with_region(state);
	int64_t id;

	fork_line(f, 5);
	id = fixture_collect(f);
	if (observed_chain_order() == CHAIN_KEPT)
		EXPECT_TOPOLOGY(&f->model, &f->scenario, kept, anon_vmas);
	else
		EXPECT_TOPOLOGY(&f->model, &f->scenario, reversed, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
}

/* Generations 1 to 3 are dead, their anon_vmas idle. */
static struct fixture *begin_with_dead_generations(void **state)
{
	struct fixture *f = begin_with_region(state);

	fork_line(f, 5);
	for (int i = 1; i <= 3; i++)
		scenario_kill(&f->scenario, i);
	return f;
}

static void test_idle_anon_vmas(void **state)
{
	static const struct expected_vma kept[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 4, .pages = 2, .active = 'E', .chain = "EDCBA"},
		{.actor = 5, .pages = 2, .active = 'F', .chain = "FEDCBA"},
	};
	static const struct expected_vma reversed[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 4, .pages = 2, .active = 'E', .chain = "ECABD"},
		{.actor = 5, .pages = 2, .active = 'F', .chain = "FDBACE"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 6},
		{'B', 'A', .children = 1, .active = 0, .refcount = 1},
		{'C', 'B', .children = 1, .active = 0, .refcount = 1},
		{'D', 'C', .children = 1, .active = 0, .refcount = 1},
		{'E', 'D', .children = 1, .active = 1, .refcount = 1},
		{'F', 'E', .children = 0, .active = 1, .refcount = 1},
	};
	struct fixture *f = begin_with_dead_generations(state);
	int64_t id = fixture_collect(f);

	if (observed_chain_order() == CHAIN_KEPT)
		EXPECT_TOPOLOGY(&f->model, &f->scenario, kept, anon_vmas);
	else
		EXPECT_TOPOLOGY(&f->model, &f->scenario, reversed, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
	assert_int_equal(f->model.process_count, 3);
}

/* Four more forks: three find an idle anon_vma, the fourth finds none. */
static void test_reuse_of_idle_anon_vmas(void **state)
{
	/* the chain is searched from its tail, the oldest end */
	static const struct expected_vma kept[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 4, .pages = 2, .active = 'E', .chain = "EDCBA"},
		{.actor = 5, .pages = 2, .active = 'F', .chain = "FEDCBA"},
		{.actor = 6, .pages = 2, .active = 'B', .chain = "FEDCBA"},
		{.actor = 7, .pages = 2, .active = 'C', .chain = "FEDCBA"},
		{.actor = 8, .pages = 2, .active = 'D', .chain = "FEDCBA"},
		{.actor = 9, .pages = 2, .active = 'G', .chain = "GFEDCBA"},
	};
	/* from its head, whatever the order there */
	static const struct expected_vma reversed[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 4, .pages = 2, .active = 'E', .chain = "ECABD"},
		{.actor = 5, .pages = 2, .active = 'F', .chain = "FDBACE"},
		{.actor = 6, .pages = 2, .active = 'D', .chain = "ECABDF"},
		{.actor = 7, .pages = 2, .active = 'B', .chain = "ECABDF"},
		{.actor = 8, .pages = 2, .active = 'C', .chain = "ECABDF"},
		{.actor = 9, .pages = 2, .active = 'G', .chain = "GECABDF"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 7},
		{'B', 'A', .children = 1, .active = 1, .refcount = 1},
		{'C', 'B', .children = 1, .active = 1, .refcount = 1},
		{'D', 'C', .children = 1, .active = 1, .refcount = 1},
		{'E', 'D', .children = 1, .active = 1, .refcount = 1},
		{'F', 'E', .children = 1, .active = 1, .refcount = 1},
		{'G', 'F', .children = 0, .active = 1, .refcount = 1},
	};
	struct fixture *f = begin_with_dead_generations(state);
	int64_t id;

	for (int i = 0; i < 4; i++)
		scenario_fork(&f->scenario, 5);
	id = fixture_collect(f);
	if (observed_chain_order() == CHAIN_KEPT)
		EXPECT_TOPOLOGY(&f->model, &f->scenario, kept, anon_vmas);
	else
		EXPECT_TOPOLOGY(&f->model, &f->scenario, reversed, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
}

/* A parent that exits leaves its anon_vma idle as the root of its children. */
static void test_dead_root(void **state)
{
	static const struct expected_vma vmas[] = {
		{.actor = 2, .pages = 1, .active = 'B', .chain = "BA"},
		{.actor = 3, .pages = 1, .active = 'C', .chain = "CA"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 3, .active = 0, .refcount = 3},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
		{'C', 'A', .children = 0, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	int64_t id;

	scenario_fork(&f->scenario, 0);
	scenario_map(&f->scenario, 1, scenario_region(0), 1);
	scenario_write(&f->scenario, 1, scenario_region(0), 1);
	scenario_fork(&f->scenario, 1);
	scenario_fork(&f->scenario, 1);
	scenario_kill(&f->scenario, 1);
	id = fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
}

static int64_t tree_number(struct fixture *f, int64_t snapshot, const char *column)
{
	uint32_t active = expect_active(&f->model, scenario_pid(&f->scenario, 0),
					scenario_region(0));
	uint32_t root = f->model.anon_vmas[active].root;

	return database_number(&f->database,
			       "SELECT %s FROM tree WHERE id = %u AND born <= %lld AND died > %lld",
			       column, f->model.anon_vmas[root].id, (long long)snapshot,
			       (long long)snapshot);
}

static int64_t mm_missed(struct fixture *f, int64_t snapshot, int actor)
{
	return database_number(
		&f->database,
		"SELECT missed_reuse FROM mm WHERE id = %u AND born <= %lld AND died > %lld",
		expect_mm(&f->model, scenario_pid(&f->scenario, actor))->id, (long long)snapshot,
		(long long)snapshot);
}

/* n neighbours that share one anon_vma because they were one VMA: a fork gives
 * the child n anon_vmas where one would do. */
static void check_missed_reuse(struct fixture *f, unsigned int n)
{
	unsigned long region = scenario_region(0);
	pid_t parent = scenario_pid(&f->scenario, 0);
	pid_t child;
	int64_t id;
	int64_t missed_elsewhere;
	uint32_t root;

	/* what the actor's own VMAs miss when it forks */
	scenario_fork(&f->scenario, 0);
	id = fixture_collect(f);
	missed_elsewhere = mm_missed(f, id, 1);
	scenario_kill(&f->scenario, 1);

	scenario_map(&f->scenario, 0, region, n);
	scenario_write(&f->scenario, 0, region, n);
	scenario_split(&f->scenario, 0, region, n);
	id = fixture_collect(f);
	assert_int_equal(tree_number(f, id, "missed_groups"), 0);
	assert_int_equal(tree_number(f, id, "missed_reuse"), 0);
	assert_int_equal(tree_number(f, id, "anon_vmas"), 1);
	assert_int_equal(tree_number(f, id, "vmas"), n);

	child = scenario_pid(&f->scenario, scenario_fork(&f->scenario, 0));
	id = fixture_collect(f);
	root = expect_active(&f->model, parent, region);
	for (unsigned int i = 0; i < n; i++) {
		unsigned long at = region + i * scenario_page();
		const struct model_vma *source = expect_vma(&f->model, parent, at);
		const struct model_vma *copy = expect_vma(&f->model, child, at);
		const struct model_anon_vma *own;

		assert_int_equal(source->avc_count, 1);
		assert_int_equal(source->active, root);
		assert_int_equal(copy->avc_count, 2);
		assert_int_equal(model_chain(&f->model, copy)[0], copy->active);
		assert_int_equal(model_chain(&f->model, copy)[1], root);
		assert_int_not_equal(copy->active, root);
		own = &f->model.anon_vmas[copy->active];
		assert_int_equal(own->parent, root);
		assert_int_equal(own->num_children, 0);
		assert_int_equal(own->num_active_vmas, 1);
		assert_int_equal(own->refcount, 1);
	}
	assert_int_equal(f->model.anon_vmas[root].num_children, 1 + n);
	assert_int_equal(f->model.anon_vmas[root].num_active_vmas, n);
	assert_int_equal(f->model.anon_vmas[root].refcount, 1 + n);

	assert_int_equal(tree_number(f, id, "anon_vmas"), 1 + n);
	assert_int_equal(tree_number(f, id, "vmas"), 2 * n);
	assert_int_equal(tree_number(f, id, "avcs"), 3 * n);
	assert_int_equal(tree_number(f, id, "mms"), 2);
	assert_int_equal(tree_number(f, id, "depth"), 1);
	assert_int_equal(tree_number(f, id, "max_chain"), 2);
	assert_int_equal(tree_number(f, id, "idle_anon_vmas"), 0);
	assert_int_equal(tree_number(f, id, "missed_groups"), 1);
	assert_int_equal(tree_number(f, id, "missed_reuse"), n - 1);
	assert_int_equal(mm_missed(f, id, 2), missed_elsewhere + n - 1);
	expect_rollups(&f->database, id, &f->model);

	/* they vanish with the child */
	scenario_exec(&f->scenario, 2);
	id = fixture_collect(f);
	assert_int_equal(tree_number(f, id, "missed_reuse"), 0);
	assert_int_equal(tree_number(f, id, "anon_vmas"), 1);
}

static void test_two_neighbours_miss_one(void **state)
{
	check_missed_reuse(fixture_begin(state), 2);
}

static void test_three_neighbours_miss_two(void **state)
{
	check_missed_reuse(fixture_begin(state), 3);
}

static void test_fifty_neighbours_miss_49(void **state)
{
	check_missed_reuse(fixture_begin(state), 50);
}

/* The other source of sharing: find_mergeable_anon_vma() lends a neighbour's
 * anon_vma at the first fault, but only one that has never been forked. */
static void test_neighbours_lend_at_first_fault(void **state)
{
	static const struct expected_vma vmas[] = {
		{.actor = 0, .page = 0, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 0, .page = 1, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 0, .page = 2, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 0, .page = 3, .pages = 1, .chain = ""},
		{.actor = 1, .page = 0, .pages = 1, .active = 'B', .chain = "BA"},
		{.actor = 1, .page = 1, .pages = 1, .active = 'C', .chain = "CA"},
		{.actor = 1, .page = 2, .pages = 1, .active = 'D', .chain = "DA"},
		{.actor = 1, .page = 3, .pages = 1, .active = 'E', .chain = "E"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 4, .active = 3, .refcount = 4},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
		{'C', 'A', .children = 0, .active = 1, .refcount = 1},
		{'D', 'A', .children = 0, .active = 1, .refcount = 1},
		{'E', 'E', .children = 1, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	int64_t id;

	scenario_map(&f->scenario, 0, region, 4);
	/* any protection that differs splits; these can all be written to */
	scenario_protect(&f->scenario, 0, region + scenario_page(), 1,
			 PROT_READ | PROT_WRITE | PROT_EXEC);
	scenario_protect(&f->scenario, 0, region + 3 * scenario_page(), 1,
			 PROT_READ | PROT_WRITE | PROT_EXEC);
	for (unsigned long i = 0; i < 3; i++)
		scenario_write(&f->scenario, 0, region + i * scenario_page(), 1);
	scenario_fork(&f->scenario, 0);
	scenario_write(&f->scenario, 1, region + 3 * scenario_page(), 1);
	id = fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
	assert_int_equal(tree_number(f, id, "missed_reuse"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_no_fork),
		LIVE_TEST(test_parent_and_three_children),
		LIVE_TEST(test_six_generations),
		LIVE_TEST(test_idle_anon_vmas),
		LIVE_TEST(test_reuse_of_idle_anon_vmas),
		LIVE_TEST(test_dead_root),
		LIVE_TEST(test_two_neighbours_miss_one),
		LIVE_TEST(test_three_neighbours_miss_two),
		LIVE_TEST(test_fifty_neighbours_miss_49),
		LIVE_TEST(test_neighbours_lend_at_first_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
