/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decode_finish: what can be settled only when all records of a walk are known.
 *
 * Part of decode; nobody else includes this.
 */
#ifndef VMASCOPE_COLLECTOR_DECODE_FINISH_H
#define VMASCOPE_COLLECTOR_DECODE_FINISH_H

#include "decode.h"
#include "record.h"

struct decode_task {
	struct record_task record;
};

/* Adds the processes, fills in what an incremental walk left out, drops
 * anon_vmas that only abandoned visits saw and makes the edges safe. 0 or
 * -ENOMEM. */
int decode_finish(struct decoder *decoder);

#endif
