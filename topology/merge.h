/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * merge: whether the kernel would make one VMA of two neighbours.
 *
 * What vma_merge() compares (mm/vma.c, can_vma_merge_before() and
 * is_mergeable_vma()): adjacent ranges, the same file at continuing offsets, the
 * same flags but for those it ignores, the same NUMA policy, the same name, and
 * compatible anon_vmas. Two VMAs that were both faulted merge only when they
 * have the same active anon_vma, in every kernel.
 */
#ifndef VMASCOPE_TOPOLOGY_MERGE_H
#define VMASCOPE_TOPOLOGY_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

/*
 * True when the two are alike in all of that but the anon_vma. What the model
 * cannot tell apart counts as different: VMAs with an own NUMA policy and those
 * registered with userfaultfd, whose policies and contexts it does not know.
 */
bool merge_alike(const struct model *model, const struct model_vma *left,
		 const struct model_vma *right);

/* True when only their different active anon_vmas keep the two apart. */
static inline bool merge_blocked(const struct model *model, const struct model_vma *left,
				 const struct model_vma *right)
{
	return left->active != right->active && left->active != MODEL_NONE &&
	       right->active != MODEL_NONE && merge_alike(model, left, right);
}

#endif
