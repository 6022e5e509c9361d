/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree_json.h"

#include <string.h>

#include "rmap_json.h"
#include "vma_json.h"

/* The id, or null where it is not known. */
static void name_id(struct json_writer *json, const char *name, bool known, uint32_t id)
{
	json_name(json, name);
	if (known)
		json_integer(json, id);
	else
		json_null(json);
}

static uint32_t id_of(const struct tree_view *tree, uint32_t anon_vma)
{
	return tree->model->anon_vmas[anon_vma].id;
}

const struct field tree_json_anon_vma_shape[] = {
	SHAPE(FIELD_INTEGER, "id"),
	SHAPE(FIELD_ID, "parent"),
	SHAPE(FIELD_INTEGER, "depth"),
	SHAPE(FIELD_INTEGER, "num_children"),
	SHAPE(FIELD_INTEGER, "num_active_vmas"),
	SHAPE(FIELD_INTEGER, "refcount"),
	SHAPE(FIELD_HEX, "rwsem_count"),
	SHAPE(FIELD_INTEGER, "linked_vmas"),
	SHAPE(FIELD_ID, "mm_id",
	      .description = "The address space whose VMAs have it active; null: none or several"),
	SHAPE_OR_NULL(FIELD_INTEGER, "missed_group",
		      .description = "Its place in the missed_groups of the tree, from 0"),
	SHAPE(FIELD_BOOLEAN, "reusable"),
	SHAPE(FIELD_GROUP, "rmap", .fields = rmap_json_fields),
	FIELD_END,
};

void tree_json_anon_vma(struct json_writer *json, const struct tree_view *tree, uint32_t i)
{
	const struct model_anon_vma *anon_vma = &tree->model->anon_vmas[i];
	uint32_t mm = tree->active_mm[i];
	bool one_mm = mm != MODEL_NONE && mm != TREE_VIEW_SEVERAL;

	json_name_integer(json, "id", anon_vma->id);
	name_id(json, "parent", anon_vma->parent != i, id_of(tree, anon_vma->parent));
	json_name_integer(json, "depth", tree->index.depth[i]);
	json_name_integer(json, "num_children", (int64_t)anon_vma->num_children);
	json_name_integer(json, "num_active_vmas", (int64_t)anon_vma->num_active_vmas);
	json_name_integer(json, "refcount", anon_vma->refcount);
	json_name_hex(json, "rwsem_count", anon_vma->rwsem_count);
	json_name_integer(json, "linked_vmas", index_count(&tree->index.linked, i));
	name_id(json, "mm_id", one_mm, one_mm ? tree->model->mms[mm].id : 0);
	name_id(json, "missed_group", tree->group[i] != MODEL_NONE, tree->group[i]);
	json_name_boolean(json, "reusable", model_is_reusable(tree->model, anon_vma));
	rmap_json_write(json, &tree->rmap.anon_vmas[i]);
}

static void write_anon_vma(struct json_writer *json, const struct tree_view *tree, uint32_t i)
{
	json_begin_object(json);
	tree_json_anon_vma(json, tree, i);
	json_end_object(json);
}

void tree_json_ids(struct json_writer *json, const struct tree_view *tree, const char *name,
		   const uint32_t *anon_vmas, uint32_t count)
{
	json_name(json, name);
	json_begin_array(json);
	for (uint32_t i = 0; i < count; i++)
		json_integer(json, id_of(tree, anon_vmas[i]));
	json_end_array(json);
}

const struct field tree_json_vma_shape[] = {
	SHAPE(FIELD_INTEGER, "mm_id"),	  SHAPE(FIELD_HEX, "vm_start"),
	SHAPE(FIELD_HEX, "vm_end"),	  SHAPE(FIELD_HEX, "vm_pgoff"),
	SHAPE(FIELD_TEXT, "permissions"), SHAPE_OR_NULL(FIELD_TEXT, "path"),
	SHAPE(FIELD_ID, "anon_vma"),	  SHAPE_ARRAY("chain", FIELD_INTEGER),
	SHAPE(FIELD_BOOLEAN, "reused"),	  FIELD_END,
};

void tree_json_vma(struct json_writer *json, const struct tree_view *tree, uint32_t i)
{
	const struct model_vma *vma = &tree->model->vmas[i];
	bool active = vma->active != MODEL_NONE;

	json_name_integer(json, "mm_id", tree->model->mms[vma->mm].id);
	json_name_hex(json, "vm_start", vma->start);
	json_name_hex(json, "vm_end", vma->end);
	json_name_hex(json, "vm_pgoff", vma->pgoff);
	json_name(json, "permissions");
	vma_json_permissions(json, vma->flags);
	vma_json_path(json, "path", tree->model, vma->file);
	name_id(json, "anon_vma", active, active ? id_of(tree, vma->active) : 0);
	tree_json_ids(json, tree, "chain", model_chain(tree->model, vma), vma->avc_count);
	json_name_boolean(json, "reused", vma->reused);
}

static void write_vma(struct json_writer *json, const struct tree_view *tree, uint32_t i)
{
	json_begin_object(json);
	tree_json_vma(json, tree, i);
	json_end_object(json);
}

static const struct field process_shape[] = {
	SHAPE(FIELD_INTEGER, "pid"),
	SHAPE(FIELD_INTEGER, "ppid"),
	SHAPE(FIELD_TEXT, "comm"),
	SHAPE_OR_NULL(FIELD_TEXT, "exe"),
	SHAPE(FIELD_INTEGER, "process_id"),
	SHAPE(FIELD_INTEGER, "mm_id"),
	FIELD_END,
};

static void write_process(struct json_writer *json, const struct tree_view *tree, uint32_t i)
{
	const struct model_process *process = &tree->model->processes[i];

	json_begin_object(json);
	json_name_integer(json, "pid", process->tgid);
	json_name_integer(json, "ppid", process->ppid);
	json_name(json, "comm");
	json_text(json, process->comm, strnlen(process->comm, sizeof(process->comm)));
	vma_json_path(json, "exe", tree->model, process->exe);
	json_name_integer(json, "process_id", process->id);
	json_name_integer(json, "mm_id", tree->model->mms[process->mm].id);
	json_end_object(json);
}

static const struct field group_shape[] = {
	SHAPE(FIELD_INTEGER, "mm_id"),
	SHAPE(FIELD_INTEGER, "parent", .description = "Id of the anon_vma above them"),
	SHAPE_ARRAY("anon_vmas", FIELD_INTEGER, .description = "Ids of the siblings"),
	SHAPE(FIELD_INTEGER, "missed_reuse"),
	FIELD_END,
};

static void write_group(struct json_writer *json, const struct tree_view *tree, uint32_t i)
{
	const struct missed_group *group = &tree->missed.groups[i];

	json_begin_object(json);
	json_name_integer(json, "mm_id", tree->model->mms[group->mm].id);
	json_name_integer(json, "parent", id_of(tree, group->parent));
	tree_json_ids(json, tree, "anon_vmas", tree->missed.members + group->member_first,
		      group->member_count);
	json_name_integer(json, "missed_reuse", group->member_count - 1);
	json_end_object(json);
}

typedef void (*write_item)(struct json_writer *json, const struct tree_view *tree, uint32_t i);

static void write_array(struct json_writer *json, const struct tree_view *tree, const char *name,
			uint32_t count, write_item write, const uint32_t *order)
{
	json_name(json, name);
	json_begin_array(json);
	for (uint32_t i = 0; i < count; i++)
		write(json, tree, order ? order[i] : i);
	json_end_array(json);
}

const struct field tree_json_shape[] = {
	SHAPE_ROWS("anon_vmas", tree_json_anon_vma_shape, .description = "Parents before children"),
	SHAPE_ROWS("vmas", tree_json_vma_shape, .description = "VMAs with a chain in the tree"),
	SHAPE_ROWS("processes", process_shape, .description = "Whose VMAs these are"),
	SHAPE_ROWS("missed_groups", group_shape,
		   .description = "Siblings that one anon_vma would have done for"),
	FIELD_END,
};

static void write_all(struct json_writer *json, const struct tree_view *tree)
{
	const struct model *model = tree->model;

	write_array(json, tree, "anon_vmas", model->anon_vma_count, write_anon_vma,
		    tree->index.by_depth);
	write_array(json, tree, "vmas", model->vma_count, write_vma, NULL);
	write_array(json, tree, "processes", model->process_count, write_process, NULL);
	write_array(json, tree, "missed_groups", tree->missed.group_count, write_group, NULL);
}

int tree_json_write(struct json_writer *json, const struct model *model)
{
	struct tree_view tree;
	int rc = tree_view_make(&tree, model);

	if (!rc)
		write_all(json, &tree);
	tree_view_clear(&tree);
	return rc ? rc : json->buffer->error;
}
