/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_events.h"

#include <errno.h>
#include <stdlib.h>

#include "dispatch.h"
#include "event.h"
#include "watch.h"

/* How long a client waits before it comes back. */
#define RETRY_MS 3000
/* A comment now and then keeps proxies, and our own time-out, from ending what is
 * only quiet, and shows us that a client is gone. */
#define COMMENT_EVERY_MS 15000

/* One client. */
struct follower {
	struct watch_reader reader;
	struct buffer greeting; /* what it gets at once */
};

static void release(void *context)
{
	struct follower *follower = context;

	watch_leave(&follower->reader);
	buffer_clear(&follower->greeting);
	free(follower);
}

/* An end of the stream makes the client come back and say where it was. */
static int more(void *context, struct buffer *buffer)
{
	struct follower *follower = context;
	int rc;

	if (follower->greeting.size) {
		buffer_append(buffer, follower->greeting.bytes, follower->greeting.size);
		buffer_clear(&follower->greeting);
		return 1;
	}
	rc = watch_read(&follower->reader, COMMENT_EVERY_MS, buffer);
	if (rc == -ETIMEDOUT || rc == -EINTR)
		buffer_text(buffer, ": nothing new\n\n");
	return rc == 0 || rc == -ETIMEDOUT || rc == -EINTR;
}

/* The header is of a client that comes back; it holds what we sent it, or is not
 * ours and means nothing. -1: none. */
static int64_t last_event_id(const struct call *call)
{
	const struct param_value *value = &call->request->values[PARAM_LAST_EVENT_ID];
	const char *text = wire_header(call->wire, "Last-Event-ID");
	struct param_value header = {.text = NULL};
	struct problem ignored;

	if (text && param_read(PARAM_LAST_EVENT_ID, text, &header, &ignored) == 0)
		return header.integer;
	return value->text ? value->integer : -1;
}

static int greet(struct follower *follower, const struct call *call)
{
	enum watch_collector collector = watch_collector(call->server->watch);
	int64_t after = last_event_id(call);

	buffer_format(&follower->greeting, "retry: %d\n\n", RETRY_MS);
	if (collector != WATCH_COLLECTOR_UNKNOWN)
		event_collector(&follower->greeting, collector == WATCH_COLLECTOR_RUNS);
	if (after < 0)
		return 0;
	if (call->store)
		return watch_replay(&follower->reader, call->store, after, &follower->greeting);
	if (after > 0)
		event_reset(&follower->greeting, 0);
	return 0;
}

int api_events(const struct call *call, struct reply *reply)
{
	struct follower *follower;
	int rc;

	if (!call->server->watch)
		return problem_set(&reply->problem, 503,
				   "Nobody watches the database here; ask for /api/v1/snapshots "
				   "from time to time.");
	follower = calloc(1, sizeof(*follower));
	if (!follower)
		return -ENOMEM;
	if (watch_join(call->server->watch, call->wire->socket, &follower->reader) != 0) {
		free(follower);
		return problem_set(&reply->problem, 503,
				   "%d clients follow the events already; close one (a page in a "
				   "forgotten window?) or ask again later.",
				   WATCH_READERS_MAX);
	}
	rc = greet(follower, call);
	if (!rc)
		rc = follower->greeting.error;
	if (rc) {
		release(follower);
		return rc;
	}
	reply->status = 200;
	reply_header(reply, "Content-Type", "text/event-stream");
	reply_header(reply, "Cache-Control", "no-store");
	/* nginx would keep events until a block is full */
	reply_header(reply, "X-Accel-Buffering", "no");
	reply_set_stream(reply, more, release, follower);
	return 0;
}
