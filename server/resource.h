/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resource: the reply of a route: from its parameters, a snapshot or two, the format,
 * the tag and a connection to the database to the handler; or a reply that was kept.
 */
#ifndef VMASCOPE_SERVER_RESOURCE_H
#define VMASCOPE_SERVER_RESOURCE_H

#include <stdbool.h>

#include "call.h"
#include "comparison.h"
#include "database.h"
#include "reply.h"
#include "reply_cache.h"
#include "request.h"
#include "target.h"
#include "wire.h"

struct route;
struct server;

/* A resource that is asked for: the first five are given, the others zero bytes. It
 * points into itself: it must not be moved. */
struct resource {
	struct server *server;
	const struct wire_request *wire;
	const struct route *route;
	const struct target *target;
	struct reply *reply;
	struct request request;
	struct database_lease lease;
	bool has_turn;
	struct call call;
	struct comparison comparison;
	struct reply_key key;
	bool has_key; /* the reply may be kept */
	bool found; /* the reply was kept, and is complete */
};

/* Fills the reply. 0, -EPROTO with its problem, or another -errno, which is logged. */
int resource_answer(struct resource *resource);
/* Keeps the reply, as it is sent, for the next one that asks the same, if it may be;
 * not one that was kept already. */
void resource_keep(struct resource *resource);
/* When all is done that takes memory to make the reply. */
void resource_clear(struct resource *resource);

#endif
