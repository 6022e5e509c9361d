/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * generation: how far each anon_vma is below its root.
 */
#ifndef VMASCOPE_TOPOLOGY_GENERATION_H
#define VMASCOPE_TOPOLOGY_GENERATION_H

#include <stdint.h>

#include "model.h"

#define GENERATION_UNKNOWN (MODEL_NONE - 2)

/*
 * Writes the number of parent edges between each anon_vma and the anon_vma that
 * is its own parent into depth[0 ... anon_vma_count - 1]. An anon_vma whose
 * parent edges never reach one (a cycle, or MODEL_NONE) gets MODEL_NONE.
 */
void generation_compute(const struct model *model, uint32_t *depth);
/* The same for those whose depth is GENERATION_UNKNOWN; the others are taken as
 * they are. */
void generation_complete(const struct model *model, uint32_t *depth);

#endif
