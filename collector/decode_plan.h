/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decode_plan: which anon_vmas an incremental walk still has to look at.
 *
 * A quiet visit says that an mm's VMAs and chains are the same; the counters of
 * the anon_vmas linked to them can have moved all the same, because other mms
 * share them. Who can move them:
 *
 *  - fork, exit, exec, munmap, split, merge and first faults of an mm touch the
 *    counters of anon_vmas in the chains of its own VMAs only (anon_vma_fork,
 *    anon_vma_clone, unlink_anon_vmas in mm/rmap.c; an anon_vma's parent and root
 *    are in every chain that it is in). So whatever was linked to an mm that is
 *    gone, or was walked in full because it is not quiet, is looked at again.
 *  - an mm that no task shows (it is half built by fork, or exiting, or of
 *    another pid namespace) has no visit. It was there in the walk before as
 *    well, or else its parent was not quiet; then the links that were seen did
 *    not explain the counters it is in, and those anon_vmas were not settled.
 *    What is not settled is looked at again.
 *  - KSM and migration take references without touching any mm. That moves
 *    refcount only; once seen, it leaves the anon_vma unsettled, and the audit
 *    of walk.bpf.c sees it after at most AUDIT walks.
 */
#ifndef VMASCOPE_COLLECTOR_DECODE_PLAN_H
#define VMASCOPE_COLLECTOR_DECODE_PLAN_H

#include "decode.h"

/* To be called in an incremental walk when all mms were visited: lists in
 * decoder->retries mms that together link to all anon_vmas that have to be
 * looked at. 0 or -ENOMEM. */
int decode_plan(struct decoder *decoder);

/* Sets `settled` of every anon_vma of a complete model. 0 or -ENOMEM. */
int decode_settle(struct model *model);

#endif
