/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_metrics: /metrics for Prometheus.
 */
#ifndef VMASCOPE_SERVER_API_METRICS_H
#define VMASCOPE_SERVER_API_METRICS_H

#include "call.h"
#include "reply.h"

int api_metrics(const struct call *call, struct reply *reply);

#endif
