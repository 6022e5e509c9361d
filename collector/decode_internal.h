/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decode_internal: what the decode_* modules share. Nobody else includes this.
 */
#ifndef VMASCOPE_COLLECTOR_DECODE_INTERNAL_H
#define VMASCOPE_COLLECTOR_DECODE_INTERNAL_H

#include <stdint.h>

#include "../topology/table.h"
#include "decode.h"
#include "record.h"

struct decode_task {
	struct record_task record;
};

/* Bits of decoder.marks. */
enum {
	DECODE_LOOKED_AT = 1, /* its counters were compared */
	DECODE_DESCRIBED = 2,
	DECODE_NAMED = 4, /* by any record, or by an mm that was taken over */
	DECODE_LINKED = 8, /* by an mm of the model */
	DECODE_ABOVE_LINKED = 16, /* root, parent, ... of one that is */
	DECODE_KEPT = DECODE_LINKED | DECODE_ABOVE_LINKED
};

/* Keeps the sentence in decoder->error and gives -EBADMSG. */
int decode_bad(struct decoder *decoder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The anon_vma with this key, which is now named. */
int decode_intern_anon_vma(struct decoder *decoder, uint64_t key, uint32_t *ret_index);
int decode_intern_file(struct decoder *decoder, uint32_t dev, uint64_t ino, uint32_t *ret_index);

/* The records of a visit; decode_visit.c. */
int decode_take_mm(struct decoder *decoder, const struct record_mm *record);
int decode_take_vma_name(struct decoder *decoder, const struct record_vma_name *record);
int decode_take_vma(struct decoder *decoder, const struct record_vma *record);
int decode_take_chain(struct decoder *decoder, const struct record_chain *record);
int decode_take_visit_end(struct decoder *decoder, const struct record_visit_end *record);
/* Forgets what the visit in progress has added to the model. */
void decode_drop_visit(struct decoder *decoder);

/* Makes the edges safe, drops anon_vmas that no mm links to and adds the
 * processes. 0 or -ENOMEM. decode_finish.c */
int decode_finish(struct decoder *decoder);

#endif
