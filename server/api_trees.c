/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_trees.h"

#include <errno.h>

#include "list.h"
#include "lookup.h"
#include "rmap_json.h"
#include "row_json.h"
#include "rwsem.h"
#include "schema/store.h"
#include "schema/store_list.h"
#include "tree_dot.h"
#include "tree_json.h"

#define INTEGER(member, ...) FIELD(FIELD_INTEGER, store_tree_row, member, __VA_ARGS__)
#define TEXT(member) FIELD(FIELD_TEXT, store_tree_row, member)

static const struct field rmap_fields[] = {
	RMAP_FIELDS(store_tree_row, rmap_),
	/* every page of the family visited every VMA of it */
	FIELD_AS(FIELD_ID, store_tree_row, vmas, "before_2010_mean_visits", .example = "212",
		 .description = "VMAs that every page visited when one anon_vma served a family"),
	FIELD_END,
};

static uint64_t rwsem_count(const void *row)
{
	return (uint64_t)((const struct store_tree_row *)row)->rwsem_count;
}

static void write_state(struct row_sink *sink, const void *row)
{
	row_string(sink, rwsem_state(rwsem_count(row)));
}

static void write_readers(struct row_sink *sink, const void *row)
{
	row_integer(sink, (int64_t)rwsem_readers(rwsem_count(row)));
}

static void write_waiters(struct row_sink *sink, const void *row)
{
	row_boolean(sink, rwsem_has_waiters(rwsem_count(row)));
}

static const struct field rwsem_fields[] = {
	FIELD_BY(FIELD_TEXT, "state", write_state, .choice = rwsem_state_name),
	FIELD_BY(FIELD_INTEGER, "readers", write_readers),
	FIELD_BY(FIELD_BOOLEAN, "waiters", write_waiters),
	FIELD_AS(FIELD_HEX, store_tree_row, rwsem_count, "count",
		 .description = "rw_semaphore.count as it was read"),
	FIELD_END,
};

const struct field api_trees_fields[] = {
	INTEGER(root),
	FIELD(FIELD_ID, store_tree_row, pid,
	      .description = "Of the oldest process of the tree, as are comm and exe"),
	TEXT(comm),
	TEXT(exe),
	INTEGER(anon_vmas, .description = "anon_vmas under the root, itself included"),
	INTEGER(idle_anon_vmas),
	INTEGER(reusable_anon_vmas),
	INTEGER(vmas),
	INTEGER(reused_vmas),
	INTEGER(avcs),
	INTEGER(mms),
	FIELD(FIELD_BOOLEAN, store_tree_row, torn),
	INTEGER(depth),
	INTEGER(max_chain),
	INTEGER(missed_groups),
	INTEGER(missed_reuse),
	INTEGER(tree_bytes, .description = "Bytes of its anon_vmas and AVCs, by slab object size"),
	FIELD_GROUP_OF("rmap", rmap_fields),
	FIELD_GROUP_OF("rwsem", rwsem_fields,
		       .description = "The lock of the root at the moment it was read"),
	FIELD_END,
};

static struct cursor tree_position(const void *row)
{
	const struct store_tree_row *tree = row;

	return (struct cursor){.key = tree->sort_key, .id = tree->root};
}

/* A process that does not exist has no empty list of trees. */
static int read_trees(const struct call *call, const struct store_page *page, store_visit visit,
		      void *context, struct problem *problem)
{
	const struct param_value *values = call->request->values;
	struct store_tree_query query = {
		.snapshot = call->snapshot,
		.sort = (enum store_tree_sort)values[PARAM_TREE_SORT].integer,
		.page = *page,
		.min_missed_reuse = values[PARAM_MIN_MISSED_REUSE].integer,
		.min_anon_vmas = values[PARAM_MIN_ANON_VMAS].integer,
		.comm = values[PARAM_COMM].text,
		.exe = values[PARAM_EXE].text,
		.search = values[PARAM_SEARCH].text,
	};
	struct lookup_process process;
	int rc = 0;

	query.page.descending = values[PARAM_TREE_SORT].descending;
	if (values[PARAM_PID].text) {
		rc = lookup_process(call, &process, problem);
		query.mm_id = rc ? 0 : process.mm_id;
	}
	return rc ? rc : store_list_trees(call->store, &query, visit, context);
}

static const struct list_kind tree_list = {
	.fields = api_trees_fields,
	.position = tree_position,
	.read = read_trees,
};

int api_trees_list(const struct call *call, struct reply *reply)
{
	return list_reply(call, &tree_list, reply);
}

static int write_summary(void *context, const void *row)
{
	row_json_write(context, api_trees_fields, row);
	return 0;
}

/* The document up to where the model is needed. */
static int begin_tree(const struct call *call, struct json_writer *json, struct reply *reply)
{
	json_begin_object(json);
	json_name_integer(json, "snapshot", call->snapshot);
	json_name_integer(json, "root", call->request->values[PARAM_ROOT].integer);
	json_name(json, "summary");
	return lookup_tree(call, write_summary, json, &reply->problem);
}

const struct field api_trees_document[] = {
	SHAPE(FIELD_INTEGER, "snapshot"),
	SHAPE(FIELD_INTEGER, "root"),
	SHAPE(FIELD_GROUP, "summary", .fields = api_trees_fields),
	SHAPE_MEMBERS(tree_json_shape),
	FIELD_END,
};

const struct field api_trees_columns_document[] = {
	SHAPE(FIELD_INTEGER, "snapshot"),
	SHAPE(FIELD_INTEGER, "root"),
	SHAPE(FIELD_GROUP, "summary", .fields = api_trees_fields),
	SHAPE_MEMBERS(tree_json_columns_shape),
	FIELD_END,
};

typedef int (*write_tree)(struct json_writer *json, const struct tree_view *tree);

static int write_model(struct json_writer *json, const struct model *model, write_tree write)
{
	__attribute__((cleanup(tree_view_clear))) struct tree_view tree;
	int rc = tree_view_make(&tree, model);

	return rc ? rc : write(json, &tree);
}

static int reply_tree(const struct call *call, struct reply *reply, write_tree write)
{
	__attribute__((cleanup(model_clear))) struct model model;
	uint32_t root = (uint32_t)call->request->values[PARAM_ROOT].integer;
	struct json_writer json;
	int rc;

	model_init(&model);
	json_start(&json, &reply->body);
	rc = begin_tree(call, &json, reply);
	if (rc)
		return rc;
	rc = store_load_tree(call->store, call->snapshot, root, &model);
	if (!rc)
		rc = write_model(&json, &model, write);
	if (rc)
		return rc == -ENOENT ? lookup_no_tree(call, &reply->problem) : rc;
	json_end_object(&json);
	reply_set_json(reply);
	return 0;
}

int api_trees_one(const struct call *call, struct reply *reply)
{
	return reply_tree(call, reply, tree_json_write);
}

int api_trees_columns(const struct call *call, struct reply *reply)
{
	return reply_tree(call, reply, tree_json_write_columns);
}

int api_trees_dot(const struct call *call, struct reply *reply)
{
	__attribute__((cleanup(model_clear))) struct model model;
	int rc;

	model_init(&model);
	rc = store_load_tree(call->store, call->snapshot,
			     (uint32_t)call->request->values[PARAM_ROOT].integer, &model);
	if (!rc)
		rc = tree_dot_write(&reply->body, &model);
	if (rc)
		return rc == -ENOENT ? lookup_no_tree(call, &reply->problem) : rc;
	reply->status = 200;
	reply_header(reply, "Content-Type", "text/vnd.graphviz; charset=utf-8");
	return 0;
}
