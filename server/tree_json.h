/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree_json: one whole tree, as loaded into a model, as JSON.
 */
#ifndef VMASCOPE_SERVER_TREE_JSON_H
#define VMASCOPE_SERVER_TREE_JSON_H

#include "json_writer.h"
#include "topology/model.h"

/*
 * Writes the members "anon_vmas" (parents before children), "vmas", "processes"
 * and "missed_groups" into the object that is open. 0 or -ENOMEM.
 */
int tree_json_write(struct json_writer *json, const struct model *model);

#endif
