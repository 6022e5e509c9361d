/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_cost: what the next fork() of an address space has to allocate.
 *
 * The same rules as fork_simulator for the policies that kernels with iterators
 * follow, but only counted: cheap enough for every mm of every snapshot.
 */
#ifndef VMASCOPE_TOPOLOGY_FORK_COST_H
#define VMASCOPE_TOPOLOGY_FORK_COST_H

#include <stdint.h>

#include "fork_simulator.h"
#include "marks.h"
#include "model.h"

struct fork_cost {
	uint32_t vmas; /* to copy; each is one allocation too */
	uint32_t anon_vmas; /* to allocate */
	uint32_t avcs;
};

/* What undoing missed reuse and blocked merges would change for fork(). */
struct fork_undo {
	const uint8_t *merged; /* of each VMA of the mm, from its first on: 1 = it
				  would be part of the VMA before; or NULL */
	const struct marks *children; /* of each anon_vma: children that it would
					 not have; or NULL */
};

/* All zero bytes is empty. */
struct fork_counter {
	struct marks deltas; /* of counters, during one fork */
};

/*
 * Counts for FORK_DEGREE, FORK_COUNTERS or FORK_REVERSED; undo may be NULL. 0 or
 * -ENOMEM.
 */
int fork_cost_count(struct fork_counter *counter, const struct model *model, uint32_t mm,
		    enum fork_policy policy, const struct fork_undo *undo, struct fork_cost *cost);
void fork_counter_clear(struct fork_counter *counter);

#endif
