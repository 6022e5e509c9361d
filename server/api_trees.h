/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_trees: the anon_vma trees of a snapshot.
 */
#ifndef VMASCOPE_SERVER_API_TREES_H
#define VMASCOPE_SERVER_API_TREES_H

#include "call.h"
#include "field.h"
#include "reply.h"

extern const struct field api_trees_fields[];
extern const struct field api_trees_document[]; /* of one whole tree */
extern const struct field api_trees_columns_document[]; /* the same, by columns */

int api_trees_list(const struct call *call, struct reply *reply);
int api_trees_one(const struct call *call, struct reply *reply);
/* One whole tree for those who draw very many nodes: see tree_json.h. */
int api_trees_columns(const struct call *call, struct reply *reply);
/* One whole tree as a drawing for GraphViz. */
int api_trees_dot(const struct call *call, struct reply *reply);

#endif
