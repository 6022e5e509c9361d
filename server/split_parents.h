/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * split_parents: who has the parent of a missed group active, and in which VMAs:
 * those that shared one anon_vma when the group was forked from them.
 *
 * A page of findings has many groups of few trees; each tree is looked through
 * once, when its first group comes.
 */
#ifndef VMASCOPE_SERVER_SPLIT_PARENTS_H
#define VMASCOPE_SERVER_SPLIT_PARENTS_H

#include <stdint.h>

#include "call.h"
#include "topology/key_map.h"
#include "topology/model.h"

#define SPLIT_PARENT_VMAS_MAX 64

struct split_parent {
	int64_t mm_id;
	int64_t pid;
	char comm[MODEL_COMM_SIZE];
	uint32_t first; /* slice of split_parents.starts */
	uint32_t count; /* at most SPLIT_PARENT_VMAS_MAX */
};

/* All zero bytes is empty. */
struct split_parents {
	struct split_parent *items;
	uint64_t *starts; /* vm_start */
	uint32_t count, capacity;
	uint32_t start_count, start_capacity;
	struct key_map by_anon_vma;
	struct key_map known; /* roots of the trees that were looked through */
};

/* The oldest process that has the anon_vma active, or NULL; valid until the next
 * call. 0 or -errno. */
int split_parents_find(struct split_parents *parents, const struct call *call, int64_t root,
		       int64_t anon_vma, const struct split_parent **ret_parent);
void split_parents_clear(struct split_parents *parents);

#endif
