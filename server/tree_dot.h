/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree_dot: one whole tree, as loaded into a model, as a drawing for GraphViz.
 *
 * A node is an anon_vma, an edge goes from parent to child. A box is active, a
 * dashed ellipse idle, a double box is active for a VMA that took it from a dead
 * ancestor. A frame holds what fork() split although one would have done.
 */
#ifndef VMASCOPE_SERVER_TREE_DOT_H
#define VMASCOPE_SERVER_TREE_DOT_H

#include <stddef.h>

#include "buffer.h"
#include "topology/model.h"

/* Appends the digraph. 0 or -ENOMEM. */
int tree_dot_write(struct buffer *buffer, const struct model *model);
/* Appends a text of any bytes as it may stand between the quotes of a label: what
 * is not UTF-8, and control characters, become U+FFFD. */
void tree_dot_text(struct buffer *buffer, const char *bytes, size_t size);

#endif
