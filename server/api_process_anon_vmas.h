/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_process_anon_vmas: every anon_vma that a process's VMAs are linked to, with
 * its parent, counters and owner, and the groups in which fork() missed reuse.
 */
#ifndef VMASCOPE_SERVER_API_PROCESS_ANON_VMAS_H
#define VMASCOPE_SERVER_API_PROCESS_ANON_VMAS_H

#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_process_anon_vmas_document[];

int api_process_anon_vmas(const struct call *call, struct reply *reply);

#endif
