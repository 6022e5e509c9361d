/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_health: whether the server can answer.
 */
#ifndef VMASCOPE_SERVER_API_HEALTH_H
#define VMASCOPE_SERVER_API_HEALTH_H

#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_health_document[];

int api_health(const struct call *call, struct reply *reply);

#endif
