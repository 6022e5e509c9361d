/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_observed: which rule of fork a kernel follows, seen from the chains that
 * its forks left behind and from nothing else. Versions do not tell: a change of
 * anon_vma_clone() is carried to stable kernels too.
 *
 * Where anon_vma_clone() keeps the order of a list, a new link always goes to
 * its head, so every chain is ordered from the newest anon_vma to the root, and
 * every parent stands behind its children. A chain with a parent before its
 * child was therefore reversed at some clone. The opposite is weaker: a list
 * that was reversed twice, by a fork and by a split, is in order again. So a
 * chain speaks for kept order only if it is what fork made of the chain of the
 * living parent, longer than one link: with that one reversed it would differ.
 *
 * Chains of an mm that did not hold still, or of anon_vmas that could not be
 * read, do not testify.
 */
#ifndef VMASCOPE_TOPOLOGY_FORK_OBSERVED_H
#define VMASCOPE_TOPOLOGY_FORK_OBSERVED_H

#include <stdint.h>

#include "fork_simulator.h"
#include "model.h"

struct fork_observed {
	/* FORK_DEGREE, FORK_COUNTERS or FORK_REVERSED; FORK_POLICY_COUNT where
	 * the chains do not tell, or contradict each other evenly. */
	enum fork_policy policy;
	uint32_t kept; /* chains that speak for kept order ... */
	uint32_t reversed; /* ... and those that speak against it */
};

/* One pass over the VMAs; allocates nothing. */
void fork_observe(const struct model *model, struct fork_observed *ret_observed);

#endif
