/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_findings.h"

#include <errno.h>
#include <string.h>

#include "choice.h"
#include "finding_details.h"
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

static void write_kind(struct row_sink *sink, const void *row)
{
	row_string(sink, ((const struct finding_view *)row)->kind->name);
}

static void write_title(struct row_sink *sink, const void *row)
{
	row_string(sink, ((const struct finding_view *)row)->kind->title);
}

static void write_size_name(struct row_sink *sink, const void *row)
{
	row_string(sink, ((const struct finding_view *)row)->kind->size);
}

static void write_sentence(struct row_sink *sink, const void *row)
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
	row_string(sink, sentence);
}

static const struct field since_fields[] = {
	FIELD_AS(FIELD_ID, finding_view, row.since, "snapshot"),
	FIELD_AS(FIELD_TIME, finding_view, row.since_taken_ns, "taken_at"),
	FIELD_END,
};

static const struct field process_fields[] = {
	FIELD_AS(FIELD_INTEGER, finding_view, row.pid, "pid"),
	FIELD_AS(FIELD_TEXT, finding_view, row.comm, "comm"),
	FIELD_END,
};

static bool has_process(const void *row)
{
	return ((const struct finding_view *)row)->row.pid;
}

static void write_vm_start(struct row_sink *sink, const void *row)
{
	const struct finding_view *view = row;

	if (view->row.vm_start)
		row_hex(sink, (uint64_t)view->row.vm_start);
	else
		row_null(sink);
}

static void write_details(struct json_writer *json, const void *row)
{
	const struct finding_view *view = row;
	const int64_t values[FINDING_DETAILS] = {view->row.detail_1, view->row.detail_2};

	finding_details_write(json, view->kind, values);
}

static void write_rule(struct row_sink *sink, const void *row)
{
	finding_details_write_rule(sink, ((const struct finding_view *)row)->row.rule);
}

static bool has_parent(const void *row)
{
	return ((const struct finding_view *)row)->parent;
}

static void write_parent_pid(struct row_sink *sink, const void *row)
{
	row_integer(sink, ((const struct finding_view *)row)->parent->pid);
}

static void write_parent_comm(struct row_sink *sink, const void *row)
{
	row_string(sink, ((const struct finding_view *)row)->parent->comm);
}

static void write_parent_vmas(struct json_writer *json, const void *row)
{
	const struct finding_view *view = row;
	const uint64_t *starts = view->parents->starts + view->parent->first;

	json_begin_array(json);
	for (uint32_t i = 0; i < view->parent->count; i++)
		json_hex(json, starts[i]);
	json_end_array(json);
}

static const struct field parent_fields[] = {
	FIELD_BY(FIELD_INTEGER, "pid", write_parent_pid),
	FIELD_BY(FIELD_TEXT, "comm", write_parent_comm),
	FIELD_JSON_BY("vmas", write_parent_vmas, .json = FIELD_ARRAY,
		      .items = SHAPE_ITEM(FIELD_HEX),
		      .description = "vm_start of those of its VMAs that shared the anon_vma"),
	FIELD_END,
};

#define INTEGER(member, ...) FIELD_AS(FIELD_INTEGER, finding_view, row.member, #member, __VA_ARGS__)
#define ID(member) FIELD_AS(FIELD_ID, finding_view, row.member, #member)

const struct field api_findings_fields[] = {
	INTEGER(id, .description = "The same while the same subject has the same finding"),
	FIELD_BY(FIELD_TEXT, "kind", write_kind, .choice = choice_finding_kind),
	FIELD_BY(FIELD_TEXT, "title", write_title),
	FIELD_BY(FIELD_TEXT, "sentence", write_sentence),
	FIELD_GROUP_OF("since", since_fields, .description = "The snapshot that had it first"),
	FIELD_GROUP_IF("process", process_fields, has_process,
		       .description = "Whose address space it is in; null: it is of a tree"),
	ID(mm_id),
	FIELD_AS(FIELD_ID, finding_view, row.anon_vma, "anon_vma",
		 .description = "Id of the anon_vma that it is about; null: of none"),
	ID(root),
	FIELD_BY(FIELD_HEX, "vm_start", write_vm_start, .nullable = true),
	INTEGER(size, .description = "What it measures; size_name says what that is"),
	FIELD_BY(FIELD_TEXT, "size_name", write_size_name, .choice = choice_finding_size),
	FIELD_JSON_BY("details", write_details, .json = FIELD_GROUP,
		      .fields = finding_details_shape,
		      .description = "Which of these there are depends on the kind"),
	INTEGER(vmas, .description = "VMAs that it counts"),
	INTEGER(anon_vmas, .description = "anon_vmas that it counts"),
	INTEGER(avcs, .description = "AVCs that it counts"),
	INTEGER(bytes, .description = "Bytes of the objects that it counts, by slab object size"),
	FIELD_BY(FIELD_TEXT, "rule", write_rule, .nullable = true, .choice = choice_invariant),
	FIELD_GROUP_IF("parent_process", parent_fields, has_parent,
		       .description = "Of a fork_split: the process that forked, if it is there"),
	FIELD_END,
};

static struct cursor finding_position(const void *row)
{
	const struct finding_view *view = row;

	return (struct cursor){.key = view->row.sort_key, .id = view->row.id};
}

/* What a page of findings is handed to, with what is read for it once. */
struct findings_page {
	const struct call *call;
	struct split_parents parents;
	store_visit visit;
	void *context;
};

static int visit_finding(void *context, const void *row)
{
	struct findings_page *page = context;
	struct finding_view view = {
		.row = *(const struct store_finding_row *)row,
		.parents = &page->parents,
	};
	int rc = 0;

	if (view.row.kind < 0 || view.row.kind >= FINDING_KIND_COUNT)
		return -EBADMSG;
	view.kind = &finding_kinds[view.row.kind];
	if (view.row.kind == FINDING_FORK_SPLIT)
		rc = split_parents_find(&page->parents, page->call, view.row.root,
					view.row.anon_vma, &view.parent);
	return rc ? rc : page->visit(page->context, &view);
}

static int read_page(const struct call *call, const struct store_finding_query *query,
		     store_visit visit, void *context)
{
	struct findings_page page = {.call = call, .visit = visit, .context = context};
	int rc = store_list_findings(call->store, query, visit_finding, &page);

	split_parents_clear(&page.parents);
	return rc;
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

static int read_findings(const struct call *call, const struct store_page *page, store_visit visit,
			 void *context, struct problem *problem)
{
	const struct param_value *values = call->request->values;
	struct store_finding_query query = {
		.snapshot = call->snapshot,
		.sort = (enum store_finding_sort)values[PARAM_FINDING_SORT].integer,
		.page = *page,
		.one_kind = values[PARAM_KIND].text,
		.kind = values[PARAM_KIND].integer,
		.min_bytes = values[PARAM_MIN_BYTES].integer,
		.anon_vma = values[PARAM_ANON_VMA].integer,
		.comm = values[PARAM_COMM].text,
		.exe = values[PARAM_EXE].text,
	};
	int rc = read_subjects(call, &query, problem);

	query.page.descending = values[PARAM_FINDING_SORT].descending;
	return rc ? rc : read_page(call, &query, visit, context);
}

static const struct list_kind finding_list = {
	.fields = api_findings_fields,
	.position = finding_position,
	.read = read_findings,
};

int api_findings_list(const struct call *call, struct reply *reply)
{
	return list_reply(call, &finding_list, reply);
}

int api_findings_visit(const struct call *call, int64_t anon_vma, uint32_t limit, store_visit visit,
		       void *context)
{
	const struct store_finding_query query = {
		.snapshot = call->snapshot,
		.sort = STORE_FINDINGS_BY_BYTES,
		.page = {.descending = true, .limit = limit},
		.anon_vma = anon_vma,
	};

	return read_page(call, &query, visit, context);
}
