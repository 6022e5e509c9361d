/* SPDX-License-Identifier: GPL-2.0-only */
#include "documentation_page.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "documentation.h"
#include "documentation_tables.h"
#include "glossary.h"
#include "html.h"
#include "openapi_example.h"
#include "openapi_problems.h"
#include "openapi_schema.h"
#include "row_format.h"

#define SERVER "http://localhost:8080" /* of the default of --listen */
#define ID_SIZE 160

static const char head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
	"<meta name=\"color-scheme\" content=\"light dark\">"
	"<title>vmascope: REST interface</title>"
	"<link rel=\"icon\" href=\"data:,\">"
	"<link rel=\"service-desc\" href=\"" DOCUMENTATION_OPENAPI "\">"
	"<link rel=\"stylesheet\" href=\"/api.css\"></head><body>"
	"<a class=\"skip\" href=\"#main\">Skip to the resources</a>";

static const char introduction[] =
	"<p>Everything that vmascope knows can be had as JSON, and lists as NDJSON and CSV too. "
	"Programs find the same as this page in <a href=\"" DOCUMENTATION_OPENAPI
	"\">OpenAPI 3.1</a> and an index at <a href=\"/api/v1/\">/api/v1/</a>; the "
	"<a href=\"/\">page</a> draws it.</p>"
	"<h2 id=\"conventions\">Conventions</h2><ul>"
	"<li>Names are the kernel's. Sizes are slab object sizes of the walked kernel; addresses, "
	"flags and other 64-bit values are strings.</li>"
	"<li>Ids of snapshots, processes, address spaces and anon_vmas mean the same object in "
	"every snapshot and are never used twice; a pid is used again.</li>"
	"<li>A list comes in pages: <code>next</code>, and the <code>Link</code> header, have the "
	"<code>cursor</code> of the page behind. NDJSON and CSV come whole unless "
	"<code>limit</code> is given; the last line of NDJSON, "
	"<code>{\"eof\":true,\"rows\":N}</code>, tells that none is missing.</li>"
	"<li>With <code>fields</code> an answer has only the fields that it names.</li>"
	"<li>What lies below a snapshot never changes: its <code>ETag</code> in "
	"<code>If-None-Match</code> saves the answer (304). <code>latest</code> redirects to the "
	"newest snapshot (307).</li>"
	"<li>Whatever is refused is refused as <code>application/problem+json</code> (RFC 9457), "
	"whose <code>detail</code> says what to do. An unknown parameter is refused, not passed "
	"over.</li>"
	"<li>A server that was given tokens wants one: <code>Authorization: Bearer …</code>.</li>"
	"<li>HEAD and OPTIONS work everywhere; answers are compressed for who accepts "
	"gzip.</li></ul>";

/* "get-api-v1-snapshots-snapshot" */
static void make_id(const struct route *route, char id[ID_SIZE])
{
	bool was_word = false;
	size_t size = 0;

	for (const char *at = route->method; *at; at++)
		id[size++] = (char)tolower((unsigned char)*at);
	for (const char *at = route->path; *at && size < ID_SIZE - 2; at++) {
		bool is_word = isalnum((unsigned char)*at);

		if (is_word && !was_word)
			id[size++] = '-';
		if (is_word)
			id[size++] = *at;
		was_word = is_word;
	}
	id[size] = '\0';
}

/* The path without what most begin with, to be broken where it has a /. */
static void write_short_path(struct buffer *html, const struct route *route)
{
	static const char prefix[] = "/api/v1/";
	size_t size = sizeof(prefix) - 1;
	bool shorter = strncmp(route->path, prefix, size) == 0 && route->path[size];

	for (const char *at = route->path + (shorter ? size - 1 : 0); *at; at++) {
		if (*at == '/')
			buffer_text(html, "<wbr>");
		buffer_append(html, at, 1);
	}
}

static bool is_described(const struct answer *answer)
{
	return answer->fields && openapi_schema_named(answer->fields) == answer;
}

static void write_navigation(struct buffer *html)
{
	buffer_text(html, "<nav aria-label=\"Resources\"><h2>Resources</h2><ul>");
	for (const struct route *route = routes; route->method; route++) {
		char id[ID_SIZE];

		make_id(route, id);
		html_format(html,
			    "<li><a href=\"#%s\"><span class=\"method\">%s</span> <span "
			    "class=\"path\">",
			    id, route->method);
		write_short_path(html, route);
		buffer_text(html, "</span></a></li>");
	}
	buffer_text(html, "</ul><h2>Answers</h2><ul>");
	for (const struct route *route = routes; route->method; route++) {
		const struct answer *answer;

		for (size_t i = 0; (answer = route_answer(route, i)); i++)
			if (is_described(answer))
				html_format(html, "<li><a href=\"#%s\">%s</a></li>", answer->name,
					    answer->name);
	}
	buffer_text(html, "</ul></nav>");
}

/* A path with values that an answer of this documentation could have. */
static void write_example_path(struct buffer *html, const struct route *route)
{
	const uint8_t *id = route->in_path;

	for (const char *at = route->path; *at; at++) {
		const struct glossary_term *term;

		if (*at != '{') {
			buffer_append(html, at, 1);
			continue;
		}
		term = glossary_find(params[*id].name);
		if (params[*id].type == PARAM_SNAPSHOT_ID)
			buffer_text(html, route->order ? "17" : "latest");
		else
			buffer_text(html, term && term->example ? term->example : "1");
		id++;
		at += strcspn(at, "}");
	}
}

static void write_example_query(struct buffer *html, const struct route *route)
{
	const char *separator = "?";

	for (const uint8_t *id = route->query; *id != PARAM_NONE; id++) {
		if (*id == PARAM_LIMIT)
			buffer_format(html, "%slimit=3", separator);
		else if (params[*id].type == PARAM_SORT)
			buffer_format(html, "%ssort=%s", separator, params[*id].fallback);
		else
			continue;
		separator = "&amp;";
	}
}

static void write_body(struct buffer *html, const struct route *route)
{
	if (!route->body)
		return;
	buffer_text(html, "<h3>Body</h3><p>An object, <code>application/json</code>:</p>");
	documentation_tables_fields(html, route->body);
}

/* What curl says beside the URL. */
static void write_options(struct buffer *html, const struct route *route)
{
	struct buffer body = {0};
	struct json_writer json;

	if (route->answer.kind == ANSWER_EVENTS)
		buffer_text(html, "-N ");
	if (!route->body)
		return;
	json_start(&json, &body);
	openapi_example_body(&json, route->body);
	buffer_append(&body, "", 1);
	html_format(html, "-X %s -H 'Content-Type: application/json' -d '%s' ", route->method,
		    body.error ? "" : body.bytes);
	buffer_clear(&body);
}

static void write_command(struct buffer *html, const struct route *route)
{
	buffer_text(html, "<h3>Example</h3><pre class=\"command\"><code>curl -sL ");
	write_options(html, route);
	buffer_text(html, "'" SERVER);
	write_example_path(html, route);
	write_example_query(html, route);
	buffer_text(html, "'</code></pre>");
}

static void write_pretty(struct buffer *html, const struct answer *answer)
{
	struct buffer plain = {0};
	struct json_writer json;
	cJSON *tree;
	char *text;

	json_start(&json, &plain);
	openapi_example_write(&json, answer);
	tree = plain.error ? NULL : cJSON_ParseWithLength(plain.bytes, plain.size);
	text = tree ? cJSON_Print(tree) : NULL;
	if (text)
		html_text(html, text);
	else
		html->error = -ENOMEM;
	cJSON_free(text);
	cJSON_Delete(tree);
	buffer_clear(&plain);
}

static void write_list_formats(struct buffer *html)
{
	for (int i = 0; i < ROW_FORMAT_COUNT; i++)
		html_format(html, i ? ", <code>%s</code>" : "<code>%s</code>", row_formats[i].type);
}

static void write_answer(struct buffer *html, const struct answer *answer)
{
	const char *name = answer->fields ? openapi_schema_named(answer->fields)->name : NULL;

	switch (answer->kind) {
	case ANSWER_LIST:
		html_format(html, "<p>A list of <a href=\"#%s\">%s</a>: ", name, name);
		write_list_formats(html);
		buffer_text(html, "</p>");
		break;
	case ANSWER_DOCUMENT:
		html_format(html,
			    "<p>One <a href=\"#%s\">%s</a>: <code>application/json</code></p>",
			    name, name);
		break;
	case ANSWER_EVENTS:
		buffer_text(html, "<p><code>text/event-stream</code>, with events of these types; "
				  "<code>data</code> is JSON:</p>");
		break;
	case ANSWER_EVENT:
		html_format(html, "<p>Event <a href=\"#%s\">%s</a></p>", name, name);
		break;
	case ANSWER_BYTES:
		html_format(html, "<p><code>%s</code></p>", answer->type);
		break;
	case ANSWER_NONE:
		break;
	}
}

static void write_answers(struct buffer *html, const struct route *route)
{
	const struct answer *answer;

	buffer_text(html, "<h3>Answer</h3>");
	for (size_t i = 0; (answer = route_answer(route, i)); i++)
		write_answer(html, answer);
}

static void write_problems(struct buffer *html, const struct route *route)
{
	uint16_t problems[OPENAPI_PROBLEMS_MAX];

	openapi_problems_of(route, problems);
	buffer_text(html, "<h3>Refuses with</h3><ul class=\"problems\">");
	for (const uint16_t *status = problems; *status; status++) {
		buffer_format(html, "<li><b>%d</b> ", *status);
		html_format(html, "%s</li>", openapi_problems_reason(*status));
	}
	buffer_text(html, "</ul>");
}

static void write_route(struct buffer *html, const struct route *route)
{
	char id[ID_SIZE];

	make_id(route, id);
	html_format(html,
		    "<section id=\"%s\"><h2><a href=\"#%s\"><span class=\"method\">%s</span> "
		    "<code>%s</code></a></h2><p>%s.</p>",
		    id, id, route->method, route->path, route->summary);
	documentation_tables_params(html, route);
	write_body(html, route);
	write_answers(html, route);
	write_problems(html, route);
	write_command(html, route);
	buffer_text(html, "</section>");
}

static void write_schema(struct buffer *html, const struct answer *answer)
{
	html_format(html, "<section id=\"%s\"><h2><a href=\"#%s\">%s</a></h2>", answer->name,
		    answer->name, answer->name);
	documentation_tables_fields(html, answer->fields);
	buffer_text(html, "<details><summary>Example</summary><pre><code>");
	write_pretty(html, answer);
	buffer_text(html, "</code></pre></details></section>");
}

static void write_schemas(struct buffer *html)
{
	for (const struct route *route = routes; route->method; route++) {
		const struct answer *answer;

		for (size_t i = 0; (answer = route_answer(route, i)); i++)
			if (is_described(answer))
				write_schema(html, answer);
	}
}

void documentation_page_write(struct buffer *html)
{
	buffer_text(html, head);
	html_format(html,
		    "<header><h1>vmascope <small>REST interface, version %s</small></h1></header>",
		    VMASCOPE_VERSION);
	buffer_text(html, "<div class=\"columns\">");
	write_navigation(html);
	buffer_text(html, "<main id=\"main\">");
	buffer_text(html, introduction);
	buffer_text(html, "<h2 class=\"part\">Resources</h2>");
	for (const struct route *route = routes; route->method; route++)
		write_route(html, route);
	buffer_text(html, "<h2 class=\"part\">Answers</h2>");
	write_schemas(html);
	buffer_text(html, "</main></div></body></html>\n");
}
