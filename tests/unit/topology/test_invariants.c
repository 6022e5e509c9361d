/* SPDX-License-Identifier: GPL-2.0-only */
/* invariants: what breaks each rule, what excuses it, and what confirms it. */
#include "topology/invariants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/snapshots.h"
#include "../support/world.h"

static struct snapshots snapshots;

static int setup(void **state)
{
	(void)state;
	snapshots_open(&snapshots);
	snapshots.options.policy_known = true;
	snapshots.options.policy = FORK_COUNTERS;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	snapshots_close(&snapshots);
	return 0;
}

/*
 * Two trees that hold every rule:
 *
 *   root  ├─ a            of a worker's VMAs
 *         ├─ b
 *         └─ idle ── c    its process is dead
 *
 *   other                 of the daemon alone
 *
 * Indexes are in the order of adding; ids are 10 more.
 */
enum {
	ROOT,
	A,
	B,
	IDLE,
	C,
	OTHER,
	ANON_VMAS,
};

enum {
	DAEMON_VMA,
	OTHER_VMA,
	PLAIN_VMA,
	A_VMA,
	B_VMA,
	C_VMA,
	VMAS,
};

enum {
	DAEMON,
	WORKER,
};

#define LINKED_VMAS (VMAS - 1)
#define REUSABLE 1

static struct model *fill(void)
{
	struct model *model = snapshots_next(&snapshots);

	forest_root(model, 10);
	forest_child(model, 11, ROOT);
	forest_child(model, 12, ROOT);
	forest_child(model, 13, ROOT);
	forest_child(model, 14, IDLE);
	forest_root(model, 15);
	forest_process(model, 1, forest_mm(model, 1));
	forest_vma(model, 16, 4, ROOT);
	forest_vma(model, 32, 4, OTHER);
	forest_plain_vma(model, 64, 4);
	forest_process(model, 2, forest_mm(model, 2));
	forest_vma(model, 16, 4, A, ROOT);
	forest_vma(model, 32, 4, B, ROOT);
	forest_vma(model, 48, 4, C, IDLE, ROOT);
	return model;
}

/* Gives the last VMA another chain; its old one stays where it is, unused. */
static void set_chain(struct model *model, const uint32_t *chain, uint32_t count)
{
	struct model_vma *vma = &model->vmas[C_VMA];

	vma->avc_first = model->avc_count;
	vma->avc_count = count;
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(model_add_avc(model, chain[i]), 0);
}
#define SET_CHAIN(model, ...)                               \
	set_chain((model), (const uint32_t[]){__VA_ARGS__}, \
		  sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void move_active(struct model *model, uint32_t vma, uint32_t to)
{
	model->anon_vmas[model->vmas[vma].active].num_active_vmas--;
	model->vmas[vma].active = to;
	model->anon_vmas[to].num_active_vmas++;
}

static void avc_of_another_vma(struct model *model)
{
	model->vmas[A_VMA].foreign_avc = true;
}

static void active_outside_of_the_chain(struct model *model)
{
	move_active(model, A_VMA, IDLE);
}

static void a_link_twice(struct model *model)
{
	SET_CHAIN(model, C, IDLE, ROOT, ROOT);
}

static void a_link_to_another_tree(struct model *model)
{
	SET_CHAIN(model, C, IDLE, ROOT, OTHER);
}

static void a_parent_is_missing(struct model *model)
{
	SET_CHAIN(model, C, ROOT);
}

static void an_active_vma_too_many(struct model *model)
{
	model->anon_vmas[ROOT].num_active_vmas = 0; /* its children make it unfit for reuse */
}

static void a_child_too_many(struct model *model)
{
	model->anon_vmas[ROOT].num_children--;
}

static void a_reference_too_few(struct model *model)
{
	model->anon_vmas[ROOT].refcount--;
}

static void another_set(struct model *model)
{
	SET_CHAIN(model, B, IDLE, ROOT);
	move_active(model, C_VMA, B);
	/* c is not linked to any more, so it does not exist */
	model->anon_vma_count--;
	model->anon_vmas[C] = model->anon_vmas[OTHER];
	model->anon_vmas[C].root = model->anon_vmas[C].parent = C;
	model->avcs[model->vmas[OTHER_VMA].avc_first] = C;
	model->vmas[OTHER_VMA].active = C;
	model->anon_vmas[IDLE].num_children--;
	model->anon_vmas[ROOT].refcount--;
}

static void root_first(struct model *model)
{
	SET_CHAIN(model, ROOT, C, IDLE);
}

static void idle_but_active(struct model *model)
{
	model->anon_vmas[A].num_active_vmas = 0;
}

static const struct broken {
	void (*bend)(struct model *model);
	uint32_t mm; /* ids of the finding */
	uint32_t anon_vma;
	uint64_t page; /* of the VMA */
	uint64_t expected, observed;
} broken[INVARIANT_COUNT] = {
	[INVARIANT_AVC_VMA - 1] = {avc_of_another_vma, 2, 0, 16, 0, 1},
	[INVARIANT_ACTIVE_IN_CHAIN - 1] = {active_outside_of_the_chain, 2, 0, 16, 1, 0},
	[INVARIANT_NO_DUPLICATE - 1] = {a_link_twice, 2, 0, 48, 0, 1},
	[INVARIANT_ONE_ROOT - 1] = {a_link_to_another_tree, 2, 0, 48, 0, 1},
	[INVARIANT_CLOSED - 1] = {a_parent_is_missing, 2, 0, 48, 0, 1},
	[INVARIANT_ACTIVE_COUNT - 1] = {an_active_vma_too_many, 0, 10, 0, 0, 1},
	[INVARIANT_CHILD_COUNT - 1] = {a_child_too_many, 0, 10, 0, 3, 4},
	[INVARIANT_REFCOUNT - 1] = {a_reference_too_few, 0, 10, 0, 4, 5},
	[INVARIANT_SAME_SET - 1] = {another_set, 0, 12, 0, 1, 2},
	[INVARIANT_ORDER - 1] = {root_first, 2, 0, 48, 0, 1},
	[INVARIANT_IDLE - 1] = {idle_but_active, 0, 11, 0, 0, 1},
};

/* Whatever excuses: a rule that does not hold is counted where it was checked. */
static void assert_sums(const struct analysis *analysis)
{
	uint32_t disagreements = 0;

	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		const struct invariant_result *result = &analysis->invariants[rule - 1];
		uint32_t excused = 0;

		for (int excuse = 0; excuse < EXCUSE_COUNT; excuse++)
			excused += result->by_excuse[excuse];
		assert_int_equal(result->checked, result->held + excused);
		disagreements += excused;
	}
	assert_int_equal(disagreements, analysis->disagreements.count);
	for (uint32_t i = 0; i < analysis->disagreements.count; i++) {
		const struct disagreement *item = &analysis->disagreements.items[i];

		/* only what the table allows for the rule */
		if (item->excuse != EXCUSE_NONE &&
		    !(invariant_info(item->rule)->excuses & 1u << item->excuse))
			fail_msg("rule %u excused by %s", item->rule,
				 invariant_excuses[item->excuse].name);
	}
}

/* The only rule that cannot break alone: a VMA that an anon_vma's counter does
 * not count. */
static bool breaks_too(uint32_t rule, uint32_t other)
{
	return rule == INVARIANT_IDLE && other == INVARIANT_ACTIVE_COUNT;
}

/* Just this rule does not hold, once, and that is excused so. */
static void assert_broken(const struct analysis *analysis, uint32_t rule,
			  enum invariant_excuse excuse)
{
	assert_sums(analysis);
	for (uint32_t other = 1; other < INVARIANT_END; other++) {
		const struct invariant_result *result = &analysis->invariants[other - 1];
		bool expected = other == rule || breaks_too(rule, other);

		if (result->checked - result->held != expected)
			fail_msg("rule %u: %u of %u hold", other, result->held, result->checked);
		if (expected && result->by_excuse[excuse] != 1)
			fail_msg("rule %u is not %s", other, invariant_excuses[excuse].name);
	}
}

static const struct analysis *healthy(void)
{
	fill();
	return snapshots_analyse(&snapshots);
}

static const struct analysis *bent(void (*bend)(struct model *model))
{
	bend(fill());
	return snapshots_analyse(&snapshots);
}

/* Nobody is new in the snapshots that follow. */
static void restart(void)
{
	snapshots.any = false;
	healthy();
}

static void all_rules_hold(void **state)
{
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

	(void)state;
	for (int i = 0; i < 3; i++) {
		analysis = healthy();
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

static void assert_violation(const struct analysis *analysis, uint32_t rule)
{
	const struct broken *how = &broken[rule - 1];
	uint32_t violations = rule == INVARIANT_IDLE ? 2 : 1;
	const struct finding *finding;

	assert_int_equal(findings_of(analysis, FINDING_INVARIANT), violations);
	finding = finding_of(analysis, FINDING_INVARIANT, violations - 1);
	assert_int_equal(finding->rule, rule);
	assert_int_equal(finding->mm, how->mm);
	assert_int_equal(finding->anon_vma, how->anon_vma);
	assert_int_equal(finding->root, 10);
	assert_int_equal(finding->vm_start, how->page * FOREST_PAGE);
	assert_int_equal(finding->details[0], how->expected);
	assert_int_equal(finding->details[1], how->observed);
	assert_int_equal(finding->size, how->expected > how->observed ?
						how->expected - how->observed :
						how->observed - how->expected);
	assert_int_equal(finding->vmas + finding->anon_vmas + finding->avcs + finding->bytes, 0);
}

/* Seen once, seen twice, seen again, gone. */
static void each_rule_is_violated_when_it_is_seen_twice(void **state)
{
	(void)state;
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		const struct analysis *analysis;

		restart();
		analysis = bent(broken[rule - 1].bend);
		assert_broken(analysis, rule, EXCUSE_SEEN_ONCE);
		assert_int_equal(findings_of(analysis, FINDING_INVARIANT), 0);
		for (int i = 0; i < 2; i++) {
			analysis = bent(broken[rule - 1].bend);
			assert_broken(analysis, rule, EXCUSE_NONE);
			assert_violation(analysis, rule);
		}
		analysis = healthy();
		assert_int_equal(analysis->disagreements.count, 0);
		assert_int_equal(findings_of(analysis, FINDING_INVARIANT), 0);
		assert_broken(bent(broken[rule - 1].bend), rule, EXCUSE_SEEN_ONCE);
	}
}

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
	(void)state;
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		restart();
		for (int i = 0; i < 3; i++) {
			struct model *model = fill();

			broken[rule - 1].bend(model);
			(i == 1 ? cut : tear)(model);
			assert_broken(snapshots_analyse(&snapshots), rule, EXCUSE_TORN);
		}
		/* what was torn says nothing about what held still */
		assert_broken(bent(broken[rule - 1].bend), rule, EXCUSE_SEEN_ONCE);
	}
}

/* Of rules about an anon_vma, and about edges between them. */
static void what_moved_shows_nothing(void **state)
{
	static const uint32_t rules[] = {INVARIANT_ONE_ROOT,	 INVARIANT_CLOSED,
					 INVARIANT_ACTIVE_COUNT, INVARIANT_CHILD_COUNT,
					 INVARIANT_REFCOUNT,	 INVARIANT_SAME_SET,
					 INVARIANT_ORDER,	 INVARIANT_IDLE};

	(void)state;
	for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++) {
		restart();
		for (int i = 0; i < 3; i++) {
			struct model *model = fill();

			broken[rules[k] - 1].bend(model);
			for (uint32_t a = 0; a < model->anon_vma_count; a++)
				model->anon_vmas[a].moved = true;
			assert_broken(snapshots_analyse(&snapshots), rules[k], EXCUSE_MOVED);
		}
		assert_broken(bent(broken[rules[k] - 1].bend), rules[k], EXCUSE_SEEN_ONCE);
	}
}

/* An anon_vma that could not be read stands alone: its chain seems to have two
 * roots, and its former parent a child more than is shown. */
static void what_could_not_be_read(void **state)
{
	const struct analysis *analysis;

	(void)state;
	restart();
	for (int i = 0; i < 2; i++) {
		struct model *model = fill();

		model->anon_vmas[A].described = false;
		model->anon_vmas[A].root = model->anon_vmas[A].parent = A;
		analysis = snapshots_analyse(&snapshots);
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
	(void)state;
	restart();
	for (int i = 0; i < 3; i++)
		assert_broken(bent(more_active), INVARIANT_ACTIVE_COUNT, EXCUSE_NOT_SHOWN);
	for (int i = 0; i < 3; i++)
		assert_broken(bent(more_children), INVARIANT_CHILD_COUNT, EXCUSE_NOT_SHOWN);
}

static void more_references_pin(void **state)
{
	(void)state;
	restart();
	for (int i = 0; i < 3; i++)
		assert_broken(bent(more_references), INVARIANT_REFCOUNT, EXCUSE_PINNED);
	for (int i = 0; i < 3; i++)
		assert_broken(bent(pinned_leaf), INVARIANT_REFCOUNT, EXCUSE_PINNED);
}

/* ... but a descendant that no VMA shows holds its root, and is a child. A leaf
 * has nothing to do with that. */
static void references_of_hidden_descendants(void **state)
{
	const struct invariant_result *results;
	struct model *model;

	(void)state;
	restart();
	model = fill();
	more_children(model);
	more_references(model);
	model->anon_vmas[OTHER].refcount++;
	results = snapshots_analyse(&snapshots)->invariants;
	assert_int_equal(results[INVARIANT_CHILD_COUNT - 1].by_excuse[EXCUSE_NOT_SHOWN], 1);
	assert_int_equal(results[INVARIANT_REFCOUNT - 1].by_excuse[EXCUSE_NOT_SHOWN], 1);
	assert_int_equal(results[INVARIANT_REFCOUNT - 1].by_excuse[EXCUSE_PINNED], 1);
}

static void add_process(struct model *model, int32_t tgid, uint32_t root)
{
	forest_process(model, tgid, forest_mm(model, (uint64_t)tgid));
	forest_vma_of(model, 16, 4, &root, 1);
}

static bool of_counters(uint32_t rule)
{
	return invariant_info(rule)->excuses & 1u << EXCUSE_IN_FLIGHT;
}

/* A fork or an exit under way may explain a counter, but no chain. */
static void a_birth_or_an_end_in_the_tree(void **state)
{
	(void)state;
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		enum invariant_excuse excuse = of_counters(rule) ? EXCUSE_IN_FLIGHT : EXCUSE_NONE;
		struct model *model;

		restart();
		assert_broken(bent(broken[rule - 1].bend), rule, EXCUSE_SEEN_ONCE);
		model = fill();
		broken[rule - 1].bend(model);
		add_process(model, 3, ROOT);
		assert_broken(snapshots_analyse(&snapshots), rule, excuse);
		/* its end */
		assert_broken(bent(broken[rule - 1].bend), rule, excuse);
		/* nothing was to be said then, so it is seen for the first time */
		assert_broken(bent(broken[rule - 1].bend), rule,
			      of_counters(rule) ? EXCUSE_SEEN_ONCE : EXCUSE_NONE);
		assert_broken(bent(broken[rule - 1].bend), rule, EXCUSE_NONE);
	}
}

static void a_birth_in_another_tree(void **state)
{
	(void)state;
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		struct model *model;

		restart();
		bent(broken[rule - 1].bend);
		model = fill();
		broken[rule - 1].bend(model);
		add_process(model, 3, rule == INVARIANT_SAME_SET ? C : OTHER);
		assert_broken(snapshots_analyse(&snapshots), rule, EXCUSE_NONE);
	}
}

/* In the first snapshot everybody is new. */
static void the_first_snapshot_says_nothing_about_counters(void **state)
{
	(void)state;
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		snapshots.any = false;
		assert_broken(bent(broken[rule - 1].bend), rule,
			      of_counters(rule) ? EXCUSE_IN_FLIGHT : EXCUSE_SEEN_ONCE);
		assert_broken(bent(broken[rule - 1].bend), rule,
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
	struct model *model;

	(void)state;
	snapshots.any = false;
	model = fill();
	add_process(model, 3, ROOT);
	snapshots_analyse(&snapshots);
	assert_broken(bent(an_active_count_off_by_one), INVARIANT_ACTIVE_COUNT, EXCUSE_SEEN_ONCE);
	assert_broken(bent(an_active_count_off_by_two), INVARIANT_ACTIVE_COUNT, EXCUSE_SEEN_ONCE);
	assert_broken(bent(an_active_count_off_by_one), INVARIANT_ACTIVE_COUNT, EXCUSE_SEEN_ONCE);
	assert_broken(bent(an_active_count_off_by_one), INVARIANT_ACTIVE_COUNT, EXCUSE_NONE);
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
	static void (*const faults[])(struct model *) = {active_before_it_is_linked,
							 linked_before_it_is_active};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct invariant_result *result;

		restart();
		for (int snapshot = 0; snapshot < 3; snapshot++) {
			result = bent(faults[i])->invariants;
			result += INVARIANT_ACTIVE_IN_CHAIN - 1;
			assert_int_equal(result->by_excuse[EXCUSE_FIRST_FAULT], snapshot == 0);
			assert_int_equal(result->by_excuse[EXCUSE_NONE], snapshot > 0);
		}
		assert_int_equal(findings_of(snapshots_analysis(&snapshots), FINDING_INVARIANT), 1);
	}
	restart();
	assert_broken(bent(linked_twice_but_not_active), INVARIANT_ACTIVE_IN_CHAIN,
		      EXCUSE_SEEN_ONCE);
}

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
	(void)state;
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		restart();
		assert_broken(bent(broken[rule - 1].bend), rule, EXCUSE_SEEN_ONCE);
		for (int i = 0; i < 3; i++) {
			struct model *model = fill();

			broken[rule - 1].bend(model);
			set_unchanged(model, false);
			assert_broken(snapshots_analyse(&snapshots), rule,
				      of_chains(rule) ? EXCUSE_SEEN_ONCE : EXCUSE_NONE);
		}
		assert_broken(bent(broken[rule - 1].bend), rule, EXCUSE_NONE);
		for (int i = 0; i < 2; i++) {
			struct model *model = fill();

			broken[rule - 1].bend(model);
			set_unchanged(model, false);
			assert_broken(snapshots_analyse(&snapshots), rule, EXCUSE_NONE);
			assert_violation(snapshots_analysis(&snapshots), rule);
		}
	}
}

static void what_was_read_again_and_is_as_it_was_confirms(void **state)
{
	(void)state;
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		struct model *model;

		if (rule == INVARIANT_SAME_SET)
			continue; /* of a tree, whose mms need not all have been read */
		restart();
		assert_broken(bent(broken[rule - 1].bend), rule, EXCUSE_SEEN_ONCE);
		model = fill();
		broken[rule - 1].bend(model);
		set_unchanged(model, true);
		assert_broken(snapshots_analyse(&snapshots), rule, EXCUSE_NONE);
	}
}

/* What excused is over: nobody is born in a tree that is as it was, and counters
 * stand still. */
static void excuses_of_what_was_taken_over_end(void **state)
{
	(void)state;
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		if (!of_counters(rule))
			continue;
		snapshots.any = false;
		assert_broken(bent(broken[rule - 1].bend), rule, EXCUSE_IN_FLIGHT);
		for (int i = 0; i < 2; i++) {
			struct model *model = fill();

			broken[rule - 1].bend(model);
			set_unchanged(model, false);
			assert_broken(snapshots_analyse(&snapshots), rule,
				      i ? EXCUSE_NONE : EXCUSE_SEEN_ONCE);
		}
	}
}

static void chains_that_were_excused_by_what_moved(void **state)
{
	static const uint32_t rules[] = {INVARIANT_ONE_ROOT, INVARIANT_CLOSED, INVARIANT_ORDER};

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct model *model;

		restart();
		model = fill();
		broken[rules[k] - 1].bend(model);
		model->anon_vmas[C].moved = true;
		assert_broken(snapshots_analyse(&snapshots), rules[k], EXCUSE_MOVED);
		for (int i = 0; i < 2; i++) {
			model = fill();
			broken[rules[k] - 1].bend(model);
			set_unchanged(model, false);
			assert_broken(snapshots_analyse(&snapshots), rules[k], EXCUSE_SEEN_ONCE);
		}
	}
}

/* Two VMAs that differ from a third in what they link to are one finding. */
static void sets_that_differ_are_told_once(void **state)
{
	const struct analysis *analysis = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct model *model = snapshots_next(&snapshots);
		uint32_t root = forest_root(model, 10), a = forest_child(model, 11, root);
		uint32_t b = forest_child(model, 12, root), c = forest_child(model, 13, root);

		forest_process(model, 1, forest_mm(model, 1));
		forest_vma(model, 16, 1, a, b, root);
		forest_vma(model, 18, 1, b, a, root); /* the same set in another order */
		move_active(model, 1, a);
		forest_vma(model, 20, 1, a, c, root); /* as many, but others */
		forest_vma(model, 22, 1, a, root);
		analysis = snapshots_analyse(&snapshots);
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

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		const struct invariant_result *result;

		snapshots.options.policy_known = kernels[i].known;
		snapshots.options.policy = kernels[i].policy;
		result = &bent(root_first)->invariants[INVARIANT_ORDER - 1];
		assert_int_equal(result->checked, kernels[i].checked);
		assert_int_equal(result->checked - result->held, kernels[i].checked ? 1 : 0);
	}
}

/* degree is no count of anything that can be seen. */
static void counters_that_are_not_split_are_not_checked(void **state)
{
	const struct invariant_result *results;
	struct model *model = fill();

	(void)state;
	model->origin.split_counters = false;
	model->anon_vmas[ROOT].num_children = 77;
	model->anon_vmas[A].num_active_vmas = 77;
	results = snapshots_analyse(&snapshots)->invariants;
	assert_int_equal(results[INVARIANT_ACTIVE_COUNT - 1].checked, 0);
	assert_int_equal(results[INVARIANT_CHILD_COUNT - 1].checked, 0);
	assert_int_equal(results[INVARIANT_IDLE - 1].checked, 0);
	assert_int_equal(results[INVARIANT_REFCOUNT - 1].checked, ANON_VMAS);
	assert_int_equal(snapshots_analysis(&snapshots)->disagreements.count, 0);
}

/* Anything at all, bent at random: sums add up, excuses are those of the table,
 * and keys are unique. */
static void any_world_adds_up(void **state)
{
	uint32_t by_excuse[EXCUSE_COUNT] = {0};

	(void)state;
	for (uint64_t seed = 100; seed < 140; seed++) {
		struct world *world = world_create(seed);

		for (uint32_t step = 0; step < 25; step++) {
			const struct disagreements *list;
			struct model *model = snapshots_next(&snapshots);

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
			assert_sums(snapshots_analyse(&snapshots));
			list = &snapshots_analysis(&snapshots)->disagreements;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_rules_hold),
		TEST(the_tables),
		TEST(each_rule_is_violated_when_it_is_seen_twice),
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
		TEST(what_was_not_read_again_confirms_nothing),
		TEST(what_was_read_again_and_is_as_it_was_confirms),
		TEST(excuses_of_what_was_taken_over_end),
		TEST(chains_that_were_excused_by_what_moved),
		TEST(sets_that_differ_are_told_once),
		TEST(order_is_checked_where_clone_keeps_it),
		TEST(counters_that_are_not_split_are_not_checked),
		TEST(any_world_adds_up),
	};

	return cmocka_run_group_tests_name("topology/invariants", tests, NULL, NULL);
}
