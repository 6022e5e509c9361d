/* SPDX-License-Identifier: GPL-2.0-only */
#include "summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "generation.h"
#include "table.h"

void summary_clear(struct summary *summary)
{
	free(summary->mms);
	free(summary->trees);
	free(summary->tree_of);
	free(summary->depth);
	free(summary->last_mm);
	*summary = (struct summary){0};
}

static uint32_t count_roots(const struct model *model)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		count += model_is_root(model, i);
	return count;
}

/* The arrays of all anon_vmas share one capacity, so each grows from a copy. */
static int allocate_for_anon_vmas(struct summary *summary, uint32_t count)
{
	uint32_t **const arrays[] = {&summary->tree_of, &summary->depth, &summary->last_mm};
	uint32_t capacity = summary->anon_vma_capacity;

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		capacity = summary->anon_vma_capacity;
		if (table_reserve((void **)arrays[i], &capacity, count, sizeof(uint32_t)))
			return -ENOMEM;
	}
	summary->anon_vma_capacity = capacity;
	return 0;
}

static int allocate(struct summary *summary, const struct model *model, uint32_t trees)
{
	if (table_reserve((void **)&summary->mms, &summary->mm_capacity, model->mm_count,
			  sizeof(*summary->mms)) ||
	    table_reserve((void **)&summary->trees, &summary->tree_capacity, trees,
			  sizeof(*summary->trees)))
		return -ENOMEM;
	return allocate_for_anon_vmas(summary, model->anon_vma_count);
}

static void start_trees(struct summary *summary, const struct model *model)
{
	summary->tree_count = 0;
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		if (!model_is_root(model, i))
			continue;
		summary->tree_of[i] = summary->tree_count;
		summary->trees[summary->tree_count++] = (struct tree_summary){
			.root = i,
			.process = MODEL_NONE,
			.last_mm = MODEL_NONE,
		};
	}
}

static struct tree_summary *tree_of(struct summary *summary, uint32_t anon_vma)
{
	uint32_t tree = summary->tree_of[anon_vma];

	return tree == MODEL_NONE ? NULL : &summary->trees[tree];
}

static void add_anon_vmas(struct summary *summary, const struct model *model)
{
	struct summary_totals *totals = &summary->totals;

	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[i];
		uint32_t idle = anon_vma->described && anon_vma->num_active_vmas == 0 &&
				model->origin.split_counters;
		struct tree_summary *tree;

		summary->last_mm[i] = MODEL_NONE;
		totals->idle_anon_vmas += idle;
		totals->moved_anon_vmas += anon_vma->moved;
		totals->undescribed_anon_vmas += !anon_vma->described;
		if (anon_vma->root != i)
			summary->tree_of[i] = anon_vma->root < model->anon_vma_count &&
							      model_is_root(model, anon_vma->root) ?
						      summary->tree_of[anon_vma->root] :
						      MODEL_NONE;
		tree = tree_of(summary, i);
		if (!tree)
			continue;
		tree->anon_vmas++;
		tree->idle_anon_vmas += idle;
		tree->object_bytes += model->origin.anon_vma_bytes;
		if (summary->depth[i] != MODEL_NONE && summary->depth[i] > tree->depth)
			tree->depth = summary->depth[i];
	}
}

static void add_vma(struct summary *summary, const struct model *model, const struct model_vma *vma)
{
	struct mm_summary *mm = &summary->mms[vma->mm];
	struct tree_summary *tree;

	mm->avcs += vma->avc_count;
	if (vma->avc_count > mm->max_chain)
		mm->max_chain = vma->avc_count;
	if (vma->active != MODEL_NONE && summary->last_mm[vma->active] != vma->mm) {
		summary->last_mm[vma->active] = vma->mm;
		mm->anon_vmas++;
	}
	tree = vma->avc_count ? tree_of(summary, model_chain(model, vma)[0]) : NULL;
	if (!tree)
		return;
	tree->vmas++;
	tree->avcs += vma->avc_count;
	tree->object_bytes += (uint64_t)vma->avc_count * model->origin.avc_bytes;
	if (vma->avc_count > tree->max_chain)
		tree->max_chain = vma->avc_count;
	if (tree->last_mm == vma->mm)
		return;
	tree->last_mm = vma->mm;
	tree->mms++;
	tree->process = model_older_process(model, tree->process, model->mms[vma->mm].owner);
	mm->trees++;
}

/* last_mm of a tree tells only neighbours apart, so an mm is taken whole. */
static void add_mms(struct summary *summary, const struct model *model)
{
	for (uint32_t i = 0; i < model->mm_count; i++) {
		const struct model_mm *mm = &model->mms[i];

		summary->mms[i] = (struct mm_summary){.vmas = mm->vma_count};
		summary->totals.torn_mms += mm->torn;
		summary->totals.cut_mms += mm->cut;
		for (uint32_t v = mm->vma_first; v < mm->vma_first + mm->vma_count; v++)
			add_vma(summary, model, &model->vmas[v]);
		if (summary->mms[i].max_chain > summary->totals.max_chain)
			summary->totals.max_chain = summary->mms[i].max_chain;
	}
}

static void add_missed(struct summary *summary, const struct missed_reuse *missed)
{
	for (uint32_t i = 0; i < missed->group_count; i++) {
		const struct missed_group *group = &missed->groups[i];
		struct tree_summary *tree = tree_of(summary, group->parent);
		uint32_t count = group->member_count - 1;

		summary->mms[group->mm].missed_groups++;
		summary->mms[group->mm].missed_reuse += count;
		summary->totals.missed_groups++;
		summary->totals.missed_reuse += count;
		if (tree) {
			tree->missed_groups++;
			tree->missed_reuse += count;
		}
	}
}

static void add_totals(struct summary *summary, const struct model *model)
{
	struct summary_totals *totals = &summary->totals;
	const struct model_origin *origin = &model->origin;

	totals->processes = model->process_count;
	totals->mms = model->mm_count;
	totals->vmas = model->vma_count;
	totals->anon_vmas = model->anon_vma_count;
	totals->avcs = model->avc_count;
	totals->files = model->file_count;
	totals->trees = summary->tree_count;
	totals->object_bytes = (uint64_t)totals->vmas * origin->vma_bytes +
			       (uint64_t)totals->anon_vmas * origin->anon_vma_bytes +
			       (uint64_t)totals->avcs * origin->avc_bytes;
	for (uint32_t i = 0; i < summary->tree_count; i++)
		if (summary->trees[i].depth > totals->max_depth)
			totals->max_depth = summary->trees[i].depth;
}

int summary_build(struct summary *summary, const struct model *model,
		  const struct missed_reuse *missed)
{
	summary->totals = (struct summary_totals){0};
	summary->tree_count = 0;
	if (allocate(summary, model, count_roots(model))) {
		summary_clear(summary);
		return -ENOMEM;
	}
	generation_compute(model, summary->depth);
	start_trees(summary, model);
	add_anon_vmas(summary, model);
	add_mms(summary, model);
	add_missed(summary, missed);
	add_totals(summary, model);
	return 0;
}
