/* SPDX-License-Identifier: GPL-2.0-only */
#include "diff_pair.h"

#include <errno.h>

#include "row_json.h"
#include "snapshot_brief.h"

#define REASON                                                                     \
	"The snapshots are of different boots, in which no process and no object " \
	"is the same; processes are compared by name."

const struct field diff_pair_shape[] = {
	SHAPE(FIELD_GROUP, "from", .fields = snapshot_brief_fields),
	SHAPE(FIELD_GROUP, "to", .fields = snapshot_brief_fields),
	SHAPE(FIELD_BOOLEAN, "same_boot"),
	SHAPE_OR_NULL(FIELD_TEXT, "reason", .example = "null",
		      .description = "Where the boots differ: what that means"),
	FIELD_END,
};

/* A row on its way. */
struct side {
	struct json_writer *json; /* or NULL */
	const char *name;
	struct store_snapshot_row *row;
};

static int take_side(void *context, const void *row)
{
	const struct side *side = context;

	if (side->json) {
		json_name(side->json, side->name);
		row_json_write(side->json, snapshot_brief_fields, row);
	}
	*side->row = *(const struct store_snapshot_row *)row;
	return 0;
}

static int read_pair(struct json_writer *json, const struct call *call, struct diff_pair *pair)
{
	struct side from = {json, "from", &pair->before}, to = {json, "to", &pair->after};
	int rc = store_find_snapshot(call->store, call->from, take_side, &from);

	return rc ? rc : store_find_snapshot(call->store, call->to, take_side, &to);
}

int diff_pair_read(const struct call *call, struct diff_pair *ret_pair)
{
	return read_pair(NULL, call, ret_pair);
}

int diff_pair_write(struct json_writer *json, const struct call *call, struct diff_pair *ret_pair)
{
	int rc = read_pair(json, call, ret_pair);

	if (rc)
		return rc;
	json_name_boolean(json, "same_boot", diff_pair_same_boot(ret_pair));
	if (diff_pair_same_boot(ret_pair)) {
		json_name(json, "reason");
		json_null(json);
	} else {
		json_name_text(json, "reason", REASON);
	}
	return 0;
}

int diff_pair_refuse(const struct diff_pair *pair, struct problem *problem)
{
	return problem_set(problem, 422,
			   "Snapshots %lld and %lld are of different boots, in which no object is "
			   "the same; ask for section=names.",
			   (long long)pair->before.id, (long long)pair->after.id);
}
