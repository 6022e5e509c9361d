/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_executables: the processes and trees of a snapshot, taken together by what
 * the processes execute: "postgres, 200 processes".
 */
#ifndef VMASCOPE_SERVER_API_EXECUTABLES_H
#define VMASCOPE_SERVER_API_EXECUTABLES_H

#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_executables_fields[];

int api_executables_list(const struct call *call, struct reply *reply);

#endif
