/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collector_link: asks the collector that writes the database, over its control
 * socket (the protocol is in collector/control.h).
 *
 * Each call is a connection of its own: one line out, one line in. All block the
 * caller for at most their time-out and are thread-safe.
 */
#ifndef VMASCOPE_SERVER_COLLECTOR_LINK_H
#define VMASCOPE_SERVER_COLLECTOR_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "problem.h"

#define COLLECTOR_LINK_VERSION_SIZE 32

/* What a collector says of itself. */
struct collector_status {
	bool answered; /* false: it runs, but is at work on a snapshot and did not
			  answer in time; the rest is not known then */
	bool replaying; /* a recording: takes no snapshots when asked */
	int64_t pid;
	int64_t snapshot; /* the newest; 0: none */
	int64_t interval_ms;
	int64_t next_in_ms; /* until the next snapshot is due; -1: none will be */
	char version[COLLECTOR_LINK_VERSION_SIZE];
};

/*
 * Whether a collector runs, which 0 says, and how it is. -ENOENT: none does.
 * -EACCES: one may, but this user may not open its socket. Other -errno are
 * failures of ours. 100 to 500 ms are a good time-out.
 */
int collector_link_status(const char *socket_path, unsigned int timeout_ms,
			  struct collector_status *ret_status);

/*
 * Orders; 0, or -EPROTO with the problem: 503 when no collector runs, has too much
 * to do or failed, or what answers is none; 504 when it did not answer in time; what
 * it refused, in its words (400, 404, 409). A label is NULL for none.
 */
int collector_link_take(const char *socket_path, const char *label, int64_t *ret_snapshot,
			struct problem *problem);
int collector_link_label(const char *socket_path, int64_t snapshot, const char *label,
			 struct problem *problem);
int collector_link_pin(const char *socket_path, int64_t snapshot, bool pinned,
		       struct problem *problem);

#endif
