/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_snapshots: /api/v1/snapshots and one of them.
 */
#ifndef VMASCOPE_SERVER_API_SNAPSHOTS_H
#define VMASCOPE_SERVER_API_SNAPSHOTS_H

#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_snapshots_fields[];
extern const struct field api_snapshots_document[]; /* of one of them */
/* The numbers of a struct store_snapshot_row that are its totals; integers all. */
extern const struct field api_snapshots_totals[];

int api_snapshots_list(const struct call *call, struct reply *reply);
int api_snapshots_one(const struct call *call, struct reply *reply);
/* The same for one that was just made: 201 with its Location. */
int api_snapshots_created(const struct call *call, struct reply *reply);

#endif
