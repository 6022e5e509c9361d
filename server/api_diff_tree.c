/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "api_diff.h"
#include "diff_pair.h"
#include "diff_tree_json.h"
#include "schema/store.h"

/* A snapshot without the tree leaves the model without anon_vmas. */
static int load_side(const struct call *call, int64_t snapshot, struct model *model)
{
	uint32_t root = (uint32_t)call->request->values[PARAM_ROOT].integer;
	int rc = store_load_tree(call->store, snapshot, root, model);

	return rc == -ENOENT ? 0 : rc;
}

static int load_both(const struct call *call, struct model *before, struct model *after,
		     struct problem *problem)
{
	int rc = load_side(call, call->from, before);

	if (!rc)
		rc = load_side(call, call->to, after);
	if (rc || before->anon_vma_count || after->anon_vma_count)
		return rc;
	return problem_set(problem, 404,
			   "Neither snapshot %lld nor %lld has a tree %lld; their trees lists have "
			   "them all, by the id of the root anon_vma.",
			   (long long)call->from, (long long)call->to,
			   (long long)call->request->values[PARAM_ROOT].integer);
}

const struct field api_diff_tree_document[] = {
	SHAPE_MEMBERS(diff_pair_shape),
	SHAPE(FIELD_INTEGER, "root"),
	SHAPE_MEMBERS(diff_tree_json_shape),
	FIELD_END,
};

int api_diff_tree(const struct call *call, struct reply *reply)
{
	__attribute__((cleanup(model_clear))) struct model before, after;
	struct diff_pair pair;
	struct json_writer json;
	int rc;

	model_init(&before);
	model_init(&after);
	json_start(&json, &reply->body);
	json_begin_object(&json);
	rc = diff_pair_write(&json, call, &pair);
	if (!rc && !diff_pair_same_boot(&pair))
		rc = diff_pair_refuse(&pair, &reply->problem);
	if (!rc)
		rc = load_both(call, &before, &after, &reply->problem);
	if (rc)
		return rc;
	json_name_integer(&json, "root", call->request->values[PARAM_ROOT].integer);
	rc = diff_tree_json_write(&json, &before, &after);
	if (rc)
		return rc;
	json_end_object(&json);
	reply_set_json(reply);
	return 0;
}
