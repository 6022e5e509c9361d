/* SPDX-License-Identifier: GPL-2.0-only */
#include "diff_tree_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree_view.h"
#include "vma_json.h"

enum state {
	ADDED,
	REMOVED,
	GROWN,
	SHRUNK,
	CHANGED,
	SAME,
	STATE_COUNT
};

static const char *const state_names[STATE_COUNT] = {
	[ADDED] = "added",   [REMOVED] = "removed", [GROWN] = "grown",
	[SHRUNK] = "shrunk", [CHANGED] = "changed", [SAME] = "same",
};

/* An anon_vma of either; the indexes are those of the models, or MODEL_NONE. */
struct node {
	uint32_t id, before, after;
	uint32_t parent; /* id; 0 for a root */
	uint32_t depth;
	enum state state;
};

struct merged {
	struct json_writer *json;
	struct tree_view before, after;
	struct node *nodes; /* by depth */
	uint32_t count;
	struct key_map by_id;
};

static uint32_t linked(const struct tree_view *side, uint32_t i)
{
	return index_count(&side->index.linked, i);
}

static enum state compare(uint64_t before, uint64_t after)
{
	return after > before ? GROWN : after < before ? SHRUNK : SAME;
}

static enum state state_of(const struct merged *merged, const struct node *node)
{
	const struct model_anon_vma *before, *after;
	enum state state;

	if (node->before == MODEL_NONE || node->after == MODEL_NONE)
		return node->before == MODEL_NONE ? ADDED : REMOVED;
	before = &merged->before.model->anon_vmas[node->before];
	after = &merged->after.model->anon_vmas[node->after];
	state = compare(linked(&merged->before, node->before), linked(&merged->after, node->after));
	if (state == SAME)
		state = compare(before->num_active_vmas, after->num_active_vmas);
	if (state == SAME)
		state = compare(before->num_children, after->num_children);
	return state;
}

static int add_node(struct merged *merged, const struct tree_view *side, uint32_t i)
{
	const struct model_anon_vma *anon_vma = &side->model->anon_vmas[i];
	struct node *node = &merged->nodes[merged->count];
	bool is_after = side == &merged->after;
	uint32_t parent;

	*node = (struct node){
		.id = anon_vma->id,
		.before = is_after ? model_find_anon_vma(merged->before.model, anon_vma->id) : i,
		.after = is_after ? i : MODEL_NONE,
	};
	node->state = state_of(merged, node);
	if (anon_vma->parent != i) {
		node->parent = side->model->anon_vmas[anon_vma->parent].id;
		parent = key_map_find(&merged->by_id, node->parent);
		node->depth = parent == KEY_MAP_NONE ? 0 : merged->nodes[parent].depth + 1;
	}
	return key_map_put(&merged->by_id, node->id, merged->count++);
}

static int by_depth(const void *left, const void *right)
{
	const struct node *a = left, *b = right;

	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Those of `after` first: what only `before` has hangs below them or each other,
 * never above. */
static int merge_nodes(struct merged *merged)
{
	const struct tree_view *before = &merged->before, *after = &merged->after;
	size_t room = (size_t)before->model->anon_vma_count + after->model->anon_vma_count + 1;
	int rc = 0;

	merged->nodes = calloc(room, sizeof(*merged->nodes));
	if (!merged->nodes)
		return -ENOMEM;
	for (uint32_t k = 0; !rc && k < after->model->anon_vma_count; k++)
		rc = add_node(merged, after, after->index.by_depth[k]);
	for (uint32_t k = 0; !rc && k < before->model->anon_vma_count; k++) {
		uint32_t i = before->index.by_depth[k];

		if (model_find_anon_vma(after->model, before->model->anon_vmas[i].id) == MODEL_NONE)
			rc = add_node(merged, before, i);
	}
	qsort(merged->nodes, merged->count, sizeof(*merged->nodes), by_depth);
	return rc;
}

static const char *state_name(int64_t index)
{
	return index < STATE_COUNT ? state_names[index] : NULL;
}

static const struct field counts_shape[] = {
	SHAPE(FIELD_INTEGER, "added"), SHAPE(FIELD_INTEGER, "removed"),
	SHAPE(FIELD_INTEGER, "grown"), SHAPE(FIELD_INTEGER, "shrunk"),
	SHAPE(FIELD_INTEGER, "same"),  FIELD_END,
};

static const struct field side_shape[] = {
	SHAPE(FIELD_INTEGER, "num_children"),
	SHAPE(FIELD_INTEGER, "num_active_vmas"),
	SHAPE(FIELD_INTEGER, "refcount"),
	SHAPE(FIELD_INTEGER, "linked_vmas"),
	SHAPE(FIELD_ID, "mm_id",
	      .description = "The address space whose VMAs have it active; null: none or several"),
	FIELD_END,
};

#define BEFORE_AND_AFTER(shape)                                             \
	SHAPE_OR_NULL(FIELD_GROUP, "before", .fields = (shape),             \
		      .description = "As of from; null: it was not there"), \
		SHAPE_OR_NULL(FIELD_GROUP, "after", .fields = (shape),      \
			      .description = "As of to; null: it is not there")

static const struct field node_shape[] = {
	SHAPE(FIELD_INTEGER, "id"),    SHAPE(FIELD_ID, "parent"),
	SHAPE(FIELD_INTEGER, "depth"), SHAPE(FIELD_TEXT, "state", .choice = state_name),
	BEFORE_AND_AFTER(side_shape),  FIELD_END,
};

static const struct field process_side_shape[] = {
	SHAPE(FIELD_ID, "mm_id"),
	FIELD_END,
};

static const struct field process_shape[] = {
	SHAPE(FIELD_INTEGER, "pid"),
	SHAPE(FIELD_INTEGER, "ppid"),
	SHAPE(FIELD_TEXT, "comm"),
	SHAPE_OR_NULL(FIELD_TEXT, "exe"),
	SHAPE(FIELD_INTEGER, "process_id"),
	SHAPE(FIELD_TEXT, "state", .choice = state_name),
	BEFORE_AND_AFTER(process_side_shape),
	FIELD_END,
};

const struct field diff_tree_json_shape[] = {
	SHAPE(FIELD_GROUP, "counts", .fields = counts_shape,
	      .description = "How many anon_vmas are in which state"),
	SHAPE_ROWS("anon_vmas", node_shape,
		   .description = "Of both snapshots, parents before children"),
	SHAPE_ROWS("processes", process_shape, .description = "Whose VMAs are in the tree"),
	FIELD_END,
};

static void write_state(struct json_writer *json, enum state state)
{
	json_name_text(json, "state", state_names[state]);
}

static void write_counts(const struct merged *merged)
{
	int64_t counts[STATE_COUNT] = {0};

	for (uint32_t i = 0; i < merged->count; i++)
		counts[merged->nodes[i].state]++;
	json_name(merged->json, "counts");
	json_begin_object(merged->json);
	for (int i = 0; i < STATE_COUNT; i++)
		if (i != CHANGED) /* of processes only */
			json_name_integer(merged->json, state_names[i], counts[i]);
	json_end_object(merged->json);
}

static void write_mm(struct json_writer *json, const struct model *model, uint32_t mm)
{
	json_name(json, "mm_id");
	if (mm != MODEL_NONE && mm != TREE_VIEW_SEVERAL)
		json_integer(json, model->mms[mm].id);
	else
		json_null(json);
}

static void write_side(struct json_writer *json, const char *name, const struct tree_view *side,
		       uint32_t i)
{
	const struct model_anon_vma *anon_vma;

	json_name(json, name);
	if (i == MODEL_NONE) {
		json_null(json);
		return;
	}
	anon_vma = &side->model->anon_vmas[i];
	json_begin_object(json);
	json_name_integer(json, "num_children", (int64_t)anon_vma->num_children);
	json_name_integer(json, "num_active_vmas", (int64_t)anon_vma->num_active_vmas);
	json_name_integer(json, "refcount", anon_vma->refcount);
	json_name_integer(json, "linked_vmas", linked(side, i));
	write_mm(json, side->model, side->active_mm[i]);
	json_end_object(json);
}

static void write_node(const struct merged *merged, const struct node *node)
{
	struct json_writer *json = merged->json;

	json_begin_object(json);
	json_name_integer(json, "id", node->id);
	json_name(json, "parent");
	if (node->parent)
		json_integer(json, node->parent);
	else
		json_null(json);
	json_name_integer(json, "depth", node->depth);
	write_state(json, node->state);
	write_side(json, "before", &merged->before, node->before);
	write_side(json, "after", &merged->after, node->after);
	json_end_object(json);
}

/* The process of the same id, or MODEL_NONE. */
static uint32_t find_process(const struct model *model, const struct model_process *wanted)
{
	uint32_t i = model_find_process(model, wanted->tgid);

	return i != MODEL_NONE && model->processes[i].id == wanted->id ? i : MODEL_NONE;
}

static void write_process_side(struct json_writer *json, const char *name,
			       const struct model *model, uint32_t i)
{
	json_name(json, name);
	if (i == MODEL_NONE) {
		json_null(json);
		return;
	}
	json_begin_object(json);
	write_mm(json, model, model->processes[i].mm);
	json_end_object(json);
}

static enum state process_state(const struct merged *merged, uint32_t before, uint32_t after)
{
	const struct model *old = merged->before.model, *new = merged->after.model;

	if (before == MODEL_NONE || after == MODEL_NONE)
		return before == MODEL_NONE ? ADDED : REMOVED;
	return old->mms[old->processes[before].mm].id == new->mms[new->processes[after].mm].id ?
		       SAME :
		       CHANGED;
}

static void write_process(const struct merged *merged, uint32_t before, uint32_t after)
{
	const struct model *model = after == MODEL_NONE ? merged->before.model :
							  merged->after.model;
	const struct model_process *process =
		&model->processes[after == MODEL_NONE ? before : after];
	struct json_writer *json = merged->json;

	json_begin_object(json);
	json_name_integer(json, "pid", process->tgid);
	json_name_integer(json, "ppid", process->ppid);
	json_name(json, "comm");
	json_text(json, process->comm, strnlen(process->comm, sizeof(process->comm)));
	vma_json_path(json, "exe", model, process->exe);
	json_name_integer(json, "process_id", process->id);
	write_state(json, process_state(merged, before, after));
	write_process_side(json, "before", merged->before.model, before);
	write_process_side(json, "after", merged->after.model, after);
	json_end_object(json);
}

static void write_processes(const struct merged *merged)
{
	const struct model *before = merged->before.model, *after = merged->after.model;

	for (uint32_t i = 0; i < after->process_count; i++)
		write_process(merged, find_process(before, &after->processes[i]), i);
	for (uint32_t i = 0; i < before->process_count; i++)
		if (find_process(after, &before->processes[i]) == MODEL_NONE)
			write_process(merged, i, MODEL_NONE);
}

static void write_all(const struct merged *merged)
{
	struct json_writer *json = merged->json;

	write_counts(merged);
	json_name(json, "anon_vmas");
	json_begin_array(json);
	for (uint32_t i = 0; i < merged->count; i++)
		write_node(merged, &merged->nodes[i]);
	json_end_array(json);
	json_name(json, "processes");
	json_begin_array(json);
	write_processes(merged);
	json_end_array(json);
}

int diff_tree_json_write(struct json_writer *json, const struct model *before,
			 const struct model *after)
{
	struct merged merged = {.json = json};
	int rc = tree_view_make(&merged.before, before);

	if (!rc)
		rc = tree_view_make(&merged.after, after);
	if (!rc)
		rc = merge_nodes(&merged);
	if (!rc)
		write_all(&merged);
	tree_view_clear(&merged.before);
	tree_view_clear(&merged.after);
	key_map_clear(&merged.by_id);
	free(merged.nodes);
	return rc ? rc : json->buffer->error;
}
