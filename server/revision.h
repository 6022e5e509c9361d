/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * revision: the snapshot that a request names. The first form that the text has
 * decides, whether there is such a snapshot or not:
 *
 *   label:NAME        the newest snapshot with that label
 *   7                 by id
 *   latest, latest~2  the newest, or the one with two after it
 *   2026-11-21T02:33:18.5Z, …+01:00
 *                     the newest taken at that time (RFC 3339) or before
 *   NAME              what is none of these is a label
 */
#ifndef VMASCOPE_SERVER_REVISION_H
#define VMASCOPE_SERVER_REVISION_H

#include <stdint.h>

#include "problem.h"

struct store;

/*
 * Finds the snapshot. 0, or -errno; -EPROTO with a problem: 400 for a form that
 * is almost right, 404 where there is no such snapshot, 410 for an id that was
 * there and has been deleted. `name` is the parameter's, for the problem.
 */
int revision_find(struct store *store, const char *name, const char *text, int64_t *ret_snapshot,
		  struct problem *problem);
/*
 * When that snapshot was taken; but a time is that time itself, whether a snapshot
 * was taken before it or not. `store` may be NULL: there is no database yet.
 */
int revision_find_moment(struct store *store, const char *name, const char *text, int64_t *ret_ns,
			 struct problem *problem);

#endif
