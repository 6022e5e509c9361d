/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_processes.h"

#include "field_select.h"
#include "list.h"
#include "lookup.h"
#include "row_json.h"
#include "schema/store_processes.h"

#define INTEGER(member) FIELD(FIELD_INTEGER, store_process_row, member)
#define BOOLEAN(member) FIELD(FIELD_BOOLEAN, store_process_row, member)
#define TEXT(member) FIELD(FIELD_TEXT, store_process_row, member)

#define INTEGER_AS(member, as) FIELD_AS(FIELD_INTEGER, store_process_row, member, as)

static const struct field fork_fields[] = {
	INTEGER_AS(fork_vmas, "vmas"),
	FIELD_AS(FIELD_INTEGER, store_process_row, fork_anon_vmas, "anon_vmas",
		 .description = "anon_vmas that are new"),
	INTEGER_AS(fork_avcs, "avcs"),
	INTEGER_AS(fork_bytes, "bytes"),
	FIELD_END,
};

static const struct field undone_fields[] = {
	INTEGER_AS(undone_vmas, "vmas"),
	FIELD_AS(FIELD_INTEGER, store_process_row, undone_anon_vmas, "anon_vmas",
		 .description = "anon_vmas that are new"),
	INTEGER_AS(undone_avcs, "avcs"),
	INTEGER_AS(undone_bytes, "bytes"),
	FIELD_END,
};

const struct field api_processes_fields[] = {
	INTEGER(pid),
	INTEGER(ppid),
	INTEGER(uid),
	FIELD_FULL_TEXT(store_process_row, comm),
	TEXT(exe),
	FIELD(FIELD_DECIMAL, store_process_row, start_ns,
	      .description = "When it started: ns since the boot (CLOCK_BOOTTIME)"),
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
	INTEGER(object_bytes),
	INTEGER(map_count),
	BOOLEAN(torn),
	BOOLEAN(cut),
	FIELD_GROUP_OF("fork", fork_fields, .description = "What its next fork() allocates"),
	FIELD_GROUP_OF("fork_undone", undone_fields,
		       .description = "The same if nothing were missed or blocked"),
	INTEGER(anon_rss_bytes),
	INTEGER(file_rss_bytes),
	INTEGER(shmem_rss_bytes),
	INTEGER(swap_bytes),
	INTEGER(pgtables_bytes),
	FIELD_END,
};

static struct cursor process_position(const void *row)
{
	const struct store_process_row *process = row;

	return (struct cursor){.key = process->sort_key, .id = process->pid};
}

static int read_processes(const struct call *call, const struct store_page *page, store_visit visit,
			  void *context, struct problem *problem)
{
	const struct param_value *values = call->request->values;
	struct store_process_query query = {
		.snapshot = call->snapshot,
		.sort = (enum store_process_sort)values[PARAM_PROCESS_SORT].integer,
		.page = *page,
		.pid = values[PARAM_PID].integer,
		.comm = values[PARAM_COMM].text,
		.exe = values[PARAM_EXE].text,
		.cgroup = values[PARAM_CGROUP].text,
		.uid = values[PARAM_UID].text ? &values[PARAM_UID].integer : NULL,
		.min_missed_reuse = values[PARAM_MIN_MISSED_REUSE].integer,
		.search = values[PARAM_SEARCH].text,
	};

	(void)problem;
	query.page.descending = values[PARAM_PROCESS_SORT].descending;
	return store_list_processes(call->store, &query, visit, context);
}

static const struct list_kind process_list = {
	.fields = api_processes_fields,
	.position = process_position,
	.read = read_processes,
};

int api_processes_list(const struct call *call, struct reply *reply)
{
	return list_reply(call, &process_list, reply);
}

struct process_writer {
	const struct field *fields;
	struct buffer *buffer;
	bool found;
};

static int write_process(void *context, const void *row)
{
	struct process_writer *writer = context;
	struct json_writer json;

	json_start(&json, writer->buffer);
	row_json_write(&json, writer->fields, row);
	writer->found = true;
	return 0;
}

int api_processes_one(const struct call *call, struct reply *reply)
{
	const struct param_value *values = call->request->values;
	struct process_writer writer = {.fields = api_processes_fields, .buffer = &reply->body};
	struct field_selection selection;
	int rc = 0;

	if (values[PARAM_FIELDS].text) {
		rc = field_select(api_processes_fields, values[PARAM_FIELDS].text, &selection,
				  &reply->problem);
		writer.fields = selection.fields;
	}
	if (!rc)
		rc = store_find_process(call->store, call->snapshot, values[PARAM_PID].integer,
					write_process, &writer);
	if (rc)
		return rc;
	if (!writer.found)
		return lookup_no_process(call, &reply->problem);
	reply_set_json(reply);
	return 0;
}
