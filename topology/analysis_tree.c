/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What links to the anon_vmas of one tree, and what their counters say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis_internal.h"
#include "table.h"

static bool in_changed_tree(const struct analysing *analysing, uint32_t anon_vma)
{
	return analysing->analyser->tree_work[analysing->analysis->tree_of[anon_vma]] &
	       TREE_CHANGED;
}

/* Calls visit for all VMAs with a chain of mms that are in a changed tree. */
static void for_each_vma(struct analysing *analysing,
			 void (*visit)(struct analysing *analysing, uint32_t vma))
{
	const struct model *model = analysing->model;

	for (uint32_t mm = 0; mm < model->mm_count; mm++) {
		const struct model_mm *object = &model->mms[mm];

		if (!(analysing->analyser->mm_work[mm] & MM_IN_CHANGED_TREE))
			continue;
		for (uint32_t v = object->vma_first; v < object->vma_first + object->vma_count; v++)
			if (model->vmas[v].avc_count)
				visit(analysing, v);
	}
}

/* Gives the anon_vmas of changed trees their places. */
static int place_anon_vmas(struct analysing *analysing)
{
	struct analyser *analyser = analysing->analyser;
	uint32_t count = analysing->model->anon_vma_count;

	if (table_reserve((void **)&analyser->place, &analyser->place_capacity, count,
			  sizeof(*analyser->place)))
		return -ENOMEM;
	analyser->placed = 0;
	for (uint32_t i = 0; i < count; i++)
		analyser->place[i] = in_changed_tree(analysing, i) ? analyser->placed++ :
								     MODEL_NONE;
	return 0;
}

static int reserve(struct analysing *analysing)
{
	struct analyser *analyser = analysing->analyser;
	uint32_t count;

	if (place_anon_vmas(analysing))
		return -ENOMEM;
	count = analyser->placed;
	if (table_reserve((void **)&analyser->observed, &analyser->observed_capacity, count,
			  sizeof(*analyser->observed)) ||
	    table_reserve((void **)&analyser->linked_first, &analyser->linked_first_capacity,
			  count + 1ull, sizeof(uint32_t)))
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		analyser->observed[i] = (struct observed){.first_active = MODEL_NONE};
		analyser->linked_first[i] = 0;
	}
	analyser->linked_first[count] = 0;
	return 0;
}

void analysis_release_trees(struct analyser *analyser)
{
	free(analyser->place);
	free(analyser->observed);
	free(analyser->linked_first);
	free(analyser->linked);
	analyser->place = analyser->linked_first = analyser->linked = NULL;
	analyser->observed = NULL;
	analyser->place_capacity = analyser->observed_capacity = 0;
	analyser->linked_first_capacity = analyser->linked_capacity = 0;
}

static struct observed *observed_of(const struct analysing *analysing, uint32_t anon_vma)
{
	const struct analyser *analyser = analysing->analyser;

	return &analyser->observed[analyser->place[anon_vma]];
}

/* Those that are clean keep what they had; the rest starts from nothing. */
static void take_over_trees(struct analysing *analysing)
{
	struct analysis *analysis = analysing->analysis;

	for (uint32_t i = 0; i < analysis->tree_count; i++) {
		struct tree_summary *tree = &analysis->trees[i], now = *tree;

		if (analysing->analyser->tree_work[i] & TREE_CHANGED)
			continue;
		*tree = analysing->known->trees[now.previous];
		tree->row = 0;
		tree->root = now.root;
		tree->previous = now.previous;
		tree->process = now.process;
		tree->missed_groups = tree->missed_reuse = 0; /* counted from findings */
	}
}

static bool same_set(struct analysing *analysing, const struct model_vma *left,
		     const struct model_vma *right)
{
	const uint32_t *a = model_chain(analysing->model, left);
	const uint32_t *b = model_chain(analysing->model, right);
	struct marks *in_chain = &analysing->analyser->in_chain;

	if (left->avc_count != right->avc_count)
		return false;
	if (memcmp(a, b, left->avc_count * sizeof(*a)) == 0)
		return true;
	marks_forget(in_chain);
	for (uint32_t i = 0; i < left->avc_count; i++)
		marks_set(in_chain, a[i], 0);
	for (uint32_t i = 0; i < right->avc_count; i++)
		if (!marks_has(in_chain, b[i]))
			return false;
	return true;
}

/* Chains are read under mmap_lock: only what the memory of an anon_vma is may
 * have changed between two mms. */
static enum invariant_excuse excuse_chain(const struct analysing *analysing, uint32_t anon_vma)
{
	if (analysing->analysis->trees[analysing->analysis->tree_of[anon_vma]].torn)
		return EXCUSE_TORN;
	return analysing->model->anon_vmas[anon_vma].moved ? EXCUSE_MOVED : EXCUSE_NONE;
}

static enum invariant_excuse excuse_counter(const struct analysing *analysing, uint32_t anon_vma,
					    bool kernel_has_more)
{
	uint32_t tree = analysing->analysis->tree_of[anon_vma];
	enum invariant_excuse excuse = excuse_chain(analysing, anon_vma);

	if (excuse != EXCUSE_NONE)
		return excuse;
	if (kernel_has_more)
		return EXCUSE_NOT_SHOWN;
	return analysing->analyser->tree_work[tree] & TREE_IN_FLIGHT ? EXCUSE_IN_FLIGHT :
								       EXCUSE_NONE;
}

static void observe_active(struct analysing *analysing, uint32_t v)
{
	const struct model *model = analysing->model;
	const struct model_vma *vma = &model->vmas[v];
	struct observed *observed = observed_of(analysing, vma->active);

	observed->active_vmas++;
	observed->read_again |= !model->mms[vma->mm].unread;
	if (observed->first_active == MODEL_NONE)
		observed->first_active = v;
	else if (!same_set(analysing, &model->vmas[observed->first_active], vma))
		observed->sets_differ = true;
}

static void observe_vma(struct analysing *analysing, uint32_t v)
{
	const struct model_vma *vma = &analysing->model->vmas[v];
	const uint32_t *chain = model_chain(analysing->model, vma);
	uint32_t index = analysing->analysis->tree_of[chain[0]];
	struct tree_summary *tree = &analysing->analysis->trees[index];
	struct analyser *analyser = analysing->analyser;

	if (analyser->place[chain[0]] != MODEL_NONE) {
		tree->vmas++;
		tree->avcs += vma->avc_count;
		tree->reused_vmas += vma->reused;
		tree->object_bytes += (uint64_t)vma->avc_count * analysing->model->origin.avc_bytes;
		if (vma->avc_count > tree->max_chain)
			tree->max_chain = vma->avc_count;
	}
	for (uint32_t i = 0; i < vma->avc_count; i++)
		if (analyser->place[chain[i]] != MODEL_NONE)
			analyser->linked_first[analyser->place[chain[i]]]++;
	if (vma->active != MODEL_NONE && analyser->place[vma->active] != MODEL_NONE)
		observe_active(analysing, v);
}

static void link_vma(struct analysing *analysing, uint32_t v)
{
	const struct model_vma *vma = &analysing->model->vmas[v];
	const uint32_t *chain = model_chain(analysing->model, vma);
	struct analyser *analyser = analysing->analyser;

	for (uint32_t i = 0; i < vma->avc_count; i++) {
		uint32_t place = analyser->place[chain[i]];

		if (place != MODEL_NONE)
			analyser->linked[analyser->linked_first[place]++] = v;
	}
}

/* From lengths to places: list i begins where list i - 1 ends. */
static int place_lists(struct analysing *analysing)
{
	struct analyser *analyser = analysing->analyser;
	uint32_t start = 0;

	for (uint32_t i = 0; i <= analyser->placed; i++) {
		uint32_t length = analyser->linked_first[i];

		analyser->linked_first[i] = start;
		start += length;
	}
	return table_reserve((void **)&analyser->linked, &analyser->linked_capacity, start + 1ull,
			     sizeof(uint32_t));
}

/* Filling a list has moved its start to its end, which is the next one's start. */
static void restore_starts(struct analysing *analysing)
{
	uint32_t *first = analysing->analyser->linked_first;

	for (uint32_t i = analysing->analyser->placed; i > 0; i--)
		first[i] = first[i - 1];
	first[0] = 0;
}

/* An anon_vma is in the tree of its parent and root. */
static void observe_edges(struct analysing *analysing)
{
	const struct model *model = analysing->model;
	const uint32_t *place = analysing->analyser->place;

	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		if (place[i] == MODEL_NONE)
			continue;
		/* a root counts itself as a child (__anon_vma_prepare) */
		observed_of(analysing, model->anon_vmas[i].parent)->children++;
		if (model->anon_vmas[i].root != i)
			observed_of(analysing, model->anon_vmas[i].root)->descendants++;
	}
	for (uint32_t i = 0; model->origin.split_counters && i < model->anon_vma_count; i++)
		if (place[i] != MODEL_NONE &&
		    model->anon_vmas[i].num_children > observed_of(analysing, i)->children)
			observed_of(analysing, model->anon_vmas[i].root)->hidden_children++;
}

/* expected is what the kernel counts. */
static int check_counter(struct analysing *analysing, enum invariant rule, uint32_t anon_vma,
			 uint64_t expected, uint64_t observed)
{
	if (expected == observed)
		return 0;
	return analysis_disagree_in_tree(
		analysing, anon_vma,
		(struct disagreement){
			.rule = rule,
			.excuse = excuse_counter(analysing, anon_vma, expected > observed),
			.expected = expected,
			.observed = observed,
		});
}

static int check_refcount(struct analysing *analysing, uint32_t index)
{
	const struct model_anon_vma *anon_vma = &analysing->model->anon_vmas[index];
	const struct observed *observed = observed_of(analysing, index);
	uint64_t explained = 1ull + observed->descendants;
	enum invariant_excuse excuse;

	if (anon_vma->refcount == explained)
		return 0;
	excuse = excuse_counter(analysing, index, anon_vma->refcount > explained);
	/* a descendant that is not shown also shows in its parent's num_children;
	 * where none does, it is somebody else's reference */
	if (excuse == EXCUSE_NOT_SHOWN && !observed->hidden_children)
		excuse = EXCUSE_PINNED;
	return analysis_disagree_in_tree(analysing, index,
					 (struct disagreement){
						 .rule = INVARIANT_REFCOUNT,
						 .excuse = excuse,
						 .expected = anon_vma->refcount,
						 .observed = explained,
					 });
}

static int check_sets(struct analysing *analysing, uint32_t index)
{
	const struct observed *observed = observed_of(analysing, index);

	if (!observed->sets_differ)
		return 0;
	/* one set, and another; how many VMAs differ from the first says nothing, as
	 * which is the first depends on the order of the walk */
	return analysis_disagree_in_tree(analysing, index,
					 (struct disagreement){
						 .rule = INVARIANT_SAME_SET,
						 .excuse = excuse_chain(analysing, index),
						 .not_read_again = !observed->read_again,
						 .expected = 1,
						 .observed = 2,
					 });
}

static int check_anon_vma(struct analysing *analysing, uint32_t index)
{
	const struct model_anon_vma *anon_vma = &analysing->model->anon_vmas[index];
	const struct observed *observed = observed_of(analysing, index);
	int rc = 0;

	if (!anon_vma->described)
		return 0;
	if (analysing->model->origin.split_counters) {
		rc = check_counter(analysing, INVARIANT_ACTIVE_COUNT, index,
				   anon_vma->num_active_vmas, observed->active_vmas);
		if (!rc)
			rc = check_counter(analysing, INVARIANT_CHILD_COUNT, index,
					   anon_vma->num_children, observed->children);
	}
	if (!rc && model_is_reusable(analysing->model, anon_vma))
		rc = check_counter(analysing, INVARIANT_IDLE, index, 0, observed->active_vmas);
	if (!rc)
		rc = check_sets(analysing, index);
	return rc ? rc : check_refcount(analysing, index);
}

static uint32_t count_mms(const struct model *model, const uint32_t *linked, uint32_t count)
{
	uint32_t mms = 0;

	for (uint32_t i = 0; i < count; i++)
		mms += i == 0 || model->vmas[linked[i]].mm != model->vmas[linked[i - 1]].mm;
	return mms;
}

static int report_idle(struct analysing *analysing, uint32_t index, const uint32_t *linked,
		       uint32_t count)
{
	const struct model *model = analysing->model;
	struct finding *finding;
	int rc = analysis_add_finding(analysing, FINDING_IDLE_ANON_VMA, MODEL_NONE,
				      analysing->analysis->tree_of[index], &finding);

	if (rc)
		return rc;
	finding->anon_vma = model->anon_vmas[index].id;
	finding->size = finding->avcs = count;
	finding->anon_vmas = 1;
	finding->bytes = model->origin.anon_vma_bytes + (uint64_t)count * model->origin.avc_bytes;
	finding->details[0] = count_mms(model, linked, count);
	finding->details[1] = model->anon_vmas[index].num_children < 2;
	return 0;
}

static int report_wide_rmap(struct analysing *analysing, uint32_t index, uint32_t links,
			    const struct rmap_cost *cost)
{
	struct finding *finding;
	int rc = analysis_add_finding(analysing, FINDING_WIDE_RMAP, MODEL_NONE,
				      analysing->analysis->tree_of[index], &finding);

	if (rc)
		return rc;
	finding->anon_vma = analysing->model->anon_vmas[index].id;
	finding->size = cost->max_visits;
	finding->details[0] = cost->covered_pages;
	finding->details[1] = cost->covered_visits;
	finding->avcs = links;
	finding->bytes = (uint64_t)links * analysing->model->origin.avc_bytes;
	return 0;
}

static void add_anon_vma(const struct analysing *analysing, uint32_t index,
			 struct tree_summary *tree)
{
	const struct model *model = analysing->model;
	const struct model_anon_vma *anon_vma = &model->anon_vmas[index];
	uint32_t depth = analysing->analysis->depth[index];
	bool idle = model_is_idle(model, anon_vma);

	tree->object_bytes += model->origin.anon_vma_bytes;
	tree->idle_anon_vmas += idle;
	tree->reusable_anon_vmas += model_is_reusable(model, anon_vma);
	tree->moved_anon_vmas += anon_vma->moved;
	tree->undescribed_anon_vmas += !anon_vma->described;
	if (depth != MODEL_NONE && depth > tree->depth)
		tree->depth = depth;
}

static int analyse_anon_vma(struct analysing *analysing, uint32_t index)
{
	const struct analyser *analyser = analysing->analyser;
	uint32_t place = analyser->place[index];
	const uint32_t *linked = analyser->linked + analyser->linked_first[place];
	uint32_t count = analyser->linked_first[place + 1] - analyser->linked_first[place];
	struct tree_summary *tree =
		&analysing->analysis->trees[analysing->analysis->tree_of[index]];
	struct rmap_cost cost;
	int rc = rmap_cost_compute(&analysing->analyser->sweep, analysing->model, index, linked,
				   count, &cost);

	if (rc)
		return rc;
	add_anon_vma(analysing, index, tree);
	rmap_cost_add(&tree->rmap, &cost);
	if (cost.max_visits >= analysing->analysis->options.wide_rmap)
		rc = report_wide_rmap(analysing, index, count, &cost);
	if (!rc && model_is_idle(analysing->model, &analysing->model->anon_vmas[index]) &&
	    !observed_of(analysing, index)->active_vmas)
		rc = report_idle(analysing, index, linked, count);
	return rc ? rc : check_anon_vma(analysing, index);
}

static int report_wide_lock(struct analysing *analysing, uint32_t index)
{
	const struct tree_summary *tree = &analysing->analysis->trees[index];
	struct finding *finding;
	int rc;

	if (tree->mms < analysing->analysis->options.wide_lock)
		return 0;
	rc = analysis_add_finding(analysing, FINDING_WIDE_LOCK, MODEL_NONE, index, &finding);
	if (rc)
		return rc;
	finding->anon_vma = finding->root;
	finding->size = tree->mms;
	finding->details[0] = tree->depth;
	finding->details[1] = analysing->analysis->options.wide_lock;
	finding->vmas = tree->vmas;
	finding->anon_vmas = tree->anon_vmas;
	finding->avcs = tree->avcs;
	finding->bytes = tree->object_bytes;
	return 0;
}

static int report_trees(struct analysing *analysing)
{
	const struct analyser *analyser = analysing->analyser;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < analysing->model->anon_vma_count; i++)
		if (analyser->place[i] != MODEL_NONE)
			rc = analyse_anon_vma(analysing, i);
	for (uint32_t i = 0; !rc && i < analysing->analysis->tree_count; i++)
		if (analyser->tree_work[i] & TREE_CHANGED)
			rc = report_wide_lock(analysing, i);
	return rc;
}

static bool any_changed(const struct analysing *analysing)
{
	for (uint32_t i = 0; i < analysing->analysis->tree_count; i++)
		if (analysing->analyser->tree_work[i] & TREE_CHANGED)
			return true;
	return false;
}

int analysis_of_trees(struct analysing *analysing)
{
	int rc;

	take_over_trees(analysing);
	if (!any_changed(analysing))
		return 0;
	rc = reserve(analysing);
	if (rc)
		return rc;
	for_each_vma(analysing, observe_vma);
	rc = place_lists(analysing);
	if (rc)
		return rc;
	for_each_vma(analysing, link_vma);
	restore_starts(analysing);
	observe_edges(analysing);
	return report_trees(analysing);
}
