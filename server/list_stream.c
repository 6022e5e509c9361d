/* SPDX-License-Identifier: GPL-2.0-only */
#include "list_stream.h"
#include "dispatch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "database.h"
#include "field_select.h"
#include "snapshot_mark.h"

/* Large enough that what a transaction costs is lost among its rows, small enough
 * for many clients at once: some 400 bytes a row. */
#define PIECE_ROWS 1000u

/* The request and all it points to, which outlive the exchange it came in. */
struct list_stream {
	char *raw;
	struct target target;
	struct request request;
	struct call call;
	const struct list_kind *kind;
	struct field_selection selection;
	struct row_writer writer;
	struct store_page page; /* the next one */
	struct buffer first; /* piece that was read with the request */
	bool begun, ended;
};

static void stream_free(void *context)
{
	struct list_stream *stream = context;

	buffer_clear(&stream->first);
	target_clear(&stream->target);
	free(stream->raw);
	free(stream);
}

static int read_piece(struct list_stream *stream, struct buffer *buffer, struct problem *problem)
{
	struct list_position position = {0};
	int rc;

	stream->writer.buffer = buffer;
	if (!stream->begun)
		stream->writer.format->begin(&stream->writer);
	rc = list_write_page(&stream->call, stream->kind, &stream->page, &stream->writer, &position,
			     problem);
	if (rc)
		return rc;
	stream->begun = true;
	stream->page.resume = true;
	stream->page.after_key = position.last.key;
	stream->page.after_id = position.last.id;
	stream->ended = !position.more;
	if (stream->ended)
		stream->writer.format->end(&stream->writer, NULL);
	return buffer->error;
}

static int read_mark(const struct call *call, uint64_t *ret_mark)
{
	if (call->snapshot)
		return snapshot_mark_read(call->store, call->snapshot, ret_mark, NULL);
	return call->from ? comparison_mark(call->store, call->from, call->to, ret_mark, NULL) : 0;
}

/* In the transaction: what is listed is still what the list began with. */
static int read_piece_of_snapshot(struct list_stream *stream, struct buffer *buffer)
{
	struct problem problem = {0};
	uint64_t mark = 0;
	int rc = read_mark(&stream->call, &mark);

	if (!rc && mark != stream->call.mark)
		rc = -ENOENT;
	return rc ? rc : read_piece(stream, buffer, &problem);
}

static int read_leased(struct list_stream *stream, struct buffer *buffer)
{
	struct database *database = &stream->call.server->database;
	struct store_error error = {.text = ""};
	struct database_lease lease = {.store = NULL};
	int rc = database_lease(database, &lease, &error);

	if (rc)
		return rc;
	rc = store_read_begin(lease.store);
	stream->call.store = lease.store;
	if (!rc)
		rc = read_piece_of_snapshot(stream, buffer);
	store_read_end(lease.store);
	database_return(database, &lease, !rc || rc == -ENOENT);
	stream->call.store = NULL;
	return rc;
}

/* Each piece waits for its turn like a request; but a list that was begun is not cut
 * off because others are at work. */
static int read_next(struct list_stream *stream, struct buffer *buffer)
{
	struct turns *turns = stream->call.server->turns;
	int rc;

	if (turns)
		turns_take(turns, 0);
	rc = read_leased(stream, buffer);
	if (turns)
		turns_give(turns);
	return rc;
}

static int stream_more(void *context, struct buffer *buffer)
{
	struct list_stream *stream = context;
	int rc;

	if (stream->first.size) {
		buffer_append(buffer, stream->first.bytes, stream->first.size);
		buffer_clear(&stream->first);
		return 1;
	}
	if (stream->ended)
		return 0;
	rc = read_next(stream, buffer);
	if (!rc)
		return 1;
	fprintf(stderr, "vmascope-server: GET %s: cut off after %llu rows: %s\n", stream->raw,
		(unsigned long long)stream->writer.rows, strerror(-rc));
	return rc;
}

/* What was checked before is checked again: that is how values come to point into
 * the copy. */
static int copy_request(struct list_stream *stream, const struct call *call,
			struct problem *problem)
{
	int rc;

	stream->raw = strdup(call->request->target->raw);
	if (!stream->raw)
		return -ENOMEM;
	rc = target_parse(&stream->target, stream->raw, problem);
	if (!rc)
		rc = request_read(&stream->request, call->request->route, &stream->target, problem);
	stream->call = *call;
	stream->call.request = &stream->request;
	return rc;
}

static int prepare(struct list_stream *stream, const struct call *call, struct problem *problem)
{
	int rc = copy_request(stream, call, problem);
	const char *fields = stream->request.values[PARAM_FIELDS].text;

	stream->writer = (struct row_writer){
		.format = &row_formats[call->format],
		.fields = stream->kind->fields,
	};
	if (rc || !fields)
		return rc;
	stream->writer.fields = stream->selection.fields;
	return field_select(stream->kind->fields, fields, &stream->selection, problem);
}

int list_stream_reply(const struct call *call, const struct list_kind *kind,
		      const struct store_page *page, struct reply *reply)
{
	struct list_stream *stream = calloc(1, sizeof(*stream));
	int rc;

	if (!stream)
		return -ENOMEM;
	stream->kind = kind;
	stream->page = *page;
	stream->page.limit = PIECE_ROWS;
	rc = prepare(stream, call, &reply->problem);
	if (!rc)
		rc = read_piece(stream, &stream->first, &reply->problem);
	if (rc) {
		stream_free(stream);
		return rc;
	}
	if (!stream->ended) {
		stream->call.store = NULL;
		reply_set_stream(reply, stream_more, stream_free, stream);
		return 0;
	}
	reply->body = stream->first;
	stream->first = (struct buffer){0};
	stream_free(stream);
	return 0;
}
