/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_vmas: VMAs, of one process or of a whole snapshot.
 */
#ifndef VMASCOPE_SERVER_API_VMAS_H
#define VMASCOPE_SERVER_API_VMAS_H

#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_vmas_of_process_fields[];
extern const struct field api_vmas_fields[];

int api_vmas_of_process(const struct call *call, struct reply *reply);
int api_vmas_list(const struct call *call, struct reply *reply);

#endif
