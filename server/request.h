/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * request: a request with its parameters checked against its route. A handler
 * sees nothing else of what the client sent.
 */
#ifndef VMASCOPE_SERVER_REQUEST_H
#define VMASCOPE_SERVER_REQUEST_H

#include "param.h"
#include "problem.h"
#include "target.h"

#define REQUEST_STEM_SIZE 24 /* any integer */

struct route;

struct request {
	const struct route *route;
	const struct target *target;
	struct param_value values[PARAM_COUNT]; /* by enum param_id; fallbacks filled in */
	char stem[REQUEST_STEM_SIZE]; /* of a segment whose ending the route names */
};

/*
 * Reads and checks every parameter. 0, or -EPROTO with the problem: a parameter
 * that the route does not know, that is there twice, or that is not of its type.
 * The request points into the target and into itself: it must not be moved.
 */
int request_read(struct request *request, const struct route *route, const struct target *target,
		 struct problem *problem);

#endif
