/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree_json: one whole tree, as loaded into a model, as JSON.
 */
#ifndef VMASCOPE_SERVER_TREE_JSON_H
#define VMASCOPE_SERVER_TREE_JSON_H

#include "field.h"
#include "json_writer.h"
#include "topology/model.h"
#include "tree_view.h"

/* What the functions below write. */
extern const struct field tree_json_shape[];
extern const struct field tree_json_anon_vma_shape[];
extern const struct field tree_json_vma_shape[];

/*
 * Writes the members "anon_vmas" (parents before children), "vmas", "processes"
 * and "missed_groups" into the object that is open. 0 or -ENOMEM.
 */
int tree_json_write(struct json_writer *json, const struct model *model);

/* The members of one anon_vma or VMA, by its index in the model, for the object
 * that is open. */
void tree_json_anon_vma(struct json_writer *json, const struct tree_view *tree, uint32_t i);
void tree_json_vma(struct json_writer *json, const struct tree_view *tree, uint32_t i);
/* A member: the ids of anon_vmas, which are given by index. */
void tree_json_ids(struct json_writer *json, const struct tree_view *tree, const char *name,
		   const uint32_t *anon_vmas, uint32_t count);

#endif
