/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diff_tree_json: one tree of two snapshots in one.
 *
 * Every anon_vma that either has, parents before children; where both have it the
 * parent is that of `after`. It has grown or shrunk by its linked VMAs; where they
 * are as many, by num_active_vmas; where these are, by num_children; else it is
 * the same.
 *
 *   "counts":{"added":1,"removed":0,"grown":1,"shrunk":0,"same":2}
 *   "anon_vmas":[{"id":17,"parent":3,"depth":1,"state":"added","before":null,
 *     "after":{"num_children":0,"num_active_vmas":1,"refcount":1,
 *       "linked_vmas":1,"mm_id":6}},…]
 *   "processes":[{"pid":101,"ppid":100,"comm":"worker","exe":null,
 *     "process_id":9,"state":"added","before":null,"after":{"mm_id":6}},…]
 *
 * mm_id is the mm that has the anon_vma active, null where it is none or several;
 * processes tell whose it is. Of a process the state is added, removed, changed
 * (it has another mm: it execed, and is in the tree again) or same.
 */
#ifndef VMASCOPE_SERVER_DIFF_TREE_JSON_H
#define VMASCOPE_SERVER_DIFF_TREE_JSON_H

#include "field.h"
#include "json_writer.h"
#include "topology/model.h"

/* The members that it writes. */
extern const struct field diff_tree_json_shape[];

/* Writes the members into the object that is open. A model without anon_vmas is
 * a snapshot without the tree. 0 or -ENOMEM. */
int diff_tree_json_write(struct json_writer *json, const struct model *before,
			 const struct model *after);

#endif
