/* SPDX-License-Identifier: GPL-2.0-only */
#include "route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api_anon_vmas.h"
#include "api_diff.h"
#include "api_events.h"
#include "api_executables.h"
#include "api_findings.h"
#include "api_fork.h"
#include "api_health.h"
#include "api_metrics.h"
#include "api_orders.h"
#include "api_process_anon_vmas.h"
#include "api_processes.h"
#include "api_snapshots.h"
#include "api_stats.h"
#include "api_trees.h"
#include "api_vmas.h"
#include "documentation.h"
#include "event.h"
#include "fork_json.h"
#include "metrics.h"
#include "stats_json.h"

#define SNAPSHOT "/api/v1/snapshots/{snapshot}"
#define LIST PARAM_LIMIT, PARAM_CURSOR, PARAM_FORMAT, PARAM_FIELDS /* what every list takes */

const struct route routes[] = {
	{
		.method = "GET",
		.path = "/api/v1/snapshots",
		.summary = "The snapshots, newest first",
		.query = {LIST, PARAM_LABEL, PARAM_PINNED, PARAM_SINCE, PARAM_UNTIL,
			  PARAM_SNAPSHOT_SORT},
		ANSWER_LIST_OF("Snapshot", api_snapshots_fields),
		.handler = api_snapshots_list,
	},
	{
		.method = "POST",
		.path = "/api/v1/snapshots",
		.summary = "Takes a snapshot now: {\"label\": \"before the deploy\"} or {}",
		.order = api_orders_take,
		.body = api_orders_take_body,
		.problems = {409},
		.status = 201,
		ANSWER_DOCUMENT_OF("SnapshotDocument", api_snapshots_document),
		.handler = api_snapshots_created,
	},
	{
		.method = "GET",
		.path = SNAPSHOT,
		.summary = "One snapshot: where, when, totals, findings, invariants, quality, cost",
		.in_path = {PARAM_SNAPSHOT},
		ANSWER_DOCUMENT_OF("SnapshotDocument", api_snapshots_document),
		.handler = api_snapshots_one,
	},
	{
		.method = "PATCH",
		.path = SNAPSHOT,
		.summary = "Changes what may change of a snapshot: {\"label\": \"after\"} or null, "
			   "{\"pinned\": true}",
		.in_path = {PARAM_SNAPSHOT},
		.order = api_orders_change,
		.body = api_orders_change_body,
		ANSWER_DOCUMENT_OF("SnapshotDocument", api_snapshots_document),
		.handler = api_snapshots_one,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes",
		.summary = "The processes of a snapshot",
		.in_path = {PARAM_SNAPSHOT},
		.query = {LIST, PARAM_PID, PARAM_COMM, PARAM_EXE, PARAM_CGROUP, PARAM_UID,
			  PARAM_SEARCH, PARAM_MIN_MISSED_REUSE, PARAM_PROCESS_SORT},
		ANSWER_LIST_OF("Process", api_processes_fields),
		.handler = api_processes_list,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes/{pid}",
		.summary = "One process",
		.in_path = {PARAM_SNAPSHOT, PARAM_PID},
		.query = {PARAM_FIELDS},
		ANSWER_DOCUMENT_OF("Process", api_processes_fields),
		.handler = api_processes_one,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes/{pid}/vmas",
		.summary = "The VMAs of a process, by address, with their chains",
		.in_path = {PARAM_SNAPSHOT, PARAM_PID},
		.query = {LIST, PARAM_ANON_VMA, PARAM_ROOT, PARAM_PATH},
		ANSWER_LIST_OF("ProcessVma", api_vmas_of_process_fields),
		.handler = api_vmas_of_process,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes/{pid}/anon-vmas",
		.summary = "The anon_vmas of a process's chains: counters, owners, missed reuse",
		.in_path = {PARAM_SNAPSHOT, PARAM_PID},
		ANSWER_DOCUMENT_OF("ProcessAnonVmas", api_process_anon_vmas_document),
		.problems = {422},
		.handler = api_process_anon_vmas,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes/{pid}/fork",
		.summary = "The child that fork() would make of a process, under each policy",
		.in_path = {PARAM_SNAPSHOT, PARAM_PID},
		.query = {PARAM_POLICY},
		ANSWER_DOCUMENT_OF("Fork", fork_json_shape),
		.problems = {422},
		.handler = api_fork,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/executables",
		.summary = "Processes and trees taken together by what is executed",
		.in_path = {PARAM_SNAPSHOT},
		.query = {LIST, PARAM_SEARCH, PARAM_EXECUTABLE_SORT},
		ANSWER_LIST_OF("Executable", api_executables_fields),
		.handler = api_executables_list,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/vmas",
		.summary = "The VMAs of all processes, in the order they were stored",
		.in_path = {PARAM_SNAPSHOT},
		.query = {LIST, PARAM_PID, PARAM_ANON_VMA, PARAM_ROOT, PARAM_PATH},
		ANSWER_LIST_OF("Vma", api_vmas_fields),
		.handler = api_vmas_list,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/anon-vmas/{anon_vma}",
		.summary = "One anon_vma: counters, children, linked VMAs, reverse-map cost, "
			   "findings",
		.in_path = {PARAM_SNAPSHOT, PARAM_ANON_VMA},
		ANSWER_DOCUMENT_OF("AnonVma", api_anon_vmas_document),
		.handler = api_anon_vmas_one,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/trees",
		.summary = "The anon_vma trees of a snapshot",
		.in_path = {PARAM_SNAPSHOT},
		.query = {LIST, PARAM_PID, PARAM_COMM, PARAM_EXE, PARAM_SEARCH,
			  PARAM_MIN_MISSED_REUSE, PARAM_MIN_ANON_VMAS, PARAM_TREE_SORT},
		ANSWER_LIST_OF("Tree", api_trees_fields),
		.handler = api_trees_list,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/trees/{root}",
		.summary = "One whole tree: anon_vmas, VMAs, processes, missed reuse",
		.in_path = {PARAM_SNAPSHOT, PARAM_ROOT},
		ANSWER_DOCUMENT_OF("TreeDocument", api_trees_document),
		.handler = api_trees_one,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/trees/{root}/columns",
		.summary = "The same tree, its anon_vmas and VMAs as an array of each field: a "
			   "third of the bytes",
		.in_path = {PARAM_SNAPSHOT, PARAM_ROOT},
		ANSWER_DOCUMENT_OF("TreeColumns", api_trees_columns_document),
		.handler = api_trees_columns,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/trees/{root}.dot",
		.summary = "One whole tree as a drawing for GraphViz",
		.in_path = {PARAM_SNAPSHOT, PARAM_ROOT},
		ANSWER_BYTES_OF("text/vnd.graphviz; charset=utf-8"),
		.handler = api_trees_dot,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/findings",
		.summary = "What is worth a look, largest first, each with its explanation",
		.in_path = {PARAM_SNAPSHOT},
		.query = {LIST, PARAM_KIND, PARAM_PID, PARAM_COMM, PARAM_EXE, PARAM_ROOT,
			  PARAM_ANON_VMA, PARAM_MIN_BYTES, PARAM_FINDING_SORT},
		ANSWER_LIST_OF("Finding", api_findings_fields),
		.handler = api_findings_list,
	},
	{
		.method = "GET",
		.path = "/api/v1/stats",
		.summary = "How totals, a process or a tree went over time, as arrays to draw",
		.query = {PARAM_STATS_FROM, PARAM_STATS_TO, PARAM_STEP, PARAM_POINTS, PARAM_BOOT,
			  PARAM_PID, PARAM_PROCESS_ID, PARAM_ROOT, PARAM_SERIES},
		ANSWER_DOCUMENT_OF("Stats", stats_json_shape),
		.problems = {404, 410},
		.handler = api_stats,
	},
	{
		.method = "GET",
		.path = "/api/v1/events",
		.summary = "Server-sent events: new snapshots and findings, the collector's state",
		.query = {PARAM_LAST_EVENT_ID},
		.answer = {.kind = ANSWER_EVENTS},
		.also = event_answers,
		.handler = api_events,
	},
	{
		.method = "GET",
		.path = "/metrics",
		.summary = "The newest snapshot and the server itself, for Prometheus",
		ANSWER_BYTES_OF(METRICS_CONTENT_TYPE),
		.handler = api_metrics,
		.prompt = true,
	},
	{
		.method = "GET",
		.path = "/api/v1/diff",
		.summary = "What is different between two snapshots: totals and numbers, or the "
			   "list of one section",
		.query = {LIST, PARAM_DIFF_FROM, PARAM_DIFF_TO, PARAM_DIFF_SECTION,
			  PARAM_DIFF_STATE, PARAM_MIN_CHANGE, PARAM_ROOT, PARAM_PID},
		ANSWER_DOCUMENT_OF("Diff", api_diff_document),
		.also = api_diff_lists,
		.problems = {404, 410, 422},
		.handler = api_diff,
	},
	{
		.method = "GET",
		.path = "/api/v1/diff/trees/{root}",
		.summary = "One tree of two snapshots in one: what is new, gone, larger, smaller",
		.in_path = {PARAM_ROOT},
		.query = {PARAM_DIFF_FROM, PARAM_DIFF_TO},
		ANSWER_DOCUMENT_OF("DiffTreeDocument", api_diff_tree_document),
		.problems = {410, 422},
		.handler = api_diff_tree,
	},
	{
		.method = "GET",
		.path = "/healthz",
		.summary = "Whether the server can answer, and how old its newest snapshot is",
		ANSWER_DOCUMENT_OF("Health", api_health_document),
		.handler = api_health,
		.open = true,
		.prompt = true,
	},
	{
		.method = "GET",
		.path = "/api/v1/",
		.summary = "The index: all resources",
		ANSWER_DOCUMENT_OF("Index", documentation_index_shape),
		.handler = documentation_index,
		.without_database = true,
	},
	{
		.method = "GET",
		.path = DOCUMENTATION_OPENAPI,
		.summary = "This interface, described in OpenAPI 3.1",
		ANSWER_BYTES_OF("application/json"),
		.handler = documentation_openapi,
		.open = true,
		.without_database = true,
	},
	{
		.method = "GET",
		.path = DOCUMENTATION_PAGE,
		.summary = "This interface, described on a page",
		ANSWER_BYTES_OF("text/html; charset=utf-8"),
		.handler = documentation_page,
		.open = true,
		.without_database = true,
	},
	{.method = NULL},
};

const struct answer *route_answer(const struct route *route, size_t i)
{
	if (i == 0)
		return &route->answer;
	return route->also && route->also[i - 1].kind != ANSWER_NONE ? &route->also[i - 1] : NULL;
}

static bool is_listed(const uint8_t *list, enum param_id id)
{
	while (*list != PARAM_NONE && *list != id)
		list++;
	return *list == id;
}

bool route_takes(const struct route *route, enum param_id id)
{
	return is_listed(route->in_path, id) || is_listed(route->query, id);
}

/* How well a path has a route's form; values are checked later, so that a bad one
 * is told apart from a path that does not exist. */
enum fit {
	FITS_NOT,
	FITS,
	FITS_ENDING, /* a segment ends as the route asks for */
};

static enum fit fit_parameter(const char *pattern, size_t size, const char *segment)
{
	const char *ending = memchr(pattern, '}', size);
	size_t ending_size = ending ? (size_t)(pattern + size - ++ending) : 0;
	size_t segment_size = strlen(segment);

	if (ending_size == 0)
		return segment_size ? FITS : FITS_NOT;
	if (segment_size < ending_size ||
	    memcmp(segment + segment_size - ending_size, ending, ending_size) != 0)
		return FITS_NOT;
	return FITS_ENDING;
}

static enum fit fit_segment(const char *pattern, size_t size, const char *segment)
{
	if (*pattern == '{')
		return fit_parameter(pattern, size, segment);
	return strlen(segment) == size && memcmp(segment, pattern, size) == 0 ? FITS : FITS_NOT;
}

static enum fit fit_path(const struct route *route, const struct target *target)
{
	const char *at = route->path;
	enum fit best = FITS;

	for (size_t i = 0; i < target->segment_count; i++) {
		enum fit fit;
		size_t size;

		if (*at++ != '/')
			return FITS_NOT;
		size = strcspn(at, "/");
		fit = fit_segment(at, size, target->segments[i]);
		if (fit == FITS_NOT)
			return FITS_NOT;
		if (fit > best)
			best = fit;
		at += size;
	}
	return *at == '\0' ? best : FITS_NOT;
}

static enum fit best_fit(const struct target *target)
{
	enum fit best = FITS_NOT;

	for (const struct route *route = routes; route->method; route++) {
		enum fit fit = fit_path(route, target);

		if (fit > best)
			best = fit;
	}
	return best;
}

static void allow(struct route_match *match, const char *method)
{
	size_t used = strlen(match->allow);

	snprintf(match->allow + used, sizeof(match->allow) - used, "%s%s", used ? ", " : "",
		 method);
}

void route_find(const char *method, const struct target *target, struct route_match *ret_match)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	enum fit best = best_fit(target);

	*ret_match = (struct route_match){0};
	if (best == FITS_NOT)
		return;
	ret_match->open = true;
	for (const struct route *route = routes; route->method; route++) {
		if (fit_path(route, target) != best)
			continue;
		if (strcmp(route->method, wanted) == 0)
			ret_match->route = route;
		ret_match->open = ret_match->open && route->open;
		allow(ret_match, strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method);
	}
	allow(ret_match, "OPTIONS");
}
