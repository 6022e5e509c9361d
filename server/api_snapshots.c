/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_snapshots.h"

#include "field.h"
#include "list.h"
#include "schema/store_list.h"

#define INTEGER(member) FIELD(FIELD_INTEGER, store_snapshot_row, member)
#define TEXT(member) FIELD(FIELD_TEXT, store_snapshot_row, member)

static const struct field boot_fields[] = {
	FIELD_AS(FIELD_INTEGER, store_snapshot_row, boot, "id"),
	TEXT(boot_id),
	TEXT(host),
	TEXT(release),
	TEXT(machine),
	INTEGER(page_size),
	INTEGER(vma_bytes),
	INTEGER(anon_vma_bytes),
	INTEGER(avc_bytes),
	{.name = NULL},
};

static const struct field totals_fields[] = {
	INTEGER(processes),	INTEGER(mms),	       INTEGER(vmas),	   INTEGER(anon_vmas),
	INTEGER(avcs),		INTEGER(trees),	       INTEGER(files),	   INTEGER(idle_anon_vmas),
	INTEGER(missed_groups), INTEGER(missed_reuse), INTEGER(max_chain), INTEGER(max_depth),
	INTEGER(object_bytes),	{.name = NULL},
};

static const struct field quality_fields[] = {
	FIELD(FIELD_BOOLEAN, store_snapshot_row, complete),
	INTEGER(torn_mms),
	INTEGER(rewalked_mms),
	INTEGER(cut_mms),
	INTEGER(moved_anon_vmas),
	INTEGER(undescribed_anon_vmas),
	{.name = NULL},
};

static const struct field cost_fields[] = {
	INTEGER(walk_ns), INTEGER(identity_ns),	 INTEGER(analyse_ns), INTEGER(store_ns),
	INTEGER(cpu_ns),  INTEGER(stream_bytes), {.name = NULL},
};

static const struct field snapshot_fields[] = {
	INTEGER(id),
	FIELD_AS(FIELD_TIME, store_snapshot_row, taken_ns, "taken_at"),
	TEXT(label),
	FIELD(FIELD_BOOLEAN, store_snapshot_row, pinned),
	FIELD(FIELD_ID, store_snapshot_row, tree_tgid),
	FIELD_GROUP("boot", boot_fields),
	FIELD_GROUP("totals", totals_fields),
	FIELD_GROUP("quality", quality_fields),
	FIELD_GROUP("cost", cost_fields),
	{.name = NULL},
};

static struct cursor snapshot_position(const void *row)
{
	const struct store_snapshot_row *snapshot = row;

	return (struct cursor){.key = snapshot->id};
}

static const struct list_kind snapshot_list = {snapshot_fields, snapshot_position};

int api_snapshots_list(const struct call *call, struct reply *reply)
{
	struct list_page page;
	int rc = list_begin(&page, &snapshot_list, call, reply);

	if (!rc && call->store)
		rc = store_list_snapshots(call->store, page.resume ? page.start.key : INT64_MAX,
					  page.fetch, list_row, &page);
	if (rc)
		return rc;
	list_end(&page);
	reply_header(reply, "Cache-Control", "no-cache");
	return 0;
}

static int write_snapshot(void *context, const void *row)
{
	struct json_writer json;

	json_start(&json, context);
	field_write(&json, snapshot_fields, row);
	return 0;
}

int api_snapshots_one(const struct call *call, struct reply *reply)
{
	int rc = store_find_snapshot(call->store, call->snapshot, write_snapshot, &reply->body);

	if (rc)
		return rc;
	reply_set_json(reply);
	return 0;
}
