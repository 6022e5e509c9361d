/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * route: the table of all resources. Each row is a method, a path, the
 * parameters it takes and the function that answers; what else is known of a
 * resource (its checks, its errors, its documentation) follows from the
 * row.
 */
#ifndef VMASCOPE_SERVER_ROUTE_H
#define VMASCOPE_SERVER_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"
#include "reply.h"
#include "request.h"

#define ROUTE_QUERY_MAX 16
#define ROUTE_PROBLEMS_MAX 8

struct call;

/* Fills the reply. 0, -EPROTO with reply->problem set, or another -errno, which
 * becomes a problem (problem.h). */
typedef int (*route_handler)(const struct call *call, struct reply *reply);

/* Has the collector do what the request asks for, before the handler answers with
 * the snapshot that *ret_snapshot says. 0, -EPROTO with the problem, or another
 * -errno. It has the request's body and no store. */
typedef int (*route_order)(const struct call *call, int64_t *ret_snapshot, struct problem *problem);

struct route {
	const char *method;
	/* {name} stands for one segment, a path parameter; "{name}.dot" for one that
	 * ends so, before any that may end otherwise */
	const char *path;
	const char *summary;
	struct answer answer;
	const struct answer *also; /* more that it may be, or NULL; ended by ANSWERS_END */
	route_handler handler;
	route_order order; /* NULL: it changes nothing and takes no body */
	const struct field *body; /* what it takes; NULL: none */
	uint16_t status; /* where all is well; 0 is 200 */
	bool open; /* answered without a token too */
	uint8_t query[ROUTE_QUERY_MAX]; /* enum param_id, ended by PARAM_NONE */
	uint8_t in_path[ROUTE_QUERY_MAX]; /* those of the path, in their order */
	/* what else it refuses with (404, 422, …), ended by 0; what each route may
	 * refuse with follows from the rest of the row (openapi_problems.h) */
	uint16_t problems[ROUTE_PROBLEMS_MAX];
	bool prompt; /* little to do, and asked for by who watches the server: does not
		      * wait for the turns of others */
	bool without_database; /* it answers whether there is one or not */
};

/* All that it may answer with, one by one from 0 on; NULL past the last. */
const struct answer *route_answer(const struct route *route, size_t i);

/* In its path or its query. */
bool route_takes(const struct route *route, enum param_id id);

/* Ended by a row without a method. */
extern const struct route routes[];

/* What a look for a path finds. */
struct route_match {
	const struct route *route; /* NULL: none with this method */
	bool open; /* every method of the path is */
	char allow[64]; /* methods the path has; "" when there is no such path */
};

/* HEAD finds what GET finds. Every path allows OPTIONS, which is no route. */
void route_find(const char *method, const struct target *target, struct route_match *ret_match);

#endif
