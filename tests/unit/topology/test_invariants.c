/* SPDX-License-Identifier: GPL-2.0-only */
/* invariants: what breaks each rule, and what confirms it. */
#include "topology/invariants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/two_trees.h"
#include "../support/world.h"

static void all_rules_hold(void **state)
{
	struct snapshots *snapshots = *state;
	static const uint32_t checked[INVARIANT_COUNT] = {
		[INVARIANT_AVC_VMA - 1] = LINKED_VMAS,
		[INVARIANT_ACTIVE_IN_CHAIN - 1] = VMAS,
		[INVARIANT_NO_DUPLICATE - 1] = LINKED_VMAS,
		[INVARIANT_ONE_ROOT - 1] = LINKED_VMAS,
		[INVARIANT_CLOSED - 1] = LINKED_VMAS,
		[INVARIANT_ACTIVE_COUNT - 1] = ANON_VMAS,
		[INVARIANT_CHILD_COUNT - 1] = ANON_VMAS,
		[INVARIANT_REFCOUNT - 1] = ANON_VMAS,
		[INVARIANT_SAME_SET - 1] = ANON_VMAS,
		[INVARIANT_ORDER - 1] = LINKED_VMAS,
		[INVARIANT_IDLE - 1] = REUSABLE,
	};
	const struct analysis *analysis;

	for (int i = 0; i < 3; i++) {
		analysis = two_trees_healthy(snapshots);
		assert_sums(analysis);
		assert_int_equal(analysis->disagreements.count, 0);
		for (int rule = 0; rule < INVARIANT_COUNT; rule++) {
			assert_int_equal(analysis->invariants[rule].checked, checked[rule]);
			assert_int_equal(analysis->invariants[rule].held, checked[rule]);
		}
	}
}

static void the_tables(void **state)
{
	(void)state;
	assert_null(invariant_info(0));
	assert_null(invariant_info(INVARIANT_END));
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		const struct invariant_info *info = invariant_info(rule);

		assert_true(info->name && info->rule[strlen(info->rule) - 1] == '.');
		assert_false(info->excuses & 1u << EXCUSE_NONE);
		assert_true(info->excuses & 1u << EXCUSE_SEEN_ONCE);
	}
	for (int excuse = 0; excuse < EXCUSE_COUNT; excuse++)
		assert_true(invariant_excuses[excuse].name && invariant_excuses[excuse].means);
}

/* Seen once, seen twice, seen again, gone. */
static void each_rule_is_violated_when_it_is_seen_twice(void **state)
{
	struct snapshots *snapshots = *state;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		const struct analysis *analysis;

		two_trees_restart(snapshots);
		analysis = two_trees_break(snapshots, rule);
		assert_broken(analysis, rule, EXCUSE_SEEN_ONCE);
		assert_int_equal(findings_of(analysis, FINDING_INVARIANT), 0);
		for (int i = 0; i < 2; i++) {
			analysis = two_trees_break(snapshots, rule);
			assert_broken(analysis, rule, EXCUSE_NONE);
			assert_violation(analysis, rule);
		}
		analysis = two_trees_healthy(snapshots);
		assert_int_equal(analysis->disagreements.count, 0);
		assert_int_equal(findings_of(analysis, FINDING_INVARIANT), 0);
		assert_broken(two_trees_break(snapshots, rule), rule, EXCUSE_SEEN_ONCE);
	}
}

/* Two VMAs that differ from a third in what they link to are one finding. */
static void sets_that_differ_are_told_once(void **state)
{
	struct snapshots *snapshots = *state;
	const struct analysis *analysis = NULL;

	for (int i = 0; i < 2; i++) {
		struct model *model = snapshots_next(snapshots);
		uint32_t root = forest_root(model, 10), a = forest_child(model, 11, root);
		uint32_t b = forest_child(model, 12, root), c = forest_child(model, 13, root);

		forest_process(model, 1, forest_mm(model, 1));
		forest_vma(model, 16, 1, a, b, root);
		forest_vma(model, 18, 1, b, a, root); /* the same set in another order */
		two_trees_move_active(model, 1, a);
		forest_vma(model, 20, 1, a, c, root); /* as many, but others */
		forest_vma(model, 22, 1, a, root);
		analysis = snapshots_analyse(snapshots);
		assert_sums(analysis);
	}
	assert_int_equal(findings_of(analysis, FINDING_INVARIANT), 1);
	assert_int_equal(finding_of(analysis, FINDING_INVARIANT, 0)->rule, INVARIANT_SAME_SET);
	assert_int_equal(finding_of(analysis, FINDING_INVARIANT, 0)->anon_vma, 11);
	assert_int_equal(finding_of(analysis, FINDING_INVARIANT, 0)->details[0], 1);
	assert_int_equal(finding_of(analysis, FINDING_INVARIANT, 0)->details[1], 2);
}

static void order_is_checked_where_clone_keeps_it(void **state)
{
	struct snapshots *snapshots = *state;
	static const struct {
		bool known;
		enum fork_policy policy;
		uint32_t checked;
	} kernels[] = {
		{false, FORK_COUNTERS, 0},
		{true, FORK_COUNTERS, LINKED_VMAS},
		{true, FORK_DEGREE, LINKED_VMAS},
		{true, FORK_REVERSED, 0},
	};

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		const struct invariant_result *result;

		snapshots->options.policy_known = kernels[i].known;
		snapshots->options.policy = kernels[i].policy;
		result = &two_trees_break(snapshots, INVARIANT_ORDER)
				  ->invariants[INVARIANT_ORDER - 1];
		assert_int_equal(result->checked, kernels[i].checked);
		assert_int_equal(result->checked - result->held, kernels[i].checked ? 1 : 0);
	}
}

/* degree is no count of anything that can be seen. */
static void counters_that_are_not_split_are_not_checked(void **state)
{
	struct snapshots *snapshots = *state;
	const struct invariant_result *results;
	struct model *model = two_trees_fill(snapshots);

	model->origin.split_counters = false;
	model->anon_vmas[ROOT].num_children = 77;
	model->anon_vmas[A].num_active_vmas = 77;
	results = snapshots_analyse(snapshots)->invariants;
	assert_int_equal(results[INVARIANT_ACTIVE_COUNT - 1].checked, 0);
	assert_int_equal(results[INVARIANT_CHILD_COUNT - 1].checked, 0);
	assert_int_equal(results[INVARIANT_IDLE - 1].checked, 0);
	assert_int_equal(results[INVARIANT_REFCOUNT - 1].checked, ANON_VMAS);
	assert_int_equal(snapshots_analysis(snapshots)->disagreements.count, 0);
}

/* Anything at all, bent at random: sums add up, excuses are those of the table,
 * and keys are unique. */
static void any_world_adds_up(void **state)
{
	struct snapshots *snapshots = *state;
	uint32_t by_excuse[EXCUSE_COUNT] = {0};

	for (uint64_t seed = 100; seed < 140; seed++) {
		struct world *world = world_create(seed);

		for (uint32_t step = 0; step < 25; step++) {
			const struct disagreements *list;
			struct model *model = snapshots_next(snapshots);

			world_step(world);
			world_show(world, model);
			for (uint32_t i = 0; i < model->vma_count; i++) {
				if (world_random(world, 40) == 0)
					model->vmas[i].foreign_avc = true;
				if (model->anon_vma_count && world_random(world, 40) == 0)
					model->vmas[i].active = world_random(world,
									     model->anon_vma_count);
			}
			for (uint32_t i = 0; i < model->anon_vma_count; i++) {
				model->anon_vmas[i].moved = world_random(world, 20) == 0;
				if (world_random(world, 20) == 0)
					model->anon_vmas[i].num_active_vmas = 0;
			}
			assert_sums(snapshots_analyse(snapshots));
			list = &snapshots_analysis(snapshots)->disagreements;
			for (uint32_t i = 0; i < list->count; i++) {
				const struct disagreement *a = &list->items[i], *b = a - 1;

				by_excuse[a->excuse]++;
				assert_false(i && a->rule == b->rule && a->mm == b->mm &&
					     a->anon_vma == b->anon_vma &&
					     a->vm_start == b->vm_start);
			}
		}
		world_free(world);
	}
	for (int excuse = 0; excuse < EXCUSE_COUNT; excuse++)
		if (!by_excuse[excuse])
			fail_msg("nothing was %s", invariant_excuses[excuse].name);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, two_trees_setup, snapshots_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_rules_hold),
		TEST(the_tables),
		TEST(each_rule_is_violated_when_it_is_seen_twice),
		TEST(sets_that_differ_are_told_once),
		TEST(order_is_checked_where_clone_keeps_it),
		TEST(counters_that_are_not_split_are_not_checked),
		TEST(any_world_adds_up),
	};

	return cmocka_run_group_tests_name("topology/invariants", tests, NULL, NULL);
}
