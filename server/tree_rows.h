/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree_rows: what is shown of an anon_vma and of a VMA of a tree, each as a row
 * with its table of fields.
 */
#ifndef VMASCOPE_SERVER_TREE_ROWS_H
#define VMASCOPE_SERVER_TREE_ROWS_H

#include <stdint.h>

#include "field.h"
#include "rmap_json.h"
#include "schema/store_list.h"
#include "tree_view.h"
#include "vma_json.h"

struct tree_anon_vma_row {
	int64_t id, parent, depth; /* parent: 0 for a root */
	int64_t num_children, num_active_vmas, refcount, rwsem_count, linked_vmas;
	int64_t mm_id; /* 0: none or several */
	int64_t missed_group; /* -1: of none */
	int64_t reusable;
	struct rmap_row rmap;
};

struct tree_vma_row {
	const struct tree_view *tree;
	const struct model_vma *vma;
	int64_t mm_id, vm_start, vm_end, vm_pgoff;
	int64_t anon_vma; /* 0: none is active */
	int64_t reused;
	struct store_text path;
};

extern const struct field tree_rows_anon_vma_fields[];
extern const struct field tree_rows_vma_fields[];

/* By its index in the model. A row points into the tree. */
struct tree_anon_vma_row tree_rows_anon_vma(const struct tree_view *tree, uint32_t i);
struct tree_vma_row tree_rows_vma(const struct tree_view *tree, uint32_t i);

/* The ids of anon_vmas, which are given by index, as an array. */
void tree_rows_ids(struct json_writer *json, const struct tree_view *tree,
		   const uint32_t *anon_vmas, uint32_t count);

#endif
