/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_metrics.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "dispatch.h"
#include "metrics.h"
#include "watch.h"

static int take_snapshot(void *context, const void *row)
{
	struct metrics_source *source = context;

	source->has_snapshot = true;
	source->snapshot = *(const struct store_snapshot_row *)row;
	return 0;
}

static int take_findings(void *context, const void *row)
{
	const struct store_finding_count_row *count = row;
	struct metrics_source *source = context;

	if (count->kind < 0 || count->kind >= FINDING_KIND_COUNT)
		return -EBADMSG;
	source->findings[count->kind] = *count;
	return 0;
}

static int take_invariant(void *context, const void *row)
{
	const struct store_invariant_row *result = row;
	struct metrics_source *source = context;

	if (result->rule < 1 || result->rule > INVARIANT_COUNT)
		return -EBADMSG;
	source->violated[result->rule - 1] = result->violated;
	return 0;
}

static int read_store(struct store *store, struct metrics_source *source)
{
	int rc = store_count_snapshots(store, &source->snapshots);

	if (!rc)
		rc = store_list_snapshots(store, INT64_MAX, 1, take_snapshot, source);
	if (rc || !source->has_snapshot)
		return rc;
	rc = store_count_findings(store, source->snapshot.id, take_findings, source);
	return rc ? rc : store_list_invariants(store, source->snapshot.id, take_invariant, source);
}

static int64_t size_of(const char *path, const char *end)
{
	struct stat status;
	char name[4096];

	if (snprintf(name, sizeof(name), "%s%s", path, end) >= (int)sizeof(name) ||
	    stat(name, &status) != 0)
		return 0;
	return status.st_size;
}

static int64_t collector_up(struct watch *watch)
{
	switch (watch ? watch_collector(watch) : WATCH_COLLECTOR_UNKNOWN) {
	case WATCH_COLLECTOR_RUNS:
		return 1;
	case WATCH_COLLECTOR_GONE:
		return 0;
	default:
		return -1;
	}
}

int api_metrics(const struct call *call, struct reply *reply)
{
	const char *path = call->server->database.path;
	struct metrics_source source = {
		.database_bytes = size_of(path, "") + size_of(path, "-wal"),
		.collector_up = collector_up(call->server->watch),
		.followers = call->server->watch ? watch_readers(call->server->watch) : 0,
		.counters = &call->server->counters,
	};
	int rc = call->store ? read_store(call->store, &source) : 0;

	if (rc)
		return rc;
	metrics_write(&source, &reply->body);
	reply->status = 200;
	reply_header(reply, "Content-Type", METRICS_CONTENT_TYPE);
	reply_header(reply, "Cache-Control", "no-store");
	return 0;
}
