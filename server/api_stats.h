/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_stats: time series of the totals, of one process or of one tree.
 */
#ifndef VMASCOPE_SERVER_API_STATS_H
#define VMASCOPE_SERVER_API_STATS_H

#include "call.h"
#include "reply.h"

int api_stats(const struct call *call, struct reply *reply);

#endif
