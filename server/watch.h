/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch: looks at the database and the collector from time to time and tells its
 * readers what happened, as events (event.h).
 *
 * One thread watches. Events go into a ring of fixed size; a reader has a place in
 * it and waits there. One that does not read in time falls out of the ring and is
 * told so, hence costs nobody else anything. All functions are thread-safe.
 */
#ifndef VMASCOPE_SERVER_WATCH_H
#define VMASCOPE_SERVER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "database.h"

#define WATCH_READERS_MAX 32
/* Snapshots that are told one by one when many came at once; more are a gap. */
#define WATCH_SNAPSHOTS_MAX 100

struct watch;

enum watch_collector {
	WATCH_COLLECTOR_UNKNOWN, /* not asked yet, or its socket is not ours to open */
	WATCH_COLLECTOR_GONE,
	WATCH_COLLECTOR_RUNS,
};

/* The database and the path of the collector's socket (NULL: do not ask) must
 * outlive the watch. 0 or -errno. */
int watch_start(struct database *database, const char *collector, struct watch **ret_watch);
/* Ends the thread and wakes all readers for good. */
void watch_stop(struct watch *watch);
/* To be called when the last reader has left. */
void watch_free(struct watch **watch);

enum watch_collector watch_collector(struct watch *watch);
unsigned int watch_readers(struct watch *watch);

/* A place in the ring; belongs to one thread at a time, and stays where it is. */
struct watch_reader {
	struct watch *watch;
	int socket;
	bool dismissed; /* its place is another's */
	uint64_t wakes; /* seen so far */
	uint64_t next;
	int64_t told; /* snapshots up to this one are not told (again) */
};

/*
 * Puts a reader behind what happened so far. socket: of its client, open until it
 * leaves, or 0. Where there are WATCH_READERS_MAX, those lose their places whose
 * clients have hung up, which else shows at the next write only. 0, or -EBUSY
 * where there is none.
 */
int watch_join(struct watch *watch, int socket, struct watch_reader *ret_reader);
void watch_leave(struct watch_reader *reader);

/*
 * Appends the events since the last call. Waits for one for at most the time-out:
 * -ETIMEDOUT. -EOVERFLOW when the reader fell out of the ring, -ESHUTDOWN after
 * watch_stop() or where the reader lost its place. -EINTR after watch_wake().
 */
int watch_read(struct watch_reader *reader, unsigned int timeout_ms, struct buffer *buffer);

/* Ends the waits of all readers, once. */
void watch_wake(struct watch *watch);

/* Appends what a reader of the store missed since a snapshot: each, or a gap where
 * they are too many, or a reset where the store is not that far. Sets told. In a
 * read transaction. 0 or -errno. */
int watch_replay(struct watch_reader *reader, struct store *store, int64_t after,
		 struct buffer *buffer);

#endif
