/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree_dot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tree_view.h"
#include "utf8.h"

/* Okabe and Ito's, which can be told apart by all; shape and frame say the same. */
#define COLOUR_ACTIVE "#0072B2"
#define COLOUR_IDLE "#E69F00"
#define COLOUR_REUSED "#009E73"
#define COLOUR_MISSED "#D55E00"

static void put_character(struct buffer *buffer, const char *bytes, size_t length)
{
	unsigned char first = (unsigned char)bytes[0];

	if ((length == 1 && (first < 0x20 || first == 0x7f)) ||
	    (length == 2 && first == 0xc2 && (unsigned char)bytes[1] < 0xa0))
		buffer_text(buffer, UTF8_REPLACEMENT);
	else if (first == '"' || first == '\\')
		buffer_format(buffer, "\\%c", first);
	else if (first == '&') /* a label may name characters as HTML does */
		buffer_text(buffer, "&amp;");
	else
		buffer_append(buffer, bytes, length);
}

void tree_dot_text(struct buffer *buffer, const char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		bool valid;
		size_t length = utf8_character(bytes + at, size - at, &valid);

		if (valid)
			put_character(buffer, bytes + at, length);
		else
			buffer_text(buffer, UTF8_REPLACEMENT);
		at += length;
	}
}

/* For each anon_vma, whether a VMA took it from a dead ancestor. */
static bool *find_reused(const struct model *model)
{
	bool *reused = calloc((size_t)model->anon_vma_count + 1, sizeof(*reused));

	for (uint32_t i = 0; reused && i < model->vma_count; i++)
		if (model->vmas[i].reused && model->vmas[i].active != MODEL_NONE)
			reused[model->vmas[i].active] = true;
	return reused;
}

static void write_owner(struct buffer *buffer, const struct tree_view *view, uint32_t mm)
{
	const struct model *model = view->model;
	const struct model_process *owner;

	if (mm == MODEL_NONE || mm == TREE_VIEW_SEVERAL) {
		buffer_text(buffer, mm == MODEL_NONE ? "no VMA" : "several processes");
		return;
	}
	if (model->mms[mm].owner == MODEL_NONE) {
		buffer_format(buffer, "mm %" PRIu32, model->mms[mm].id);
		return;
	}
	owner = &model->processes[model->mms[mm].owner];
	tree_dot_text(buffer, owner->comm, strnlen(owner->comm, sizeof(owner->comm)));
	buffer_format(buffer, " (%" PRId32 ")", owner->tgid);
}

static const char *style_of(const struct tree_view *view, uint32_t i, bool reused)
{
	if (reused)
		return "shape=box, peripheries=2, color=\"" COLOUR_REUSED "\"";
	if (view->active_mm[i] == MODEL_NONE)
		return "shape=ellipse, style=dashed, color=\"" COLOUR_IDLE "\"";
	return "shape=box, color=\"" COLOUR_ACTIVE "\"";
}

static void write_node(struct buffer *buffer, const struct tree_view *view, uint32_t i, bool reused)
{
	const struct model_anon_vma *anon_vma = &view->model->anon_vmas[i];

	buffer_format(buffer, "\tn%" PRIu32 " [label=\"%" PRIu32 "\\n", anon_vma->id, anon_vma->id);
	write_owner(buffer, view, view->active_mm[i]);
	if (view->model->origin.split_counters)
		buffer_format(buffer,
			      "\\nnum_children %" PRIu64 ", num_active_vmas %" PRIu64 "\\n%" PRIu32
			      " linked",
			      anon_vma->num_children, anon_vma->num_active_vmas,
			      index_count(&view->index.linked, i));
	else
		buffer_format(buffer, "\\ndegree %" PRIu64 "\\n%" PRIu32 " linked",
			      anon_vma->num_children, index_count(&view->index.linked, i));
	buffer_format(buffer, "\", %s];\n", style_of(view, i, reused));
}

static void write_edge(struct buffer *buffer, const struct model *model, uint32_t i)
{
	uint32_t parent = model->anon_vmas[i].parent;

	if (parent != i)
		buffer_format(buffer, "\tn%" PRIu32 " -> n%" PRIu32 ";\n",
			      model->anon_vmas[parent].id, model->anon_vmas[i].id);
}

static void write_group(struct buffer *buffer, const struct tree_view *view, uint32_t i)
{
	const struct missed_group *group = &view->missed.groups[i];
	const uint32_t *members = view->missed.members + group->member_first;

	buffer_format(buffer,
		      "\tsubgraph cluster_%" PRIu32 " {\n\t\tlabel=\"%" PRIu32
		      " missed\";\n\t\tcolor=\"" COLOUR_MISSED "\";\n",
		      i, group->member_count - 1);
	for (uint32_t k = 0; k < group->member_count; k++)
		buffer_format(buffer, "\t\tn%" PRIu32 ";\n", view->model->anon_vmas[members[k]].id);
	buffer_text(buffer, "\t}\n");
}

static void write_all(struct buffer *buffer, const struct tree_view *view, const bool *reused)
{
	const struct model *model = view->model;

	buffer_text(buffer, "digraph anon_vmas {\n"
			    "\tcharset=\"UTF-8\";\n"
			    "\tnode [fontname=\"sans-serif\"];\n");
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		uint32_t next = view->index.by_depth[i];

		write_node(buffer, view, next, reused[next]);
		write_edge(buffer, model, next);
	}
	for (uint32_t i = 0; i < view->missed.group_count; i++)
		write_group(buffer, view, i);
	buffer_text(buffer, "}\n");
}

int tree_dot_write(struct buffer *buffer, const struct model *model)
{
	__attribute__((cleanup(tree_view_clear))) struct tree_view view;
	int rc = tree_view_make(&view, model);
	bool *reused = rc ? NULL : find_reused(model);

	if (!rc && !reused)
		rc = -ENOMEM;
	if (!rc)
		write_all(buffer, &view, reused);
	free(reused);
	return rc ? rc : buffer->error;
}
