/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * missed_reuse: anon_vmas that a fork allocated although VMAs of the parent
 * shared one.
 *
 * All VMAs that an mm inherited came from one fork, so two active anon_vmas of
 * one mm that have the same parent were made by that fork from VMAs that shared
 * the parent as their active anon_vma. anon_vma_fork() gives each VMA its own;
 * one for all would have been valid (Khlebnikov's v2, kernel.md's policy
 * khlebnikov_v2). A group of k distinct such siblings missed k - 1.
 *
 * A root is its own parent and belongs to no group.
 */
#ifndef VMASCOPE_TOPOLOGY_MISSED_REUSE_H
#define VMASCOPE_TOPOLOGY_MISSED_REUSE_H

#include <stdint.h>

#include "model.h"

struct missed_group {
	uint32_t mm;
	uint32_t parent; /* anon_vma */
	uint32_t member_first; /* slice of missed_reuse.members */
	uint32_t member_count; /* at least 2; member_count - 1 were missed */
};

/* All zero bytes is empty. */
struct missed_reuse {
	struct missed_group *groups; /* in order of mm */
	uint32_t *members; /* distinct anon_vmas of each group, by first VMA */
	uint32_t group_count, group_capacity;
	uint32_t member_count, member_capacity;
	struct missed_scratch *scratch;
	uint32_t scratch_capacity;
};

/* Finds the groups of every mm in the model; an older result is replaced and
 * its memory reused. 0 or -ENOMEM (the result is empty then). */
int missed_reuse_find(struct missed_reuse *missed, const struct model *model);
/* The same for one mm. */
int missed_reuse_find_in(struct missed_reuse *missed, const struct model *model, uint32_t mm);
void missed_reuse_clear(struct missed_reuse *missed);

#endif
