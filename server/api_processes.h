/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_processes: processes of a snapshot.
 */
#ifndef VMASCOPE_SERVER_API_PROCESSES_H
#define VMASCOPE_SERVER_API_PROCESSES_H

#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_processes_fields[];

int api_processes_list(const struct call *call, struct reply *reply);
int api_processes_one(const struct call *call, struct reply *reply);

#endif
