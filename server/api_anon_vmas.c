/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_anon_vmas.h"

#include <errno.h>
#include <string.h>

#include "api_findings.h"
#include "row_json.h"
#include "schema/store.h"
#include "schema/store_vmas.h"
#include "tree_rows.h"

/* The findings resource has all of them. */
#define FINDINGS_MAX 100u

static const struct field since_fields[] = {
	FIELD_AS(FIELD_ID, store_anon_vma_row, since, "snapshot"),
	FIELD_AS(FIELD_TIME, store_anon_vma_row, since_taken_ns, "taken_at"),
	FIELD_END,
};

static const struct field vma_shape[] = {
	SHAPE(FIELD_ID, "pid"),
	SHAPE_OR_NULL(FIELD_TEXT, "comm"),
	SHAPE(FIELD_BOOLEAN, "active", .description = "It has this anon_vma active"),
	SHAPE_MEMBERS(tree_rows_vma_fields),
	FIELD_END,
};

const struct field api_anon_vmas_document[] = {
	SHAPE(FIELD_INTEGER, "snapshot"),
	SHAPE(FIELD_INTEGER, "root"),
	SHAPE_MEMBERS(tree_rows_anon_vma_fields),
	SHAPE(FIELD_GROUP, "since", .fields = since_fields,
	      .description = "The snapshot that had it first as it is"),
	SHAPE_ARRAY("children", FIELD_INTEGER, .description = "Ids of the anon_vmas below it"),
	SHAPE_ROWS("vmas", vma_shape, .description = "VMAs that are linked to it"),
	SHAPE_ROWS("findings", api_findings_fields, .description = "The largest 100"),
	FIELD_END,
};

static int no_anon_vma(const struct call *call, struct problem *problem)
{
	return problem_set(problem, 404,
			   "Snapshot %lld has no anon_vma %lld; the trees and the chains of the "
			   "VMAs name those there are.",
			   (long long)call->snapshot,
			   (long long)call->request->values[PARAM_ANON_VMA].integer);
}

static int take_row(void *context, const void *row)
{
	*(struct store_anon_vma_row *)context = *(const struct store_anon_vma_row *)row;
	return 0;
}

static uint32_t find_id(const struct model *model, uint32_t id)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		if (model->anon_vmas[i].id == id)
			return i;
	return MODEL_NONE;
}

/* The process that the mm of the VMA has its identity from. */
static void write_owner(struct json_writer *json, const struct model *model, uint32_t mm)
{
	uint32_t owner = model->mms[mm].owner;
	const struct model_process *process = owner == MODEL_NONE ? NULL : &model->processes[owner];

	json_name(json, "pid");
	if (process)
		json_integer(json, process->tgid);
	else
		json_null(json);
	json_name(json, "comm");
	if (process)
		json_text(json, process->comm, strnlen(process->comm, sizeof(process->comm)));
	else
		json_null(json);
}

static void write_vmas(struct json_writer *json, const struct tree_view *tree, uint32_t anon_vma)
{
	const uint32_t *linked = index_items(&tree->index.linked, anon_vma);
	uint32_t count = index_count(&tree->index.linked, anon_vma);

	json_name(json, "vmas");
	json_begin_array(json);
	for (uint32_t i = 0; i < count; i++) {
		const struct model_vma *vma = &tree->model->vmas[linked[i]];
		const struct tree_vma_row row = tree_rows_vma(tree, linked[i]);

		json_begin_object(json);
		write_owner(json, tree->model, vma->mm);
		json_name_boolean(json, "active", vma->active == anon_vma);
		row_json_members(json, tree_rows_vma_fields, &row);
		json_end_object(json);
	}
	json_end_array(json);
}

static int write_finding(void *context, const void *row)
{
	struct json_writer *json = context;

	row_json_write(json, api_findings_fields, row);
	return json->buffer->error;
}

static int write_document(const struct call *call, const struct tree_view *tree, uint32_t anon_vma,
			  const struct store_anon_vma_row *row, struct json_writer *json)
{
	const struct tree_anon_vma_row members = tree_rows_anon_vma(tree, anon_vma);
	int rc;

	json_begin_object(json);
	json_name_integer(json, "snapshot", call->snapshot);
	json_name_integer(json, "root", row->root);
	row_json_members(json, tree_rows_anon_vma_fields, &members);
	json_name(json, "since");
	row_json_write(json, since_fields, row);
	json_name(json, "children");
	tree_rows_ids(json, tree, index_items(&tree->index.children, anon_vma),
		      index_count(&tree->index.children, anon_vma));
	write_vmas(json, tree, anon_vma);
	json_name(json, "findings");
	json_begin_array(json);
	rc = api_findings_visit(call, row->id, FINDINGS_MAX, write_finding, json);
	json_end_array(json);
	json_end_object(json);
	return rc ? rc : json->buffer->error;
}

static int write_from_model(const struct call *call, const struct model *model,
			    const struct store_anon_vma_row *row, struct reply *reply)
{
	__attribute__((cleanup(tree_view_clear))) struct tree_view tree;
	uint32_t anon_vma = find_id(model, (uint32_t)row->id);
	int rc = tree_view_make(&tree, model);
	struct json_writer json;

	if (rc)
		return rc;
	if (anon_vma == MODEL_NONE)
		return no_anon_vma(call, &reply->problem);
	json_start(&json, &reply->body);
	reply_set_json(reply);
	return write_document(call, &tree, anon_vma, row, &json);
}

int api_anon_vmas_one(const struct call *call, struct reply *reply)
{
	__attribute__((cleanup(model_clear))) struct model model;
	struct store_anon_vma_row row = {0};
	int rc = store_find_anon_vma(call->store, call->snapshot,
				     call->request->values[PARAM_ANON_VMA].integer, take_row, &row);

	model_init(&model);
	if (rc)
		return rc;
	if (row.id == 0)
		return no_anon_vma(call, &reply->problem);
	rc = store_load_tree(call->store, call->snapshot, (uint32_t)row.root, &model);
	if (rc)
		return rc == -ENOENT ? no_anon_vma(call, &reply->problem) : rc;
	return write_from_model(call, &model, &row, reply);
}
