/* SPDX-License-Identifier: GPL-2.0-only */
/* invariants: what an mm that is as it was confirms, and what it does not. */
#include "topology/invariants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/two_trees.h"

/* As it was, by a quiet visit or by one that read it all. */
static void set_unchanged(struct model *model, bool read)
{
	for (uint32_t i = 0; i < model->mm_count; i++) {
		model->mms[i].unchanged = true;
		model->mms[i].unread = !read;
	}
}

static bool of_chains(uint32_t rule)
{
	return invariant_info(rule)->scope == SCOPE_CHAIN ||
	       invariant_info(rule)->scope == SCOPE_VMA || rule == INVARIANT_SAME_SET;
}

/* Chains of an unchanged mm are those that were read before; counters are read
 * at every walk. */
static void what_was_not_read_again_confirms_nothing(void **state)
{
	struct snapshots *snapshots = *state;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		two_trees_restart(snapshots);
		assert_broken(two_trees_break(snapshots, rule), rule, EXCUSE_SEEN_ONCE);
		for (int i = 0; i < 3; i++) {
			struct model *model = two_trees_fill_broken(snapshots, rule);

			set_unchanged(model, false);
			assert_broken(snapshots_analyse(snapshots), rule,
				      of_chains(rule) ? EXCUSE_SEEN_ONCE : EXCUSE_NONE);
		}
		assert_broken(two_trees_break(snapshots, rule), rule, EXCUSE_NONE);
		for (int i = 0; i < 2; i++) {
			struct model *model = two_trees_fill_broken(snapshots, rule);

			set_unchanged(model, false);
			assert_broken(snapshots_analyse(snapshots), rule, EXCUSE_NONE);
			assert_violation(snapshots_analysis(snapshots), rule);
		}
	}
}

static void what_was_read_again_and_is_as_it_was_confirms(void **state)
{
	struct snapshots *snapshots = *state;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		struct model *model;

		if (rule == INVARIANT_SAME_SET)
			continue; /* of a tree, whose mms need not all have been read */
		two_trees_restart(snapshots);
		assert_broken(two_trees_break(snapshots, rule), rule, EXCUSE_SEEN_ONCE);
		model = two_trees_fill_broken(snapshots, rule);
		set_unchanged(model, true);
		assert_broken(snapshots_analyse(snapshots), rule, EXCUSE_NONE);
	}
}

/* What excused is over: nobody is born in a tree that is as it was, and counters
 * stand still. */
static void excuses_of_what_was_taken_over_end(void **state)
{
	struct snapshots *snapshots = *state;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		if (!of_counters(rule))
			continue;
		snapshots->any = false;
		assert_broken(two_trees_break(snapshots, rule), rule, EXCUSE_IN_FLIGHT);
		for (int i = 0; i < 2; i++) {
			struct model *model = two_trees_fill_broken(snapshots, rule);

			set_unchanged(model, false);
			assert_broken(snapshots_analyse(snapshots), rule,
				      i ? EXCUSE_NONE : EXCUSE_SEEN_ONCE);
		}
	}
}

static void chains_that_were_excused_by_what_moved(void **state)
{
	struct snapshots *snapshots = *state;
	static const uint32_t rules[] = {INVARIANT_ONE_ROOT, INVARIANT_CLOSED, INVARIANT_ORDER};

	for (size_t k = 0; k < 3; k++) {
		struct model *model;

		two_trees_restart(snapshots);
		model = two_trees_fill_broken(snapshots, rules[k]);
		model->anon_vmas[C].moved = true;
		assert_broken(snapshots_analyse(snapshots), rules[k], EXCUSE_MOVED);
		for (int i = 0; i < 2; i++) {
			model = two_trees_fill_broken(snapshots, rules[k]);
			set_unchanged(model, false);
			assert_broken(snapshots_analyse(snapshots), rules[k], EXCUSE_SEEN_ONCE);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, two_trees_setup, snapshots_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_not_read_again_confirms_nothing),
		TEST(what_was_read_again_and_is_as_it_was_confirms),
		TEST(excuses_of_what_was_taken_over_end),
		TEST(chains_that_were_excused_by_what_moved),
	};

	return cmocka_run_group_tests_name("topology/invariants_unchanged", tests, NULL, NULL);
}
