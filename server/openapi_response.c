/* SPDX-License-Identifier: GPL-2.0-only */
#include "openapi_response.h"

#include <stdio.h>
#include <string.h>

#include "openapi_example.h"
#include "openapi_problems.h"
#include "openapi_schema.h"
#include "row_csv.h"
#include "row_format.h"

static bool is_below_snapshot(const struct route *route)
{
	return route_takes(route, PARAM_SNAPSHOT) && !route->order;
}

static bool compares(const struct route *route)
{
	return route_takes(route, PARAM_DIFF_FROM);
}

/* What never changes or is made once. */
static bool has_tag(const struct route *route)
{
	return is_below_snapshot(route) || compares(route) || route->without_database;
}

static void write_ref(struct json_writer *json, const char *kind, const char *name)
{
	char ref[96];

	snprintf(ref, sizeof(ref), "#/components/%s/%s", kind, name);
	json_begin_object(json);
	json_name_text(json, "$ref", ref);
	json_end_object(json);
}

static void write_header(struct json_writer *json, const char *name)
{
	json_name(json, name);
	write_ref(json, "headers", name);
}

static bool gives_rows(const struct route *route)
{
	const struct answer *answer;

	for (size_t i = 0; (answer = route_answer(route, i)); i++)
		if (answer->kind == ANSWER_LIST)
			return true;
	return false;
}

static void write_headers(struct json_writer *json, const struct route *route)
{
	json_name(json, "headers");
	json_begin_object(json);
	if (has_tag(route))
		write_header(json, "ETag");
	if (compares(route))
		write_header(json, "Content-Location");
	if (route->status == 201)
		write_header(json, "Location");
	if (gives_rows(route))
		write_header(json, "Link");
	if (route->answer.kind != ANSWER_EVENTS)
		write_header(json, "Vary");
	json_end_object(json);
}

/* Refers to the row of each list that the route gives. */
static void write_row_refs(struct json_writer *json, const struct route *route)
{
	const struct answer *answer;

	json_begin_object(json);
	json_name(json, "anyOf");
	json_begin_array(json);
	for (size_t i = 0; (answer = route_answer(route, i)); i++)
		if (answer->kind == ANSWER_LIST)
			openapi_schema_ref(json, answer);
	json_end_array(json);
	json_end_object(json);
}

/* The lines are no JSON together: a schema of each stands beside. */
static void write_ndjson(struct json_writer *json, const struct route *route)
{
	json_begin_object(json);
	json_name(json, "schema");
	json_raw(json, "{\"type\":\"string\",\"description\":\"A row a line, then a last line\"}");
	json_name(json, "x-line");
	write_row_refs(json, route);
	json_name(json, "x-last-line");
	write_ref(json, "schemas", "EndOfRows");
	json_end_object(json);
}

/* Where the list is not always the same one, neither is the header. */
static void write_csv(struct json_writer *json, const struct route *route)
{
	struct buffer header = {0};

	json_begin_object(json);
	json_name(json, "schema");
	json_raw(json, "{\"type\":\"string\"}");
	if (!route->also) {
		row_csv_header(&header, route->answer.fields);
		json_name(json, "example");
		json_text(json, header.error ? "" : header.bytes, header.size);
		buffer_clear(&header);
	}
	json_end_object(json);
}

static void write_json(struct json_writer *json, const struct answer *answer)
{
	json_begin_object(json);
	json_name(json, "schema");
	if (answer->kind == ANSWER_LIST)
		openapi_schema_page(json, answer);
	else
		openapi_schema_ref(json, answer);
	json_name(json, "example");
	openapi_example_write(json, answer);
	json_end_object(json);
}

/* The JSON of a route that answers now with this, now with that. */
static void write_alternatives(struct json_writer *json, const struct route *route)
{
	const struct answer *answer;

	json_begin_object(json);
	json_name(json, "schema");
	json_begin_object(json);
	json_name(json, "anyOf");
	json_begin_array(json);
	for (size_t i = 0; (answer = route_answer(route, i)); i++)
		if (answer->kind == ANSWER_LIST)
			openapi_schema_page(json, answer);
		else
			openapi_schema_ref(json, answer);
	json_end_array(json);
	json_end_object(json);
	json_name(json, "examples");
	json_begin_object(json);
	for (size_t i = 0; (answer = route_answer(route, i)); i++) {
		json_name(json, answer->name);
		json_begin_object(json);
		json_name(json, "value");
		openapi_example_write(json, answer);
		json_end_object(json);
	}
	json_end_object(json);
	json_end_object(json);
}

static void write_events(struct json_writer *json, const struct route *route)
{
	const struct answer *event;

	json_name(json, "text/event-stream");
	json_begin_object(json);
	json_name(json, "schema");
	json_raw(json, "{\"type\":\"string\"}");
	json_name(json, "x-events");
	json_begin_object(json);
	for (size_t i = 1; (event = route_answer(route, i)); i++) {
		json_name(json, event->name);
		write_json(json, event);
	}
	json_end_object(json);
	json_end_object(json);
}

static void write_bytes(struct json_writer *json, const struct answer *answer)
{
	char type[64];

	snprintf(type, sizeof(type), "%.*s", (int)strcspn(answer->type, ";"), answer->type);
	json_name(json, type);
	json_raw(json, strcmp(type, "application/json") == 0 ?
			       "{\"schema\":{\"type\":\"object\"}}" :
			       "{\"schema\":{\"type\":\"string\"}}");
}

static void write_rows(struct json_writer *json, const struct route *route)
{
	json_name(json, row_formats[ROW_FORMAT_NDJSON].type);
	write_ndjson(json, route);
	json_name(json, row_formats[ROW_FORMAT_CSV].type);
	write_csv(json, route);
}

static void write_content(struct json_writer *json, const struct route *route)
{
	json_name(json, "content");
	json_begin_object(json);
	if (route->answer.kind == ANSWER_EVENTS) {
		write_events(json, route);
	} else if (route->answer.kind == ANSWER_BYTES) {
		write_bytes(json, &route->answer);
	} else if (route->answer.fields) {
		json_name(json, "application/json");
		if (route->also)
			write_alternatives(json, route);
		else
			write_json(json, &route->answer);
	}
	if (gives_rows(route))
		write_rows(json, route);
	json_end_object(json);
}

static void write_status(struct json_writer *json, int status)
{
	char name[32];

	snprintf(name, sizeof(name), "%d", status);
	json_name(json, name);
}

static void write_unchanged(struct json_writer *json, const struct route *route)
{
	if (!has_tag(route))
		return;
	write_status(json, 304);
	write_ref(json, "responses", "NotModified");
	if (!is_below_snapshot(route))
		return;
	write_status(json, 307);
	write_ref(json, "responses", "ToLatest");
}

void openapi_response_write(struct json_writer *json, const struct route *route)
{
	uint16_t problems[OPENAPI_PROBLEMS_MAX];

	json_begin_object(json);
	write_status(json, route->status ? route->status : 200);
	json_begin_object(json);
	json_name_text(json, "description", "As asked for");
	write_headers(json, route);
	write_content(json, route);
	json_end_object(json);
	write_unchanged(json, route);
	openapi_problems_of(route, problems);
	for (const uint16_t *status = problems; *status; status++) {
		char name[32];

		snprintf(name, sizeof(name), "Problem%d", *status);
		write_status(json, *status);
		write_ref(json, "responses", name);
	}
	json_name(json, "default");
	write_ref(json, "responses", "Problem");
	json_end_object(json);
}

static void write_problem(struct json_writer *json, const char *description, bool retry)
{
	json_begin_object(json);
	json_name_text(json, "description", description);
	if (retry) {
		json_name(json, "headers");
		json_begin_object(json);
		write_header(json, "Retry-After");
		json_end_object(json);
	}
	json_name(json, "content");
	json_raw(json, "{\"application/problem+json\":{\"schema\":{\"$ref\":"
		       "\"#/components/schemas/Problem\"}}}");
	json_end_object(json);
}

static void write_problems(struct json_writer *json)
{
	for (int status = 400; status < 600; status++) {
		const char *reason = openapi_problems_reason(status);
		char name[32];

		if (!reason)
			continue;
		snprintf(name, sizeof(name), "Problem%d", status);
		json_name(json, name);
		write_problem(json, reason, status == 503);
	}
	json_name(json, "Problem");
	write_problem(json, "Whatever else is wrong, as a method that is not taken (405)", false);
}

static void write_empty(struct json_writer *json, const char *name, const char *description,
			const char *header)
{
	json_name(json, name);
	json_begin_object(json);
	json_name_text(json, "description", description);
	json_name(json, "headers");
	json_begin_object(json);
	write_header(json, header);
	json_end_object(json);
	json_end_object(json);
}

static const struct {
	const char *name;
	const char *description;
	const char *type;
} headers[] = {
	{"Content-Location", "The same with the ids of the snapshots", "string"},
	{"ETag", "Names this answer; sent back in If-None-Match it saves the body", "string"},
	{"Link", "<…>; rel=\"next\" where there is a next page", "string"},
	{"Location", "Where it is", "string"},
	{"Retry-After", "Seconds", "integer"},
	{"Vary", "Request headers that the answer depends on", "string"},
};

void openapi_response_components(struct json_writer *json)
{
	json_name(json, "responses");
	json_begin_object(json);
	write_empty(json, "NotModified",
		    "The client has it already: its If-None-Match names the ETag", "ETag");
	write_empty(json, "ToLatest", "latest leads to the newest snapshot by its id", "Location");
	write_problems(json);
	json_end_object(json);
	json_name(json, "headers");
	json_begin_object(json);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		json_name(json, headers[i].name);
		json_begin_object(json);
		json_name_text(json, "description", headers[i].description);
		json_name(json, "schema");
		json_begin_object(json);
		json_name_text(json, "type", headers[i].type);
		json_end_object(json);
		json_end_object(json);
	}
	json_end_object(json);
}
