/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * history: writes models into a store one after the other, as the collector
 * does, with the simplest of all identities: ids are the keys, numbers and
 * inodes that the test chose.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_HISTORY_H
#define VMASCOPE_TESTS_SUPPORT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/store.h"
#include "topology/analysis.h"
#include "topology/model.h"

struct history {
	struct store *store;
	struct model models[2];
	struct analysis analyses[2];
	struct analysis_options options;
	struct analyser *analyser;
	struct store_sequences sequences;
	unsigned int now; /* the model that is being filled */
	bool any; /* the other one was written */
	uint64_t taken_ns; /* of the last snapshot */
	struct store_snapshot snapshot; /* what is stored beside the model */
};

void history_open(struct history *history, const char *path);
void history_close(struct history *history);
/* An empty model to fill, a second later than the last. */
struct model *history_next(struct history *history);
/* The model that was written last. */
struct model *history_last(struct history *history);
/* Writes the model of history_next; 0 or -errno. */
int history_try(struct history *history, const char *label, int64_t *ret_id);
/* The same; fails the test when it fails. The id of the snapshot. */
int64_t history_write(struct history *history, const char *label);

/*
 * What a model says, independent of order, indexes, keys and rows: one sorted
 * line an object. root_id limits it to what store_load_tree gives; 0 = all. The
 * caller frees.
 */
char *history_describe(const struct model *model, uint32_t root_id);

#endif
