/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_orders.h"

#include <stdbool.h>
#include <string.h>

#include "collector_link.h"
#include "dispatch.h"
#include "json_body.h"
#include "schema/label.h"

static int check_label(const cJSON *item, struct problem *problem)
{
	const char *text = cJSON_GetStringValue(item);
	const char *wrong;

	if (!item || cJSON_IsNull(item))
		return 0;
	if (!text)
		return problem_set(problem, 400, "\"label\" is a text or null.");
	wrong = label_refuse(text, strlen(text));
	return wrong ? problem_set(problem, 400, "\"label\" is refused: %s.", wrong) : 0;
}

const struct field api_orders_take_body[] = {
	SHAPE_OR_NULL(FIELD_TEXT, "label", .optional = true),
	FIELD_END,
};

int api_orders_take(const struct call *call, int64_t *ret_snapshot, struct problem *problem)
{
	static const char *const names[] = {"label", NULL};
	const cJSON *label;
	cJSON *body;
	int rc = json_body_read(call->body, call->body_size, names, &body, problem);

	if (rc)
		return rc;
	label = cJSON_GetObjectItemCaseSensitive(body, "label");
	rc = check_label(label, problem);
	if (!rc)
		rc = collector_link_take(call->server->collector, cJSON_GetStringValue(label),
					 ret_snapshot, problem);
	cJSON_Delete(body);
	return rc;
}

const struct field api_orders_change_body[] = {
	SHAPE_OR_NULL(FIELD_TEXT, "label", .optional = true, .description = "null takes it away"),
	SHAPE(FIELD_BOOLEAN, "pinned", .optional = true),
	FIELD_END,
};

static int check_change(const cJSON *label, const cJSON *pinned, struct problem *problem)
{
	if (!label && !pinned)
		return problem_set(problem, 400,
				   "Say what to change: \"label\" (a text or null), \"pinned\" "
				   "(true or false).");
	if (pinned && !cJSON_IsBool(pinned))
		return problem_set(problem, 400, "\"pinned\" is true or false.");
	return check_label(label, problem);
}

static int change(const struct call *call, int64_t snapshot, const cJSON *body,
		  struct problem *problem)
{
	const cJSON *label = cJSON_GetObjectItemCaseSensitive(body, "label");
	const cJSON *pinned = cJSON_GetObjectItemCaseSensitive(body, "pinned");
	int rc = check_change(label, pinned, problem);

	if (!rc && label)
		rc = collector_link_label(call->server->collector, snapshot,
					  cJSON_GetStringValue(label), problem);
	if (!rc && pinned)
		rc = collector_link_pin(call->server->collector, snapshot, cJSON_IsTrue(pinned),
					problem);
	return rc;
}

int api_orders_change(const struct call *call, int64_t *ret_snapshot, struct problem *problem)
{
	static const char *const names[] = {"label", "pinned", NULL};
	int64_t snapshot = call->request->values[PARAM_SNAPSHOT].integer;
	cJSON *body;
	int rc;

	/* which one that is may change between the question and the order */
	if (snapshot == 0)
		return problem_set(problem, 400,
				   "Name the snapshot to change by its id; "
				   "/api/v1/snapshots/latest leads to the newest.");
	rc = json_body_read(call->body, call->body_size, names, &body, problem);
	if (rc)
		return rc;
	rc = change(call, snapshot, body, problem);
	cJSON_Delete(body);
	if (!rc)
		*ret_snapshot = snapshot;
	return rc;
}
