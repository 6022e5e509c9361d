/* SPDX-License-Identifier: GPL-2.0-only */
#include "dispatch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "accept.h"
#include "call.h"
#include "comparison.h"
#include "content_coding.h"
#include "hash.h"
#include "route.h"
#include "schema/clock.h"
#include "schema/store_list.h"
#include "snapshot_mark.h"
#include "static_files.h"

#define SNAPSHOT_SEGMENT 3 /* /api/v1/snapshots/{snapshot} */

/* A request on its way. */
struct exchange {
	struct server *server;
	const struct wire_request *wire;
	struct reply *reply;
	struct target target;
	struct request request;
	struct database_lease lease;
	struct call call;
	bool rejected; /* for what its headers are, not for what it asks */
	struct comparison comparison;
	struct reply_key key;
	bool has_key; /* the reply may be kept */
	bool found; /* the reply was kept, and is complete */
};

static int no_snapshot_yet(struct exchange *exchange)
{
	return problem_set(&exchange->reply->problem, 404,
			   "No snapshot yet: start vmascope-collector with --db %s, or name its "
			   "database with --db.",
			   exchange->server->database.path);
}

static int redirect_to_latest(struct exchange *exchange)
{
	struct buffer location = {0};
	char segment[24];
	int64_t id = 0;
	int rc = store_latest_snapshot(exchange->lease.store, NULL, &id);

	if (rc)
		return rc == -ENOENT ? no_snapshot_yet(exchange) : rc;
	snprintf(segment, sizeof(segment), "%" PRId64, id);
	target_write_replaced(&exchange->target, SNAPSHOT_SEGMENT, segment, &location);
	rc = location.error;
	if (!rc)
		reply_header(exchange->reply, "Location", "%.*s", (int)location.size,
			     location.bytes);
	reply_header(exchange->reply, "Cache-Control", "no-cache");
	reply_empty(exchange->reply, 307);
	buffer_clear(&location);
	return rc;
}

/* A resource below a snapshot never changes (of the snapshot, label and pin may,
 * which the revision says): its tag is known before its body,
 * and a client that has it costs no query. It asks all the same, because the
 * same URL can be of another database when it asks next: ids start again where
 * someone deletes the file. (A problem drops these headers.) */
static void set_tag(struct exchange *exchange, uint64_t revision)
{
	uint64_t hash = hash_text(revision, exchange->request.target->raw);

	hash = hash_integer(hash, exchange->call.format);
	reply_header(exchange->reply, "ETag", "\"%016" PRIx64 "\"", hash);
	reply_header(exchange->reply, "Cache-Control", "private, no-cache");
}

/* Ids grow and are never used twice: one up to the last that is not there was. */
static int no_such_snapshot(struct exchange *exchange, int64_t id)
{
	struct problem *problem = &exchange->reply->problem;
	int64_t last = 0;
	int rc = store_last_snapshot_id(exchange->lease.store, &last);

	if (rc)
		return rc;
	if (id <= last)
		return problem_set(problem, 410,
				   "Snapshot %" PRId64 " was deleted; /api/v1/snapshots lists "
				   "those there are.",
				   id);
	return problem_set(problem, 404,
			   "There is no snapshot %" PRId64
			   "; /api/v1/snapshots lists those there are.",
			   id);
}

static int answer_with_tag(struct exchange *exchange, uint64_t revision)
{
	set_tag(exchange, revision);
	if (content_coding_client_has(exchange->wire, exchange->reply)) {
		reply_empty(exchange->reply, 304);
		return 0;
	}
	return exchange->request.route->handler(&exchange->call, exchange->reply);
}

static int answer_from_snapshot(struct exchange *exchange, int64_t id)
{
	const struct route *route = exchange->request.route;
	uint64_t revision;
	int rc;

	if (!exchange->lease.store)
		return no_snapshot_yet(exchange);
	if (id == 0)
		return redirect_to_latest(exchange);
	rc = snapshot_mark_read(exchange->lease.store, id, &exchange->call.mark, &revision);
	if (rc)
		return rc == -ENOENT ? no_such_snapshot(exchange, id) : rc;
	exchange->call.snapshot = id;
	if (!route->order)
		return answer_with_tag(exchange, revision);
	reply_header(exchange->reply, "Cache-Control", "no-store");
	return route->handler(&exchange->call, exchange->reply);
}

/* Two snapshots change as little as one does. */
static int answer_from_two(struct exchange *exchange)
{
	struct comparison *comparison = &exchange->comparison;
	int rc;

	if (!exchange->lease.store)
		return no_snapshot_yet(exchange);
	rc = comparison_find(comparison, exchange->lease.store, &exchange->request,
			     &exchange->reply->problem);
	if (rc)
		return rc;
	exchange->call.from = comparison->from;
	exchange->call.to = comparison->to;
	exchange->call.mark = comparison->mark;
	reply_header(exchange->reply, "Content-Location", "%s", comparison->target.raw);
	return answer_with_tag(exchange, comparison->revision);
}

/* The format that Accept likes best, the first of equals. A header that says
 * nothing of any is no reason to refuse unless it names what it takes. */
static int negotiate_format(struct exchange *exchange, const char *accept)
{
	int best = 0;

	for (enum row_format_id id = 0; id < ROW_FORMAT_COUNT; id++) {
		int quality = accept_quality(accept, row_formats[id].type);

		if (quality <= best)
			continue;
		best = quality;
		exchange->call.format = id;
	}
	if (best || accept[strspn(accept, ", \t")] == '\0')
		return 0;
	return problem_set(&exchange->reply->problem, 406,
			   "Lists are to be had as application/json, application/x-ndjson or "
			   "text/csv; Accept takes none of them.");
}

static int choose_format(struct exchange *exchange)
{
	const struct param_value *format = &exchange->request.values[PARAM_FORMAT];
	const char *accept = wire_header(exchange->wire, "Accept");

	if (param_find(exchange->request.route->query, params[PARAM_FORMAT].name) == PARAM_NONE)
		return 0;
	reply_header(exchange->reply, "Vary", "Accept");
	if (format->text)
		exchange->call.format = (enum row_format_id)format->integer;
	return format->text || !accept ? 0 : negotiate_format(exchange, accept);
}

static int answer(struct exchange *exchange)
{
	const struct param_value *snapshot = &exchange->request.values[PARAM_SNAPSHOT];
	int rc = choose_format(exchange);

	if (rc)
		return rc;
	exchange->call.store = exchange->lease.store;
	if (exchange->request.route->order)
		return answer_from_snapshot(exchange, exchange->call.snapshot);
	if (snapshot->text)
		return answer_from_snapshot(exchange, snapshot->integer);
	if (exchange->request.values[PARAM_DIFF_FROM].text)
		return answer_from_two(exchange);
	return exchange->request.route->handler(&exchange->call, exchange->reply);
}

/* Logged here, where the reason and the request are both known. The method is one
 * of a route and the target visible ASCII by now. No header is ever logged. */
static int fail(struct exchange *exchange, int rc, const char *reason)
{
	fprintf(stderr, "vmascope-server: %s %.256s: %s\n", exchange->wire->method,
		exchange->target.raw, *reason ? reason : strerror(-rc));
	return rc;
}

static int answer_in_transaction(struct exchange *exchange)
{
	struct store *store = exchange->lease.store;
	int rc = store_read_begin(store);

	if (!rc)
		rc = answer(exchange);
	if (rc && rc != -EPROTO)
		fail(exchange, rc, store_reason(store));
	store_read_end(store);
	database_return(&exchange->server->database, &exchange->lease,
			!rc || rc == -EPROTO || rc == -ETIMEDOUT);
	return rc;
}

static bool find_kept(struct exchange *exchange)
{
	struct server *server = exchange->server;

	exchange->has_key = server->replies &&
			    reply_key_read(&exchange->key, &server->database, exchange->wire);
	exchange->found = exchange->has_key &&
			  reply_cache_find(server->replies, &exchange->key, exchange->reply);
	return exchange->found;
}

static int run_order(struct exchange *exchange)
{
	route_order order = exchange->request.route->order;

	/* none is run twice, nor inside a transaction, which would not see what it
	 * did and would keep the collector from cleaning up */
	return order ? order(&exchange->call, &exchange->call.snapshot, &exchange->reply->problem) :
		       0;
}

static int run_route(struct exchange *exchange)
{
	struct problem *problem = &exchange->reply->problem;
	struct store_error error = {.text = ""};
	int rc = request_read(&exchange->request, exchange->request.route, &exchange->target,
			      problem);

	exchange->call = (struct call){
		.server = exchange->server,
		.wire = exchange->wire,
		.request = &exchange->request,
		.body = exchange->wire->body,
		.body_size = exchange->wire->body_size,
	};
	if (!rc)
		rc = run_order(exchange);
	if (rc)
		return rc;
	if (exchange->request.route->without_database)
		return answer(exchange);
	if (find_kept(exchange))
		return 0;
	rc = database_lease(&exchange->server->database, &exchange->lease, &error);
	if (rc == -ENOENT)
		return answer(exchange);
	if (rc)
		return problem_set(problem, 503, "The database cannot be read: %s.", error.text);
	return answer_in_transaction(exchange);
}

static int refuse_method(struct exchange *exchange, const char *allow)
{
	reply_header(exchange->reply, "Allow", "%s", allow);
	return problem_set(&exchange->reply->problem, 405,
			   "This resource answers %s; %.16s is not one of them.", allow,
			   exchange->wire->method);
}

/* Of a path that is there, but not with this method. */
static int answer_method(struct exchange *exchange, const char *allow)
{
	if (strcmp(exchange->wire->method, "OPTIONS") != 0)
		return refuse_method(exchange, allow);
	reply_header(exchange->reply, "Allow", "%s", allow);
	reply_empty(exchange->reply, 204);
	return 0;
}

static int run_static(struct exchange *exchange, const struct static_file *file)
{
	const char *method = exchange->wire->method;

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return answer_method(exchange, "GET, HEAD, OPTIONS");
	return static_files_reply(file, exchange->server->web_root, exchange->wire,
				  exchange->reply);
}

/* A resource of ours needs a token, where there are tokens at all. */
static int authorize(struct exchange *exchange, const struct route_match *match)
{
	const char *method = exchange->wire->method;
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
		     strcmp(method, "OPTIONS") == 0;
	struct tokens *tokens = exchange->server->tokens;

	if (!tokens || match->open || !match->allow[0])
		return 0;
	return tokens_check(tokens, exchange->wire, reads ? TOKEN_READ : TOKEN_WRITE,
			    &exchange->reply->problem);
}

/* Only routes that give orders take a body, and need one. */
static int check_body(struct exchange *exchange)
{
	const struct route *route = exchange->request.route;
	struct problem *problem = &exchange->reply->problem;
	int rc;

	if (!route || !route->order)
		return wire_body_size(exchange->wire) > 0 ?
			       problem_set(problem, 400,
					   "This resource takes no body with %.16s; send none.",
					   exchange->wire->method) :
			       0;
	rc = wire_check_site(exchange->wire, problem);
	return rc ? rc : wire_check_body(exchange->wire, DISPATCH_BODY_MAX, problem);
}

/* All that can be said before the body is read. */
static int run_head(struct exchange *exchange, struct route_match *match)
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
	route_find(exchange->wire->method, &exchange->target, match);
	exchange->request.route = match->route;
	rc = authorize(exchange, match);
	return rc ? rc : check_body(exchange);
}

static int run(struct exchange *exchange)
{
	const struct static_file *file;
	struct route_match match;
	int rc = run_head(exchange, &match);

	if (rc)
		return rc;
	if (match.route)
		return run_route(exchange);
	if (match.allow[0])
		return answer_method(exchange, match.allow);
	file = static_files_find(&exchange->target);
	if (file)
		return run_static(exchange, file);
	return problem_set(&exchange->reply->problem, 404,
			   "There is nothing of that name; the page is at /, /api/v1/ lists the "
			   "resources and /api explains them.");
}

bool dispatch_wants_body(struct server *server, const struct wire_request *wire)
{
	struct reply unused = {0};
	struct exchange exchange = {.server = server, .wire = wire, .reply = &unused};
	struct route_match match;
	int rc = run_head(&exchange, &match);

	target_clear(&exchange.target);
	return rc == 0 && match.route && match.route->order;
}

/* Only if what the reply was made of is what the key names. */
static void keep(struct exchange *exchange)
{
	struct server *server = exchange->server;
	struct database_version now;

	if (exchange->has_key && database_is_of_version(&exchange->lease, &exchange->key.version) &&
	    database_read_version(&server->database, &now) == 0 &&
	    database_same_version(&now, &exchange->key.version))
		reply_cache_keep(server->replies, &exchange->key, exchange->reply);
}

static void finish(struct exchange *exchange)
{
	reply_finish(exchange->reply);
	content_coding_apply(exchange->wire, exchange->reply);
	keep(exchange);
}

void dispatch(struct server *server, const struct wire_request *wire, struct reply *reply)
{
	struct exchange exchange = {.server = server, .wire = wire, .reply = reply};
	uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
	int rc = run(&exchange);

	if (rc)
		problem_from_errno(&reply->problem, rc);
	/* what was not read must not be taken for the next request */
	if (!wire->body && wire_body_size(wire) > 0)
		reply->close = true;
	comparison_clear(&exchange.comparison);
	target_clear(&exchange.target);
	if (!exchange.found)
		finish(&exchange);
	reply_key_clear(&exchange.key);
	reply->head = strcmp(wire->method, "HEAD") == 0;
	counters_request(&server->counters, begin_ns, reply->status, exchange.rejected);
}
