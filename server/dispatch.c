/* SPDX-License-Identifier: GPL-2.0-only */
#include "dispatch.h"

#include <errno.h>
#include <string.h>

#include "content_coding.h"
#include "resource.h"
#include "route.h"
#include "schema/clock.h"
#include "static_files.h"
#include "token_stream.h"

/* A request on its way. */
struct exchange {
	struct server *server;
	const struct wire_request *wire;
	struct reply *reply;
	struct target target;
	struct route_match match;
	struct resource resource;
	bool rejected; /* for what its headers are, not for what it asks */
};

static int refuse_method(struct exchange *exchange, const char *allow)
{
	reply_header(exchange->reply, "Allow", "%s", allow);
	return problem_set(&exchange->reply->problem, 405,
			   "This resource answers %s; %.16s is not one of them.", allow,
			   exchange->wire->method);
}

static int refuse_body(struct exchange *exchange)
{
	if (wire_body_size(exchange->wire) <= 0)
		return 0;
	return problem_set(&exchange->reply->problem, 400,
			   "This resource takes no body with %.16s; send none.",
			   exchange->wire->method);
}

/* Of a path that is there, but not with this method. */
static int answer_method(struct exchange *exchange, const char *allow)
{
	if (strcmp(exchange->wire->method, "OPTIONS") != 0)
		return refuse_method(exchange, allow);
	if (refuse_body(exchange) != 0)
		return -EPROTO;
	reply_header(exchange->reply, "Allow", "%s", allow);
	reply_empty(exchange->reply, 204);
	return 0;
}

static int run_static(struct exchange *exchange, const struct static_file *file)
{
	const char *method = exchange->wire->method;

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return answer_method(exchange, "GET, HEAD, OPTIONS");
	if (refuse_body(exchange) != 0)
		return -EPROTO;
	return static_files_reply(file, exchange->server->web_root, exchange->wire,
				  exchange->reply);
}

/* A resource of ours needs a token, where there are tokens at all. */
static int authorize(struct exchange *exchange)
{
	const struct route_match *match = &exchange->match;
	const char *method = exchange->wire->method;
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
		     strcmp(method, "OPTIONS") == 0;
	struct tokens *tokens = exchange->server->tokens;

	if (!tokens || match->open || !match->allow[0])
		return 0;
	return tokens_check(tokens, exchange->wire, reads ? TOKEN_READ : TOKEN_WRITE,
			    &exchange->reply->problem);
}

/* Only routes that give orders take a body, and need one. What is no route is not
 * refused for its body. */
static int check_body(struct exchange *exchange)
{
	const struct route *route = exchange->match.route;
	struct problem *problem = &exchange->reply->problem;
	int rc;

	if (!route)
		return 0;
	if (!route->order)
		return refuse_body(exchange);
	rc = wire_check_site(exchange->wire, problem);
	return rc ? rc : wire_check_body(exchange->wire, DISPATCH_BODY_MAX, problem);
}

/* All that can be said before the body is read. */
static int run_head(struct exchange *exchange)
{
	const struct server *server = exchange->server;
	struct problem *problem = &exchange->reply->problem;
	int rc = wire_check_headers(exchange->wire, problem);

	if (rc) {
		exchange->reply->close = true;
		exchange->rejected = true;
		return rc;
	}
	rc = wire_check_host(exchange->wire, server->names, server->name_count, problem);
	exchange->rejected = rc != 0;
	if (!rc)
		rc = target_parse(&exchange->target, exchange->wire->target, problem);
	if (rc)
		return rc;
	route_find(exchange->wire->method, &exchange->target, &exchange->match);
	rc = authorize(exchange);
	return rc ? rc : check_body(exchange);
}

static int run_route(struct exchange *exchange)
{
	exchange->resource = (struct resource){
		.server = exchange->server,
		.wire = exchange->wire,
		.route = exchange->match.route,
		.target = &exchange->target,
		.reply = exchange->reply,
	};
	return resource_answer(&exchange->resource);
}

static bool ends_with_slash(const struct target *target)
{
	return target->segment_count > 1 && !*target->segments[target->segment_count - 1];
}

/* Whether there is a resource of that path with a slash at its end, or without. */
static bool find_other_slash(const struct exchange *exchange)
{
	struct target other = exchange->target;
	struct route_match match;

	if (ends_with_slash(&other))
		other.segment_count--;
	else if (other.segment_count < TARGET_SEGMENTS_MAX)
		other.segments[other.segment_count++] = "";
	route_find(exchange->wire->method, &other, &match);
	return match.allow[0];
}

static int redirect_to_other_slash(struct exchange *exchange)
{
	const struct target *target = &exchange->target;
	int size = (int)strcspn(target->raw, "?");

	if (ends_with_slash(target))
		size--;
	reply_header(exchange->reply, "Location", "%.*s%s%s%s", size, target->raw,
		     ends_with_slash(target) ? "" : "/", target->raw_query ? "?" : "",
		     target->raw_query ? target->raw_query : "");
	reply_header(exchange->reply, "Cache-Control", "no-cache");
	reply_empty(exchange->reply, 308);
	return 0;
}

static int run(struct exchange *exchange)
{
	const struct static_file *file;
	int rc = run_head(exchange);

	if (rc)
		return rc;
	if (exchange->match.route)
		return run_route(exchange);
	if (exchange->match.allow[0])
		return answer_method(exchange, exchange->match.allow);
	file = static_files_find(&exchange->target);
	if (file)
		return run_static(exchange, file);
	if (find_other_slash(exchange))
		return redirect_to_other_slash(exchange);
	return problem_set(&exchange->reply->problem, 404,
			   "There is nothing of that name; the page is at /, /api/v1/ lists the "
			   "resources and /api explains them.");
}

bool dispatch_wants_body(struct server *server, const struct wire_request *wire)
{
	struct reply unused = {0};
	struct exchange exchange = {.server = server, .wire = wire, .reply = &unused};
	int rc = run_head(&exchange);

	target_clear(&exchange.target);
	return rc == 0 && exchange.match.route && exchange.match.route->order;
}

static void finish(struct exchange *exchange)
{
	struct reply *reply = exchange->reply;
	struct tokens *tokens = exchange->server->tokens;

	if (reply->stream.more && tokens && token_stream_guard(tokens, exchange->wire, reply) != 0)
		problem_from_errno(&reply->problem, -ENOMEM);
	reply_finish(exchange->reply);
	content_coding_apply(exchange->wire, exchange->reply);
	resource_keep(&exchange->resource);
}

/* A long answer that has no place among those that clients have yet to take. */
static void hold(struct server *server, struct reply *reply)
{
	size_t bytes = reply->body.size;
	bool close = reply->close;

	if (!server->held || bytes <= HELD_SHORT)
		return;
	if (held_add(server->held, bytes)) {
		reply->held = server->held;
		reply->held_bytes = bytes;
		return;
	}
	reply_clear(reply);
	reply->close = close;
	problem_set(&reply->problem, 503,
		    "Too many long answers are on their way to clients that take them slowly; ask "
		    "again, or for less at once: a smaller limit, or all as ndjson.");
	reply_finish(reply);
}

void dispatch(struct server *server, const struct wire_request *wire, struct reply *reply)
{
	struct exchange exchange = {.server = server, .wire = wire, .reply = reply};
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
	int rc = run(&exchange);

	if (rc)
		problem_from_errno(&reply->problem, rc);
	if (wire_must_close(wire))
		reply->close = true;
	if (!exchange.resource.found)
		finish(&exchange);
	hold(server, reply);
	resource_clear(&exchange.resource);
	target_clear(&exchange.target);
	reply->head = strcmp(wire->method, "HEAD") == 0;
	counters_request(&server->counters, begin_ns, reply->status, exchange.rejected);
}
