/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree_view: a tree that was loaded into a model, with what follows from it: all
 * that its documents and drawings are made of.
 */
#ifndef VMASCOPE_SERVER_TREE_VIEW_H
#define VMASCOPE_SERVER_TREE_VIEW_H

#include <stdint.h>

#include "topology/index.h"
#include "topology/missed_reuse.h"
#include "topology/model.h"
#include "topology/rmap_cost.h"

#define TREE_VIEW_SEVERAL (MODEL_NONE - 1)

/* Lists are by index of the anon_vma. All zero bytes is empty. */
struct tree_view {
	const struct model *model; /* not owned */
	struct index index;
	struct missed_reuse missed;
	struct rmap_costs rmap;
	uint32_t *active_mm; /* mm of its active VMAs, MODEL_NONE, TREE_VIEW_SEVERAL */
	uint32_t *group; /* of missed reuse, or MODEL_NONE */
};

/* 0 or -ENOMEM; to be cleared in any case. The model must not change. */
int tree_view_make(struct tree_view *view, const struct model *model);
void tree_view_clear(struct tree_view *view);

#endif
