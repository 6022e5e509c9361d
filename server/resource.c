/* SPDX-License-Identifier: GPL-2.0-only */
#include "resource.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accept.h"
#include "content_coding.h"
#include "dispatch.h"
#include "hash.h"
#include "route.h"
#include "schema/store_list.h"
#include "snapshot_mark.h"

#define SNAPSHOT_SEGMENT 3 /* /api/v1/snapshots/{snapshot} */

static int no_snapshot_yet(struct resource *resource)
{
	return problem_set(&resource->reply->problem, 404,
			   "No snapshot yet: start vmascope-collector with --db %s, or name its "
			   "database with --db.",
			   resource->server->database.path);
}

static int redirect_to_latest(struct resource *resource)
{
	struct buffer location = {0};
	char segment[24];
	int64_t id = 0;
	int rc = store_latest_snapshot(resource->lease.store, NULL, &id);

	if (rc)
		return rc == -ENOENT ? no_snapshot_yet(resource) : rc;
	snprintf(segment, sizeof(segment), "%" PRId64, id);
	target_write_replaced(resource->target, SNAPSHOT_SEGMENT, segment, &location);
	rc = location.error;
	if (!rc)
		reply_header(resource->reply, "Location", "%.*s", (int)location.size,
			     location.bytes);
	reply_header(resource->reply, "Cache-Control", "no-cache");
	reply_empty(resource->reply, 307);
	buffer_clear(&location);
	return rc;
}

/* A resource below a snapshot never changes (of the snapshot, label and pin may,
 * which the revision says): its tag is known before its body,
 * and a client that has it costs no query. It asks all the same, because the
 * same URL can be of another database when it asks next: ids start again where
 * someone deletes the file. (A problem drops these headers.) */
static void set_tag(struct resource *resource, uint64_t revision)
{
	uint64_t hash = hash_text(revision, resource->request.target->raw);

	hash = hash_integer(hash, resource->call.format);
	reply_header(resource->reply, "ETag", "\"%016" PRIx64 "\"", hash);
	reply_header(resource->reply, "Cache-Control", "private, no-cache");
}

/* Ids grow and are never used twice: one up to the last that is not there was. */
static int no_such_snapshot(struct resource *resource, int64_t id)
{
	struct problem *problem = &resource->reply->problem;
	int64_t last = 0;
	int rc = store_last_snapshot_id(resource->lease.store, &last);

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

static int answer_with_tag(struct resource *resource, uint64_t revision)
{
	set_tag(resource, revision);
	if (content_coding_client_has(resource->wire, resource->reply)) {
		reply_empty(resource->reply, 304);
		return 0;
	}
	return resource->route->handler(&resource->call, resource->reply);
}

/* 0 is `latest`. */
static int answer_from_snapshot(struct resource *resource, int64_t id)
{
	uint64_t revision;
	int rc;

	if (!resource->lease.store)
		return no_snapshot_yet(resource);
	if (id == 0)
		return redirect_to_latest(resource);
	rc = snapshot_mark_read(resource->lease.store, id, &resource->call.mark, &revision);
	if (rc)
		return rc == -ENOENT ? no_such_snapshot(resource, id) : rc;
	resource->call.snapshot = id;
	return answer_with_tag(resource, revision);
}

static int no_snapshot_of_the_collector(struct resource *resource, int64_t id)
{
	return problem_set(&resource->reply->problem, 503,
			   "The collector took snapshot %" PRId64
			   ", which %s does not have: give server and collector the same --db.",
			   id, resource->server->database.path);
}

/* An order is given: whether there is what it changes, which the collector cannot
 * tell from what was deleted. */
static int check_subject(struct resource *resource)
{
	int64_t id = resource->request.values[PARAM_SNAPSHOT].integer;
	int rc;

	if (!resource->lease.store)
		return no_snapshot_yet(resource);
	rc = snapshot_mark_read(resource->lease.store, id, &resource->call.mark, NULL);
	return rc == -ENOENT ? no_such_snapshot(resource, id) : rc;
}

/* An order was carried out; the id is the collector's word. */
static int answer_order(struct resource *resource)
{
	int64_t id = resource->call.snapshot;
	struct store *store = resource->lease.store;
	int rc = store ? snapshot_mark_read(store, id, &resource->call.mark, NULL) : -ENOENT;

	if (rc)
		return rc == -ENOENT ? no_snapshot_of_the_collector(resource, id) : rc;
	resource->call.store = store;
	reply_header(resource->reply, "Cache-Control", "no-store");
	return resource->route->handler(&resource->call, resource->reply);
}

/* Two snapshots change as little as one does. */
static int answer_from_two(struct resource *resource)
{
	struct comparison *comparison = &resource->comparison;
	int rc;

	if (!resource->lease.store)
		return no_snapshot_yet(resource);
	rc = comparison_find(comparison, resource->lease.store, &resource->request,
			     &resource->reply->problem);
	if (rc)
		return rc;
	resource->call.from = comparison->from;
	resource->call.to = comparison->to;
	resource->call.mark = comparison->mark;
	reply_header(resource->reply, "Content-Location", "%s", comparison->target.raw);
	return answer_with_tag(resource, comparison->revision);
}

/* The format that Accept likes best, the first of equals. A header that says
 * nothing of any is no reason to refuse unless it names what it takes. */
static int negotiate_format(struct resource *resource, const char *accept)
{
	int best = 0;

	for (enum row_format_id id = 0; id < ROW_FORMAT_COUNT; id++) {
		int quality = accept_quality(accept, row_formats[id].type);

		if (quality <= best)
			continue;
		best = quality;
		resource->call.format = id;
	}
	if (best || accept[strspn(accept, ", \t")] == '\0')
		return 0;
	return problem_set(&resource->reply->problem, 406,
			   "Lists are to be had as application/json, application/x-ndjson or "
			   "text/csv; Accept takes none of them.");
}

static int choose_format(struct resource *resource)
{
	const struct param_value *format = &resource->request.values[PARAM_FORMAT];
	char *accept;
	int rc = 0;

	if (param_find(resource->route->query, params[PARAM_FORMAT].name) == PARAM_NONE)
		return 0;
	reply_header(resource->reply, "Vary", "Accept");
	if (format->text) {
		resource->call.format = (enum row_format_id)format->integer;
		return 0;
	}
	accept = wire_list(resource->wire, "Accept");
	if (accept)
		rc = negotiate_format(resource, accept);
	free(accept);
	return rc;
}

static int answer(struct resource *resource)
{
	const struct param_value *snapshot = &resource->request.values[PARAM_SNAPSHOT];
	int rc = choose_format(resource);

	if (rc)
		return rc;
	resource->call.store = resource->lease.store;
	if (snapshot->text)
		return answer_from_snapshot(resource, snapshot->integer);
	if (resource->request.values[PARAM_DIFF_FROM].text)
		return answer_from_two(resource);
	return resource->route->handler(&resource->call, resource->reply);
}

/* Logged here, where the reason and the request are both known. The method is one
 * of a route and the target visible ASCII by now. No header is ever logged. */
static int fail(struct resource *resource, int rc, const char *reason)
{
	fprintf(stderr, "vmascope-server: %s %.256s: %s\n", resource->wire->method,
		resource->target->raw, *reason ? reason : strerror(-rc));
	return rc;
}

static int run_in_transaction(struct resource *resource, int (*run)(struct resource *))
{
	struct store *store = resource->lease.store;
	int rc = store_read_begin(store);

	if (!rc)
		rc = run(resource);
	if (rc && rc != -EPROTO)
		fail(resource, rc, store_reason(store));
	store_read_end(store);
	database_return(&resource->server->database, &resource->lease,
			!rc || rc == -EPROTO || rc == -ETIMEDOUT);
	return rc;
}

static struct turns *turns_of(const struct resource *resource)
{
	const struct server *server = resource->server;

	return resource->route->prompt ? server->prompt_turns : server->turns;
}

/* The time for the query itself runs from when it comes. */
static int take_turn(struct resource *resource)
{
	struct server *server = resource->server;
	struct turns *turns = turns_of(resource);

	if (!turns || resource->has_turn)
		return 0;
	if (turns_take(turns, server->database.query_timeout_ns) != 0)
		return problem_set(&resource->reply->problem, 503,
				   "The server is at work on other requests, for longer than it "
				   "lets one wait (--query-timeout); ask again later, with fewer "
				   "requests at once.");
	resource->has_turn = true;
	return 0;
}

static void give_turn(struct resource *resource)
{
	if (resource->has_turn)
		turns_give(turns_of(resource));
	resource->has_turn = false;
}

/* Without a store in the lease where there is no database yet. */
static int run_with_database(struct resource *resource, int (*run)(struct resource *))
{
	struct store_error error = {.text = ""};
	int rc = take_turn(resource);

	if (rc)
		return rc;
	rc = database_lease(&resource->server->database, &resource->lease, &error);
	if (rc == -ENOENT)
		return run(resource);
	if (rc)
		return problem_set(&resource->reply->problem, 503,
				   "The database cannot be read: %s.", error.text);
	return run_in_transaction(resource, run);
}

static bool find_kept(struct resource *resource)
{
	struct server *server = resource->server;

	resource->has_key = server->replies &&
			    reply_key_read(&resource->key, &server->database, resource->wire);
	resource->found = resource->has_key &&
			  reply_cache_find(server->replies, &resource->key, resource->reply);
	return resource->found;
}

static int run_order(struct resource *resource)
{
	const struct param_value *subject = &resource->request.values[PARAM_SNAPSHOT];
	int rc = 0;

	/* `latest` is no subject, which the order itself refuses */
	if (subject->text && subject->integer)
		rc = run_with_database(resource, check_subject);
	/* a collector at work keeps nobody else waiting */
	give_turn(resource);
	/* none is run twice, nor inside a transaction, which would not see what it
	 * did and would keep the collector from cleaning up */
	if (!rc)
		rc = resource->route->order(&resource->call, &resource->call.snapshot,
					    &resource->reply->problem);
	if (rc)
		return rc;
	/* what was done is told, however long that takes: who is asked to come again
	 * would have it done twice */
	if (turns_of(resource))
		resource->has_turn = turns_take(turns_of(resource), 0) == 0;
	return run_with_database(resource, answer_order);
}

int resource_answer(struct resource *resource)
{
	int rc = request_read(&resource->request, resource->route, resource->target,
			      &resource->reply->problem);

	if (rc)
		return rc;
	resource->call = (struct call){
		.server = resource->server,
		.wire = resource->wire,
		.request = &resource->request,
		.body = resource->wire->body,
		.body_size = resource->wire->body_size,
	};
	if (resource->route->order)
		return run_order(resource);
	if (resource->route->without_database)
		return answer(resource);
	return find_kept(resource) ? 0 : run_with_database(resource, answer);
}

void resource_keep(struct resource *resource)
{
	struct server *server = resource->server;
	struct database_version now;

	/* only if what the reply was made of is what the key names */
	if (resource->has_key && database_is_of_version(&resource->lease, &resource->key.version) &&
	    database_read_version(&server->database, &now) == 0 &&
	    database_same_version(&now, &resource->key.version))
		reply_cache_keep(server->replies, &resource->key, resource->reply);
}

void resource_clear(struct resource *resource)
{
	/* not before: to compress the reply takes memory too */
	give_turn(resource);
	comparison_clear(&resource->comparison);
	reply_key_clear(&resource->key);
}
