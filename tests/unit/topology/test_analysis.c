/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/analysis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/forest.h"

#define MANY 100000u

struct fixture {
	struct model model;
	struct analyser *analyser;
	struct analysis analysis;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){0};
	forest_origin(&fixture.model);
	assert_int_equal(analyser_new(&fixture.analyser), 0);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_clear(&fixture->model);
	analyser_free(&fixture->analyser);
	analysis_clear(&fixture->analysis);
	return 0;
}

static const struct analysis_totals *build(struct fixture *fixture)
{
	static const struct analysis_options options;

	assert_int_equal(analysis_build(fixture->analyser, &options, NULL, &fixture->model,
					&fixture->analysis),
			 0);
	return &fixture->analysis.totals;
}

static void an_empty_model_sums_up_to_nothing(void **state)
{
	const struct analysis_totals *totals = build(*state);

	assert_int_equal(totals->object_bytes, 0);
	assert_int_equal(totals->processes + totals->mms + totals->vmas + totals->anon_vmas +
				 totals->avcs + totals->trees + totals->files,
			 0);
}

/*
 * A daemon (tgid 10) with two VMAs on one anon_vma and a plain one, and a
 * worker (tgid 20) forked from it:
 *
 *   root  ├─ a ── c      worker's VMAs: [a, root], [b, root], [c, a, root]
 *         ├─ b
 *         └─ idle        linked by the daemon's second VMA only
 */
static void a_fork_computed_by_hand(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1), a = forest_child(model, 2, root);
	uint32_t b = forest_child(model, 3, root), c = forest_child(model, 4, a);
	uint32_t idle = forest_child(model, 5, root), daemon, worker;
	const struct analysis_totals *totals;
	const struct mm_summary *mm;
	const struct tree_summary *tree;

	daemon = forest_mm(model, 1);
	forest_vma(model, 1, 1, root);
	forest_vma(model, 3, 1, root, idle);
	forest_plain_vma(model, 5, 1);
	worker = forest_mm(model, 2);
	forest_vma(model, 1, 1, a, root);
	forest_vma(model, 3, 1, b, root);
	forest_vma(model, 5, 1, c, a, root);
	forest_process(model, 20, worker);
	forest_process(model, 10, daemon);

	totals = build(fixture);
	assert_int_equal(totals->processes, 2);
	assert_int_equal(totals->mms, 2);
	assert_int_equal(totals->vmas, 6);
	assert_int_equal(totals->anon_vmas, 5);
	assert_int_equal(totals->avcs, 10);
	assert_int_equal(totals->trees, 1);
	assert_int_equal(totals->idle_anon_vmas, 1);
	assert_int_equal(totals->missed_groups, 1);
	assert_int_equal(totals->missed_reuse, 1);
	assert_int_equal(totals->max_chain, 3);
	assert_int_equal(totals->max_depth, 2);
	assert_int_equal(totals->object_bytes, 6 * 192 + 5 * 104 + 10 * 64);

	mm = &fixture->analysis.mms[daemon];
	assert_int_equal(mm->vmas, 3);
	assert_int_equal(mm->anon_vmas, 1);
	assert_int_equal(mm->avcs, 3);
	assert_int_equal(mm->trees, 1);
	assert_int_equal(mm->max_chain, 2);
	assert_int_equal(mm->missed_groups + mm->missed_reuse, 0);
	mm = &fixture->analysis.mms[worker];
	assert_int_equal(mm->vmas, 3);
	assert_int_equal(mm->anon_vmas, 3);
	assert_int_equal(mm->avcs, 7);
	assert_int_equal(mm->trees, 1);
	assert_int_equal(mm->max_chain, 3);
	assert_int_equal(mm->missed_groups, 1);
	assert_int_equal(mm->missed_reuse, 1);

	assert_int_equal(fixture->analysis.tree_count, 1);
	tree = &fixture->analysis.trees[0];
	assert_int_equal(tree->root, root);
	assert_int_equal(model->processes[tree->process].tgid, 10); /* the oldest */
	assert_int_equal(tree->anon_vmas, 5);
	assert_int_equal(tree->idle_anon_vmas, 1);
	assert_int_equal(tree->avcs, 10);
	assert_int_equal(tree->vmas, 5);
	assert_int_equal(tree->mms, 2);
	assert_int_equal(tree->depth, 2);
	assert_int_equal(tree->max_chain, 3);
	assert_int_equal(tree->missed_groups, 1);
	assert_int_equal(tree->missed_reuse, 1);
	assert_int_equal(tree->object_bytes, 5 * 104 + 10 * 64);
	assert_int_equal(fixture->analysis.tree_of[c], 0);
	assert_int_equal(fixture->analysis.depth[c], 2);
}

static void an_mm_in_several_trees_counts_in_each_once(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t a = forest_root(model, 1), b = forest_root(model, 2);

	forest_process(model, 1, forest_mm(model, 1));
	forest_vma(model, 1, 1, a);
	forest_vma(model, 2, 1, b);
	forest_vma(model, 3, 1, a);
	forest_vma(model, 4, 1, b);
	assert_int_equal(build(fixture)->trees, 2);
	assert_int_equal(fixture->analysis.mms[0].trees, 2);
	assert_int_equal(fixture->analysis.mms[0].anon_vmas, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(fixture->analysis.trees[i].mms, 1);
		assert_int_equal(fixture->analysis.trees[i].vmas, 2);
		assert_int_equal(fixture->analysis.trees[i].avcs, 2);
	}
}

/* Counters of an older kernel do not say whether an anon_vma is idle. */
static void nothing_is_idle_where_counters_are_not_split(void **state)
{
	struct fixture *fixture = *state;

	forest_root(&fixture->model, 1);
	assert_int_equal(build(fixture)->idle_anon_vmas, 1);
	fixture->model.origin.split_counters = false;
	assert_int_equal(build(fixture)->idle_anon_vmas, 0);
}

static void what_is_not_described_is_counted_but_not_idle(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t lost = forest_root(model, 1), moved = forest_root(model, 2);

	model->anon_vmas[lost].described = false;
	model->anon_vmas[moved].moved = true;
	model->anon_vmas[moved].num_active_vmas = 1;
	build(fixture);
	assert_int_equal(fixture->analysis.totals.undescribed_anon_vmas, 1);
	assert_int_equal(fixture->analysis.totals.moved_anon_vmas, 1);
	assert_int_equal(fixture->analysis.totals.idle_anon_vmas, 0);
}

static void torn_and_cut_mms_are_counted(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;

	for (uint64_t key = 1; key <= 5; key++)
		forest_mm(model, key);
	model->mms[1].torn = true;
	model->mms[2].torn = model->mms[2].cut = true;
	build(fixture);
	assert_int_equal(fixture->analysis.totals.torn_mms, 2);
	assert_int_equal(fixture->analysis.totals.cut_mms, 1);
}

static void of_equally_old_processes_the_first_is_taken(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);

	for (int32_t tgid = 3; tgid > 0; tgid--) {
		uint32_t process = forest_process(model, tgid, forest_mm(model, (uint64_t)tgid));

		model->processes[process].start_ns = 7;
		forest_vma(model, 1, 1, root);
	}
	build(fixture);
	assert_int_equal(fixture->analysis.trees[0].process, 0);
}

static void a_tree_without_a_process(void **state)
{
	struct fixture *fixture = *state;
	uint32_t root = forest_root(&fixture->model, 1);

	forest_mm(&fixture->model, 1);
	forest_vma(&fixture->model, 1, 1, root);
	build(fixture);
	assert_int_equal(fixture->analysis.trees[0].process, MODEL_NONE);
	assert_int_equal(fixture->analysis.trees[0].mms, 1);
}

static void a_deep_chain(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t at = forest_root(model, 1);

	for (uint32_t i = 1; i < MANY; i++)
		at = forest_child(model, i + 1, at);
	assert_int_equal(build(fixture)->max_depth, MANY - 1);
	assert_int_equal(fixture->analysis.trees[0].depth, MANY - 1);
	assert_int_equal(fixture->analysis.trees[0].anon_vmas, MANY);
}

static void a_wide_tree(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);

	for (uint32_t i = 1; i < MANY; i++) {
		uint32_t child = forest_child(model, i + 1, root);

		forest_mm(model, i);
		forest_vma(model, 1, 1, child, root);
	}
	assert_int_equal(build(fixture)->max_depth, 1);
	assert_int_equal(fixture->analysis.trees[0].mms, MANY - 1);
	assert_int_equal(fixture->analysis.trees[0].avcs, 2 * (MANY - 1));
	assert_int_equal(fixture->analysis.totals.missed_groups, 0);
}

static void an_analysis_is_replaced(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;

	a_wide_tree(state);
	model_reset(model);
	forest_origin(model);
	a_fork_computed_by_hand(state);
	analysis_clear(&fixture->analysis);
	analysis_clear(&fixture->analysis);
	model_reset(model);
	forest_origin(model);
	a_fork_computed_by_hand(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_model_sums_up_to_nothing),
		TEST(a_fork_computed_by_hand),
		TEST(an_mm_in_several_trees_counts_in_each_once),
		TEST(nothing_is_idle_where_counters_are_not_split),
		TEST(what_is_not_described_is_counted_but_not_idle),
		TEST(torn_and_cut_mms_are_counted),
		TEST(of_equally_old_processes_the_first_is_taken),
		TEST(a_tree_without_a_process),
		TEST(a_deep_chain),
		TEST(a_wide_tree),
		TEST(an_analysis_is_replaced),
	};

	return cmocka_run_group_tests_name("topology/analysis", tests, NULL, NULL);
}
