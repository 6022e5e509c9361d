/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_fork: the child that fork() would make of a process.
 */
#ifndef VMASCOPE_SERVER_API_FORK_H
#define VMASCOPE_SERVER_API_FORK_H

#include "call.h"
#include "reply.h"

int api_fork(const struct call *call, struct reply *reply);

#endif
