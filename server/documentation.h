/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * documentation: what the server tells about itself, from the table of routes:
 *
 *   /api/v1/              the index, for programs that look around:
 *                         {"name":"vmascope","version":"0.1.0","documentation":"/api",
 *                         "openapi":"/api/v1/openapi.json","resources":[{"method":"GET",
 *                         "href":"/api/v1/snapshots{?limit,cursor}","summary":"…"},…]}
 *   /api/v1/openapi.json  everything, for programs (openapi.h)
 *   /api                  everything, for people (documentation_page.h)
 *
 * Each is made once, when it is first asked for.
 */
#ifndef VMASCOPE_SERVER_DOCUMENTATION_H
#define VMASCOPE_SERVER_DOCUMENTATION_H

#include "call.h"
#include "field.h"
#include "reply.h"

#define DOCUMENTATION_PAGE "/api"
#define DOCUMENTATION_OPENAPI "/api/v1/openapi.json"

extern const struct field documentation_index_shape[];

int documentation_index(const struct call *call, struct reply *reply);
int documentation_openapi(const struct call *call, struct reply *reply);
int documentation_page(const struct call *call, struct reply *reply);

#endif
