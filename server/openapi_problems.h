/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * openapi_problems: what a route refuses with, as far as its row tells.
 */
#ifndef VMASCOPE_SERVER_OPENAPI_PROBLEMS_H
#define VMASCOPE_SERVER_OPENAPI_PROBLEMS_H

#include <stdint.h>

#include "route.h"

#define OPENAPI_PROBLEMS_MAX 20

/* The statuses, rising, ended by 0. Any route may refuse with others too: a method
 * that is not taken, a failure of ours. */
void openapi_problems_of(const struct route *route, uint16_t ret_statuses[OPENAPI_PROBLEMS_MAX]);
/* When the status comes, in a sentence without its full stop; NULL for one that no
 * route gives. */
const char *openapi_problems_reason(int status);

#endif
