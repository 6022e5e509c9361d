/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk: drives the BPF program through the whole system and feeds what it
 * writes to a decoder, walking again whatever did not hold still.
 */
#ifndef VMASCOPE_COLLECTOR_WALK_H
#define VMASCOPE_COLLECTOR_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "decode.h"
#include "recording.h"

#define WALK_ERROR_SIZE 320

struct walk;

struct walk_result {
	uint64_t stream_bytes; /* records written by the kernel side */
	uint64_t walk_ns;
};

/* Loads the program. tree_tgid limits every walk to that process and its
 * descendants; 0 = everything this pid namespace shows. 0 or -errno with a
 * sentence in error (WALK_ERROR_SIZE bytes). */
int walk_open(int32_t tree_tgid, struct walk **ret_walk, char *error);

/*
 * One walk. With incremental, what did not change since the last walk that
 * succeeded is left out; the decoder then needs the model of that walk as its
 * previous one. A recording (or NULL) gets every record; it wants walks that
 * are not incremental. 0, or -errno with a sentence in error; the next walk
 * must not be incremental after a failure.
 */
int walk_run(struct walk *walk, bool incremental, struct decoder *decoder,
	     struct recording_writer *recording, struct walk_result *result, char *error);

/* The bare walk: every record is drained and thrown away. For measurements. */
int walk_discard(struct walk *walk, struct walk_result *result, char *error);

void walk_close(struct walk **walk);

#endif
