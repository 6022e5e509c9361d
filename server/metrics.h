/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * metrics: what there is to know of the newest snapshot, of the collection and of
 * the server, in the text format of Prometheus. One table; a metric without a
 * value now is left out. No label holds what a process chose.
 */
#ifndef VMASCOPE_SERVER_METRICS_H
#define VMASCOPE_SERVER_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "counters.h"
#include "schema/store_findings.h"
#include "schema/store_list.h"
#include "topology/findings.h"
#include "topology/invariants.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Where the values come from. */
struct metrics_source {
	bool has_snapshot; /* else the next three mean nothing */
	struct store_snapshot_row snapshot; /* its texts are not looked at */
	struct store_finding_count_row findings[FINDING_KIND_COUNT]; /* by kind */
	int64_t violated[INVARIANT_COUNT]; /* by rule - 1 */
	int64_t snapshots;
	int64_t database_bytes;
	int64_t collector_up; /* 1, 0, or -1: not known */
	int64_t followers;
	const struct counters *counters;
};

void metrics_write(const struct metrics_source *source, struct buffer *buffer);

#endif
