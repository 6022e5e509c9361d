/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seed_dispatch DIRECTORY: writes what fuzz_dispatch starts from, one file a
 * seed: every route as the table has it, alone and with each of its parameters.
 * No seed may be refused, so that each reaches behind the checks.
 */
#include <stdio.h>
#include <string.h>

#include "dispatch_fixture.h"

#include "server/buffer.h"
#include "server/field.h"
#include "server/param.h"
#include "server/route.h"

/* What each seed has after its first line. */
static const char headers[] = "Host: localhost\n"
			      "Accept: */*\n"
			      "Accept-Encoding: gzip\n"
			      "If-None-Match: \"0123456789abcdef\"\n";

/* What each seed of a route that takes one has behind its headers. */
static const char body[] = "{\"label\": \"a\"}";

/* What there is in the database. */
static const struct {
	const char *param;
	const char *sql;
} known[] = {
	{"snapshot", "SELECT max(id) FROM snapshot"},
	{"pid", "SELECT min(process.tgid) FROM process JOIN vma ON vma.mm = process.mm"
		" WHERE process.died > 100 AND vma.died > 100 AND vma.root IS NOT NULL"},
	{"process_id", "SELECT id FROM process WHERE died > 100 AND tgid ="
		       " (SELECT min(process.tgid) FROM process JOIN vma ON vma.mm = process.mm"
		       " WHERE process.died > 100 AND vma.died > 100 AND vma.root IS NOT NULL)"},
	{"root", "SELECT min(id) FROM tree WHERE died > 100"},
	{"anon_vma", "SELECT min(id) FROM anon_vma WHERE died > 100"},
	{"from", "SELECT min(id) FROM snapshot"},
	{"to", "SELECT max(id) FROM snapshot"},
};

static int64_t find_known(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].param, name) == 0)
			return fixture_number(known[i].sql);
	return 0;
}

/* Of the list, where the route gives other things too. */
static const char *first_field(const struct route *route)
{
	const struct answer *answer;

	for (size_t i = 0; (answer = route_answer(route, i)); i++)
		if (answer->kind == ANSWER_LIST)
			return answer->fields[0].name;
	return route->answer.fields[0].name;
}

/* A value that the parameter takes on this route. */
static void write_value(struct buffer *buffer, const struct route *route, const struct param *param)
{
	int64_t number = find_known(param->name);

	if (number)
		buffer_format(buffer, "%lld", (long long)number);
	else if (param->fallback)
		buffer_text(buffer, param->fallback);
	else if (param == &params[PARAM_DIFF_SECTION])
		buffer_text(buffer, "vmas"); /* the one that takes both pid and root */
	else if (param->choice)
		buffer_text(buffer, param->choice(0));
	else if (param == &params[PARAM_FIELDS])
		buffer_text(buffer, first_field(route));
	else if (param->type == PARAM_TIME)
		buffer_text(buffer, "2026-11-21T02:33:18Z");
	else if (param->type == PARAM_DURATION)
		buffer_text(buffer, "1h");
	else if (strcmp(param->name, "series") == 0)
		buffer_text(buffer, "vmas,max_chain");
	else if (param->type == PARAM_TEXT)
		buffer_text(buffer, "a");
	else
		buffer_format(buffer, "%lld", (long long)(param->min > 0 ? param->min : 1));
}

static void write_path(struct buffer *buffer, const struct route *route)
{
	const uint8_t *parameter = route->in_path;

	for (const char *at = route->path; *at;) {
		if (*at != '{') {
			buffer_append(buffer, at++, 1);
			continue;
		}
		write_value(buffer, route, &params[*parameter++]);
		at = strchr(at, '}') + 1;
	}
}

static void write_parameter(struct buffer *buffer, const struct route *route,
			    const struct param *param, char separator)
{
	buffer_format(buffer, "%c%s=", separator, param->name);
	write_value(buffer, route, param);
}

/* The cursor of the second page of a list, where it has one. */
static void write_cursor(struct buffer *buffer, const struct route *route)
{
	struct buffer first = {0};
	struct reply reply = {0};
	const char *link;

	buffer_format(&first, "%s ", route->method);
	write_path(&first, route);
	buffer_format(&first, "?limit=1\n%s", headers);
	fixture_ask(first.bytes, first.size, &reply);
	link = reply_find_header(&reply, "Link");
	link = link ? strstr(link, "cursor=") : NULL;
	if (link)
		buffer_format(buffer, "?%.*s", (int)strcspn(link, "&>"), link);
	reply_clear(&reply);
	buffer_clear(&first);
}

static bool takes(const struct route *route, uint8_t wanted)
{
	for (int i = 0; i < ROUTE_QUERY_MAX && route->query[i]; i++)
		if (route->query[i] == wanted)
			return true;
	return false;
}

/* Whether the parameter cannot be given with all others: a series is of a process
 * or of a tree. */
static bool goes_alone(const struct route *route, uint8_t id)
{
	return id == PARAM_CURSOR || (id == PARAM_ROOT && takes(route, PARAM_PROCESS_ID));
}

/* Of a comparison only the sections are lists, and take what lists take. */
static bool needs_section(const struct route *route, uint8_t id)
{
	return takes(route, PARAM_DIFF_SECTION) && id != PARAM_NONE && id != PARAM_DIFF_FROM &&
	       id != PARAM_DIFF_TO;
}

/* only: the one parameter, PARAM_NONE for none, PARAM_COUNT for all that can be
 * given together. */
static void write_query(struct buffer *buffer, const struct route *route, uint8_t only)
{
	char separator = '?';

	if (only == PARAM_CURSOR) {
		write_cursor(buffer, route);
		return;
	}
	for (int i = 0; i < ROUTE_QUERY_MAX && route->query[i]; i++) {
		uint8_t id = route->query[i];

		bool section = id == PARAM_DIFF_SECTION && needs_section(route, only);

		if (!section && (only == PARAM_COUNT ? goes_alone(route, id) : only != id))
			continue;
		write_parameter(buffer, route, &params[id], separator);
		separator = '&';
	}
}

static int write_file(const char *directory, int number, const struct buffer *buffer)
{
	char path[512];
	FILE *file;
	int rc;

	snprintf(path, sizeof(path), "%s/%03d", directory, number);
	file = fopen(path, "w");
	if (!file)
		return -1;
	rc = fwrite(buffer->bytes, buffer->size, 1, file) == 1 ? 0 : -1;
	return fclose(file) ? -1 : rc;
}

static bool is_accepted(const struct buffer *seed)
{
	struct reply reply = {0};
	bool accepted;

	fixture_ask(seed->bytes, seed->size, &reply);
	/* what changes something needs a body and a collector */
	accepted = reply.status < 400 || memcmp(seed->bytes, "GET ", 4) != 0;
	if (!accepted)
		fprintf(stderr, "%.*s%.*s\n", (int)seed->size, seed->bytes, (int)reply.body.size,
			reply.body.bytes);
	reply_clear(&reply);
	return accepted;
}

static int write_seed(const char *directory, int number, const struct route *route, uint8_t only)
{
	struct buffer seed = {0};
	int rc;

	buffer_format(&seed, "%s ", route->method);
	write_path(&seed, route);
	write_query(&seed, route, only);
	buffer_format(&seed, "\n%s", headers);
	if (route->order)
		buffer_format(&seed, "Content-Type: application/json\nContent-Length: %zu\n\n%s",
			      strlen(body), body);
	rc = !seed.error && is_accepted(&seed) ? write_file(directory, number, &seed) : -1;
	buffer_clear(&seed);
	return rc;
}

static int write_route(const char *directory, int *number, const struct route *route)
{
	int failed = write_seed(directory, (*number)++, route, PARAM_NONE) ||
		     write_seed(directory, (*number)++, route, PARAM_COUNT);

	for (int i = 0; !failed && i < ROUTE_QUERY_MAX && route->query[i]; i++)
		failed = write_seed(directory, (*number)++, route, route->query[i]) != 0;
	return failed;
}

int main(int argc, char **argv)
{
	int failed = argc != 2, number = 0;

	fixture_open();
	for (const struct route *route = routes; !failed && route->method; route++)
		failed = write_route(argv[1], &number, route);
	fixture_close();
	if (failed)
		fprintf(stderr, "seed_dispatch: failed at seed %d\n", number);
	return failed;
}
