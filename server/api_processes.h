/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_processes: processes of a snapshot and their VMAs.
 */
#ifndef VMASCOPE_SERVER_API_PROCESSES_H
#define VMASCOPE_SERVER_API_PROCESSES_H

#include "call.h"
#include "reply.h"

int api_processes_list(const struct call *call, struct reply *reply);
int api_processes_one(const struct call *call, struct reply *reply);
int api_processes_vmas(const struct call *call, struct reply *reply);

#endif
