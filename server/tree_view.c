/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tree_view_clear(struct tree_view *view)
{
	index_clear(&view->index);
	missed_reuse_clear(&view->missed);
	rmap_costs_clear(&view->rmap);
	free(view->active_mm);
	free(view->group);
}

static uint32_t *new_column(uint32_t count)
{
	uint32_t *column = malloc(((size_t)count + 1) * sizeof(*column));

	if (column)
		memset(column, 0xff, ((size_t)count + 1) * sizeof(*column)); /* MODEL_NONE */
	return column;
}

static void find_active_mms(struct tree_view *view)
{
	const struct model *model = view->model;

	for (uint32_t i = 0; i < model->vma_count; i++) {
		const struct model_vma *vma = &model->vmas[i];
		uint32_t *mm;

		if (vma->active == MODEL_NONE)
			continue;
		mm = &view->active_mm[vma->active];
		*mm = *mm == MODEL_NONE || *mm == vma->mm ? vma->mm : TREE_VIEW_SEVERAL;
	}
}

static void find_groups(struct tree_view *view)
{
	for (uint32_t i = 0; i < view->missed.group_count; i++) {
		const struct missed_group *group = &view->missed.groups[i];
		const uint32_t *members = view->missed.members + group->member_first;

		for (uint32_t k = 0; k < group->member_count; k++)
			view->group[members[k]] = i;
	}
}

int tree_view_make(struct tree_view *view, const struct model *model)
{
	int rc;

	*view = (struct tree_view){.model = model};
	rc = index_build(&view->index, model);

	if (!rc)
		rc = missed_reuse_find(&view->missed, model);
	if (!rc)
		rc = rmap_costs_compute(&view->rmap, model, &view->index);
	if (rc)
		return rc;
	view->active_mm = new_column(model->anon_vma_count);
	view->group = new_column(model->anon_vma_count);
	if (!view->active_mm || !view->group)
		return -ENOMEM;
	find_active_mms(view);
	find_groups(view);
	return 0;
}
