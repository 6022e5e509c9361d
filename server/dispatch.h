/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dispatch: from a request to a reply, without a socket.
 *
 * Everything that decides about an answer happens below dispatch(); http.c only
 * carries bytes. Tests and fuzzers enter here.
 */
#ifndef VMASCOPE_SERVER_DISPATCH_H
#define VMASCOPE_SERVER_DISPATCH_H

#include "counters.h"
#include "database.h"
#include "reply.h"
#include "wire.h"

struct watch;

/* Nothing in it changes after the start but what has its own lock: the database's
 * pool, the watch; and the counters. */
struct server {
	struct database database;
	const char *web_root; /* NULL: the page that was compiled in */
	const char *collector; /* path of the collector's control socket; may be NULL */
	struct watch *watch; /* NULL: there are no events */
	struct counters counters;
	const char *host; /* the listen address as a Host header has it, without port */
};

/* Fills an empty reply completely; to be cleared by the caller. Thread-safe. */
void dispatch(struct server *server, const struct wire_request *wire, struct reply *reply);

#endif
