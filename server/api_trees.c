/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_trees.h"

#include <errno.h>

#include "field.h"
#include "list.h"
#include "lookup.h"
#include "rmap_json.h"
#include "rwsem_json.h"
#include "schema/store.h"
#include "schema/store_list.h"
#include "tree_json.h"

#define INTEGER(member) FIELD(FIELD_INTEGER, store_tree_row, member)
#define TEXT(member) FIELD(FIELD_TEXT, store_tree_row, member)

static void write_rmap(struct json_writer *json, const void *row)
{
	const struct store_tree_row *tree = row;
	const struct rmap_cost cost = {
		.max_visits = (uint32_t)tree->rmap_max_visits,
		.covered_pages = (uint64_t)tree->rmap_covered_pages,
		.covered_visits = (uint64_t)tree->rmap_covered_visits,
		.written_pages = (uint64_t)tree->rmap_written_pages,
		.written_visits = (uint64_t)tree->rmap_written_visits,
	};

	json_begin_object(json);
	rmap_json_members(json, &cost);
	/* every page of the family visited every VMA of it */
	rmap_json_mean(json, "before_2010_mean_visits", (uint64_t)tree->vmas, tree->vmas > 0);
	json_end_object(json);
}

static void write_rwsem(struct json_writer *json, const void *row)
{
	const struct store_tree_row *tree = row;

	rwsem_json_write(json, (uint64_t)tree->rwsem_count);
}

static const struct field tree_fields[] = {
	INTEGER(root),
	FIELD(FIELD_ID, store_tree_row, pid),
	TEXT(comm),
	TEXT(exe),
	INTEGER(anon_vmas),
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
	INTEGER(object_bytes),
	FIELD_BY("rmap", write_rmap),
	FIELD_BY("rwsem", write_rwsem),
	{.name = NULL},
};

static struct cursor tree_position(const void *row)
{
	const struct store_tree_row *tree = row;

	return (struct cursor){.key = tree->sort_key, .id = tree->root};
}

static const struct list_kind tree_list = {tree_fields, tree_position};

int api_trees_list(const struct call *call, struct reply *reply)
{
	const struct param_value *sort = &call->request->values[PARAM_TREE_SORT];
	struct store_tree_query query = {
		.snapshot = call->snapshot,
		.sort = (enum store_tree_sort)sort->integer,
		.descending = sort->descending,
	};
	struct list_page page;
	int rc = list_begin(&page, &tree_list, call, reply);

	if (rc)
		return rc;
	query.limit = page.fetch;
	query.resume = page.resume;
	query.after_key = page.start.key;
	query.after_root = page.start.id;
	rc = store_list_trees(call->store, &query, list_row, &page);
	if (rc)
		return rc;
	list_end(&page);
	return 0;
}

static int write_summary(void *context, const void *row)
{
	field_write(context, tree_fields, row);
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

int api_trees_one(const struct call *call, struct reply *reply)
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
		rc = tree_json_write(&json, &model);
	if (rc)
		return rc == -ENOENT ? lookup_no_tree(call, &reply->problem) : rc;
	json_end_object(&json);
	reply_set_json(reply);
	return 0;
}
