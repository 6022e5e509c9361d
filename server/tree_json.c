/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rmap_json.h"
#include "topology/index.h"
#include "topology/missed_reuse.h"
#include "vma_json.h"

#define MM_SEVERAL (MODEL_NONE - 1)

/* The model and what follows from it, by index of the anon_vma. */
struct tree {
	struct json_writer *json;
	const struct model *model;
	struct index index;
	struct missed_reuse missed;
	struct rmap_costs rmap;
	uint32_t *active_mm; /* mm of its active VMAs, MODEL_NONE, MM_SEVERAL */
	uint32_t *group; /* of missed reuse, or MODEL_NONE */
};

static void tree_clear(struct tree *tree)
{
	index_clear(&tree->index);
	missed_reuse_clear(&tree->missed);
	rmap_costs_clear(&tree->rmap);
	free(tree->active_mm);
	free(tree->group);
}

static uint32_t *new_column(uint32_t count)
{
	uint32_t *column = malloc(((size_t)count + 1) * sizeof(*column));

	if (column)
		memset(column, 0xff, ((size_t)count + 1) * sizeof(*column)); /* MODEL_NONE */
	return column;
}

static void find_active_mms(struct tree *tree)
{
	const struct model *model = tree->model;

	for (uint32_t i = 0; i < model->vma_count; i++) {
		const struct model_vma *vma = &model->vmas[i];
		uint32_t *mm;

		if (vma->active == MODEL_NONE)
			continue;
		mm = &tree->active_mm[vma->active];
		*mm = *mm == MODEL_NONE || *mm == vma->mm ? vma->mm : MM_SEVERAL;
	}
}

static void find_groups(struct tree *tree)
{
	for (uint32_t i = 0; i < tree->missed.group_count; i++) {
		const struct missed_group *group = &tree->missed.groups[i];
		const uint32_t *members = tree->missed.members + group->member_first;

		for (uint32_t k = 0; k < group->member_count; k++)
			tree->group[members[k]] = i;
	}
}

static int tree_prepare(struct tree *tree)
{
	int rc = index_build(&tree->index, tree->model);

	if (!rc)
		rc = missed_reuse_find(&tree->missed, tree->model);
	if (!rc)
		rc = rmap_costs_compute(&tree->rmap, tree->model, &tree->index);
	if (rc)
		return rc;
	tree->active_mm = new_column(tree->model->anon_vma_count);
	tree->group = new_column(tree->model->anon_vma_count);
	if (!tree->active_mm || !tree->group)
		return -ENOMEM;
	find_active_mms(tree);
	find_groups(tree);
	return 0;
}

/* The id, or null where it is not known. */
static void name_id(struct json_writer *json, const char *name, bool known, uint32_t id)
{
	json_name(json, name);
	if (known)
		json_integer(json, id);
	else
		json_null(json);
}

static uint32_t id_of(const struct tree *tree, uint32_t anon_vma)
{
	return tree->model->anon_vmas[anon_vma].id;
}

static void write_anon_vma(const struct tree *tree, uint32_t i)
{
	const struct model_anon_vma *anon_vma = &tree->model->anon_vmas[i];
	struct json_writer *json = tree->json;
	uint32_t mm = tree->active_mm[i];
	bool one_mm = mm != MODEL_NONE && mm != MM_SEVERAL;

	json_begin_object(json);
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
	json_name(json, "rmap");
	json_begin_object(json);
	rmap_json_members(json, &tree->rmap.anon_vmas[i]);
	json_end_object(json);
	json_end_object(json);
}

static void write_ids(const struct tree *tree, const char *name, const uint32_t *anon_vmas,
		      uint32_t count)
{
	json_name(tree->json, name);
	json_begin_array(tree->json);
	for (uint32_t i = 0; i < count; i++)
		json_integer(tree->json, id_of(tree, anon_vmas[i]));
	json_end_array(tree->json);
}

static void write_vma(const struct tree *tree, uint32_t i)
{
	const struct model_vma *vma = &tree->model->vmas[i];
	struct json_writer *json = tree->json;
	bool active = vma->active != MODEL_NONE;

	json_begin_object(json);
	json_name_integer(json, "mm_id", tree->model->mms[vma->mm].id);
	json_name_hex(json, "vm_start", vma->start);
	json_name_hex(json, "vm_end", vma->end);
	json_name_hex(json, "vm_pgoff", vma->pgoff);
	json_name(json, "permissions");
	vma_json_permissions(json, vma->flags);
	vma_json_path(json, "path", tree->model, vma->file);
	name_id(json, "anon_vma", active, active ? id_of(tree, vma->active) : 0);
	write_ids(tree, "chain", model_chain(tree->model, vma), vma->avc_count);
	json_name_boolean(json, "reused", vma->reused);
	json_end_object(json);
}

static void write_process(const struct tree *tree, uint32_t i)
{
	const struct model_process *process = &tree->model->processes[i];
	struct json_writer *json = tree->json;

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

static void write_group(const struct tree *tree, uint32_t i)
{
	const struct missed_group *group = &tree->missed.groups[i];
	struct json_writer *json = tree->json;

	json_begin_object(json);
	json_name_integer(json, "mm_id", tree->model->mms[group->mm].id);
	json_name_integer(json, "parent", id_of(tree, group->parent));
	write_ids(tree, "anon_vmas", tree->missed.members + group->member_first,
		  group->member_count);
	json_name_integer(json, "missed_reuse", group->member_count - 1);
	json_end_object(json);
}

static void write_array(const struct tree *tree, const char *name, uint32_t count,
			void (*write)(const struct tree *tree, uint32_t i), const uint32_t *order)
{
	json_name(tree->json, name);
	json_begin_array(tree->json);
	for (uint32_t i = 0; i < count; i++)
		write(tree, order ? order[i] : i);
	json_end_array(tree->json);
}

static void write_all(const struct tree *tree)
{
	const struct model *model = tree->model;

	write_array(tree, "anon_vmas", model->anon_vma_count, write_anon_vma, tree->index.by_depth);
	write_array(tree, "vmas", model->vma_count, write_vma, NULL);
	write_array(tree, "processes", model->process_count, write_process, NULL);
	write_array(tree, "missed_groups", tree->missed.group_count, write_group, NULL);
}

int tree_json_write(struct json_writer *json, const struct model *model)
{
	struct tree tree = {.json = json, .model = model};
	int rc = tree_prepare(&tree);

	if (!rc)
		write_all(&tree);
	tree_clear(&tree);
	return rc ? rc : json->buffer->error;
}
