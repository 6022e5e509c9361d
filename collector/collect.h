/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collect: the way of one snapshot through all stages, walk (or replay) →
 * decode → identity → analysis → store, and what has to be kept for the next
 * one.
 */
#ifndef VMASCOPE_COLLECTOR_COLLECT_H
#define VMASCOPE_COLLECTOR_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "../schema/store.h"
#include "../topology/analysis.h"
#include "../topology/model.h"
#include "decode.h"
#include "recording.h"
#include "walk.h"

#define COLLECT_ERROR_SIZE 640

/* A snapshot in memory. */
struct collect_state {
	struct model model;
	struct analysis analysis;
};

struct collect {
	struct store *store; /* borrowed */
	struct store_retention retention;
	struct analysis_options analysis; /* thresholds */
	bool raw_addresses;
	char error[COLLECT_ERROR_SIZE];

	/* the rest is private */
	struct decoder decoder;
	struct analyser *analyser;
	struct collect_state states[2];
	struct collect_state *stored; /* what the last snapshot holds, or NULL */
	bool stored_has_keys; /* its keys are addresses of this boot's walks */
	bool can_be_incremental; /* the last walk made `stored` */
	bool resumed; /* the store was asked for the last snapshot */
	struct store_sequences sequences;
	char observed_boot[40]; /* whose kernel analysis.policy is */
};

/* What became of a snapshot. */
struct collect_result {
	int64_t snapshot;
	struct analysis_totals totals;
	uint32_t rewalked_mms;
	uint64_t walk_ns, identity_ns, analyse_ns, store_ns;
	uint32_t pruned; /* old snapshots deleted */
	int prune_error; /* the snapshot is stored, but old ones could not be
			    deleted: -errno with a sentence in collect->error */
};

/* All zero bytes, then store and options set, is a fresh one. */

/*
 * Takes one snapshot of the live system and stores it. A recording gets the
 * records too, which makes the walk a full one. 0 or -errno with a sentence in
 * collect->error; then nothing was stored, and the next call works.
 */
int collect_live(struct collect *collect, struct walk *walk, struct recording_writer *recording,
		 const char *label, struct collect_result *result);
/* Stores the next walk of a recording. 1, 0 after the last one, or -errno. */
int collect_replay(struct collect *collect, struct recording_reader *reader, const char *label,
		   struct collect_result *result);
void collect_clear(struct collect *collect);

#endif
