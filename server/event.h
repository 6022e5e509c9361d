/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event: what a follower is told, in the form of server-sent events.
 *
 * Each function appends one event to the buffer: small, and whatever a process
 * calls itself, without a line of its own. Errors of memory stay in the buffer.
 */
#ifndef VMASCOPE_SERVER_EVENT_H
#define VMASCOPE_SERVER_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "answer.h"
#include "buffer.h"

struct store;

/* The data of each kind of event. */
extern const struct answer event_answers[];

/*
 * A snapshot: when, totals, and which findings are new or gone since the one
 * before it that there is. The store is in a read transaction. When the findings
 * take longer than the store's deadline the event says null for them; the deadline
 * is gone then. 0, -ENOENT for a snapshot that there is not, or -errno.
 */
int event_snapshot(struct buffer *buffer, struct store *store, int64_t snapshot);
/* Snapshots that are not told one by one, both ends included. */
void event_gap(struct buffer *buffer, int64_t first, int64_t last);
/* The database is another one now, or gone (latest is 0 without a snapshot): what
 * is known of the one before means nothing any more. */
void event_reset(struct buffer *buffer, int64_t latest);
void event_collector(struct buffer *buffer, bool runs);

#endif
