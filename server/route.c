/* SPDX-License-Identifier: GPL-2.0-only */
#include "route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api_findings.h"
#include "api_fork.h"
#include "api_health.h"
#include "api_process_anon_vmas.h"
#include "api_processes.h"
#include "api_snapshots.h"
#include "api_trees.h"

#define SNAPSHOT "/api/v1/snapshots/{snapshot}"

const struct route routes[] = {
	{
		.method = "GET",
		.path = "/api/v1/snapshots",
		.summary = "The snapshots, newest first",
		.query = {PARAM_LIMIT, PARAM_CURSOR},
		.handler = api_snapshots_list,
	},
	{
		.method = "GET",
		.path = SNAPSHOT,
		.summary = "One snapshot: where, when, totals, findings, invariants, quality, cost",
		.in_path = {PARAM_SNAPSHOT},
		.handler = api_snapshots_one,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes",
		.summary = "The processes of a snapshot, by pid",
		.in_path = {PARAM_SNAPSHOT},
		.query = {PARAM_LIMIT, PARAM_CURSOR, PARAM_PID, PARAM_COMM},
		.handler = api_processes_list,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes/{pid}",
		.summary = "One process",
		.in_path = {PARAM_SNAPSHOT, PARAM_PID},
		.handler = api_processes_one,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes/{pid}/vmas",
		.summary = "The VMAs of a process, by address, with their chains",
		.in_path = {PARAM_SNAPSHOT, PARAM_PID},
		.query = {PARAM_LIMIT, PARAM_CURSOR},
		.handler = api_processes_vmas,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes/{pid}/anon-vmas",
		.summary = "The anon_vmas of a process's chains: counters, owners, missed reuse",
		.in_path = {PARAM_SNAPSHOT, PARAM_PID},
		.handler = api_process_anon_vmas,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/processes/{pid}/fork",
		.summary = "The child that fork() would make of a process, under each policy",
		.in_path = {PARAM_SNAPSHOT, PARAM_PID},
		.query = {PARAM_POLICY},
		.handler = api_fork,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/trees",
		.summary = "The anon_vma trees of a snapshot",
		.in_path = {PARAM_SNAPSHOT},
		.query = {PARAM_LIMIT, PARAM_CURSOR, PARAM_TREE_SORT},
		.handler = api_trees_list,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/trees/{root}",
		.summary = "One whole tree: anon_vmas, VMAs, processes, missed reuse",
		.in_path = {PARAM_SNAPSHOT, PARAM_ROOT},
		.handler = api_trees_one,
	},
	{
		.method = "GET",
		.path = SNAPSHOT "/findings",
		.summary = "What is worth a look, largest first, each with its explanation",
		.in_path = {PARAM_SNAPSHOT},
		.query = {PARAM_LIMIT, PARAM_CURSOR, PARAM_KIND, PARAM_PID, PARAM_ROOT,
			  PARAM_MIN_BYTES, PARAM_FINDING_SORT},
		.handler = api_findings_list,
	},
	{
		.method = "GET",
		.path = "/healthz",
		.summary = "Whether the server can answer, and how old its newest snapshot is",
		.handler = api_health,
	},
	{.method = NULL},
};

/* Whether the path has the route's form; values are checked later, so that a bad
 * one is told apart from a path that does not exist. */
static bool matches(const struct route *route, const struct target *target)
{
	const char *at = route->path;

	for (size_t i = 0; i < target->segment_count; i++) {
		const char *segment = target->segments[i];
		size_t size;

		if (*at++ != '/')
			return false;
		size = strcspn(at, "/");
		if (*at != '{' && (strlen(segment) != size || memcmp(segment, at, size) != 0))
			return false;
		at += size;
	}
	return *at == '\0';
}

void route_find(const char *method, const struct target *target, struct route_match *ret_match)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	size_t used = 0;

	*ret_match = (struct route_match){0};
	for (const struct route *route = routes; route->method; route++) {
		if (!matches(route, target))
			continue;
		if (strcmp(route->method, wanted) == 0)
			ret_match->route = route;
		used += (size_t)snprintf(ret_match->allow + used, sizeof(ret_match->allow) - used,
					 "%s%s", used ? ", " : "",
					 strcmp(route->method, "GET") == 0 ? "GET, HEAD" :
									     route->method);
	}
}
