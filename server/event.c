/* SPDX-License-Identifier: GPL-2.0-only */
#include "event.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "choice.h"
#include "field.h"
#include "row_json.h"
#include "schema/store_list.h"
#include "schema/store_news.h"
#include "snapshot_brief.h"
#include "topology/findings.h"

/* Findings that are told by name, of the new ones and of those that are gone. */
#define LARGEST_MAX 3

#define INTEGER(member) FIELD(FIELD_INTEGER, store_snapshot_row, member)

static const struct field totals_fields[] = {
	INTEGER(processes),	 INTEGER(mms),	       INTEGER(vmas),	      INTEGER(anon_vmas),
	INTEGER(avcs),		 INTEGER(trees),       INTEGER(object_bytes), INTEGER(missed_reuse),
	INTEGER(idle_anon_vmas), INTEGER(reused_vmas), INTEGER(max_chain),    FIELD_END,
};

static const struct field snapshot_fields[] = {
	FIELD_GROUP_OF("totals", totals_fields),
	FIELD_END,
};

static const struct finding_kind_info *kind_of(const void *row)
{
	int64_t kind = ((const struct store_changed_finding_row *)row)->kind;

	return kind >= 0 && kind < FINDING_KIND_COUNT ? &finding_kinds[kind] : NULL;
}

static void write_kind(struct row_sink *sink, const void *row)
{
	if (kind_of(row))
		row_string(sink, kind_of(row)->name);
	else
		row_null(sink);
}

static void write_title(struct row_sink *sink, const void *row)
{
	if (kind_of(row))
		row_string(sink, kind_of(row)->title);
	else
		row_null(sink);
}

#define CHANGED(kind, member) FIELD(kind, store_changed_finding_row, member)

static const struct field finding_fields[] = {
	CHANGED(FIELD_INTEGER, id),
	FIELD_BY(FIELD_TEXT, "kind", write_kind, .nullable = true, .choice = choice_finding_kind),
	FIELD_BY(FIELD_TEXT, "title", write_title, .nullable = true),
	CHANGED(FIELD_INTEGER, bytes),
	CHANGED(FIELD_ID, pid),
	CHANGED(FIELD_TEXT, comm),
	FIELD(FIELD_ID, store_changed_finding_row, anon_vma,
	      .description = "Id of the anon_vma that it is about; null: of none"),
	CHANGED(FIELD_ID, root),
	FIELD_END,
};

static const struct field change_shape[] = {
	SHAPE(FIELD_INTEGER, "count"),
	SHAPE(FIELD_INTEGER, "bytes", .description = "Bytes of all the objects that they count"),
	SHAPE_ROWS("largest", finding_fields, .description = "The largest three"),
	FIELD_END,
};

static const struct field changes_shape[] = {
	SHAPE(FIELD_GROUP, "new", .fields = change_shape),
	SHAPE(FIELD_GROUP, "resolved", .fields = change_shape),
	FIELD_END,
};

static const struct field snapshot_shape[] = {
	SHAPE_MEMBERS(snapshot_brief_fields),
	SHAPE_MEMBERS(snapshot_fields),
	SHAPE_OR_NULL(FIELD_GROUP, "findings", .fields = changes_shape,
		      .description = "Against the snapshot before; null: it took too long to tell"),
	FIELD_END,
};

static const struct field gap_shape[] = {
	SHAPE(FIELD_INTEGER, "first", .description = "The first snapshot that is not told of"),
	SHAPE(FIELD_INTEGER, "last", .description = "The last of them"),
	FIELD_END,
};

static const struct field reset_shape[] = {
	SHAPE(FIELD_ID, "snapshot",
	      .description = "Id of the newest snapshot of what is another database; null: none"),
	FIELD_END,
};

static const char *collector_state(int64_t index)
{
	static const char *const states[] = {"gone", "back", NULL};

	return states[index];
}

static const struct field collector_shape[] = {
	SHAPE(FIELD_TEXT, "state", .choice = collector_state),
	FIELD_END,
};

const struct answer event_answers[] = {
	{ANSWER_EVENT, "snapshot", snapshot_shape, NULL},
	{ANSWER_EVENT, "gap", gap_shape, NULL},
	{ANSWER_EVENT, "reset", reset_shape, NULL},
	{ANSWER_EVENT, "collector", collector_shape, NULL},
	ANSWERS_END,
};

static void begin(struct json_writer *json, struct buffer *buffer, const char *name, int64_t id)
{
	buffer_format(buffer, "event: %s\n", name);
	if (id >= 0)
		buffer_format(buffer, "id: %" PRId64 "\n", id);
	buffer_text(buffer, "data: ");
	json_start(json, buffer);
	json_begin_object(json);
}

static void end(struct json_writer *json)
{
	json_end_object(json);
	buffer_text(json->buffer, "\n\n");
}

static int write_finding(void *context, const void *row)
{
	row_json_write(context, finding_fields, row);
	return 0;
}

static int write_change(struct json_writer *json, struct store *store, const char *name,
			const struct store_finding_change_query *query)
{
	struct store_finding_total total = {0};
	int rc = store_count_finding_changes(store, query, &total);

	json_name(json, name);
	json_begin_object(json);
	json_name_integer(json, "count", total.count);
	json_name_integer(json, "bytes", total.bytes);
	json_name(json, "largest");
	json_begin_array(json);
	if (!rc)
		rc = store_list_finding_changes(store, query, LARGEST_MAX, write_finding, json);
	json_end_array(json);
	json_end_object(json);
	return rc;
}

static int write_changes(struct json_writer *json, struct store *store, int64_t snapshot)
{
	struct store_finding_change_query query = {
		.change = STORE_FINDINGS_NEW,
		.snapshot = snapshot,
	};
	int rc = store_previous_snapshot(store, snapshot, &query.before);

	if (rc)
		return rc;
	json_name(json, "findings");
	json_begin_object(json);
	rc = write_change(json, store, "new", &query);
	query.change = STORE_FINDINGS_RESOLVED;
	if (!rc)
		rc = write_change(json, store, "resolved", &query);
	json_end_object(json);
	return rc;
}

/* As write_changes(), but null where that takes too long. */
static int write_findings(struct json_writer *json, struct store *store, int64_t snapshot)
{
	struct json_writer start = *json;
	size_t size = json->buffer->size;
	int rc = write_changes(json, store, snapshot);

	if (rc != -ETIMEDOUT)
		return rc;
	store_set_deadline(store, 0);
	*json = start;
	json->buffer->size = size;
	json_name(json, "findings");
	json_null(json);
	return 0;
}

struct snapshot_event {
	struct json_writer json;
	bool found;
};

static int write_snapshot(void *context, const void *row)
{
	struct snapshot_event *event = context;

	event->found = true;
	row_json_members(&event->json, snapshot_brief_fields, row);
	row_json_members(&event->json, snapshot_fields, row);
	return 0;
}

int event_snapshot(struct buffer *buffer, struct store *store, int64_t snapshot)
{
	struct snapshot_event event = {.found = false};
	size_t size = buffer->size;
	int rc;

	begin(&event.json, buffer, "snapshot", snapshot);
	rc = store_find_snapshot(store, snapshot, write_snapshot, &event);
	if (!rc && !event.found)
		rc = -ENOENT;
	if (!rc)
		rc = write_findings(&event.json, store, snapshot);
	if (rc) {
		buffer->size = size;
		return rc;
	}
	end(&event.json);
	return 0;
}

void event_gap(struct buffer *buffer, int64_t first, int64_t last)
{
	struct json_writer json;

	begin(&json, buffer, "gap", last);
	json_name_integer(&json, "first", first);
	json_name_integer(&json, "last", last);
	end(&json);
}

void event_reset(struct buffer *buffer, int64_t latest)
{
	struct json_writer json;

	begin(&json, buffer, "reset", latest);
	json_name(&json, "snapshot");
	if (latest)
		json_integer(&json, latest);
	else
		json_null(&json);
	end(&json);
}

void event_collector(struct buffer *buffer, bool runs)
{
	struct json_writer json;

	begin(&json, buffer, "collector", -1);
	json_name_text(&json, "state", collector_state(runs));
	end(&json);
}
