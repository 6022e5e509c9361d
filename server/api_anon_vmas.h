/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_anon_vmas: one anon_vma: its counters, its place in the tree, every VMA that
 * is linked to it, what a reverse-map walk from it costs, findings about it.
 */
#ifndef VMASCOPE_SERVER_API_ANON_VMAS_H
#define VMASCOPE_SERVER_API_ANON_VMAS_H

#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_anon_vmas_document[];

int api_anon_vmas_one(const struct call *call, struct reply *reply);

#endif
