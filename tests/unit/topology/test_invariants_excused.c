/* SPDX-License-Identifier: GPL-2.0-only */
/* invariants: what excuses a rule that does not hold. */
#include "topology/invariants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/two_trees.h"

static void tear(struct model *model)
{
	model->mms[WORKER].torn = true;
}

static void cut(struct model *model)
{
	model->mms[WORKER].cut = true;
}

/* Both mms are in the tree of everything that is bent here. */
static void what_is_torn_or_cut_shows_nothing(void **state)
{
	struct snapshots *snapshots = *state;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		two_trees_restart(snapshots);
		for (int i = 0; i < 3; i++) {
			struct model *model = two_trees_fill_broken(snapshots, rule);

			(i == 1 ? cut : tear)(model);
			assert_broken(snapshots_analyse(snapshots), rule, EXCUSE_TORN);
		}
		/* what was torn says nothing about what held still */
		assert_broken(two_trees_break(snapshots, rule), rule, EXCUSE_SEEN_ONCE);
	}
}

/* Of rules about an anon_vma, and about edges between them. */
static void what_moved_shows_nothing(void **state)
{
	struct snapshots *snapshots = *state;
	static const uint32_t rules[] = {INVARIANT_ONE_ROOT,	 INVARIANT_CLOSED,
					 INVARIANT_ACTIVE_COUNT, INVARIANT_CHILD_COUNT,
					 INVARIANT_REFCOUNT,	 INVARIANT_SAME_SET,
					 INVARIANT_ORDER,	 INVARIANT_IDLE};

	for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++) {
		two_trees_restart(snapshots);
		for (int i = 0; i < 3; i++) {
			struct model *model = two_trees_fill_broken(snapshots, rules[k]);

			for (uint32_t a = 0; a < model->anon_vma_count; a++)
				model->anon_vmas[a].moved = true;
			assert_broken(snapshots_analyse(snapshots), rules[k], EXCUSE_MOVED);
		}
		assert_broken(two_trees_break(snapshots, rules[k]), rules[k], EXCUSE_SEEN_ONCE);
	}
}

/* An anon_vma that could not be read stands alone: its chain seems to have two
 * roots, and its former parent a child more than is shown. */
static void what_could_not_be_read(void **state)
{
	struct snapshots *snapshots = *state;
	const struct analysis *analysis;

	two_trees_restart(snapshots);
	for (int i = 0; i < 2; i++) {
		struct model *model = two_trees_fill(snapshots);

		model->anon_vmas[A].described = false;
		model->anon_vmas[A].root = model->anon_vmas[A].parent = A;
		analysis = snapshots_analyse(snapshots);
		assert_sums(analysis);
		assert_int_equal(analysis->disagreements.count, 3);
		assert_int_equal(
			analysis->invariants[INVARIANT_ONE_ROOT - 1].by_excuse[EXCUSE_MOVED], 1);
		assert_int_equal(
			analysis->invariants[INVARIANT_CHILD_COUNT - 1].by_excuse[EXCUSE_NOT_SHOWN],
			1);
		assert_int_equal(
			analysis->invariants[INVARIANT_REFCOUNT - 1].by_excuse[EXCUSE_NOT_SHOWN],
			1);
		assert_int_equal(analysis->invariants[INVARIANT_ACTIVE_COUNT - 1].checked,
				 ANON_VMAS - 1);
		assert_int_equal(analysis->invariants[INVARIANT_SAME_SET - 1].checked,
				 ANON_VMAS - 1);
	}
}

static void more_active(struct model *model)
{
	model->anon_vmas[A].num_active_vmas++;
}

static void more_children(struct model *model)
{
	model->anon_vmas[A].num_children++;
}

static void more_references(struct model *model)
{
	model->anon_vmas[ROOT].refcount++;
}

static void pinned_leaf(struct model *model)
{
	model->anon_vmas[A].refcount += 7;
}

/* For ever: a process outside of the walk stays there. */
static void what_the_kernel_counts_more_is_not_shown(void **state)
{
	struct snapshots *snapshots = *state;

	two_trees_restart(snapshots);
	for (int i = 0; i < 3; i++)
		assert_broken(two_trees_bent(snapshots, more_active), INVARIANT_ACTIVE_COUNT,
			      EXCUSE_NOT_SHOWN);
	for (int i = 0; i < 3; i++)
		assert_broken(two_trees_bent(snapshots, more_children), INVARIANT_CHILD_COUNT,
			      EXCUSE_NOT_SHOWN);
}

static void more_references_pin(void **state)
{
	struct snapshots *snapshots = *state;

	two_trees_restart(snapshots);
	for (int i = 0; i < 3; i++)
		assert_broken(two_trees_bent(snapshots, more_references), INVARIANT_REFCOUNT,
			      EXCUSE_PINNED);
	for (int i = 0; i < 3; i++)
		assert_broken(two_trees_bent(snapshots, pinned_leaf), INVARIANT_REFCOUNT,
			      EXCUSE_PINNED);
}

/* ... but a descendant that no VMA shows holds its root, and is a child. A leaf
 * has nothing to do with that. */
static void references_of_hidden_descendants(void **state)
{
	struct snapshots *snapshots = *state;
	const struct invariant_result *results;
	struct model *model;

	two_trees_restart(snapshots);
	model = two_trees_fill(snapshots);
	more_children(model);
	more_references(model);
	model->anon_vmas[OTHER].refcount++;
	results = snapshots_analyse(snapshots)->invariants;
	assert_int_equal(results[INVARIANT_CHILD_COUNT - 1].by_excuse[EXCUSE_NOT_SHOWN], 1);
	assert_int_equal(results[INVARIANT_REFCOUNT - 1].by_excuse[EXCUSE_NOT_SHOWN], 1);
	assert_int_equal(results[INVARIANT_REFCOUNT - 1].by_excuse[EXCUSE_PINNED], 1);
}

static void add_process(struct model *model, int32_t tgid, uint32_t root)
{
	forest_process(model, tgid, forest_mm(model, (uint64_t)tgid));
	forest_vma_of(model, 16, 4, &root, 1);
}

/* A fork or an exit under way may explain a counter, but no chain. */
static void a_birth_or_an_end_in_the_tree(void **state)
{
	struct snapshots *snapshots = *state;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		enum invariant_excuse excuse = of_counters(rule) ? EXCUSE_IN_FLIGHT : EXCUSE_NONE;
		struct model *model;

		two_trees_restart(snapshots);
		assert_broken(two_trees_break(snapshots, rule), rule, EXCUSE_SEEN_ONCE);
		model = two_trees_fill_broken(snapshots, rule);
		add_process(model, 3, ROOT);
		assert_broken(snapshots_analyse(snapshots), rule, excuse);
		/* its end */
		assert_broken(two_trees_break(snapshots, rule), rule, excuse);
		/* nothing was to be said then, so it is seen for the first time */
		assert_broken(two_trees_break(snapshots, rule), rule,
			      of_counters(rule) ? EXCUSE_SEEN_ONCE : EXCUSE_NONE);
		assert_broken(two_trees_break(snapshots, rule), rule, EXCUSE_NONE);
	}
}

static void a_birth_in_another_tree(void **state)
{
	struct snapshots *snapshots = *state;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		struct model *model;

		two_trees_restart(snapshots);
		two_trees_break(snapshots, rule);
		model = two_trees_fill_broken(snapshots, rule);
		add_process(model, 3, rule == INVARIANT_SAME_SET ? C : OTHER);
		assert_broken(snapshots_analyse(snapshots), rule, EXCUSE_NONE);
	}
}

/* In the first snapshot everybody is new. */
static void the_first_snapshot_says_nothing_about_counters(void **state)
{
	struct snapshots *snapshots = *state;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		snapshots->any = false;
		assert_broken(two_trees_break(snapshots, rule), rule,
			      of_counters(rule) ? EXCUSE_IN_FLIGHT : EXCUSE_SEEN_ONCE);
		assert_broken(two_trees_break(snapshots, rule), rule,
			      of_counters(rule) ? EXCUSE_SEEN_ONCE : EXCUSE_NONE);
	}
}

static void an_active_count_off_by_two(struct model *model)
{
	add_process(model, 3, ROOT);
	model->anon_vmas[ROOT].num_active_vmas = 0;
}

static void an_active_count_off_by_one(struct model *model)
{
	add_process(model, 3, ROOT);
	model->anon_vmas[ROOT].num_active_vmas = 1;
}

/* The same figures do not matter, the same difference does. */
static void another_amount_confirms_nothing(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model;

	snapshots->any = false;
	model = two_trees_fill(snapshots);
	add_process(model, 3, ROOT);
	snapshots_analyse(snapshots);
	assert_broken(two_trees_bent(snapshots, an_active_count_off_by_one), INVARIANT_ACTIVE_COUNT,
		      EXCUSE_SEEN_ONCE);
	assert_broken(two_trees_bent(snapshots, an_active_count_off_by_two), INVARIANT_ACTIVE_COUNT,
		      EXCUSE_SEEN_ONCE);
	assert_broken(two_trees_bent(snapshots, an_active_count_off_by_one), INVARIANT_ACTIVE_COUNT,
		      EXCUSE_SEEN_ONCE);
	assert_broken(two_trees_bent(snapshots, an_active_count_off_by_one), INVARIANT_ACTIVE_COUNT,
		      EXCUSE_NONE);
}

static void active_before_it_is_linked(struct model *model)
{
	model->vmas[PLAIN_VMA].active = OTHER;
	model->anon_vmas[OTHER].num_active_vmas++;
}

/* The chain was read after the active anon_vma, which was not there yet. */
static void linked_before_it_is_active(struct model *model)
{
	model->vmas[OTHER_VMA].active = MODEL_NONE;
	model->anon_vmas[OTHER].num_active_vmas--;
}

static void linked_twice_but_not_active(struct model *model)
{
	model->vmas[B_VMA].active = MODEL_NONE;
	model->anon_vmas[B].num_active_vmas--;
}

static void a_first_fault_excuses_once(void **state)
{
	struct snapshots *snapshots = *state;
	static void (*const faults[])(struct model *) = {active_before_it_is_linked,
							 linked_before_it_is_active};

	for (size_t i = 0; i < 2; i++) {
		const struct invariant_result *result;

		two_trees_restart(snapshots);
		for (int snapshot = 0; snapshot < 3; snapshot++) {
			result = two_trees_bent(snapshots, faults[i])->invariants;
			result += INVARIANT_ACTIVE_IN_CHAIN - 1;
			assert_int_equal(result->by_excuse[EXCUSE_FIRST_FAULT], snapshot == 0);
			assert_int_equal(result->by_excuse[EXCUSE_NONE], snapshot > 0);
		}
		assert_int_equal(findings_of(snapshots_analysis(snapshots), FINDING_INVARIANT), 1);
	}
	two_trees_restart(snapshots);
	assert_broken(two_trees_bent(snapshots, linked_twice_but_not_active),
		      INVARIANT_ACTIVE_IN_CHAIN, EXCUSE_SEEN_ONCE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, two_trees_setup, snapshots_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_torn_or_cut_shows_nothing),
		TEST(what_moved_shows_nothing),
		TEST(what_could_not_be_read),
		TEST(what_the_kernel_counts_more_is_not_shown),
		TEST(more_references_pin),
		TEST(references_of_hidden_descendants),
		TEST(a_birth_or_an_end_in_the_tree),
		TEST(a_birth_in_another_tree),
		TEST(the_first_snapshot_says_nothing_about_counters),
		TEST(another_amount_confirms_nothing),
		TEST(a_first_fault_excuses_once),
	};

	return cmocka_run_group_tests_name("topology/invariants_excused", tests, NULL, NULL);
}
