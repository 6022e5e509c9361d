/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/analysis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/snapshots.h"
#include "../support/world.h"

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

/*
 *   root ── a ── b ── c    c's process forked when a's was dead: it took a. Its
 *                          chain still holds b, below a, and c is nobody's.
 */
static void a_reused_anon_vma_has_something_below_it(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1), a = forest_child(model, 2, root);
	uint32_t b = forest_child(model, 3, a), taken;

	forest_mm(model, 1);
	forest_vma(model, 1, 1, b, a, root);
	forest_vma(model, 3, 1, root);
	forest_plain_vma(model, 5, 1);
	forest_mm(model, 2);
	taken = forest_vma(model, 1, 1, b, a, root);
	model->vmas[taken].active = a;
	build(fixture);
	for (uint32_t v = 0; v < model->vma_count; v++)
		assert_int_equal(model->vmas[v].reused, v == taken);
	assert_int_equal(fixture->analysis.mms[0].reused_vmas, 0);
	assert_int_equal(fixture->analysis.mms[1].reused_vmas, 1);
	assert_int_equal(fixture->analysis.trees[0].reused_vmas, 1);
	assert_int_equal(fixture->analysis.totals.reused_vmas, 1);
	model->vmas[taken].active = b;
	build(fixture);
	assert_int_equal(fixture->analysis.totals.reused_vmas, 0);
	assert_false(model->vmas[taken].reused);
}

/* An mm is in the tree of what it has active, linked or not. */
static void active_outside_of_the_chain_is_in_its_tree(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1), other = forest_root(model, 2), vma;

	forest_process(model, 7, forest_mm(model, 1));
	vma = forest_vma(model, 1, 1, root);
	model->vmas[vma].active = other;
	build(fixture);
	assert_int_equal(fixture->analysis.mms[0].trees, 2);
	assert_int_equal(fixture->analysis.trees[1].mms, 1);
	assert_int_equal(fixture->analysis.trees[1].vmas, 0);
	assert_int_equal(fixture->analysis.trees[1].process, 0);
}

/* One root under which an address space split, seen twice, and then without it:
 * what pointed to its tree goes with it. */
static void a_tree_that_goes_takes_its_findings_along(void **state)
{
	struct snapshots snapshots;

	(void)state;
	snapshots_open(&snapshots);
	for (uint32_t i = 0; i < 3; i++) {
		struct model *model = snapshots_next(&snapshots);
		uint32_t root = forest_root(model, i < 2 ? 1 : 4), a = forest_child(model, 2, root);
		uint32_t b = forest_child(model, 3, root), own = forest_root(model, 5), vma;

		forest_mm(model, 1);
		model->mms[0].unchanged = i > 0;
		vma = forest_vma(model, 1, 1, own);
		model->vmas[vma].active = a;
		vma = forest_vma(model, 3, 1, own);
		model->vmas[vma].active = b;
		snapshots_analyse(&snapshots);
		assert_int_equal(
			finding_of(snapshots_analysis(&snapshots), FINDING_FORK_SPLIT, 0)->anon_vma,
			i < 2 ? 1 : 4);
		assert_int_equal(snapshots_analysis(&snapshots)->totals.missed_reuse, 1);
	}
	snapshots_close(&snapshots);
}

/* What an mm has active but is not linked to may be another anon_vma, though the
 * mm was not written to: here its parent, and with it a group, is. */
static void an_active_anon_vma_that_nothing_ties(void **state)
{
	struct snapshots snapshots;

	(void)state;
	snapshots_open(&snapshots);
	for (uint32_t i = 0; i < 2; i++) {
		struct model *model = snapshots_next(&snapshots);
		uint32_t root = forest_root(model, 1), p = forest_child(model, 2, root);
		uint32_t q = forest_child(model, 3, root);
		uint32_t a = forest_child(model, 10 + 2 * i, i ? q : p);
		uint32_t b = forest_child(model, 11 + 2 * i, i ? q : p);

		forest_mm(model, 1);
		model->mms[0].unchanged = i > 0;
		forest_vma(model, 1, 1, root);
		model->vmas[forest_vma(model, 3, 1, root)].active = a;
		model->vmas[forest_vma(model, 5, 1, root)].active = b;
		snapshots_analyse(&snapshots);
		assert_int_equal(
			finding_of(snapshots_analysis(&snapshots), FINDING_FORK_SPLIT, 0)->anon_vma,
			2 + i);
	}
	snapshots_close(&snapshots);
}

static bool same_vma(const struct model *before, const struct model_vma *old,
		     const struct model *now, const struct model_vma *vma)
{
	uint64_t old_ino = old->file == MODEL_NONE ? 0 : before->files[old->file].ino;
	uint64_t ino = vma->file == MODEL_NONE ? 0 : now->files[vma->file].ino;

	if (old->start != vma->start || old->end != vma->end || old->pgoff != vma->pgoff ||
	    old->flags != vma->flags || old->policy != vma->policy || old_ino != ino ||
	    old->avc_count != vma->avc_count || old->foreign_avc != vma->foreign_avc ||
	    strcmp(model_text(before, old->name), model_text(now, vma->name)) != 0 ||
	    (old->active == MODEL_NONE) != (vma->active == MODEL_NONE))
		return false;
	if (vma->active != MODEL_NONE && now->anon_vmas[vma->active].previous != old->active)
		return false;
	for (uint32_t i = 0; i < vma->avc_count; i++)
		if (now->anon_vmas[model_chain(now, vma)[i]].previous !=
		    model_chain(before, old)[i])
			return false;
	return true;
}

/* Flags the mms that are as they were, as an incremental walk does: their VMAs
 * carry the marks that they had. */
static uint32_t flag_unchanged(const struct model *before, struct model *now)
{
	uint32_t flagged = 0;

	for (uint32_t i = 0; i < now->mm_count; i++) {
		struct model_mm *mm = &now->mms[i];
		const struct model_mm *old = mm->previous == MODEL_NONE ?
						     NULL :
						     &before->mms[mm->previous];

		mm->unchanged = old && old->vma_count == mm->vma_count;
		for (uint32_t v = 0; mm->unchanged && v < mm->vma_count; v++)
			mm->unchanged = same_vma(before, &before->vmas[old->vma_first + v], now,
						 &now->vmas[mm->vma_first + v]);
		for (uint32_t v = 0; v < mm->vma_count; v++)
			now->vmas[mm->vma_first + v].reused =
				mm->unchanged && before->vmas[old->vma_first + v].reused;
		flagged += mm->unchanged;
	}
	return flagged;
}

/* Member by member: a copy need not carry the padding. */
static void assert_same_rmap(const struct rmap_cost *left, const struct rmap_cost *right)
{
	assert_int_equal(left->max_visits, right->max_visits);
	assert_int_equal(left->covered_pages, right->covered_pages);
	assert_int_equal(left->covered_visits, right->covered_visits);
	assert_int_equal(left->written_pages, right->written_pages);
	assert_int_equal(left->written_visits, right->written_visits);
}

static void assert_same_totals(const struct analysis_totals *left,
			       const struct analysis_totals *right)
{
	assert_int_equal(left->object_bytes, right->object_bytes);
	assert_same_rmap(&left->rmap, &right->rmap);
	assert_int_equal(left->family_visits, right->family_visits);
	assert_memory_equal(&left->processes, &right->processes,
			    offsetof(struct analysis_totals, undescribed_anon_vmas) +
				    sizeof(left->undescribed_anon_vmas) -
				    offsetof(struct analysis_totals, processes));
}

static void assert_same_finding(const struct finding *left, const struct finding *right)
{
	assert_int_equal(finding_compare(left, right), 0);
	assert_int_equal(left->in_mm, right->in_mm);
	assert_int_equal(left->in_tree, right->in_tree);
	assert_int_equal(left->root, right->root);
	assert_int_equal(left->size, right->size);
	assert_memory_equal(left->details, right->details, sizeof(left->details));
	assert_int_equal(left->vmas, right->vmas);
	assert_int_equal(left->anon_vmas, right->anon_vmas);
	assert_int_equal(left->avcs, right->avcs);
	assert_int_equal(left->bytes, right->bytes);
}

static void assert_same_tree(struct tree_summary left, struct tree_summary right)
{
	assert_int_equal(left.object_bytes, right.object_bytes);
	assert_same_rmap(&left.rmap, &right.rmap);
	left.previous = right.previous = MODEL_NONE;
	assert_memory_equal(&left.root, &right.root,
			    offsetof(struct tree_summary, torn) -
				    offsetof(struct tree_summary, root));
	assert_int_equal(left.torn, right.torn);
}

static uint32_t other_findings(const struct analysis *analysis)
{
	return analysis->findings.count - findings_of(analysis, FINDING_INVARIANT);
}

static bool is_open(enum invariant_excuse excuse)
{
	return excuse == EXCUSE_NONE || excuse == EXCUSE_SEEN_ONCE || excuse == EXCUSE_FIRST_FAULT;
}

/* Two analyses of one model: everything but what needs a snapshot before. */
static void assert_same_analysis(const struct model *model, const struct analysis *left,
				 const struct analysis *right, bool excuses)
{
	assert_same_totals(&left->totals, &right->totals);
	for (uint32_t mm = 0; mm < model->mm_count; mm++)
		assert_memory_equal(&left->mms[mm], &right->mms[mm], sizeof(*left->mms));
	assert_int_equal(left->tree_count, right->tree_count);
	for (uint32_t tree = 0; tree < left->tree_count; tree++)
		assert_same_tree(left->trees[tree], right->trees[tree]);
	if (model->anon_vma_count) {
		assert_memory_equal(left->depth, right->depth,
				    model->anon_vma_count * sizeof(uint32_t));
		assert_memory_equal(left->tree_of, right->tree_of,
				    model->anon_vma_count * sizeof(uint32_t));
	}
	assert_int_equal(other_findings(left), other_findings(right));
	for (uint32_t i = 0; i < other_findings(left); i++)
		assert_same_finding(&left->findings.items[i], &right->findings.items[i]);
	assert_int_equal(left->disagreements.count, right->disagreements.count);
	for (uint32_t i = 0; i < left->disagreements.count; i++) {
		const struct disagreement *a = &left->disagreements.items[i];
		const struct disagreement *b = &right->disagreements.items[i];

		assert_true(a->rule == b->rule && a->mm == b->mm && a->anon_vma == b->anon_vma &&
			    a->vm_start == b->vm_start && a->root == b->root &&
			    a->in_mm == b->in_mm && a->in_tree == b->in_tree);
		assert_true(a->expected == b->expected && a->observed == b->observed);
		if (excuses)
			assert_true(a->excuse == b->excuse ||
				    (is_open(a->excuse) && is_open(b->excuse)));
	}
}

/* What walks see of a world: now and then something disagrees. */
static void show(struct world *world, struct model *model, uint64_t disturbance)
{
	world_show(world, model);
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		struct model_anon_vma *anon_vma = &model->anon_vmas[i];

		anon_vma->moved = world_random(world, 30) == 0;
		if ((anon_vma->key ^ disturbance) % 11 == 0)
			anon_vma->num_active_vmas++;
		if ((anon_vma->key ^ disturbance) % 13 == 0)
			anon_vma->num_active_vmas = 0;
	}
	for (uint32_t v = 0; v < model->vma_count; v++) {
		struct model_vma *vma = &model->vmas[v];

		if ((vma->start / FOREST_PAGE ^ disturbance) % 37 == 0)
			vma->foreign_avc = true;
		if ((vma->start / FOREST_PAGE ^ disturbance) % 7 == 0 && vma->avc_count > 1)
			vma->active = model_chain(model, vma)[1];
		if ((vma->start / FOREST_PAGE ^ disturbance) % 41 == 0 && vma->avc_count > 1)
			vma->active = MODEL_NONE;
	}
}

/* The same model analysed in three ways: with what was flagged as unchanged taken
 * over, with everything read again, and alone. */
struct ways {
	struct model models[2];
	struct analysis taken_over[2], read_again[2], alone;
	struct analyser *analyser;
	struct analysis_options options;
	uint64_t flagged, reused, violations;
};

static void analyse(struct ways *ways, const struct analysed *before, struct model *model,
		    struct analysis *analysis)
{
	assert_int_equal(analysis_build(ways->analyser, &ways->options, before, model, analysis),
			 0);
}

static uint8_t *mark_of_each_vma(const struct model *model)
{
	uint8_t *marks = calloc(model->vma_count + 1u, 1);

	assert_non_null(marks);
	for (uint32_t v = 0; v < model->vma_count; v++)
		marks[v] = model->vmas[v].reused;
	return marks;
}

static void analyse_in_all_ways(struct ways *ways, unsigned int now, bool first)
{
	static const struct model nothing;
	struct model *model = &ways->models[now], *before = first ? NULL : &ways->models[!now];
	struct analysed taken_over = {before, &ways->taken_over[!now]};
	struct analysed read_again = {before, &ways->read_again[!now]};
	uint8_t *marks;

	forest_name_objects(model, before ? before : &nothing);
	if (before)
		ways->flagged += flag_unchanged(before, model);
	analyse(ways, before ? &taken_over : NULL, model, &ways->taken_over[now]);
	marks = mark_of_each_vma(model);
	for (uint32_t i = 0; i < model->mm_count; i++)
		model->mms[i].unchanged = false;
	analyse(ways, before ? &read_again : NULL, model, &ways->read_again[now]);
	analyse(ways, NULL, model, &ways->alone);
	for (uint32_t v = 0; v < model->vma_count; v++) {
		assert_int_equal(model->vmas[v].reused, marks[v]);
		ways->reused += marks[v];
	}
	free(marks);
	assert_same_analysis(model, &ways->taken_over[now], &ways->read_again[now], true);
	assert_same_analysis(model, &ways->taken_over[now], &ways->alone, false);
	ways->violations += findings_of(&ways->taken_over[now], FINDING_INVARIANT);
}

static void clear_ways(struct ways *ways)
{
	analyser_free(&ways->analyser);
	for (unsigned int i = 0; i < 2; i++) {
		model_clear(&ways->models[i]);
		analysis_clear(&ways->taken_over[i]);
		analysis_clear(&ways->read_again[i]);
	}
	analysis_clear(&ways->alone);
}

static void what_is_taken_over_is_what_is_found(void **state)
{
	struct ways ways = {.options = {.deep_chain = 2,
					.wide_rmap = 2,
					.wide_lock = 2,
					.policy_known = true,
					.policy = FORK_COUNTERS}};

	(void)state;
	assert_int_equal(analyser_new(&ways.analyser), 0);
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct world *world = world_create(seed);

		for (uint32_t step = 0; step < 40; step++) {
			struct model *model = &ways.models[step % 2];

			if (world_random(world, 4))
				world_step(world);
			model_reset(model);
			forest_origin(model);
			show(world, model, seed + (step >= 20));
			analyse_in_all_ways(&ways, step % 2, step == 0);
		}
		world_free(world);
	}
	assert_true(ways.flagged > 10000);
	assert_true(ways.violations > 1000);
	assert_true(ways.reused > 1000);
	clear_ways(&ways);
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
		TEST(a_reused_anon_vma_has_something_below_it),
		TEST(active_outside_of_the_chain_is_in_its_tree),
		TEST(a_tree_that_goes_takes_its_findings_along),
		TEST(an_active_anon_vma_that_nothing_ties),
		TEST(what_is_taken_over_is_what_is_found),
	};

	return cmocka_run_group_tests_name("topology/analysis", tests, NULL, NULL);
}
