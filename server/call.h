/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * call: what a handler is given.
 */
#ifndef VMASCOPE_SERVER_CALL_H
#define VMASCOPE_SERVER_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "request.h"
#include "row_format.h"

struct server;
struct store;
struct wire_request;

struct call {
	struct server *server;
	const struct wire_request *wire; /* for headers; the rest is in the request */
	const struct request *request;
	/* in a read transaction; NULL while there is no database, which handlers
	 * of resources below a snapshot never see */
	struct store *store;
	int64_t snapshot; /* of the path, or made by the order: it exists; 0 where
			     there is none */
	int64_t from, to; /* snapshots to compare: they exist; 0 where none are */
	uint64_t mark; /* of that snapshot (snapshot_mark.h) or those (comparison.h) */
	enum row_format_id format; /* of a list */
	const char *body; /* of a route with an order; not terminated */
	size_t body_size;
};

#endif
