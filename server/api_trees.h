/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_trees: the anon_vma trees of a snapshot.
 */
#ifndef VMASCOPE_SERVER_API_TREES_H
#define VMASCOPE_SERVER_API_TREES_H

#include "call.h"
#include "reply.h"

int api_trees_list(const struct call *call, struct reply *reply);
int api_trees_one(const struct call *call, struct reply *reply);

#endif
