/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_orders: what a request has the collector do: take a snapshot now, give one
 * a label, pin it. The bodies are JSON objects of which every member is checked.
 */
#ifndef VMASCOPE_SERVER_API_ORDERS_H
#define VMASCOPE_SERVER_API_ORDERS_H

#include <stdint.h>

#include "call.h"
#include "field.h"
#include "problem.h"

/* Of the bodies that they take. */
extern const struct field api_orders_take_body[];
extern const struct field api_orders_change_body[];

/* POST: {} or {"label": TEXT or null}. */
int api_orders_take(const struct call *call, int64_t *ret_snapshot, struct problem *problem);
/* PATCH: {"label": TEXT or null, "pinned": BOOLEAN}, one of them or both. */
int api_orders_change(const struct call *call, int64_t *ret_snapshot, struct problem *problem);

#endif
