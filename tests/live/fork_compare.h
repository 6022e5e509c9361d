/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_compare: a simulated fork against the one that the kernel did.
 *
 * `before` and `after` are complete walks with nothing but that fork between
 * them; objects are told by their keys.
 */
#ifndef VMASCOPE_TESTS_LIVE_FORK_COMPARE_H
#define VMASCOPE_TESTS_LIVE_FORK_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "topology/fork_simulator.h"
#include "topology/model.h"

#define FORK_DIFFERENCE_SIZE 256

struct fork_compared {
	const struct model *before;
	const struct model *after;
	const struct fork_child *predicted;
	uint32_t child; /* mm in after */
	uint32_t *meant; /* index in after of each anon_vma of the prediction */
	uint32_t *known; /* the reverse */
	char difference[FORK_DIFFERENCE_SIZE]; /* the first one; "" = none */
};

/*
 * Everything that fork decides about anon_vmas: the VMAs of the child, their
 * chains link by link, new anon_vmas with parent, root and counters, what it
 * counted on old ones; and that nothing else happened. True when all is as
 * predicted. Fails the running test when out of memory.
 */
bool fork_compare(struct fork_compared *compared, const struct model *before,
		  const struct fork_child *predicted, const struct model *after, uint32_t child);
void fork_compared_clear(struct fork_compared *compared);

/* Chains of the parent, of the predicted child and of the real one. Anon_vmas
 * are numbered as in before; n0, n1 ... are the predicted new ones, ?0, ?1 ...
 * such that nobody predicted. */
void fork_compared_print(const struct fork_compared *compared);

#endif
