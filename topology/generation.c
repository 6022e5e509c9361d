/* SPDX-License-Identifier: GPL-2.0-only */
#include "generation.h"

/* Marks an anon_vma on the path being followed; no generation is this deep. */
#define ON_PATH (MODEL_NONE - 1)

/* Follows parent edges to the first anon_vma whose generation is known, then
 * the same way again to fill in what is now known: no stack, and every edge is
 * followed twice at most. */
static void compute_from(const struct model *model, uint32_t *depth, uint32_t start)
{
	const struct model_anon_vma *anon_vmas = model->anon_vmas;
	uint32_t steps = 0, at = start, base;

	while (at != MODEL_NONE && depth[at] == GENERATION_UNKNOWN && anon_vmas[at].parent != at) {
		depth[at] = ON_PATH;
		at = anon_vmas[at].parent;
		steps++;
	}
	if (at == MODEL_NONE || depth[at] == ON_PATH)
		base = MODEL_NONE;
	else
		base = depth[at] == GENERATION_UNKNOWN ? (depth[at] = 0) : depth[at];
	for (at = start; steps > 0; steps--, at = anon_vmas[at].parent)
		depth[at] = base == MODEL_NONE ? MODEL_NONE : base + steps;
}

void generation_compute(const struct model *model, uint32_t *depth)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		depth[i] = GENERATION_UNKNOWN;
	generation_complete(model, depth);
}

void generation_complete(const struct model *model, uint32_t *depth)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		compute_from(model, depth, i);
}
