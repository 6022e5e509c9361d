/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of a snapshot has to be analysed, and what is as it was.
 *
 * An mm is as it was when its VMAs and chains were taken over from the snapshot
 * before. A tree is as it was when that holds for every mm linked to it, now and
 * then, and none of its anon_vmas came, went or counts differently.
 */
#include <errno.h>

#include "analysis_internal.h"
#include "generation.h"
#include "table.h"

/* In mm_now: an mm in which an active anon_vma was not linked to. It is in no
 * chain, so nothing tells whether it is still the same one. */
#define MM_UNTIED (MODEL_NONE - 1)

static void fill_none(uint32_t *array, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		array[i] = MODEL_NONE;
}

static int reserve(struct analysing *analysing)
{
	struct analyser *analyser = analysing->analyser;
	struct analysis *analysis = analysing->analysis;
	const struct model *model = analysing->model;
	uint32_t anon_vmas = model->anon_vma_count, capacity = analysis->anon_vma_capacity;

	if (table_reserve((void **)&analysis->tree_of, &capacity, anon_vmas, sizeof(uint32_t)))
		return -ENOMEM;
	capacity = analysis->anon_vma_capacity;
	if (table_reserve((void **)&analysis->depth, &capacity, anon_vmas, sizeof(uint32_t)))
		return -ENOMEM;
	analysis->anon_vma_capacity = capacity;
	capacity = analysis->mm_capacity;
	if (table_reserve((void **)&analysis->mms, &capacity, model->mm_count,
			  sizeof(*analysis->mms)) ||
	    table_reserve((void **)&analysis->mm_tree_lists, &analysis->mm_capacity,
			  model->mm_count, sizeof(*analysis->mm_tree_lists)) ||
	    table_reserve((void **)&analyser->mm_work, &analyser->mm_work_capacity, model->mm_count,
			  1) ||
	    table_reserve((void **)&analyser->mm_now, &analyser->mm_now_capacity,
			  analysing->before->mm_count, sizeof(uint32_t)) ||
	    table_reserve((void **)&analyser->tree_now, &analyser->tree_now_capacity,
			  analysing->known->tree_count, sizeof(uint32_t)))
		return -ENOMEM;
	return 0;
}

static int reserve_marks(struct analysing *analysing)
{
	struct analyser *analyser = analysing->analyser;
	uint32_t anon_vmas = analysing->model->anon_vma_count;

	if (marks_reserve(&analyser->trees, analysing->analysis->tree_count) ||
	    marks_reserve(&analyser->in_chain, anon_vmas) ||
	    marks_reserve(&analyser->of_mm, anon_vmas))
		return -ENOMEM;
	return 0;
}

/* The same anon_vma in the snapshot before, or MODEL_NONE. */
static uint32_t anon_vma_before(const struct analysing *analysing, uint32_t anon_vma)
{
	uint32_t before = analysing->model->anon_vmas[anon_vma].previous;

	return before < analysing->before->anon_vma_count ? before : MODEL_NONE;
}

/* The tree of before with the same root, or MODEL_NONE. */
static uint32_t tree_before(const struct analysing *analysing, uint32_t root)
{
	uint32_t before = anon_vma_before(analysing, root);

	if (before == MODEL_NONE || !model_is_root(analysing->before, before))
		return MODEL_NONE;
	return analysing->known->tree_of[before];
}

static int list_trees(struct analysing *analysing)
{
	const struct model *model = analysing->model;
	struct analysis *analysis = analysing->analysis;
	struct analyser *analyser = analysing->analyser;

	fill_none(analyser->tree_now, analysing->known->tree_count);
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		uint32_t tree = analysis->tree_count, before;

		if (!model_is_root(model, i))
			continue;
		if (table_reserve((void **)&analysis->trees, &analysis->tree_capacity, tree + 1ull,
				  sizeof(*analysis->trees)) ||
		    table_reserve((void **)&analyser->tree_work, &analyser->tree_work_capacity,
				  tree + 1ull, 1))
			return -ENOMEM;
		before = tree_before(analysing, i);
		analysis->trees[tree] = (struct tree_summary){
			.root = i,
			.previous = before,
			.process = MODEL_NONE,
		};
		analyser->tree_work[tree] = before == MODEL_NONE ? TREE_CHANGED : 0;
		if (before != MODEL_NONE)
			analyser->tree_now[before] = tree;
		analysis->tree_of[i] = tree;
		analysis->tree_count++;
	}
	return 0;
}

static bool same_anon_vma(const struct model_anon_vma *before, const struct model_anon_vma *now)
{
	return before->num_children == now->num_children &&
	       before->num_active_vmas == now->num_active_vmas &&
	       before->refcount == now->refcount && before->described == now->described &&
	       !before->moved && !now->moved;
}

/* Puts every anon_vma into its tree; those that count differently change it. */
static void place_anon_vmas(struct analysing *analysing)
{
	const struct model *model = analysing->model;
	struct analysis *analysis = analysing->analysis;
	const struct analysis *known = analysing->known;

	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[i];
		uint32_t before = anon_vma_before(analysing, i);
		uint32_t tree = analysis->tree_of[anon_vma->root];
		bool same = before != MODEL_NONE &&
			    known->tree_of[before] == analysis->trees[tree].previous &&
			    same_anon_vma(&analysing->before->anon_vmas[before], anon_vma);

		analysis->tree_of[i] = tree;
		analysis->trees[tree].anon_vmas++;
		analysis->depth[i] = same ? known->depth[before] : GENERATION_UNKNOWN;
		if (!same)
			analysing->analyser->tree_work[tree] |= TREE_CHANGED;
	}
	generation_complete(model, analysis->depth);
	for (uint32_t i = 0; i < analysis->tree_count; i++) {
		const struct tree_summary *tree = &analysis->trees[i];

		if (tree->previous != MODEL_NONE &&
		    known->trees[tree->previous].anon_vmas != tree->anon_vmas)
			analysing->analyser->tree_work[i] |= TREE_CHANGED;
	}
}

static int add_mm_tree(struct analysing *analysing, uint32_t mm, uint32_t tree)
{
	struct analysis *analysis = analysing->analysis;
	int rc = table_reserve((void **)&analysis->mm_trees, &analysis->mm_tree_capacity,
			       analysis->mm_tree_count + 1ull, sizeof(uint32_t));

	if (rc)
		return rc;
	analysis->mm_trees[analysis->mm_tree_count++] = tree;
	analysis->mm_tree_lists[mm].count++;
	return 0;
}

static int find_mm_tree(struct analysing *analysing, uint32_t mm, uint32_t anon_vma)
{
	struct marks *seen = &analysing->analyser->trees;
	uint32_t tree = analysing->analysis->tree_of[anon_vma];

	if (marks_has(seen, tree))
		return 0;
	marks_set(seen, tree, 0);
	return add_mm_tree(analysing, mm, tree);
}

/* From the chains of an mm. */
static int find_mm_trees(struct analysing *analysing, uint32_t mm)
{
	const struct model *model = analysing->model;
	const struct model_mm *object = &model->mms[mm];
	int rc = 0;

	marks_forget(&analysing->analyser->trees);
	for (uint32_t v = object->vma_first; !rc && v < object->vma_first + object->vma_count;
	     v++) {
		const struct model_vma *vma = &model->vmas[v];
		const uint32_t *chain = model_chain(model, vma);

		for (uint32_t i = 0; !rc && i < vma->avc_count; i++)
			rc = find_mm_tree(analysing, mm, chain[i]);
		/* linked to it or, for a moment, not yet */
		if (!rc && vma->active != MODEL_NONE &&
		    (!vma->avc_count || vma->active != chain[0]))
			rc = find_mm_tree(analysing, mm, vma->active);
	}
	return rc;
}

/* From those of the mm before. False when one of them is gone, which cannot be
 * if the chains are the same. */
static int take_over_mm_trees(struct analysing *analysing, uint32_t mm, bool *ret_all)
{
	const struct analysis *known = analysing->known;
	const struct mm_tree_list *list = &known->mm_tree_lists[analysing->model->mms[mm].previous];
	int rc = 0;

	*ret_all = true;
	for (uint32_t i = 0; !rc && i < list->count; i++) {
		uint32_t tree = analysing->analyser->tree_now[known->mm_trees[list->first + i]];

		if (tree == MODEL_NONE)
			*ret_all = false;
		else
			rc = add_mm_tree(analysing, mm, tree);
	}
	return rc;
}

static void mark_trees(struct analysing *analysing, uint32_t mm, uint8_t work)
{
	const struct analysis *analysis = analysing->analysis;
	const struct mm_tree_list *list = &analysis->mm_tree_lists[mm];

	for (uint32_t i = 0; i < list->count; i++)
		analysing->analyser->tree_work[analysis->mm_trees[list->first + i]] |= work;
}

/* The trees that an mm of the snapshot before was in. */
static void mark_trees_before(struct analysing *analysing, uint32_t mm, uint8_t work)
{
	const struct analysis *known = analysing->known;
	const struct mm_tree_list *list = &known->mm_tree_lists[mm];

	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t tree = analysing->analyser->tree_now[known->mm_trees[list->first + i]];

		if (tree != MODEL_NONE)
			analysing->analyser->tree_work[tree] |= work;
	}
}

static bool continues(const struct analysing *analysing, const struct model_mm *mm)
{
	return mm->previous < analysing->before->mm_count &&
	       analysing->before->mms[mm->previous].id == mm->id;
}

static bool is_same(const struct analysing *analysing, const struct model_mm *mm)
{
	const struct model_mm *before = &analysing->before->mms[mm->previous];

	return mm->unchanged && mm->torn == before->torn && mm->cut == before->cut;
}

static int scope_mm(struct analysing *analysing, uint32_t mm)
{
	const struct model_mm *object = &analysing->model->mms[mm];
	struct analysis *analysis = analysing->analysis;
	bool known = continues(analysing, object);
	bool same = known && is_same(analysing, object) &&
		    analysing->analyser->mm_now[object->previous] != MM_UNTIED;
	int rc = 0;

	analysis->mm_tree_lists[mm] = (struct mm_tree_list){.first = analysis->mm_tree_count};
	if (known)
		analysing->analyser->mm_now[object->previous] = mm;
	if (same)
		rc = take_over_mm_trees(analysing, mm, &same);
	analysing->analyser->mm_work[mm] = same ? 0 : MM_CHANGED;
	if (rc || same)
		return rc;
	analysis->mm_tree_count = analysis->mm_tree_lists[mm].first;
	analysis->mm_tree_lists[mm].count = 0;
	rc = find_mm_trees(analysing, mm);
	mark_trees(analysing, mm, known ? TREE_CHANGED : TREE_CHANGED | TREE_IN_FLIGHT);
	if (known)
		mark_trees_before(analysing, object->previous, TREE_CHANGED);
	return rc;
}

static void mark_untied(struct analysing *analysing)
{
	const struct disagreements *list = &analysing->known->disagreements;

	for (uint32_t i = 0; i < list->count; i++)
		if (list->items[i].rule == INVARIANT_ACTIVE_IN_CHAIN)
			analysing->analyser->mm_now[list->items[i].in_mm] = MM_UNTIED;
}

static int scope_mms(struct analysing *analysing)
{
	const struct analyser *analyser = analysing->analyser;
	int rc = 0;

	fill_none(analyser->mm_now, analysing->before->mm_count);
	mark_untied(analysing);
	for (uint32_t mm = 0; !rc && mm < analysing->model->mm_count; mm++)
		rc = scope_mm(analysing, mm);
	for (uint32_t mm = 0; !rc && mm < analysing->before->mm_count; mm++)
		if (analyser->mm_now[mm] >= MM_UNTIED) {
			analyser->mm_now[mm] = MODEL_NONE;
			mark_trees_before(analysing, mm, TREE_CHANGED | TREE_IN_FLIGHT);
		}
	return rc;
}

/* Everything that the mms say about their trees, and the other way round. */
static void join_mms_and_trees(struct analysing *analysing)
{
	const struct model *model = analysing->model;
	struct analysis *analysis = analysing->analysis;
	struct analyser *analyser = analysing->analyser;

	for (uint32_t mm = 0; mm < model->mm_count; mm++) {
		const struct mm_tree_list *list = &analysis->mm_tree_lists[mm];

		for (uint32_t i = 0; i < list->count; i++) {
			uint32_t index = analysis->mm_trees[list->first + i];
			struct tree_summary *tree = &analysis->trees[index];

			tree->mms++;
			tree->torn |= model->mms[mm].torn || model->mms[mm].cut;
			tree->process = model_older_process(model, tree->process,
							    model->mms[mm].owner);
			if (analyser->tree_work[index] & TREE_CHANGED)
				analyser->mm_work[mm] |= MM_IN_CHANGED_TREE;
		}
	}
}

int analysis_find_scope(struct analysing *analysing)
{
	int rc = reserve(analysing);

	if (!rc)
		rc = list_trees(analysing);
	if (rc)
		return rc;
	place_anon_vmas(analysing);
	if (reserve_marks(analysing))
		return -ENOMEM;
	rc = scope_mms(analysing);
	if (!rc)
		join_mms_and_trees(analysing);
	return rc;
}
