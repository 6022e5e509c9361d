/* SPDX-License-Identifier: GPL-2.0-only */
#include "two_trees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "forest.h"

int two_trees_setup(void **state)
{
	struct snapshots *snapshots;

	snapshots_setup(state);
	snapshots = *state;
	snapshots->options.policy_known = true;
	snapshots->options.policy = FORK_COUNTERS;
	return 0;
}

struct model *two_trees_fill(struct snapshots *snapshots)
{
	struct model *model = snapshots_next(snapshots);

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

void two_trees_move_active(struct model *model, uint32_t vma, uint32_t to)
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
	two_trees_move_active(model, A_VMA, IDLE);
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
	two_trees_move_active(model, C_VMA, B);
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

/* By rule - 1: how to break it, and what its finding says. */
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

void assert_sums(const struct analysis *analysis)
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

void assert_broken(const struct analysis *analysis, uint32_t rule, enum invariant_excuse excuse)
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

const struct analysis *two_trees_healthy(struct snapshots *snapshots)
{
	two_trees_fill(snapshots);
	return snapshots_analyse(snapshots);
}

const struct analysis *two_trees_bent(struct snapshots *snapshots,
				      void (*bend)(struct model *model))
{
	bend(two_trees_fill(snapshots));
	return snapshots_analyse(snapshots);
}

struct model *two_trees_fill_broken(struct snapshots *snapshots, uint32_t rule)
{
	struct model *model = two_trees_fill(snapshots);

	broken[rule - 1].bend(model);
	return model;
}

const struct analysis *two_trees_break(struct snapshots *snapshots, uint32_t rule)
{
	return two_trees_bent(snapshots, broken[rule - 1].bend);
}

void two_trees_restart(struct snapshots *snapshots)
{
	snapshots->any = false;
	two_trees_healthy(snapshots);
}

void assert_violation(const struct analysis *analysis, uint32_t rule)
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

bool of_counters(uint32_t rule)
{
	return invariant_info(rule)->excuses & 1u << EXCUSE_IN_FLIGHT;
}
