/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_diff.h"

#include <errno.h>
#include <string.h>

#include "api_snapshots.h"
#include "diff_fields.h"
#include "diff_pair.h"
#include "list.h"
#include "row_json.h"
#include "schema/store_list.h"
#include "schema/store_processes.h"
#include "topology/findings.h"

static void write_change(struct json_writer *json, const struct diff_pair *pair)
{
	struct store_snapshot_row change = {0};

	for (const struct field *field = api_snapshots_totals; field->name; field++) {
		int64_t before, after;

		memcpy(&before, (const char *)&pair->before + field->offset, sizeof(before));
		memcpy(&after, (const char *)&pair->after + field->offset, sizeof(after));
		after -= before;
		memcpy((char *)&change + field->offset, &after, sizeof(after));
	}
	row_json_write(json, api_snapshots_totals, &change);
}

static void write_totals(struct json_writer *json, const struct diff_pair *pair)
{
	json_name(json, "totals");
	json_begin_object(json);
	json_name(json, "before");
	row_json_write(json, api_snapshots_totals, &pair->before);
	json_name(json, "after");
	row_json_write(json, api_snapshots_totals, &pair->after);
	json_name(json, "change");
	write_change(json, pair);
	json_end_object(json);
}

static const struct field totals_shape[] = {
	SHAPE(FIELD_GROUP, "before", .fields = api_snapshots_totals),
	SHAPE(FIELD_GROUP, "after", .fields = api_snapshots_totals),
	SHAPE(FIELD_GROUP, "change", .fields = api_snapshots_totals,
	      .description = "after less before"),
	FIELD_END,
};

static const struct field counts_shape[] = {
#define COUNT(state) SHAPE(FIELD_INTEGER, state)
	COUNT("added"),	 COUNT("removed"), COUNT("execed"), COUNT("grown"),
	COUNT("shrunk"), COUNT("changed"), FIELD_END,
#undef COUNT
};

static const struct field sections_shape[] = {
#define SECTION(name) SHAPE_OR_NULL(FIELD_GROUP, name, .fields = counts_shape)
	SECTION("processes"),
	SECTION("trees"),
	SECTION("anon_vmas"),
	SECTION("vmas"),
	SECTION("findings"),
	SECTION("names"),
	FIELD_END,
#undef SECTION
};

const struct field api_diff_document[] = {
	SHAPE_MEMBERS(diff_pair_shape),
	SHAPE(FIELD_GROUP, "totals", .fields = totals_shape),
	SHAPE(FIELD_GROUP, "sections", .fields = sections_shape,
	      .description = "How many are different, by section and state; of names only across "
			     "boots, of the others only within one"),
	FIELD_END,
};

const struct answer api_diff_lists[] = {
	{ANSWER_LIST, "DiffProcess", diff_process_fields, NULL},
	{ANSWER_LIST, "DiffTree", diff_tree_fields, NULL},
	{ANSWER_LIST, "DiffAnonVma", diff_anon_vma_fields, NULL},
	{ANSWER_LIST, "DiffVma", diff_vma_fields, NULL},
	{ANSWER_LIST, "DiffFinding", diff_finding_fields, NULL},
	{ANSWER_LIST, "DiffName", diff_name_fields, NULL},
	ANSWERS_END,
};

static int write_counts(struct json_writer *json, const struct call *call,
			enum store_diff_section section)
{
	const struct store_diff diff = {call->from, call->to};
	int64_t counts[STORE_DIFF_STATE_COUNT];
	int rc = store_diff_count(call->store, &diff, section, counts);

	if (rc)
		return rc;
	json_begin_object(json);
	for (int i = 0; i < STORE_DIFF_STATE_COUNT; i++)
		json_name_integer(json, diff_state_names[i], counts[i]);
	json_end_object(json);
	return 0;
}

/* Either the names or all the rest are compared. */
static int write_sections(struct json_writer *json, const struct call *call, bool same_boot)
{
	int rc = 0;

	json_name(json, "sections");
	json_begin_object(json);
	for (int i = 0; !rc && i < STORE_DIFF_SECTION_COUNT; i++) {
		json_name(json, diff_section_names[i]);
		if (same_boot == (i != STORE_DIFF_NAMES))
			rc = write_counts(json, call, (enum store_diff_section)i);
		else
			json_null(json);
	}
	json_end_object(json);
	return rc;
}

static int write_summary(const struct call *call, struct reply *reply)
{
	struct diff_pair pair;
	struct json_writer json;
	int rc;

	json_start(&json, &reply->body);
	json_begin_object(&json);
	rc = diff_pair_write(&json, call, &pair);
	if (rc)
		return rc;
	write_totals(&json, &pair);
	rc = write_sections(&json, call, diff_pair_same_boot(&pair));
	if (rc)
		return rc;
	json_end_object(&json);
	reply_set_json(reply);
	return 0;
}

/* Which filters a section has, beside state and min_change. */
static const struct {
	bool root, pid;
} filters[STORE_DIFF_SECTION_COUNT] = {
	[STORE_DIFF_PROCESSES] = {.pid = true},	 [STORE_DIFF_TREES] = {.root = true},
	[STORE_DIFF_ANON_VMAS] = {.root = true}, [STORE_DIFF_VMAS] = {true, true},
	[STORE_DIFF_FINDINGS] = {true, true},
};

static int refuse_parameter(const struct call *call, enum param_id id, const char *goes_with,
			    struct problem *problem)
{
	if (!call->request->values[id].text)
		return 0;
	return problem_set(problem, 400, "%s goes with section=%s.", params[id].name, goes_with);
}

static int check_summary(const struct call *call, struct problem *problem)
{
	static const enum param_id of_lists[] = {PARAM_DIFF_STATE, PARAM_MIN_CHANGE, PARAM_ROOT,
						 PARAM_PID,	   PARAM_LIMIT,	     PARAM_CURSOR,
						 PARAM_FORMAT,	   PARAM_FIELDS};

	for (size_t i = 0; i < sizeof(of_lists) / sizeof(of_lists[0]); i++)
		if (call->request->values[of_lists[i]].text)
			return problem_set(problem, 400, "%s is of a list: name a section too.",
					   params[of_lists[i]].name);
	return 0;
}

static int note_row(void *context, const void *row)
{
	(void)row;
	*(bool *)context = true;
	return 0;
}

/* An object that neither has has no empty list of differences: that would read
 * as if it were the same. */
static int check_subject(const struct call *call, enum param_id id,
			 int (*look)(struct store *store, int64_t snapshot, int64_t id,
				     store_visit visit, void *context),
			 struct problem *problem)
{
	const struct param_value *value = &call->request->values[id];
	bool found = false;
	int rc;

	if (!value->text)
		return 0;
	rc = look(call->store, call->from, value->integer, note_row, &found);
	if (!rc && !found)
		rc = look(call->store, call->to, value->integer, note_row, &found);
	if (rc || found)
		return rc;
	return problem_set(problem, 404, "Neither snapshot %lld nor %lld has %s %lld.",
			   (long long)call->from, (long long)call->to,
			   id == PARAM_ROOT ? "a tree" : "a process", (long long)value->integer);
}

static int check_list(const struct call *call, enum store_diff_section section,
		      struct problem *problem)
{
	struct diff_pair pair;
	int rc = diff_pair_read(call, &pair);

	if (rc)
		return rc;
	if (section != STORE_DIFF_NAMES && !diff_pair_same_boot(&pair))
		return diff_pair_refuse(&pair, problem);
	if (!filters[section].root)
		rc = refuse_parameter(call, PARAM_ROOT, "trees, anon_vmas, vmas or findings",
				      problem);
	if (!rc && !filters[section].pid)
		rc = refuse_parameter(call, PARAM_PID, "processes, vmas or findings", problem);
	if (!rc)
		rc = check_subject(call, PARAM_ROOT, store_find_tree, problem);
	if (!rc)
		rc = check_subject(call, PARAM_PID, store_find_process, problem);
	return rc;
}

/* A page on its way. */
struct findings_visit {
	store_visit visit;
	void *context;
};

static int visit_finding(void *context, const void *row)
{
	const struct store_diff_finding_row *finding = row;
	const struct findings_visit *findings = context;

	if (finding->kind < 0 || finding->kind >= FINDING_KIND_COUNT)
		return -EBADMSG;
	return findings->visit(findings->context, row);
}

static int read_section(const struct call *call, const struct store_page *page, store_visit visit,
			void *context, struct problem *problem)
{
	const struct param_value *values = call->request->values;
	const struct store_diff_query query = {
		.diff = {call->from, call->to},
		.section = (enum store_diff_section)values[PARAM_DIFF_SECTION].integer,
		.page = *page,
		.one_state = values[PARAM_DIFF_STATE].text,
		.state = (enum store_diff_state)values[PARAM_DIFF_STATE].integer,
		.min_change = values[PARAM_MIN_CHANGE].integer,
		.root = values[PARAM_ROOT].integer,
		.pid = values[PARAM_PID].integer,
	};
	struct findings_visit findings = {visit, context};

	(void)problem;
	if (query.section == STORE_DIFF_FINDINGS)
		return store_diff_list(call->store, &query, visit_finding, &findings);
	return store_diff_list(call->store, &query, visit, context);
}

static struct cursor position(const void *row)
{
	const struct store_diff_head *head = row;

	return (struct cursor){.key = head->sort_key, .id = head->id};
}

static const struct list_kind lists[STORE_DIFF_SECTION_COUNT] = {
	[STORE_DIFF_PROCESSES] = {diff_process_fields, position, read_section},
	[STORE_DIFF_TREES] = {diff_tree_fields, position, read_section},
	[STORE_DIFF_ANON_VMAS] = {diff_anon_vma_fields, position, read_section},
	[STORE_DIFF_VMAS] = {diff_vma_fields, position, read_section},
	[STORE_DIFF_FINDINGS] = {diff_finding_fields, position, read_section},
	[STORE_DIFF_NAMES] = {diff_name_fields, position, read_section},
};

int api_diff(const struct call *call, struct reply *reply)
{
	const struct param_value *section = &call->request->values[PARAM_DIFF_SECTION];
	enum store_diff_section which = (enum store_diff_section)section->integer;
	int rc;

	if (!section->text) {
		rc = check_summary(call, &reply->problem);
		return rc ? rc : write_summary(call, reply);
	}
	rc = check_list(call, which, &reply->problem);
	return rc ? rc : list_reply(call, &lists[which], reply);
}
