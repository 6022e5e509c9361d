/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * openapi_response: the answers of a route, refusals too, as OpenAPI describes it.
 */
#ifndef VMASCOPE_SERVER_OPENAPI_RESPONSE_H
#define VMASCOPE_SERVER_OPENAPI_RESPONSE_H

#include "json_writer.h"
#include "route.h"

/* A Responses Object. */
void openapi_response_write(struct json_writer *json, const struct route *route);
/* The Response and Header Objects that these refer to, as members of the
 * components that are open. */
void openapi_response_components(struct json_writer *json);

#endif
