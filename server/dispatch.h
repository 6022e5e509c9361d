/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dispatch: from a request to a reply, without a socket.
 *
 * Everything that decides about an answer happens below dispatch(); http.c only
 * carries bytes. Tests and fuzzers enter here.
 */
#ifndef VMASCOPE_SERVER_DISPATCH_H
#define VMASCOPE_SERVER_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "counters.h"
#include "database.h"
#include "held.h"
#include "reply.h"
#include "reply_cache.h"
#include "tokens.h"
#include "turns.h"
#include "wire.h"

struct watch;

#define DISPATCH_BODY_MAX 16384

/* Nothing in it changes after the start but what has its own lock: the database's
 * pool, the replies, the watch, the tokens; and the counters. */
struct server {
	struct database database;
	struct reply_cache *replies; /* NULL: every reply is made anew */
	const char *web_root; /* NULL: the page that was compiled in */
	const char *collector; /* path of the collector's control socket; may be NULL */
	struct watch *watch; /* NULL: there are no events */
	struct turns *turns; /* NULL: all requests at once */
	struct turns *prompt_turns; /* those of routes that are prompt; NULL likewise */
	struct held *held; /* NULL: any number of bytes */
	struct counters counters;
	const char *const *names; /* that a Host header may have, beside loopback's */
	size_t name_count;
	struct tokens *tokens; /* NULL: needs none */
};

/* Whether the request is one whose body has to be read before dispatch(), which
 * refuses it otherwise; at most DISPATCH_BODY_MAX bytes. Thread-safe. */
bool dispatch_wants_body(struct server *server, const struct wire_request *wire);
/* Fills an empty reply completely; to be cleared by the caller. Thread-safe. */
void dispatch(struct server *server, const struct wire_request *wire, struct reply *reply);

#endif
