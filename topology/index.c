/* SPDX-License-Identifier: GPL-2.0-only */
#include "index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "generation.h"

static void lists_clear(struct index_lists *lists)
{
	free(lists->first);
	free(lists->items);
	*lists = (struct index_lists){0};
}

void index_clear(struct index *index)
{
	lists_clear(&index->linked);
	lists_clear(&index->children);
	free(index->depth);
	free(index->by_depth);
	*index = (struct index){0};
}

static int resize(uint32_t **array, size_t count)
{
	uint32_t *grown = realloc(*array, (count ? count : 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*array = grown;
	return 0;
}

static int allocate(struct index *index, const struct model *model)
{
	size_t count = model->anon_vma_count;

	if (resize(&index->linked.first, count + 1) ||
	    resize(&index->linked.items, model->avc_count) ||
	    resize(&index->children.first, count + 1) || resize(&index->children.items, count) ||
	    resize(&index->depth, count) || resize(&index->by_depth, count))
		return -ENOMEM;
	memset(index->linked.first, 0, (count + 1) * sizeof(uint32_t));
	memset(index->children.first, 0, (count + 1) * sizeof(uint32_t));
	index->anon_vma_count = model->anon_vma_count;
	return 0;
}

/* first[i] holds the length of list i; makes it the end of list i. Filling a
 * list backwards then leaves its start there. */
static void lengths_to_ends(uint32_t *first, uint32_t count)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < count; i++) {
		end += first[i];
		first[i] = end;
	}
	first[count] = end;
}

static void build_linked(struct index_lists *linked, const struct model *model)
{
	for (uint32_t i = 0; i < model->avc_count; i++)
		linked->first[model->avcs[i]]++;
	lengths_to_ends(linked->first, model->anon_vma_count);
	for (uint32_t v = model->vma_count; v-- > 0;) {
		const struct model_vma *vma = &model->vmas[v];
		const uint32_t *chain = model_chain(model, vma);

		for (uint32_t i = 0; i < vma->avc_count; i++)
			linked->items[--linked->first[chain[i]]] = v;
	}
}

static void build_children(struct index_lists *children, const struct model *model)
{
	const struct model_anon_vma *anon_vmas = model->anon_vmas;

	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		if (anon_vmas[i].parent != i)
			children->first[anon_vmas[i].parent]++;
	lengths_to_ends(children->first, model->anon_vma_count);
	for (uint32_t i = model->anon_vma_count; i-- > 0;)
		if (anon_vmas[i].parent != i)
			children->items[--children->first[anon_vmas[i].parent]] = i;
}

/* Counting sort of the anon_vmas by generation. */
static int build_by_depth(struct index *index, const struct model *model)
{
	uint32_t count = model->anon_vma_count, deepest = 0, *first;

	generation_compute(model, index->depth);
	for (uint32_t i = 0; i < count; i++)
		if (index->depth[i] != MODEL_NONE && index->depth[i] > deepest)
			deepest = index->depth[i];
	first = calloc((size_t)deepest + 2, sizeof(*first));
	if (!first)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		first[(index->depth[i] == MODEL_NONE ? 0 : index->depth[i]) + 1]++;
	for (uint32_t d = 0; d <= deepest; d++)
		first[d + 1] += first[d];
	for (uint32_t i = 0; i < count; i++)
		index->by_depth[first[index->depth[i] == MODEL_NONE ? 0 : index->depth[i]]++] = i;
	free(first);
	return 0;
}

int index_build(struct index *index, const struct model *model)
{
	if (allocate(index, model) || build_by_depth(index, model)) {
		index_clear(index);
		return -ENOMEM;
	}
	build_linked(&index->linked, model);
	build_children(&index->children, model);
	return 0;
}
