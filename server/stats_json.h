/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats_json: the document of a time series, with an array for each series, as a
 * plotting library takes them.
 */
#ifndef VMASCOPE_SERVER_STATS_JSON_H
#define VMASCOPE_SERVER_STATS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "field.h"
#include "sampler.h"
#include "schema/store_series.h"
#include "topology/model.h"

#define STATS_OTHERS_MAX 16

/* What the series are of. */
struct stats_subject {
	enum store_series_kind kind;
	int64_t id;
	int64_t pid;
	char comm[MODEL_COMM_SIZE];
	/* more processes that had the pid, the newest first */
	int64_t others[STATS_OTHERS_MAX];
	size_t other_count;
};

struct stats {
	struct stats_subject subject;
	struct store_series_range range;
	struct sampler sampler;
	int64_t step_s; /* 0: every snapshot is a point */
	bool shown[STORE_SERIES_MAX];
};

extern const struct field stats_json_shape[];

/* Errors of memory stay in the buffer. */
void stats_json_write(struct buffer *buffer, const struct stats *stats);

#endif
