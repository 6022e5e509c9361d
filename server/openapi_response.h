/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * openapi_response: what a route answers and refuses, as OpenAPI describes it.
 */
#ifndef VMASCOPE_SERVER_OPENAPI_RESPONSE_H
#define VMASCOPE_SERVER_OPENAPI_RESPONSE_H

#include "json_writer.h"
#include "route.h"

#define OPENAPI_PROBLEMS_MAX 16

/* The statuses that a route refuses with by what it does, rising, ended by 0. Any
 * may refuse with others too: a method that is not taken, a failure of ours. */
void openapi_response_problems(const struct route *route,
			       uint16_t ret_statuses[OPENAPI_PROBLEMS_MAX]);
/* When a status comes, in a sentence without its full stop. */
const char *openapi_response_reason(int status);
/* A Responses Object. */
void openapi_response_write(struct json_writer *json, const struct route *route);
/* The Response and Header Objects that these refer to, as members of the
 * components that are open. */
void openapi_response_components(struct json_writer *json);

#endif
