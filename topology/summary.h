/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * summary: what a snapshot amounts to, per address space, per tree and in all.
 *
 * A tree is the hierarchy of anon_vmas under one root; a VMA is in the tree of
 * its chain (all of a chain share one root), an mm is in the trees of its VMAs.
 * Sizes are slab object sizes of the walked kernel.
 */
#ifndef VMASCOPE_TOPOLOGY_SUMMARY_H
#define VMASCOPE_TOPOLOGY_SUMMARY_H

#include <stdint.h>

#include "missed_reuse.h"
#include "model.h"

struct mm_summary {
	uint32_t vmas;
	uint32_t anon_vmas; /* distinct active ones */
	uint32_t avcs;
	uint32_t trees;
	uint32_t missed_groups;
	uint32_t missed_reuse; /* anon_vmas that sharing would have saved */
	uint32_t max_chain;
};

struct tree_summary {
	uint64_t object_bytes; /* of its anon_vmas and AVCs */
	uint64_t row; /* of the store, 0 = not written */
	uint32_t root; /* anon_vma */
	uint32_t process; /* oldest in the tree, or MODEL_NONE */
	uint32_t anon_vmas;
	uint32_t idle_anon_vmas; /* without an active VMA */
	uint32_t avcs;
	uint32_t vmas;
	uint32_t mms;
	uint32_t depth; /* generations below the root */
	uint32_t max_chain;
	uint32_t missed_groups;
	uint32_t missed_reuse;
	uint32_t last_mm; /* scratch of summary_build */
};

struct summary_totals {
	uint64_t object_bytes; /* VMAs, anon_vmas and AVCs */
	uint32_t processes, mms, vmas, anon_vmas, avcs, trees, files;
	uint32_t idle_anon_vmas;
	uint32_t missed_groups;
	uint32_t missed_reuse;
	uint32_t max_chain;
	uint32_t max_depth;
	uint32_t torn_mms;
	uint32_t cut_mms;
	uint32_t moved_anon_vmas;
	uint32_t undescribed_anon_vmas;
};

/* All zero bytes is empty. */
struct summary {
	struct summary_totals totals;
	struct mm_summary *mms; /* one for each mm of the model */
	struct tree_summary *trees;
	uint32_t *tree_of; /* of each anon_vma: tree of its root, or MODEL_NONE */
	uint32_t *depth; /* of each anon_vma */
	uint32_t *last_mm; /* scratch */
	uint32_t tree_count;
	uint32_t mm_capacity, tree_capacity, anon_vma_capacity;
};

/* 0 or -ENOMEM (the summary is empty then); an older one is replaced and its
 * memory reused. */
int summary_build(struct summary *summary, const struct model *model,
		  const struct missed_reuse *missed);
void summary_clear(struct summary *summary);

#endif
