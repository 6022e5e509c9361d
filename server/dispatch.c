/* SPDX-License-Identifier: GPL-2.0-only */
#include "dispatch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "etag.h"
#include "hash.h"
#include "route.h"
#include "schema/store_list.h"
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

struct snapshot_mark {
	bool found;
	uint64_t hash;
};

/* What tells this snapshot from one of the same id in another database, written
 * by another version of the program. */
static int mark_snapshot(void *context, const void *row)
{
	const struct store_snapshot_row *snapshot = row;
	struct snapshot_mark *mark = context;

	mark->found = true;
	mark->hash = hash_text(HASH_START, VMASCOPE_VERSION);
	mark->hash = hash_integer(mark->hash, (uint64_t)snapshot->id);
	mark->hash = hash_integer(mark->hash, (uint64_t)snapshot->taken_ns);
	return 0;
}

/* A resource below a snapshot never changes: its tag is known before its body,
 * and a client that has it costs no query. It asks all the same, because the
 * same URL can be of another database when it asks next: ids start again where
 * someone deletes the file. (A problem drops these headers.) */
static void set_tag(struct exchange *exchange, uint64_t mark)
{
	uint64_t hash = hash_text(mark, exchange->target.raw);

	reply_header(exchange->reply, "ETag", "\"%016" PRIx64 "\"", hash);
	reply_header(exchange->reply, "Cache-Control", "private, no-cache");
}

static bool client_has_it(const struct exchange *exchange)
{
	return etag_matches(wire_header(exchange->wire, "If-None-Match"),
			    reply_find_header(exchange->reply, "ETag"));
}

static int answer_from_snapshot(struct exchange *exchange)
{
	const struct param_value *value = &exchange->request.values[PARAM_SNAPSHOT];
	struct snapshot_mark mark = {0};
	int rc;

	if (!exchange->lease.store)
		return no_snapshot_yet(exchange);
	if (value->integer == 0)
		return redirect_to_latest(exchange);
	rc = store_find_snapshot(exchange->lease.store, value->integer, mark_snapshot, &mark);
	if (rc)
		return rc;
	if (!mark.found)
		return problem_set(&exchange->reply->problem, 404,
				   "There is no snapshot %" PRId64
				   "; /api/v1/snapshots lists those there are.",
				   value->integer);
	exchange->call.snapshot = value->integer;
	set_tag(exchange, mark.hash);
	if (client_has_it(exchange)) {
		reply_empty(exchange->reply, 304);
		return 0;
	}
	return exchange->request.route->handler(&exchange->call, exchange->reply);
}

static int answer(struct exchange *exchange)
{
	exchange->call.request = &exchange->request;
	exchange->call.store = exchange->lease.store;
	if (exchange->request.values[PARAM_SNAPSHOT].text)
		return answer_from_snapshot(exchange);
	return exchange->request.route->handler(&exchange->call, exchange->reply);
}

/* Logged here, where the reason and the request are both known. */
static int fail(struct exchange *exchange, int rc, const char *reason)
{
	fprintf(stderr, "vmascope-server: %s %s: %s\n", exchange->wire->method,
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
	database_return(&exchange->server->database, &exchange->lease, !rc || rc == -EPROTO);
	return rc;
}

static int run_route(struct exchange *exchange)
{
	struct problem *problem = &exchange->reply->problem;
	struct store_error error = {.text = ""};
	int rc = request_read(&exchange->request, exchange->request.route, &exchange->target,
			      problem);

	if (rc)
		return rc;
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

static int run_static(struct exchange *exchange, const struct static_file *file)
{
	const char *method = exchange->wire->method;

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return refuse_method(exchange, "GET, HEAD");
	return static_files_reply(file, exchange->server->web_root, exchange->wire,
				  exchange->reply);
}

static int run(struct exchange *exchange)
{
	struct problem *problem = &exchange->reply->problem;
	const struct static_file *file;
	struct route_match match;
	int rc = wire_check_headers(exchange->wire, problem);

	if (rc) {
		exchange->reply->close = true;
		return rc;
	}
	rc = wire_check_host(exchange->wire, exchange->server->host, problem);
	if (!rc)
		rc = target_parse(&exchange->target, exchange->wire->target, problem);
	if (rc)
		return rc;
	route_find(exchange->wire->method, &exchange->target, &match);
	exchange->request.route = match.route;
	if (match.route)
		return run_route(exchange);
	if (match.allow[0])
		return refuse_method(exchange, match.allow);
	file = static_files_find(&exchange->target);
	if (file)
		return run_static(exchange, file);
	return problem_set(problem, 404,
			   "There is nothing of that name; the page is at / and the resources "
			   "below /api/v1.");
}

void dispatch(struct server *server, const struct wire_request *wire, struct reply *reply)
{
	struct exchange exchange = {.server = server, .wire = wire, .reply = reply};
	int rc = run(&exchange);

	if (rc)
		problem_from_errno(&reply->problem, rc);
	target_clear(&exchange.target);
	reply_finish(reply);
}
