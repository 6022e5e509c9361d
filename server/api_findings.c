/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_findings.h"

#include <errno.h>
#include <string.h>

#include "field.h"
#include "list.h"
#include "lookup.h"
#include "schema/store_findings.h"
#include "split_parents.h"
#include "topology/findings.h"

#define SENTENCE_SIZE 640

/* A row with what belongs to it. */
struct finding_view {
	struct store_finding_row row;
	const struct finding_kind_info *kind;
	const struct split_parents *parents;
	const struct split_parent *parent; /* or NULL */
};

static void write_static(struct json_writer *json, const char *text)
{
	json_text(json, text, strlen(text));
}

static void write_kind(struct json_writer *json, const void *row)
{
	write_static(json, ((const struct finding_view *)row)->kind->name);
}

static void write_title(struct json_writer *json, const void *row)
{
	write_static(json, ((const struct finding_view *)row)->kind->title);
}

static void write_size_name(struct json_writer *json, const void *row)
{
	write_static(json, ((const struct finding_view *)row)->kind->size);
}

static void write_sentence(struct json_writer *json, const void *row)
{
	const struct store_finding_row *view = &((const struct finding_view *)row)->row;
	const struct finding finding = {
		.kind = (enum finding_kind)view->kind,
		.rule = (uint32_t)view->rule,
		.mm = (uint32_t)view->mm_id,
		.anon_vma = (uint32_t)view->anon_vma,
		.root = (uint32_t)view->root,
		.vmas = (uint32_t)view->vmas,
		.anon_vmas = (uint32_t)view->anon_vmas,
		.avcs = (uint32_t)view->avcs,
		.vm_start = (uint64_t)view->vm_start,
		.bytes = (uint64_t)view->bytes,
		.size = (uint64_t)view->size,
		.details = {(uint64_t)view->detail_1, (uint64_t)view->detail_2},
	};
	char sentence[SENTENCE_SIZE] = "";

	finding_explain(&finding, sentence, sizeof(sentence));
	write_static(json, sentence);
}

static const struct field since_fields[] = {
	FIELD_AS(FIELD_ID, finding_view, row.since, "snapshot"),
	FIELD_AS(FIELD_TIME, finding_view, row.since_taken_ns, "taken_at"),
	{.name = NULL},
};

static const struct field process_fields[] = {
	FIELD_AS(FIELD_INTEGER, finding_view, row.pid, "pid"),
	FIELD_AS(FIELD_TEXT, finding_view, row.comm, "comm"),
	{.name = NULL},
};

static void write_process(struct json_writer *json, const void *row)
{
	if (((const struct finding_view *)row)->row.pid)
		field_write(json, process_fields, row);
	else
		json_null(json);
}

static void write_vm_start(struct json_writer *json, const void *row)
{
	const struct finding_view *view = row;

	if (view->row.vm_start)
		json_hex(json, (uint64_t)view->row.vm_start);
	else
		json_null(json);
}

static void write_detail(struct json_writer *json, const char *name, int64_t value)
{
	if (strcmp(name, "vm_end") == 0)
		json_name_hex(json, name, (uint64_t)value);
	else
		json_name_integer(json, name, value);
}

static void write_details(struct json_writer *json, const void *row)
{
	const struct finding_view *view = row;
	const int64_t values[FINDING_DETAILS] = {view->row.detail_1, view->row.detail_2};

	json_begin_object(json);
	for (int i = 0; i < FINDING_DETAILS; i++)
		if (view->kind->details[i])
			write_detail(json, view->kind->details[i], values[i]);
	json_end_object(json);
}

static void write_parent(struct json_writer *json, const void *row)
{
	const struct finding_view *view = row;
	const struct split_parent *parent = view->parent;

	if (!parent) {
		json_null(json);
		return;
	}
	json_begin_object(json);
	json_name_integer(json, "pid", parent->pid);
	json_name_text(json, "comm", parent->comm);
	json_name(json, "vmas");
	json_begin_array(json);
	for (uint32_t i = 0; i < parent->count; i++)
		json_hex(json, view->parents->starts[parent->first + i]);
	json_end_array(json);
	json_end_object(json);
}

#define INTEGER(member) FIELD_AS(FIELD_INTEGER, finding_view, row.member, #member)
#define ID(member) FIELD_AS(FIELD_ID, finding_view, row.member, #member)

static const struct field finding_fields[] = {
	INTEGER(id),
	FIELD_BY("kind", write_kind),
	FIELD_BY("title", write_title),
	FIELD_BY("sentence", write_sentence),
	FIELD_GROUP("since", since_fields),
	FIELD_BY("process", write_process),
	ID(mm_id),
	ID(anon_vma),
	ID(root),
	FIELD_BY("vm_start", write_vm_start),
	INTEGER(size),
	FIELD_BY("size_name", write_size_name),
	FIELD_BY("details", write_details),
	INTEGER(vmas),
	INTEGER(anon_vmas),
	INTEGER(avcs),
	INTEGER(bytes),
	ID(rule),
	FIELD_BY("parent", write_parent),
	{.name = NULL},
};

static struct cursor finding_position(const void *row)
{
	const struct finding_view *view = row;

	return (struct cursor){.key = view->row.sort_key, .id = view->row.id};
}

static const struct list_kind finding_list = {finding_fields, finding_position};

struct findings_page {
	struct list_page page;
	struct split_parents parents;
};

static int list_finding(void *context, const void *row)
{
	struct findings_page *findings = context;
	struct finding_view view = {
		.row = *(const struct store_finding_row *)row,
		.parents = &findings->parents,
	};
	int rc = 0;

	if (view.row.kind < 0 || view.row.kind >= FINDING_KIND_COUNT)
		return -EBADMSG;
	view.kind = &finding_kinds[view.row.kind];
	if (view.row.kind == FINDING_FORK_SPLIT)
		rc = split_parents_find(&findings->parents, findings->page.call, view.row.root,
					view.row.anon_vma, &view.parent);
	return rc ? rc : list_row(&findings->page, &view);
}

static int ignore_row(void *context, const void *row)
{
	(void)context;
	(void)row;
	return 0;
}

/* A process or tree that does not exist has no empty list of findings: that
 * would read as if all were well. */
static int read_subjects(const struct call *call, struct store_finding_query *query,
			 struct problem *problem)
{
	const struct param_value *values = call->request->values;
	struct lookup_process process;
	int rc = 0;

	if (values[PARAM_PID].text) {
		rc = lookup_process(call, &process, problem);
		if (rc)
			return rc;
		query->mm_id = process.mm_id;
		query->process_id = process.process_id;
	}
	if (values[PARAM_ROOT].text) {
		rc = lookup_tree(call, ignore_row, NULL, problem);
		query->root = values[PARAM_ROOT].integer;
	}
	return rc;
}

static int list_page_of(const struct call *call, const struct store_finding_query *wanted,
			struct findings_page *findings, struct reply *reply)
{
	struct store_finding_query query = *wanted;
	int rc = list_begin(&findings->page, &finding_list, call, reply);

	if (rc)
		return rc;
	query.limit = findings->page.fetch;
	query.resume = findings->page.resume;
	query.after_key = findings->page.start.key;
	query.after_id = findings->page.start.id;
	rc = store_list_findings(call->store, &query, list_finding, findings);
	if (!rc)
		list_end(&findings->page);
	return rc;
}

int api_findings_list(const struct call *call, struct reply *reply)
{
	const struct param_value *values = call->request->values;
	struct store_finding_query query = {
		.snapshot = call->snapshot,
		.sort = (enum store_finding_sort)values[PARAM_FINDING_SORT].integer,
		.descending = values[PARAM_FINDING_SORT].descending,
		.one_kind = values[PARAM_KIND].text,
		.kind = values[PARAM_KIND].integer,
		.min_bytes = values[PARAM_MIN_BYTES].integer,
	};
	struct findings_page findings = {0};
	int rc = read_subjects(call, &query, &reply->problem);

	if (!rc)
		rc = list_page_of(call, &query, &findings, reply);
	split_parents_clear(&findings.parents);
	return rc;
}
