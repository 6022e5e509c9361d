/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * comparison: the two snapshots that a request compares, by its parameters from
 * and to (revision.h), and the request with their ids in place of what it said.
 */
#ifndef VMASCOPE_SERVER_COMPARISON_H
#define VMASCOPE_SERVER_COMPARISON_H

#include <stdint.h>

#include "problem.h"
#include "request.h"
#include "target.h"

struct store;

/* All zero bytes is empty. */
struct comparison {
	int64_t from, to;
	uint64_t mark; /* tells the pair from those of the same ids elsewhere */
	uint64_t revision; /* ... and from itself with other labels (snapshot_mark.h) */
	struct target target; /* of the request, with ids */
};

/*
 * Finds the snapshots. The request's values and its target become those of the
 * ids, so that a cursor and the link to the next page stay with the snapshots
 * while `latest` moves on; they live as long as the comparison. 0, -EPROTO with
 * the problem, or another -errno. Clear the comparison in any case.
 */
int comparison_find(struct comparison *comparison, struct store *store, struct request *request,
		    struct problem *problem);
/* Mark and revision of two snapshots, as of one (snapshot_mark.h). */
int comparison_mark(struct store *store, int64_t from, int64_t to, uint64_t *ret_mark,
		    uint64_t *ret_revision);
void comparison_clear(struct comparison *comparison);

#endif
