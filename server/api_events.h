/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_events: server-sent events, until the client or the server ends.
 */
#ifndef VMASCOPE_SERVER_API_EVENTS_H
#define VMASCOPE_SERVER_API_EVENTS_H

#include "call.h"
#include "reply.h"

int api_events(const struct call *call, struct reply *reply);

#endif
