/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decode: from the records of one walk to a model.
 *
 * The decoder trusts nothing: any byte string gives a model or -EBADMSG with a
 * sentence in `error`. What the kernel may legitimately show while it changes
 * is no error: a visit that did not hold still is dropped and listed in
 * `retries`, or kept and its mm marked torn when the visit was the last attempt.
 *
 * The model that comes out is safe to follow: every index is in range, roots
 * are their own root, parent edges have no cycle. An anon_vma that could not be
 * described consistently stands alone with described == false.
 */
#ifndef VMASCOPE_COLLECTOR_DECODE_H
#define VMASCOPE_COLLECTOR_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../topology/model.h"
#include "record.h"

#define DECODE_ERROR_SIZE 160

/* An address space that has to be walked again. */
struct decode_retry {
	uint64_t mm; /* key */
	int32_t tid;
	int32_t tgid;
};

struct decode_task;

struct decoder {
	struct model *model;
	const struct model *previous; /* what an incremental walk left out; or
					 NULL */
	char error[DECODE_ERROR_SIZE];

	struct decode_retry *retries;
	uint32_t retry_count, retry_capacity;
	uint32_t retried_count; /* mms that were listed at least once */

	/* the rest is private */
	struct decode_task *tasks;
	uint32_t task_count, task_capacity;
	struct key_map task_by_tgid;
	struct key_map cgroup_paths; /* cgroup id -> offset in model.text */
	struct key_map retried; /* mm keys */
	struct decode_retry *reach; /* how each mm of the model was reached */
	uint32_t reach_capacity;
	uint8_t *marks; /* what this walk said of each anon_vma; DECODE_* */
	uint32_t mark_capacity;
	uint32_t *from_previous_file; /* previous file -> file */
	uint32_t from_previous_file_capacity;
	uint32_t *stale; /* anon_vmas that decode_plan wants looked at */
	uint32_t stale_count, stale_capacity;
	uint64_t record_count;
	bool begun, ended, incremental;
	bool edges_moved; /* roots and parents are not those of the previous model */

	struct record_mm_address mm_address; /* the last one */

	/* the visit in progress */
	struct model_mm mm;
	uint32_t visit;
	bool in_visit; /* between RECORD_MM and RECORD_VISIT_END */
	uint64_t named_start; /* VMA that the last RECORD_VMA_NAME names */
	uint32_t name; /* offset in model.text, 0 = none */
	bool in_chain; /* a chain goes on in the next RECORD_CHAIN */
	bool unsteady; /* what came so far does not fit together */
	uint32_t vma_mark, avc_mark; /* where the visit began */
};

/* All zero bytes is a decoder that owns nothing. Prepares for one walk; the
 * model is reset. previous may be NULL. */
void decoder_start(struct decoder *decoder, struct model *model, const struct model *previous);
/* Takes one record. 0, -EBADMSG or -ENOMEM; after an error only decoder_start
 * and decoder_clear are allowed. */
int decoder_feed(struct decoder *decoder, const void *record, size_t size);
/* True when the address space was decoded; a retry for it is then needless. */
bool decoder_has_mm(const struct decoder *decoder, uint64_t key);
/* Completes the model after RECORD_END. 0, -EBADMSG (no such record) or
 * -ENOMEM. */
int decoder_finish(struct decoder *decoder);
void decoder_clear(struct decoder *decoder);

#endif
