/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * neighbour_saving: how many of the anon_vmas that one fork() made too many
 * policy khlebnikov_v2 would have saved, at most.
 *
 * Under that policy a VMA shares with the VMA made before it, so what it saves
 * depends on which VMAs followed each other when the process was forked. A
 * snapshot does not tell: VMAs were mapped and unmapped since. But two siblings
 * share only if each VMA between them shares as well, and then all of them are
 * linked to the siblings' parent. So a VMA that fork() gave a chain without that
 * parent keeps the siblings on its two sides apart. Siblings with no such VMA
 * between them are counted as sharing, which may be too many:
 *
 * - A VMA without an anon_vma, or with a root, keeps nothing apart. It may have
 *   been mapped since; if it was there, unfaulted, it did.
 * - A VMA that kept two apart may be gone.
 * - Siblings that fork() took from dead ancestors may be those of VMAs that shared
 *   nothing any more.
 *
 * An anon_vma that is on several VMAs, as splits leave them, joins all that any
 * of them would share with, and counts once.
 *
 * So the policy saved no more. Only where mremap() has moved VMAs past each other
 * since the fork, which nothing shows, it may have.
 */
#ifndef VMASCOPE_TOPOLOGY_NEIGHBOUR_SAVING_H
#define VMASCOPE_TOPOLOGY_NEIGHBOUR_SAVING_H

#include <stdint.h>

#include "marks.h"
#include "missed_reuse.h"
#include "model.h"

/* All zero bytes is empty. */
struct neighbour_saving {
	uint32_t *saved; /* by group of the missed_reuse that was counted */
	struct saving_run *runs;
	uint32_t saved_capacity, run_capacity;
};

/*
 * Counts for the groups of missed, which are those of one mm. The marks have
 * room for the model's anon_vmas; group_of then maps the parent of each group to
 * the group. 0 or -ENOMEM.
 */
int neighbour_saving_count(struct neighbour_saving *saving, const struct model *model,
			   const struct missed_reuse *missed, struct marks *group_of,
			   struct marks *joined);
void neighbour_saving_clear(struct neighbour_saving *saving);

#endif
