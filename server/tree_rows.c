/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree_rows.h"

#include <string.h>

#define ANON_VMA(kind, member) FIELD(kind, tree_anon_vma_row, member)
#define VMA(kind, member) FIELD(kind, tree_vma_row, member)

static uint32_t id_of(const struct tree_view *tree, uint32_t anon_vma)
{
	return tree->model->anon_vmas[anon_vma].id;
}

static void write_missed_group(struct row_sink *sink, const void *row)
{
	const struct tree_anon_vma_row *anon_vma = row;

	/* the first is 0, so that no FIELD_ID can say it */
	if (anon_vma->missed_group < 0)
		row_null(sink);
	else
		row_integer(sink, anon_vma->missed_group);
}

const struct field tree_rows_anon_vma_fields[] = {
	ANON_VMA(FIELD_INTEGER, id),
	ANON_VMA(FIELD_ID, parent),
	ANON_VMA(FIELD_INTEGER, depth),
	ANON_VMA(FIELD_INTEGER, num_children),
	ANON_VMA(FIELD_INTEGER, num_active_vmas),
	ANON_VMA(FIELD_INTEGER, refcount),
	ANON_VMA(FIELD_HEX, rwsem_count),
	ANON_VMA(FIELD_INTEGER, linked_vmas),
	FIELD(FIELD_ID, tree_anon_vma_row, mm_id,
	      .description = "The address space whose VMAs have it active; null: none or several"),
	FIELD_BY(FIELD_INTEGER, "missed_group", write_missed_group, .nullable = true,
		 .description = "Its place in the missed_groups of the tree, from 0"),
	ANON_VMA(FIELD_BOOLEAN, reusable),
	FIELD_GROUP_AT("rmap", tree_anon_vma_row, rmap, rmap_json_fields),
	FIELD_END,
};

struct tree_anon_vma_row tree_rows_anon_vma(const struct tree_view *tree, uint32_t i)
{
	const struct model_anon_vma *anon_vma = &tree->model->anon_vmas[i];
	uint32_t mm = tree->active_mm[i];
	bool one_mm = mm != MODEL_NONE && mm != TREE_VIEW_SEVERAL;

	return (struct tree_anon_vma_row){
		.id = anon_vma->id,
		.parent = anon_vma->parent == i ? 0 : id_of(tree, anon_vma->parent),
		.depth = tree->index.depth[i],
		.num_children = (int64_t)anon_vma->num_children,
		.num_active_vmas = (int64_t)anon_vma->num_active_vmas,
		.refcount = anon_vma->refcount,
		.rwsem_count = (int64_t)anon_vma->rwsem_count,
		.linked_vmas = index_count(&tree->index.linked, i),
		.mm_id = one_mm ? tree->model->mms[mm].id : 0,
		.missed_group = tree->group[i] == MODEL_NONE ? -1 : (int64_t)tree->group[i],
		.reusable = model_is_reusable(tree->model, anon_vma),
		.rmap = rmap_row_of(&tree->rmap.anon_vmas[i]),
	};
}

static void write_permissions(struct row_sink *sink, const void *row)
{
	char text[VMA_PERMISSIONS];

	vma_permissions(((const struct tree_vma_row *)row)->vma->flags, text);
	row_text(sink, text, sizeof(text));
}

static void write_chain(struct json_writer *json, const void *row)
{
	const struct tree_vma_row *vma = row;

	tree_rows_ids(json, vma->tree, model_chain(vma->tree->model, vma->vma),
		      vma->vma->avc_count);
}

const struct field tree_rows_vma_fields[] = {
	VMA(FIELD_INTEGER, mm_id),
	VMA(FIELD_HEX, vm_start),
	VMA(FIELD_HEX, vm_end),
	VMA(FIELD_HEX, vm_pgoff),
	FIELD_BY(FIELD_TEXT, "permissions", write_permissions),
	VMA(FIELD_TEXT, path),
	VMA(FIELD_ID, anon_vma),
	FIELD_JSON_BY("chain", write_chain, .json = FIELD_ARRAY,
		      .items = SHAPE_ITEM(FIELD_INTEGER)),
	VMA(FIELD_BOOLEAN, reused),
	FIELD_END,
};

static struct store_text path_of(const struct model *model, uint32_t file)
{
	const char *path;

	if (file == MODEL_NONE)
		return (struct store_text){0};
	path = model_text(model, model->files[file].path);
	return (struct store_text){.bytes = path, .size = strlen(path)};
}

struct tree_vma_row tree_rows_vma(const struct tree_view *tree, uint32_t i)
{
	const struct model_vma *vma = &tree->model->vmas[i];

	return (struct tree_vma_row){
		.tree = tree,
		.vma = vma,
		.mm_id = tree->model->mms[vma->mm].id,
		.vm_start = (int64_t)vma->start,
		.vm_end = (int64_t)vma->end,
		.vm_pgoff = (int64_t)vma->pgoff,
		.anon_vma = vma->active == MODEL_NONE ? 0 : id_of(tree, vma->active),
		.reused = vma->reused,
		.path = path_of(tree->model, vma->file),
	};
}

void tree_rows_ids(struct json_writer *json, const struct tree_view *tree,
		   const uint32_t *anon_vmas, uint32_t count)
{
	json_begin_array(json);
	for (uint32_t i = 0; i < count; i++)
		json_integer(json, id_of(tree, anon_vmas[i]));
	json_end_array(json);
}
