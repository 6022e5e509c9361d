/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_snapshots.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "choice.h"
#include "finding_details.h"
#include "list.h"
#include "rmap_json.h"
#include "row_json.h"
#include "schema/store_findings.h"
#include "schema/store_list.h"
#include "topology/findings.h"
#include "topology/invariants.h"

#define INTEGER(member, ...) FIELD(FIELD_INTEGER, store_snapshot_row, member, __VA_ARGS__)
#define TEXT(member, ...) FIELD(FIELD_TEXT, store_snapshot_row, member, __VA_ARGS__)
#define BOOT_TEXT(member) FIELD_FULL_TEXT(store_snapshot_row, member)

static const struct field boot_fields[] = {
	FIELD_AS(FIELD_INTEGER, store_snapshot_row, boot, "id",
		 .description = "Names the boot in the database"),
	BOOT_TEXT(boot_id),
	BOOT_TEXT(host),
	BOOT_TEXT(release),
	BOOT_TEXT(machine),
	INTEGER(page_size),
	INTEGER(vma_bytes),
	INTEGER(anon_vma_bytes),
	INTEGER(avc_bytes),
	FIELD_END,
};

const struct field api_snapshots_totals[] = {
	INTEGER(processes),
	INTEGER(mms),
	INTEGER(vmas),
	INTEGER(anon_vmas),
	INTEGER(avcs),
	INTEGER(trees),
	INTEGER(files),
	INTEGER(idle_anon_vmas),
	INTEGER(reusable_anon_vmas),
	INTEGER(reused_vmas),
	INTEGER(missed_groups),
	INTEGER(missed_reuse),
	INTEGER(blocked_merges),
	INTEGER(max_chain),
	INTEGER(max_depth),
	INTEGER(object_bytes,
		.description = "Bytes of its VMAs, anon_vmas and AVCs, by slab object size"),
	FIELD_END,
};

static const struct field rmap_fields[] = {
	RMAP_FIELDS(store_snapshot_row, rmap_),
	FIELD_MEAN_AS(store_snapshot_row, rmap_family_visits, rmap_written_pages,
		      "before_2010_mean_visits"),
	FIELD_END,
};

static const struct field threshold_fields[] = {
	INTEGER(deep_chain),
	INTEGER(wide_rmap),
	INTEGER(wide_lock),
	FIELD_END,
};

static const struct field quality_fields[] = {
	FIELD(FIELD_BOOLEAN, store_snapshot_row, complete),
	INTEGER(torn_mms),
	INTEGER(rewalked_mms),
	INTEGER(cut_mms),
	INTEGER(moved_anon_vmas),
	INTEGER(undescribed_anon_vmas),
	FIELD_END,
};

static const struct field cost_fields[] = {
	INTEGER(walk_ns), INTEGER(identity_ns),	 INTEGER(analyse_ns), INTEGER(store_ns),
	INTEGER(cpu_ns),  INTEGER(stream_bytes), FIELD_END,
};

const struct field api_snapshots_fields[] = {
	INTEGER(id, .description = "Grows; no id is used twice"),
	FIELD_AS(FIELD_TIME, store_snapshot_row, taken_ns, "taken_at"),
	TEXT(label),
	FIELD(FIELD_BOOLEAN, store_snapshot_row, pinned),
	FIELD(FIELD_ID, store_snapshot_row, tree_tgid),
	FIELD_GROUP_OF("boot", boot_fields),
	FIELD_GROUP_OF("totals", api_snapshots_totals),
	FIELD_GROUP_OF("rmap", rmap_fields),
	TEXT(fork_policy, .choice = choice_fork_policy,
	     .description = "The policy that the kernel was seen to follow; null: nothing told yet"),
	FIELD_GROUP_OF("thresholds", threshold_fields),
	FIELD_GROUP_OF("quality", quality_fields),
	FIELD_GROUP_OF("cost", cost_fields),
	FIELD_END,
};

static struct cursor snapshot_position(const void *row)
{
	const struct store_snapshot_row *snapshot = row;

	return (struct cursor){.key = snapshot->id};
}

static int read_snapshots(const struct call *call, const struct store_page *page, store_visit visit,
			  void *context, struct problem *problem)
{
	const struct param_value *values = call->request->values;
	struct store_snapshot_query query = {
		.page = *page,
		.label = values[PARAM_LABEL].text,
		.with_pinned = values[PARAM_PINNED].text,
		.pinned = values[PARAM_PINNED].integer,
		.since_ns = values[PARAM_SINCE].text ? values[PARAM_SINCE].integer : INT64_MIN,
		.until_ns = values[PARAM_UNTIL].text ? values[PARAM_UNTIL].integer : INT64_MAX,
	};

	(void)problem;
	query.page.descending = values[PARAM_SNAPSHOT_SORT].descending;
	/* no database yet: no snapshots */
	return call->store ? store_query_snapshots(call->store, &query, visit, context) : 0;
}

static const struct list_kind snapshot_list = {
	.fields = api_snapshots_fields,
	.position = snapshot_position,
	.read = read_snapshots,
};

int api_snapshots_list(const struct call *call, struct reply *reply)
{
	reply_header(reply, "Cache-Control", "no-cache");
	return list_reply(call, &snapshot_list, reply);
}

static int write_snapshot(void *context, const void *row)
{
	row_json_members(context, api_snapshots_fields, row);
	return 0;
}

static int take_count(void *context, const void *row)
{
	const struct store_finding_count_row *count = row;
	struct store_finding_count_row *counts = context;

	if (count->kind < 0 || count->kind >= FINDING_KIND_COUNT)
		return -EBADMSG;
	counts[count->kind] = *count;
	return 0;
}

static int write_findings(const struct call *call, struct json_writer *json)
{
	struct store_finding_count_row counts[FINDING_KIND_COUNT] = {0};
	int rc = store_count_findings(call->store, call->snapshot, take_count, counts);

	json_name(json, "findings");
	json_begin_array(json);
	for (int i = 0; i < FINDING_KIND_COUNT; i++) {
		json_begin_object(json);
		json_name_text(json, "kind", finding_kinds[i].name);
		json_name_text(json, "title", finding_kinds[i].title);
		json_name_text(json, "description", finding_kinds[i].rule);
		json_name_integer(json, "count", counts[i].count);
		json_name_integer(json, "bytes", counts[i].bytes);
		json_end_object(json);
	}
	json_end_array(json);
	return rc;
}

static const struct field finding_shape[] = {
	SHAPE(FIELD_TEXT, "kind", .choice = choice_finding_kind),
	SHAPE(FIELD_TEXT, "title"),
	SHAPE(FIELD_TEXT, "description",
	      .description = "When there is such a finding, in a sentence",
	      .example = "\"Active anon_vmas of one process that have the same parent …\""),
	SHAPE(FIELD_INTEGER, "count"),
	SHAPE(FIELD_INTEGER, "bytes", .description = "Bytes of all the objects that they count"),
	FIELD_END,
};

#define RESULT(member, ...) FIELD(FIELD_INTEGER, store_invariant_row, member, __VA_ARGS__)

/* By the names of enum invariant_excuse. */
static const struct field excused_fields[] = {
	RESULT(torn, .description = "An address space of the tree never held still"),
	RESULT(moved),
	RESULT(not_shown),
	RESULT(pinned, .description = "References of KSM, migration or a folio split"),
	RESULT(in_flight),
	RESULT(first_fault),
	RESULT(seen_once),
	FIELD_END,
};

static void write_rule(struct row_sink *sink, const void *row)
{
	finding_details_write_rule(sink, ((const struct store_invariant_row *)row)->rule);
}

static void write_statement(struct row_sink *sink, const void *row)
{
	row_string(sink,
		   invariant_info((uint32_t)((const struct store_invariant_row *)row)->rule)->rule);
}

static const struct field invariant_fields[] = {
	FIELD_AS(FIELD_INTEGER, store_invariant_row, rule, "number",
		 .description = "Number of the invariant", .example = "6"),
	FIELD_BY(FIELD_TEXT, "rule", write_rule, .description = "Name of the invariant",
		 .choice = choice_invariant),
	FIELD_BY(FIELD_TEXT, "statement", write_statement),
	RESULT(checked),
	RESULT(held),
	RESULT(violated),
	FIELD_GROUP_OF("excused", excused_fields),
	FIELD_END,
};

static int take_result(void *context, const void *row)
{
	const struct store_invariant_row *result = row;
	struct store_invariant_row *results = context;

	if (result->rule < 1 || result->rule > INVARIANT_COUNT)
		return -EBADMSG;
	results[result->rule - 1] = *result;
	return 0;
}

static int write_invariants(const struct call *call, struct json_writer *json)
{
	struct store_invariant_row results[INVARIANT_COUNT] = {0};
	int rc = store_list_invariants(call->store, call->snapshot, take_result, results);

	json_name(json, "invariants");
	json_begin_array(json);
	for (int i = 0; i < INVARIANT_COUNT; i++) {
		results[i].rule = i + 1; /* one without a row was checked on nothing */
		row_json_write(json, invariant_fields, &results[i]);
	}
	json_end_array(json);
	return rc;
}

const struct field api_snapshots_document[] = {
	SHAPE_MEMBERS(api_snapshots_fields),
	SHAPE_ROWS("findings", finding_shape,
		   .description = "Findings by kind; each kind is there"),
	SHAPE_ROWS("invariants", invariant_fields,
		   .description = "How each rule that mm/rmap.c relies on fared"),
	FIELD_END,
};

int api_snapshots_one(const struct call *call, struct reply *reply)
{
	struct json_writer json;
	int rc;

	json_start(&json, &reply->body);
	json_begin_object(&json);
	rc = store_find_snapshot(call->store, call->snapshot, write_snapshot, &json);
	if (!rc)
		rc = write_findings(call, &json);
	if (!rc)
		rc = write_invariants(call, &json);
	if (rc)
		return rc;
	json_end_object(&json);
	reply_set_json(reply);
	return 0;
}

int api_snapshots_created(const struct call *call, struct reply *reply)
{
	int rc = api_snapshots_one(call, reply);

	if (rc)
		return rc;
	reply->status = 201;
	reply_header(reply, "Location", "/api/v1/snapshots/%" PRId64, call->snapshot);
	return 0;
}
