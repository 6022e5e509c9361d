/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_findings: what is worth a look in a snapshot.
 */
#ifndef VMASCOPE_SERVER_API_FINDINGS_H
#define VMASCOPE_SERVER_API_FINDINGS_H

#include "call.h"
#include "reply.h"

int api_findings_list(const struct call *call, struct reply *reply);

#endif
