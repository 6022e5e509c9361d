/* SPDX-License-Identifier: GPL-2.0-only */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "route.h"

/* A segment without the ending that the pattern has behind its name; the whole of
 * one that is too long to be a value. */
static const char *without_ending(struct request *request, const char *pattern, const char *segment)
{
	const char *ending = strchr(pattern, '}') + 1;
	size_t ending_size = strcspn(ending, "/");
	size_t size = strlen(segment) - ending_size;

	if (ending_size == 0 || size >= sizeof(request->stem))
		return segment;
	memcpy(request->stem, segment, size);
	request->stem[size] = '\0';
	return request->stem;
}

static int read_path(struct request *request, struct problem *problem)
{
	const uint8_t *next = request->route->in_path;
	const char *at = request->route->path;

	for (size_t i = 0; i < request->target->segment_count; i++) {
		int rc = 0;

		at = strchr(at, '/') + 1;
		if (*at == '{')
			rc = param_read((enum param_id) * next,
					without_ending(request, at, request->target->segments[i]),
					&request->values[*next], problem);
		if (rc)
			return rc;
		next += *at == '{';
	}
	return 0;
}

static int refuse_unknown(const struct route *route, const char *name, struct problem *problem)
{
	struct buffer known = {0};
	char *text;
	int rc;

	for (const uint8_t *id = route->query; *id != PARAM_NONE; id++)
		buffer_format(&known, "%s%s", id == route->query ? "" : ", ", params[*id].name);
	text = buffer_take_text(&known);
	rc = problem_set(problem, 400, "There is no parameter \"%.64s\"; this resource takes %s.",
			 name, text && *text ? text : "none");
	free(text);
	return rc;
}

static int read_query(struct request *request, struct problem *problem)
{
	for (size_t i = 0; i < request->target->pair_count; i++) {
		const struct target_pair *pair = &request->target->pairs[i];
		enum param_id id = param_find(request->route->query, pair->name);
		int rc;

		if (id == PARAM_NONE)
			return refuse_unknown(request->route, pair->name, problem);
		if (request->values[id].text)
			return problem_set(problem, 400, "Give the parameter %s once.",
					   params[id].name);
		rc = param_read(id, pair->value, &request->values[id], problem);
		if (rc)
			return rc;
	}
	return 0;
}

static int fill_fallbacks(struct request *request, struct problem *problem)
{
	int rc = 0;

	for (const uint8_t *id = request->route->query; *id != PARAM_NONE && !rc; id++)
		if (!request->values[*id].text && params[*id].fallback)
			rc = param_read((enum param_id) * id, params[*id].fallback,
					&request->values[*id], problem);
	return rc;
}

int request_read(struct request *request, const struct route *route, const struct target *target,
		 struct problem *problem)
{
	int rc;

	*request = (struct request){.route = route, .target = target};
	rc = read_path(request, problem);
	if (!rc)
		rc = read_query(request, problem);
	return rc ? rc : fill_fallbacks(request, problem);
}
