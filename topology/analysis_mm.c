/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMAs and chains of one address space show by themselves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis_internal.h"
#include "merge.h"
#include "table.h"

/* Chains of one mm under one root that are longer than the threshold. */
struct deep_chains {
	uint64_t longest_start;
	uint32_t longest;
	uint32_t vmas;
	uint32_t excess; /* links beyond the threshold */
};

/* An anon_vma that could not be read stands alone and breaks the rules about
 * roots and parents; so does one that was freed and whose memory became another
 * tree's while the walk was on. */
static enum invariant_excuse excuse_edges(const struct model *model, const struct model_vma *vma)
{
	const uint32_t *chain = model_chain(model, vma);

	for (uint32_t i = 0; i < vma->avc_count; i++)
		if (!model->anon_vmas[chain[i]].described || model->anon_vmas[chain[i]].moved)
			return EXCUSE_MOVED;
	return EXCUSE_NONE;
}

enum invariant_excuse analysis_excuse_in_mm(const struct model *model, enum invariant rule,
					    const struct model_vma *vma)
{
	const struct model_mm *mm = &model->mms[vma->mm];

	if (mm->torn || mm->cut)
		return EXCUSE_TORN;
	switch (rule) {
	case INVARIANT_ONE_ROOT:
	case INVARIANT_CLOSED:
	case INVARIANT_ORDER:
		return excuse_edges(model, vma);
	case INVARIANT_ACTIVE_IN_CHAIN:
		/* __anon_vma_prepare() sets vma->anon_vma and links it to a root then;
		 * the walk reads one after the other, and may see either without the
		 * other */
		return vma->avc_count == 0 || (vma->avc_count == 1 && vma->active == MODEL_NONE) ?
			       EXCUSE_FIRST_FAULT :
			       EXCUSE_NONE;
	default:
		return EXCUSE_NONE;
	}
}

/* Rules about the roots, parents and order of one chain, which is marked. */
static int check_edges(struct analysing *analysing, uint32_t v)
{
	const struct model *model = analysing->model;
	const struct model_vma *vma = &model->vmas[v];
	const struct marks *in_chain = &analysing->analyser->in_chain;
	const uint32_t *chain = model_chain(model, vma);
	uint32_t roots = 0, open = 0, disorder = 0;
	int rc = 0;

	for (uint32_t i = 0; i < vma->avc_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[chain[i]];

		roots += anon_vma->root != model->anon_vmas[chain[0]].root;
		if (!marks_has(in_chain, anon_vma->parent))
			open++;
		else if (anon_vma->parent != chain[i] && in_chain->values[anon_vma->parent] < i)
			disorder++;
	}
	if (roots)
		rc = analysis_disagree_in_mm(analysing, INVARIANT_ONE_ROOT, v, 0, roots);
	if (!rc && open)
		rc = analysis_disagree_in_mm(analysing, INVARIANT_CLOSED, v, 0, open);
	if (!rc && disorder && analysis_keeps_order(&analysing->analysis->options))
		rc = analysis_disagree_in_mm(analysing, INVARIANT_ORDER, v, 0, disorder);
	return rc;
}

static int check_links(struct analysing *analysing, uint32_t v)
{
	const struct model *model = analysing->model;
	const struct model_vma *vma = &model->vmas[v];
	const uint32_t *chain = model_chain(model, vma);
	struct marks *in_chain = &analysing->analyser->in_chain;
	uint32_t twice = 0;
	int rc = 0;

	/* most chains: a root and nothing else */
	if (vma->avc_count == 1 && model->anon_vmas[chain[0]].parent == chain[0])
		return 0;
	marks_forget(in_chain);
	for (uint32_t i = 0; i < vma->avc_count; i++) {
		twice += marks_has(in_chain, chain[i]);
		marks_set(in_chain, chain[i], i);
	}
	if (twice)
		rc = analysis_disagree_in_mm(analysing, INVARIANT_NO_DUPLICATE, v, 0, twice);
	return rc ? rc : check_edges(analysing, v);
}

static bool is_linked(const struct model *model, const struct model_vma *vma, uint32_t anon_vma)
{
	const uint32_t *chain = model_chain(model, vma);

	for (uint32_t i = 0; i < vma->avc_count; i++)
		if (chain[i] == anon_vma)
			return true;
	return false;
}

static int check_active(struct analysing *analysing, uint32_t v)
{
	const struct model *model = analysing->model;
	const struct model_vma *vma = &model->vmas[v];

	if (vma->active == MODEL_NONE ? vma->avc_count == 0 : is_linked(model, vma, vma->active))
		return 0;
	return analysis_disagree_in_mm(analysing, INVARIANT_ACTIVE_IN_CHAIN, v,
				       vma->avc_count ? 1 : 0, vma->avc_count ? 0 : 1);
}

static int check_vma(struct analysing *analysing, uint32_t v)
{
	const struct model_vma *vma = &analysing->model->vmas[v];
	int rc = check_active(analysing, v);

	if (rc || vma->avc_count == 0)
		return rc;
	if (vma->foreign_avc)
		rc = analysis_disagree_in_mm(analysing, INVARIANT_AVC_VMA, v, 0, 1);
	return rc ? rc : check_links(analysing, v);
}

/* fork() takes over an anon_vma of an ancestor that nobody has active any more;
 * the chain then still holds what is below it. */
static bool is_reused(const struct analysing *analysing, const struct model_vma *vma)
{
	const uint32_t *chain = model_chain(analysing->model, vma),
		       *depth = analysing->analysis->depth;

	if (vma->active == MODEL_NONE || vma->avc_count < 2)
		return false;
	for (uint32_t i = 0; i < vma->avc_count; i++)
		if (depth[chain[i]] != MODEL_NONE && depth[chain[i]] > depth[vma->active])
			return true;
	return false;
}

static void add_deep(struct analysing *analysing, const struct model_vma *vma)
{
	uint32_t threshold = analysing->analysis->options.deep_chain;
	uint32_t tree = analysing->analysis->tree_of[model_chain(analysing->model, vma)[0]];
	struct deep_chains *deep =
		&analysing->analyser->deep[analysing->analyser->trees.values[tree]];

	deep->vmas++;
	deep->excess += vma->avc_count - threshold;
	if (vma->avc_count > deep->longest) {
		deep->longest = vma->avc_count;
		deep->longest_start = vma->start;
	}
}

static void add_vma(struct analysing *analysing, struct mm_summary *mm, struct model_vma *vma)
{
	struct marks *active = &analysing->analyser->of_mm;

	mm->avcs += vma->avc_count;
	if (vma->avc_count > mm->max_chain)
		mm->max_chain = vma->avc_count;
	if (vma->active != MODEL_NONE && !marks_has(active, vma->active)) {
		marks_set(active, vma->active, 0);
		mm->anon_vmas++;
	}
	vma->reused = is_reused(analysing, vma);
	mm->reused_vmas += vma->reused;
	if (vma->avc_count > analysing->analysis->options.deep_chain)
		add_deep(analysing, vma);
}

/* Numbers the trees of the mm, so that each can have its deep chains. */
static int begin_deep(struct analysing *analysing, uint32_t mm)
{
	struct analyser *analyser = analysing->analyser;
	const struct mm_tree_list *list = &analysing->analysis->mm_tree_lists[mm];
	int rc = table_reserve((void **)&analyser->deep, &analyser->deep_capacity, list->count,
			       sizeof(*analyser->deep));

	marks_forget(&analyser->trees);
	for (uint32_t i = 0; !rc && i < list->count; i++) {
		marks_set(&analyser->trees, analysing->analysis->mm_trees[list->first + i], i);
		analyser->deep[i] = (struct deep_chains){0};
	}
	return rc;
}

static int report_deep(struct analysing *analysing, uint32_t mm)
{
	const struct analysis *analysis = analysing->analysis;
	const struct mm_tree_list *list = &analysis->mm_tree_lists[mm];
	struct finding *finding;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < list->count; i++) {
		const struct deep_chains *deep = &analysing->analyser->deep[i];

		if (deep->vmas == 0)
			continue;
		rc = analysis_add_finding(analysing, FINDING_DEEP_CHAIN, mm,
					  analysis->mm_trees[list->first + i], &finding);
		if (rc)
			return rc;
		finding->anon_vma = finding->root;
		finding->vm_start = deep->longest_start;
		finding->size = deep->longest;
		finding->details[0] = deep->vmas;
		finding->details[1] = analysis->options.deep_chain;
		finding->avcs = deep->excess;
		finding->bytes = (uint64_t)deep->excess * analysing->model->origin.avc_bytes;
	}
	return rc;
}

/* A maximal run of neighbours that only their anon_vmas keep apart. */
static int report_blocked_run(struct analysing *analysing, uint32_t first, uint32_t last)
{
	const struct model *model = analysing->model;
	uint32_t tree = analysing->analysis->tree_of[model->vmas[first].active];
	struct finding *finding;
	bool one_tree = true;
	int rc;

	for (uint32_t v = first + 1; v <= last; v++)
		one_tree &= analysing->analysis->tree_of[model->vmas[v].active] == tree;
	rc = analysis_add_finding(analysing, FINDING_MERGE_BLOCKED, model->vmas[first].mm,
				  one_tree ? tree : MODEL_NONE, &finding);
	if (rc)
		return rc;
	finding->vm_start = model->vmas[first].start;
	finding->size = finding->vmas = last - first;
	finding->details[0] = model->vmas[last].end;
	for (uint32_t v = first + 1; v <= last; v++)
		finding->avcs += model->vmas[v].avc_count;
	finding->bytes = (uint64_t)finding->vmas * model->origin.vma_bytes +
			 (uint64_t)finding->avcs * model->origin.avc_bytes;
	analysing->analysis->mms[model->vmas[first].mm].blocked_merges += finding->vmas;
	return 0;
}

/* Finds which VMAs only their anon_vma keeps apart from the one before. */
static int find_blocked(struct analysing *analysing, uint32_t mm)
{
	const struct model *model = analysing->model;
	const struct model_mm *object = &model->mms[mm];
	struct analyser *analyser = analysing->analyser;
	int rc = table_reserve((void **)&analyser->merged, &analyser->merged_capacity,
			       object->vma_count, 1);

	for (uint32_t i = 0; !rc && i < object->vma_count; i++)
		analyser->merged[i] = i > 0 &&
				      merge_blocked(model, &model->vmas[object->vma_first + i - 1],
						    &model->vmas[object->vma_first + i]);
	return rc;
}

static int report_blocked(struct analysing *analysing, uint32_t mm)
{
	const struct model_mm *object = &analysing->model->mms[mm];
	const uint8_t *merged = analysing->analyser->merged;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < object->vma_count; i++) {
		uint32_t last = i;

		while (last + 1 < object->vma_count && merged[last + 1])
			last++;
		if (last > i)
			rc = report_blocked_run(analysing, object->vma_first + i,
						object->vma_first + last);
		i = last;
	}
	return rc;
}

/* The parent that two active anon_vmas share when fork() split them, or
 * MODEL_NONE. */
static uint32_t split_parent(const struct model *model, const struct model_vma *left,
			     const struct model_vma *right)
{
	uint32_t parent;

	if (left->active == MODEL_NONE || right->active == MODEL_NONE ||
	    left->active == right->active)
		return MODEL_NONE;
	parent = model->anon_vmas[left->active].parent;
	if (parent != model->anon_vmas[right->active].parent || parent == left->active ||
	    parent == right->active)
		return MODEL_NONE;
	return parent;
}

/* Counts the merges that the groups prevent; their findings are the last ones, and
 * of_mm maps parents to groups. */
static void count_blocked(const struct analysing *analysing, uint32_t mm)
{
	const struct model *model = analysing->model;
	const struct model_mm *object = &model->mms[mm];
	const struct analyser *analyser = analysing->analyser;
	const struct findings *findings = &analysing->analysis->findings;
	struct finding *of_groups = findings->items + findings->count -
				    analyser->missed.group_count;

	for (uint32_t i = 1; i < object->vma_count; i++) {
		const struct model_vma *right = &model->vmas[object->vma_first + i];
		uint32_t parent = analyser->merged[i] ? split_parent(model, right - 1, right) :
							MODEL_NONE;

		if (parent != MODEL_NONE)
			of_groups[analyser->of_mm.values[parent]].details[1]++;
	}
}

static int report_group(struct analysing *analysing, uint32_t mm, const struct missed_group *group,
			uint32_t saved_by_v2)
{
	const struct model *model = analysing->model;
	struct mm_summary *summary = &analysing->analysis->mms[mm];
	struct finding *finding;
	int rc = analysis_add_finding(analysing, FINDING_FORK_SPLIT, mm,
				      analysing->analysis->tree_of[group->parent], &finding);

	if (rc)
		return rc;
	finding->anon_vma = model->anon_vmas[group->parent].id;
	finding->size = group->member_count;
	finding->details[0] = saved_by_v2;
	finding->anon_vmas = group->member_count - 1;
	finding->bytes = (uint64_t)finding->anon_vmas * model->origin.anon_vma_bytes;
	summary->missed_groups++;
	summary->missed_reuse += finding->anon_vmas;
	return 0;
}

static int report_missed(struct analysing *analysing, uint32_t mm)
{
	struct analyser *analyser = analysing->analyser;
	const struct missed_reuse *missed = &analyser->missed;
	int rc = missed_reuse_find_in(&analyser->missed, analysing->model, mm);

	if (rc || missed->group_count == 0)
		return rc;
	rc = neighbour_saving_count(&analyser->neighbours, analysing->model, missed,
				    &analyser->of_mm, &analyser->in_chain);
	for (uint32_t i = 0; !rc && i < missed->group_count; i++)
		rc = report_group(analysing, mm, &missed->groups[i], analyser->neighbours.saved[i]);
	if (!rc)
		count_blocked(analysing, mm);
	return rc;
}

static enum fork_policy policy_of(const struct analysing *analysing)
{
	const struct analysis_options *options = &analysing->analysis->options;

	return options->policy_known ? options->policy :
				       fork_policy_assumed(analysing->model->origin.split_counters);
}

/* The mm as it were without missed reuse and blocked merges, both of which were
 * found before. */
static struct fork_undo undo(struct analyser *analyser)
{
	marks_forget(&analyser->of_mm);
	for (uint32_t i = 0; i < analyser->missed.group_count; i++)
		marks_set(&analyser->of_mm, analyser->missed.groups[i].parent,
			  analyser->missed.groups[i].member_count - 1);
	return (struct fork_undo){
		.merged = analyser->merged,
		.children = &analyser->of_mm,
	};
}

static int count_fork(struct analysing *analysing, uint32_t mm)
{
	struct mm_summary *summary = &analysing->analysis->mms[mm];
	struct fork_counter *counter = &analysing->analyser->fork_counter;
	enum fork_policy policy = policy_of(analysing);
	struct fork_undo undone;
	int rc = fork_cost_count(counter, analysing->model, mm, policy, NULL, &summary->fork);

	summary->fork_undone = summary->fork;
	if (rc || (!summary->missed_reuse && !summary->blocked_merges))
		return rc;
	undone = undo(analysing->analyser);
	return fork_cost_count(counter, analysing->model, mm, policy, &undone,
			       &summary->fork_undone);
}

static int analyse_mm(struct analysing *analysing, uint32_t mm)
{
	const struct model_mm *object = &analysing->model->mms[mm];
	struct mm_summary *summary = &analysing->analysis->mms[mm];
	int rc;

	marks_forget(&analysing->analyser->of_mm);
	*summary = (struct mm_summary){
		.vmas = object->vma_count,
		.trees = analysing->analysis->mm_tree_lists[mm].count,
	};
	rc = begin_deep(analysing, mm);
	for (uint32_t v = object->vma_first; !rc && v < object->vma_first + object->vma_count;
	     v++) {
		add_vma(analysing, summary, &analysing->model->vmas[v]);
		rc = check_vma(analysing, v);
	}
	if (!rc)
		rc = report_deep(analysing, mm);
	if (!rc)
		rc = find_blocked(analysing, mm);
	if (!rc)
		rc = report_blocked(analysing, mm);
	if (!rc)
		rc = report_missed(analysing, mm);
	return rc ? rc : count_fork(analysing, mm);
}

int analysis_of_mms(struct analysing *analysing)
{
	int rc = 0;

	for (uint32_t mm = 0; !rc && mm < analysing->model->mm_count; mm++)
		if (analysing->analyser->mm_work[mm] & MM_CHANGED)
			rc = analyse_mm(analysing, mm);
		else
			analysing->analysis->mms[mm] =
				analysing->known->mms[analysing->model->mms[mm].previous];
	return rc;
}

/* Counters decide only about anon_vmas that are idle. */
static bool may_reuse(const struct analysing *analysing, uint32_t mm)
{
	const struct analysis *analysis = analysing->analysis;
	const struct mm_tree_list *list = &analysis->mm_tree_lists[mm];

	if (!analysing->model->origin.split_counters)
		return true;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct tree_summary *tree =
			&analysis->trees[analysis->mm_trees[list->first + i]];

		if (tree->idle_anon_vmas || tree->previous == MODEL_NONE ||
		    analysing->known->trees[tree->previous].idle_anon_vmas)
			return true;
	}
	return false;
}

static int recount_fork(struct analysing *analysing, uint32_t mm)
{
	int rc = find_blocked(analysing, mm);

	if (!rc)
		rc = missed_reuse_find_in(&analysing->analyser->missed, analysing->model, mm);
	return rc ? rc : count_fork(analysing, mm);
}

int analysis_of_forks(struct analysing *analysing)
{
	int rc = 0;

	for (uint32_t mm = 0; !rc && mm < analysing->model->mm_count; mm++)
		if (analysing->analyser->mm_work[mm] == MM_IN_CHANGED_TREE &&
		    may_reuse(analysing, mm))
			rc = recount_fork(analysing, mm);
	return rc;
}
