/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_executables.h"

#include "list.h"
#include "schema/store_processes.h"

#define INTEGER(member, ...) FIELD(FIELD_INTEGER, store_executable_row, member, __VA_ARGS__)
#define TEXT(member, ...) FIELD(FIELD_TEXT, store_executable_row, member, __VA_ARGS__)

static const struct field rmap_fields[] = {
	FIELD_AS(FIELD_INTEGER, store_executable_row, rmap_max_visits, "max_visits"),
	FIELD_END,
};

static const struct field fork_fields[] = {
	FIELD_AS(FIELD_INTEGER, store_executable_row, fork_bytes, "bytes"),
	FIELD_END,
};

const struct field api_executables_fields[] = {
	TEXT(exe, .description = "Path of what they execute; null: not known"),
	TEXT(comm, .description = "Null where they have several"),
	INTEGER(processes),
	INTEGER(mms),
	INTEGER(trees, .description = "Trees whose oldest process executes it"),
	INTEGER(vmas),
	INTEGER(anon_vmas, .description = "anon_vmas of these trees"),
	INTEGER(idle_anon_vmas),
	INTEGER(reusable_anon_vmas),
	INTEGER(avcs),
	INTEGER(missed_reuse),
	INTEGER(blocked_merges),
	INTEGER(max_chain),
	INTEGER(depth),
	FIELD_GROUP_OF("rmap", rmap_fields),
	INTEGER(tree_bytes),
	FIELD_GROUP_OF("fork", fork_fields,
		       .description = "What the next fork() of each would allocate"),
	INTEGER(anon_rss_bytes),
	FIELD_END,
};

static struct cursor executable_position(const void *row)
{
	const struct store_executable_row *executable = row;

	return (struct cursor){.key = executable->sort_key, .id = executable->id};
}

static int read_executables(const struct call *call, const struct store_page *page,
			    store_visit visit, void *context, struct problem *problem)
{
	const struct param_value *values = call->request->values;
	struct store_executable_query query = {
		.snapshot = call->snapshot,
		.sort = (enum store_executable_sort)values[PARAM_EXECUTABLE_SORT].integer,
		.page = *page,
		.search = values[PARAM_SEARCH].text,
	};

	(void)problem;
	query.page.descending = values[PARAM_EXECUTABLE_SORT].descending;
	return store_list_executables(call->store, &query, visit, context);
}

static const struct list_kind executable_list = {
	.fields = api_executables_fields,
	.position = executable_position,
	.read = read_executables,
};

int api_executables_list(const struct call *call, struct reply *reply)
{
	return list_reply(call, &executable_list, reply);
}
