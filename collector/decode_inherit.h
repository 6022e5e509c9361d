/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decode_inherit: what an incremental walk takes over from the walk before.
 *
 * All anon_vmas are taken over when the walk begins, under the same indexes: what
 * is copied then needs no lookup, and the chains of an mm that did not change are
 * a copy of one slice. Which of them are still there is known when all visits
 * are in; the others are dropped by decode_finish. Not to be mixed with the decoder's
 * private parts: nobody but the decode_* modules includes this.
 */
#ifndef VMASCOPE_COLLECTOR_DECODE_INHERIT_H
#define VMASCOPE_COLLECTOR_DECODE_INHERIT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode.h"

/* Takes over the anon_vmas of the previous model, none of which is named yet.
 * 0, -ENOMEM or -EOVERFLOW. */
int decode_inherit_anon_vmas(struct decoder *decoder);
/* True when the visit in progress, a complete one, found of an mm of the previous
 * model what it was then: VMAs, chains and all. */
bool decode_is_as_before(const struct decoder *decoder, uint32_t before);
/* Appends the VMAs and chains of an mm of the previous model to those of the
 * visit in progress. 0, -ENOMEM or -EOVERFLOW. */
int decode_inherit_mm(struct decoder *decoder, uint32_t before);

#endif
