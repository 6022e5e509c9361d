/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree_json.h"

#include <string.h>

#include "row_columns.h"
#include "row_json.h"
#include "tree_rows.h"
#include "vma_json.h"

static uint32_t id_of(const struct tree_view *tree, uint32_t anon_vma)
{
	return tree->model->anon_vmas[anon_vma].id;
}

static void write_anon_vma(struct json_writer *json, const struct tree_view *tree, uint32_t i)
{
	const struct tree_anon_vma_row row = tree_rows_anon_vma(tree, i);

	row_json_write(json, tree_rows_anon_vma_fields, &row);
}

static void write_vma(struct json_writer *json, const struct tree_view *tree, uint32_t i)
{
	const struct tree_vma_row row = tree_rows_vma(tree, i);

	row_json_write(json, tree_rows_vma_fields, &row);
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
	json_name(json, "anon_vmas");
	tree_rows_ids(json, tree, tree->missed.members + group->member_first, group->member_count);
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

static void write_others(struct json_writer *json, const struct tree_view *tree)
{
	write_array(json, tree, "processes", tree->model->process_count, write_process, NULL);
	write_array(json, tree, "missed_groups", tree->missed.group_count, write_group, NULL);
}

#define OTHERS                                                                         \
	SHAPE_ROWS("processes", process_shape, .description = "Whose VMAs these are"), \
		SHAPE_ROWS("missed_groups", group_shape,                               \
			   .description = "Siblings that one anon_vma would have done for")

const struct field tree_json_shape[] = {
	SHAPE_ROWS("anon_vmas", tree_rows_anon_vma_fields,
		   .description = "Parents before children"),
	SHAPE_ROWS("vmas", tree_rows_vma_fields, .description = "VMAs with a chain in the tree"),
	OTHERS,
	FIELD_END,
};

int tree_json_write(struct json_writer *json, const struct tree_view *tree)
{
	const struct model *model = tree->model;

	write_array(json, tree, "anon_vmas", model->anon_vma_count, write_anon_vma,
		    tree->index.by_depth);
	write_array(json, tree, "vmas", model->vma_count, write_vma, NULL);
	write_others(json, tree);
	return json->buffer->error;
}

const struct field tree_json_columns_shape[] = {
	SHAPE_COLUMNS("anon_vmas", tree_rows_anon_vma_fields,
		      .description = "An array of each field, parents before children"),
	SHAPE_COLUMNS("vmas", tree_rows_vma_fields,
		      .description = "An array of each field of the VMAs with a chain in the tree"),
	OTHERS,
	FIELD_END,
};

static int write_anon_vma_columns(struct json_writer *json, const struct tree_view *tree)
{
	__attribute__((cleanup(row_columns_clear))) struct row_columns columns;
	int rc = row_columns_start(&columns, tree_rows_anon_vma_fields,
				   tree->model->anon_vma_count);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < tree->model->anon_vma_count; i++) {
		const struct tree_anon_vma_row row = tree_rows_anon_vma(tree,
									tree->index.by_depth[i]);

		row_columns_add(&columns, &row);
	}
	json_name(json, "anon_vmas");
	row_columns_write(&columns, json);
	return 0;
}

static int write_vma_columns(struct json_writer *json, const struct tree_view *tree)
{
	__attribute__((cleanup(row_columns_clear))) struct row_columns columns;
	int rc = row_columns_start(&columns, tree_rows_vma_fields, tree->model->vma_count);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < tree->model->vma_count; i++) {
		const struct tree_vma_row row = tree_rows_vma(tree, i);

		row_columns_add(&columns, &row);
	}
	json_name(json, "vmas");
	row_columns_write(&columns, json);
	return 0;
}

int tree_json_write_columns(struct json_writer *json, const struct tree_view *tree)
{
	int rc = write_anon_vma_columns(json, tree);

	if (!rc)
		rc = write_vma_columns(json, tree);
	if (rc)
		return rc;
	write_others(json, tree);
	return json->buffer->error;
}
