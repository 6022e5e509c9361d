/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sampler: makes few points of many snapshots, without hiding a peak.
 *
 * Time is cut into steps, counted from 1970 so that the cuts do not move when the
 * range does. A point is the last snapshot of its step, with the values of that
 * snapshot; beside each value stands the largest of the step and the snapshot that
 * had it. Snapshots of two boots are never one point. Pure: no I/O.
 */
#ifndef VMASCOPE_SERVER_SAMPLER_H
#define VMASCOPE_SERVER_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include "schema/store_series.h"

struct sample {
	int64_t value; /* of the point's snapshot */
	int64_t max; /* of its step */
	int64_t max_snapshot; /* the first that had it; 0: none is known */
};

struct sampler_point {
	int64_t snapshot, taken_ns, boot;
};

struct sampler {
	size_t columns;
	int64_t step_ns; /* 0: every snapshot is a point */
	struct sampler_point *points;
	struct sample *samples; /* `columns` for each point */
	size_t count, capacity;
	int64_t rows; /* that were added */
};

void sampler_start(struct sampler *sampler, size_t columns, int64_t step_s);
void sampler_clear(struct sampler *sampler);
/* Snapshots come by time. 0 or -ENOMEM. */
int sampler_add(struct sampler *sampler, const struct store_series_row *row);
const struct sample *sampler_sample(const struct sampler *sampler, size_t point, size_t column);

/* The smallest step of a round number of seconds that makes about `points` of a
 * time, at most one more. */
int64_t sampler_step_s(int64_t span_ns, int64_t points);

#endif
