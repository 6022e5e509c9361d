/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree_json: one whole tree as JSON.
 */
#ifndef VMASCOPE_SERVER_TREE_JSON_H
#define VMASCOPE_SERVER_TREE_JSON_H

#include "field.h"
#include "json_writer.h"
#include "tree_view.h"

/* What the functions below write. */
extern const struct field tree_json_shape[];
extern const struct field tree_json_columns_shape[];

/*
 * Writes the members "anon_vmas" (parents before children), "vmas", "processes"
 * and "missed_groups" into the object that is open, each an array of rows.
 * 0 or -ENOMEM.
 */
int tree_json_write(struct json_writer *json, const struct tree_view *tree);
/* The same with "anon_vmas" and "vmas", of which there may be very many, as
 * columns (row_columns.h). */
int tree_json_write_columns(struct json_writer *json, const struct tree_view *tree);

#endif
