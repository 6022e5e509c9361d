/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_trees.h"

#include <errno.h>

#include "field.h"
#include "list.h"
#include "schema/store.h"
#include "schema/store_list.h"
#include "tree_json.h"

#define INTEGER(member) FIELD(FIELD_INTEGER, store_tree_row, member)
#define TEXT(member) FIELD(FIELD_TEXT, store_tree_row, member)

static const struct field tree_fields[] = {
	INTEGER(root),
	FIELD(FIELD_ID, store_tree_row, pid),
	TEXT(comm),
	TEXT(exe),
	INTEGER(anon_vmas),
	INTEGER(idle_anon_vmas),
	INTEGER(vmas),
	INTEGER(avcs),
	INTEGER(mms),
	INTEGER(depth),
	INTEGER(max_chain),
	INTEGER(missed_groups),
	INTEGER(missed_reuse),
	INTEGER(object_bytes),
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

struct summary_writer {
	struct json_writer *json;
	bool found;
};

static int write_summary(void *context, const void *row)
{
	struct summary_writer *writer = context;

	field_write(writer->json, tree_fields, row);
	writer->found = true;
	return 0;
}

static int no_tree(const struct call *call, struct reply *reply)
{
	return problem_set(&reply->problem, 404,
			   "Snapshot %lld has no tree %lld; its trees list has them all, by the id "
			   "of the root anon_vma.",
			   (long long)call->snapshot,
			   (long long)call->request->values[PARAM_ROOT].integer);
}

/* The document up to where the model is needed. */
static int begin_tree(const struct call *call, struct json_writer *json, struct reply *reply)
{
	int64_t root = call->request->values[PARAM_ROOT].integer;
	struct summary_writer writer = {.json = json};
	int rc;

	json_begin_object(json);
	json_name(json, "snapshot");
	json_integer(json, call->snapshot);
	json_name(json, "root");
	json_integer(json, root);
	json_name(json, "summary");
	rc = store_find_tree(call->store, call->snapshot, root, write_summary, &writer);
	if (rc)
		return rc;
	return writer.found ? 0 : no_tree(call, reply);
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
		return rc == -ENOENT ? no_tree(call, reply) : rc;
	json_end_object(&json);
	reply_set_json(reply);
	return 0;
}
