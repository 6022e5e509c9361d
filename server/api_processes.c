/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_processes.h"

#include "field.h"
#include "list.h"
#include "lookup.h"
#include "schema/store_chain.h"
#include "schema/store_list.h"
#include "vma_json.h"

#define INTEGER(member) FIELD(FIELD_INTEGER, store_process_row, member)
#define BOOLEAN(member) FIELD(FIELD_BOOLEAN, store_process_row, member)
#define TEXT(member) FIELD(FIELD_TEXT, store_process_row, member)

#define INTEGER_AS(member, as) FIELD_AS(FIELD_INTEGER, store_process_row, member, as)

static const struct field fork_fields[] = {
	INTEGER_AS(fork_vmas, "vmas"),
	INTEGER_AS(fork_anon_vmas, "anon_vmas"),
	INTEGER_AS(fork_avcs, "avcs"),
	INTEGER_AS(fork_bytes, "bytes"),
	{.name = NULL},
};

static const struct field undone_fields[] = {
	INTEGER_AS(undone_vmas, "vmas"),
	INTEGER_AS(undone_anon_vmas, "anon_vmas"),
	INTEGER_AS(undone_avcs, "avcs"),
	INTEGER_AS(undone_bytes, "bytes"),
	{.name = NULL},
};

static const struct field process_fields[] = {
	INTEGER(pid),
	INTEGER(ppid),
	INTEGER(uid),
	TEXT(comm),
	TEXT(exe),
	FIELD(FIELD_DECIMAL, store_process_row, start_ns),
	TEXT(cgroup),
	INTEGER(process_id),
	INTEGER(mm_id),
	BOOLEAN(mm_shared),
	INTEGER(vmas),
	INTEGER(anon_vmas),
	INTEGER(avcs),
	INTEGER(trees),
	INTEGER(reused_vmas),
	INTEGER(missed_groups),
	INTEGER(missed_reuse),
	INTEGER(blocked_merges),
	INTEGER(max_chain),
	INTEGER(map_count),
	BOOLEAN(torn),
	BOOLEAN(cut),
	FIELD_GROUP("fork", fork_fields),
	FIELD_GROUP("fork_undone", undone_fields),
	INTEGER(anon_rss_bytes),
	INTEGER(file_rss_bytes),
	INTEGER(shmem_rss_bytes),
	INTEGER(swap_bytes),
	INTEGER(pgtables_bytes),
	{.name = NULL},
};

static void write_permissions(struct json_writer *json, const void *row)
{
	const struct store_vma_row *vma = row;

	vma_json_permissions(json, (uint64_t)vma->vm_flags);
}

static void write_dev(struct json_writer *json, const void *row)
{
	const struct store_vma_row *vma = row;

	if (vma->has_file)
		vma_json_dev(json, (uint64_t)vma->dev);
	else
		json_null(json);
}

static void write_ino(struct json_writer *json, const void *row)
{
	const struct store_vma_row *vma = row;

	if (vma->has_file)
		json_decimal(json, (uint64_t)vma->ino);
	else
		json_null(json);
}

static void write_chain(struct json_writer *json, const void *row)
{
	const struct store_vma_row *vma = row;
	const uint8_t *at = (const uint8_t *)vma->chain.bytes;
	const uint8_t *end = at ? at + vma->chain.size : NULL;
	uint32_t id;

	json_begin_array(json);
	while (at != end && (id = store_chain_get(&at, end)) != 0)
		json_integer(json, id);
	json_end_array(json);
}

static void write_anon_pgoff(struct json_writer *json, const void *row)
{
	const struct store_vma_row *vma = row;

	if (vma->has_anon_pgoff)
		json_hex(json, (uint64_t)vma->anon_pgoff);
	else
		json_null(json);
}

static const struct field vma_fields[] = {
	FIELD(FIELD_HEX, store_vma_row, vm_start),
	FIELD(FIELD_HEX, store_vma_row, vm_end),
	FIELD(FIELD_HEX, store_vma_row, vm_pgoff),
	FIELD(FIELD_HEX, store_vma_row, vm_flags),
	FIELD_BY("permissions", write_permissions),
	FIELD_BY("dev", write_dev),
	FIELD_BY("ino", write_ino),
	FIELD(FIELD_TEXT, store_vma_row, path),
	FIELD(FIELD_TEXT, store_vma_row, name),
	FIELD(FIELD_ID, store_vma_row, anon_vma),
	FIELD(FIELD_ID, store_vma_row, root),
	FIELD_BY("chain", write_chain),
	FIELD(FIELD_BOOLEAN, store_vma_row, reused),
	FIELD_BY("anon_pgoff", write_anon_pgoff),
	FIELD(FIELD_BOOLEAN, store_vma_row, numa_policy),
	{.name = NULL},
};

static struct cursor process_position(const void *row)
{
	const struct store_process_row *process = row;

	return (struct cursor){.key = process->pid};
}

static struct cursor vma_position(const void *row)
{
	const struct store_vma_row *vma = row;

	return (struct cursor){.key = vma->vm_start};
}

static const struct list_kind process_list = {process_fields, process_position};
static const struct list_kind vma_list = {vma_fields, vma_position};

int api_processes_list(const struct call *call, struct reply *reply)
{
	const struct param_value *pid = &call->request->values[PARAM_PID];
	struct store_process_query query = {
		.snapshot = call->snapshot,
		.after_pid = pid->text ? pid->integer - 1 : -1,
		.last_pid = pid->text ? pid->integer : INT64_MAX,
		.comm = call->request->values[PARAM_COMM].text,
	};
	struct list_page page;
	int rc = list_begin(&page, &process_list, call, reply);

	if (rc)
		return rc;
	if (page.resume)
		query.after_pid = page.start.key;
	query.limit = page.fetch;
	rc = store_list_processes(call->store, &query, list_row, &page);
	if (rc)
		return rc;
	list_end(&page);
	return 0;
}

struct process_writer {
	struct buffer *buffer;
	bool found;
};

static int write_process(void *context, const void *row)
{
	struct process_writer *writer = context;
	struct json_writer json;

	json_start(&json, writer->buffer);
	field_write(&json, process_fields, row);
	writer->found = true;
	return 0;
}

int api_processes_one(const struct call *call, struct reply *reply)
{
	int64_t pid = call->request->values[PARAM_PID].integer;
	struct process_writer writer = {.buffer = &reply->body};
	int rc = store_find_process(call->store, call->snapshot, pid, write_process, &writer);

	if (rc)
		return rc;
	if (!writer.found)
		return lookup_no_process(call, &reply->problem);
	reply_set_json(reply);
	return 0;
}

int api_processes_vmas(const struct call *call, struct reply *reply)
{
	struct store_vma_query query = {.snapshot = call->snapshot, .after_start = -1};
	struct lookup_process process;
	struct list_page page;
	int rc = lookup_process(call, &process, &reply->problem);

	if (!rc)
		rc = list_begin(&page, &vma_list, call, reply);
	if (rc)
		return rc;
	query.mm_id = process.mm_id;
	query.limit = page.fetch;
	if (page.resume)
		query.after_start = page.start.key;
	rc = store_list_vmas(call->store, &query, list_row, &page);
	if (rc)
		return rc;
	list_end(&page);
	return 0;
}
