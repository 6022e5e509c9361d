/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * index: the edges of a model that the model itself stores in one direction
 * only, turned round: the VMAs linked to an anon_vma, its children, its
 * generation.
 *
 * An index is built for one model and is valid until that model changes. Lists
 * are slices of flat arrays; the order within a list is that of the model.
 */
#ifndef VMASCOPE_TOPOLOGY_INDEX_H
#define VMASCOPE_TOPOLOGY_INDEX_H

#include <stdint.h>

#include "model.h"

/* A list of uint32_t for each anon_vma: items[first[i]] ... items[first[i + 1]] */
struct index_lists {
	uint32_t *first; /* anon_vma_count + 1 entries */
	uint32_t *items;
};

/* All zero bytes is an empty index. */
struct index {
	struct index_lists linked; /* VMAs whose chain holds the anon_vma */
	struct index_lists children; /* anon_vmas whose parent it is; a root is
					not its own child */
	uint32_t *depth; /* of each anon_vma: 0 for a root */
	uint32_t *by_depth; /* all anon_vmas, parents before children */
	uint32_t anon_vma_count;
};

/*
 * Builds the index; an older one is reused. Needs a model whose parent edges
 * have no cycle, as decode and the store give it. 0 or -ENOMEM (the index is
 * empty then).
 */
int index_build(struct index *index, const struct model *model);
void index_clear(struct index *index);

static inline uint32_t index_count(const struct index_lists *lists, uint32_t anon_vma)
{
	return lists->first[anon_vma + 1] - lists->first[anon_vma];
}

static inline const uint32_t *index_items(const struct index_lists *lists, uint32_t anon_vma)
{
	return lists->items + lists->first[anon_vma];
}

#endif
