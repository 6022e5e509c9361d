/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_health.h"

#include <errno.h>

#include "json_document.h"
#include "schema/clock.h"
#include "schema/store_list.h"

#define NS_PER_S 1000000000

struct health {
	int64_t snapshots;
	int64_t latest; /* 0: none */
	int64_t taken_ns;
};

static int read_latest(void *context, const void *row)
{
	const struct store_snapshot_row *snapshot = row;
	struct health *health = context;

	health->latest = snapshot->id;
	health->taken_ns = snapshot->taken_ns;
	return 0;
}

/* Whole seconds; 0 where the clock was set back since. */
static int64_t age_s(int64_t taken_ns)
{
	int64_t age_ns = (int64_t)clock_ns(CLOCK_REALTIME) - taken_ns;

	return age_ns > 0 ? age_ns / NS_PER_S : 0;
}

static const char *status_name(int64_t index)
{
	return index == 0 ? "ok" : NULL;
}

static const struct field latest_shape[] = {
	SHAPE(FIELD_INTEGER, "id"),
	SHAPE(FIELD_INTEGER, "age_s",
	      .description = "Seconds since it was taken; 0 where the clock was set back since"),
	FIELD_END,
};

const struct field api_health_document[] = {
	SHAPE(FIELD_TEXT, "status", .choice = status_name),
	SHAPE(FIELD_INTEGER, "snapshots", .description = "How many there are"),
	SHAPE_OR_NULL(FIELD_GROUP, "latest", .fields = latest_shape,
		      .description = "The newest snapshot; null: none"),
	FIELD_END,
};

static cJSON *latest_object(const struct health *health)
{
	cJSON *latest = health->latest ? cJSON_CreateObject() : cJSON_CreateNull();

	if (latest && health->latest) {
		cJSON_AddNumberToObject(latest, "id", (double)health->latest);
		cJSON_AddNumberToObject(latest, "age_s", (double)age_s(health->taken_ns));
	}
	return latest;
}

int api_health(const struct call *call, struct reply *reply)
{
	struct json_document document;
	struct health health = {0};
	int rc = call->store ? store_count_snapshots(call->store, &health.snapshots) : 0;

	if (!rc && call->store)
		rc = store_list_snapshots(call->store, INT64_MAX, 1, read_latest, &health);
	if (rc)
		return rc;
	json_document_start(&document);
	json_document_add(&document, "status", cJSON_CreateStringReference("ok"));
	json_document_add(&document, "snapshots", cJSON_CreateNumber((double)health.snapshots));
	json_document_add(&document, "latest", latest_object(&health));
	rc = json_document_finish(&document, &reply->body);
	reply_set_json(reply);
	reply_header(reply, "Cache-Control", "no-store");
	return rc;
}
