/* SPDX-License-Identifier: GPL-2.0-only */
#include "http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "acceptor.h"
#include "connections.h"
#include "head_lines.h"
#include "schema/clock.h"

/* An answer of which the client takes nothing. Sending has no other limit; for
 * the times of receiving see connections.c. */
#define STALL_TIMEOUT_S 30u
/* Never reached between requests: connections.c is first. */
#define IDLE_TIMEOUT_S 400u
/* The library counts threads that ended and were not joined yet as well. */
#define DAEMON_CONNECTIONS_MAX (2u * CONNECTIONS_MAX)
/* request line and headers of one request; more is answered 414 or 431 */
#define CONNECTION_MEMORY (32u << 10)
/* what of a stream is handed to the socket at once; it has to fit into
 * CONNECTION_MEMORY */
#define STREAM_BLOCK (16u << 10)
/* the deepest call is SQLite's; sanitizers need more than that */
#define THREAD_STACK (512u << 10)

struct http {
	struct MHD_Daemon *daemon;
	struct server *server;
	struct connections connections;
	struct acceptor acceptor;
};

/* One request; lives until it is completed or its client is gone. */
struct http_request {
	char *target; /* as sent: MHD's own is decoded and without the query */
	uintptr_t target_end; /* where it ended in MHD's buffer */
	struct reply reply;
	bool seen; /* its headers were looked at */
	bool misread;
	const char *head_end; /* in MHD's buffer; NULL: not known */
	bool answered;
	bool reads_body;
	struct buffer body;
	struct wire_header *headers;
	size_t header_count;
	size_t header_capacity;
};

static void set_timeout(struct MHD_Connection *connection, unsigned int seconds)
{
	/* fails only where the library was built without timeouts */
	(void)MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

static void set_phase(struct http *http, struct MHD_Connection *connection,
		      enum connection_phase phase)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (info && info->socket_context)
		connections_set(&http->connections, info->socket_context, phase,
				clock_ns(CLOCK_MONOTONIC));
}

/* The library has taken over a socket, in a thread of its own; or is about to
 * close it, in the connection's thread. */
static void note_connection(void *context, struct MHD_Connection *connection, void **socket_context,
			    enum MHD_ConnectionNotificationCode code)
{
	struct http *http = context;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_context = connections_find(&http->connections, info->connect_fd);
		return;
	}
	connections_remove(&http->connections, *socket_context);
	*socket_context = NULL;
	acceptor_wake(&http->acceptor);
}

static void take_client(void *context, struct connection *connection,
			const struct sockaddr *address, socklen_t size)
{
	struct http *http = context;

	/* it closes the socket when it fails, without a notice */
	if (MHD_add_connection(http->daemon, connection->fd, address, size) != MHD_YES)
		connections_remove(&http->connections, connection);
}

/* Called when a request's first line is complete. What it returns becomes *state. */
static void *start_request(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct http_request *request = calloc(1, sizeof(*request));

	set_phase(context, connection, CONNECTION_HEAD);
	set_timeout(connection, STALL_TIMEOUT_S);
	if (request) {
		request->target = strdup(uri);
		request->target_end = (uintptr_t)uri + strlen(uri);
	}
	return request;
}

static void end_request(void *context, struct MHD_Connection *connection, void **state,
			enum MHD_RequestTerminationCode code)
{
	struct http_request *request = *state;

	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
		set_phase(context, connection, CONNECTION_IDLE);
		set_timeout(connection, IDLE_TIMEOUT_S);
	}
	*state = NULL;
	if (!request)
		return;
	reply_clear(&request->reply);
	buffer_clear(&request->body);
	free(request->target);
	free(request->headers);
	free(request);
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
				   size_t name_size, const char *value, size_t value_size)
{
	struct http_request *request = context;

	(void)kind;
	(void)name_size;
	if (request->header_count == request->header_capacity)
		return MHD_NO;
	request->headers[request->header_count++] = (struct wire_header){
		.name = name,
		.value = value ? value : "",
		.value_size = value ? value_size : 0,
	};
	return MHD_YES;
}

static int take_headers(struct http_request *request, struct MHD_Connection *connection)
{
	int count = MHD_get_connection_values_n(connection, MHD_HEADER_KIND, NULL, NULL);

	if (count <= 0)
		return 0;
	request->headers = calloc((size_t)count, sizeof(*request->headers));
	if (!request->headers)
		return -ENOMEM;
	request->header_capacity = (size_t)count;
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, request);
	return 0;
}

/* A reply's stream on its way: what of the buffer is not sent yet. */
struct http_stream {
	struct reply_stream stream;
	struct buffer buffer;
	size_t sent;
};

static int refill(struct http_stream *body)
{
	int rc;

	body->sent = 0;
	body->buffer.size = 0;
	rc = body->stream.more(body->stream.context, &body->buffer);
	return rc >= 0 && body->buffer.error ? body->buffer.error : rc;
}

/* Never 0: that would make the library ask again at once. */
static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t size)
{
	struct http_stream *body = context;
	size_t left;

	(void)position;
	while (body->sent == body->buffer.size) {
		int rc = refill(body);

		if (rc < 0)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (rc == 0 && body->buffer.size == 0)
			return MHD_CONTENT_READER_END_OF_STREAM;
	}
	left = body->buffer.size - body->sent;
	if (size > left)
		size = left;
	memcpy(bytes, body->buffer.bytes + body->sent, size);
	body->sent += size;
	return (ssize_t)size;
}

static void free_stream(void *context)
{
	struct http_stream *body = context;

	body->stream.release(body->stream.context);
	buffer_clear(&body->buffer);
	free(body);
}

/* Takes the stream from the reply. */
static struct MHD_Response *make_stream_response(struct reply *reply)
{
	struct http_stream *body = calloc(1, sizeof(*body));
	struct MHD_Response *response;

	if (!body)
		return NULL;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream,
						     body, free_stream);
	if (!response) {
		free(body);
		return NULL;
	}
	/* the library ends even the chunks of a HEAD, which has none, and the client
	 * takes that end for the next answer: no chunks, and the connection closes */
	if (reply->head)
		MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
	body->stream = reply->stream;
	reply->stream = (struct reply_stream){0};
	return response;
}

/* The body of an answer on its way, which counts for as long as it is there. */
struct http_body {
	struct held *held; /* NULL: it does not */
	size_t held_bytes;
	void *bytes;
};

static void free_body(void *context)
{
	struct http_body *body = context;

	if (body->held)
		held_drop(body->held, body->held_bytes);
	free(body->bytes);
	free(body);
}

/* Takes the body from the reply. */
static struct MHD_Response *make_body_response(struct reply *reply)
{
	struct http_body *body = calloc(1, sizeof(*body));
	struct MHD_Response *response;

	if (!body)
		return NULL;
	*body = (struct http_body){
		.held = reply->held,
		.held_bytes = reply->held_bytes,
		.bytes = reply->body.bytes,
	};
	response = MHD_create_response_from_buffer_with_free_callback_cls(
		reply->body.size, body->bytes, free_body, body);
	if (!response) {
		free(body);
		return NULL;
	}
	reply->body = (struct buffer){0};
	reply->held = NULL;
	return response;
}

/* Takes the body from the reply. */
static struct MHD_Response *make_response(struct reply *reply)
{
	if (reply->stream.more)
		return make_stream_response(reply);
	if (reply->static_body)
		return MHD_create_response_from_buffer(reply->static_size,
						       (void *)(uintptr_t)reply->static_body,
						       MHD_RESPMEM_PERSISTENT);
	return make_body_response(reply);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct reply *reply)
{
	struct MHD_Response *response = make_response(reply);
	enum MHD_Result result = MHD_NO;

	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < reply->header_count; i++)
		MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
	result = MHD_queue_response(connection, (unsigned int)reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static int socket_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : 0;
}

static void run_dispatch(struct http *http, struct MHD_Connection *connection, const char *method,
			 struct http_request *request)
{
	const struct wire_request wire = {
		.method = method,
		.target = request->target,
		.headers = request->headers,
		.header_count = request->header_count,
		.misread = request->misread,
		.body = request->reads_body ? (request->body.bytes ? request->body.bytes : "") :
					      NULL,
		.body_size = request->body.size,
		.socket = socket_of(connection),
	};

	if (!request->reads_body && dispatch_wants_body(http->server, &wire)) {
		request->reads_body = true;
		set_phase(http, connection, CONNECTION_BODY);
		return;
	}
	set_phase(http, connection, CONNECTION_ANSWER);
	dispatch(http->server, &wire, &request->reply);
	request->answered = true;
}

static bool take_body(struct http_request *request, const char *bytes, size_t size)
{
	/* its length was checked before; the library does not read more */
	if (!request->reads_body || request->body.size + size > DISPATCH_BODY_MAX)
		return false;
	/* NULs at the end of the last header (head_lines.h) */
	if (request->head_end && request->body.size == 0 && bytes != request->head_end)
		return false;
	buffer_append(&request->body, bytes, size);
	return request->body.error == 0;
}

/* Newer ones refuse what head_lines.h finds themselves when they are to be strict,
 * and have another way to read a head. */
static bool library_leaves_lines(void)
{
	return strverscmp(MHD_get_version(), "0.9.77") < 0;
}

/*
 * Whether the head as the library read it is the head that was sent: it gives the
 * target as text, which a NUL ends early (the version follows in the same buffer), and
 * so it does the headers.
 *
 * It refuses some heads before it asks: without a colon, too long, with a
 * Content-Length that is no number. It closes the connection then; but the head of
 * its 400 or 413 for that number it sends twice, in one piece with the body, which
 * nothing here can prevent. What follows is not read.
 */
static void check_head(struct http_request *request, const char *version)
{
	request->misread = (uintptr_t)version != request->target_end + 1;
	if (request->misread || !library_leaves_lines())
		return;
	request->head_end = head_lines_end(version, request->headers, request->header_count);
	request->misread = !request->head_end;
}

/*
 * Called when the headers are complete, for each part of the body, and when that
 * is complete. The first call decides, as a request whose end is in doubt must
 * not be read any further; a reply that is sent then closes the connection, so
 * the others wait for the last. MHD_NO closes without a reply.
 */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload_data,
			      size_t *upload_data_size, void **state)
{
	struct http *http = context;
	struct http_request *request = *state;
	size_t size = *upload_data_size;
	bool first;

	(void)url;
	*upload_data_size = 0;
	if (!request || !request->target)
		return MHD_NO;
	if (size > 0)
		return take_body(request, upload_data, size) ? MHD_YES : MHD_NO;
	first = !request->seen;
	request->seen = true;
	if (first && take_headers(request, connection) != 0)
		return MHD_NO;
	if (first)
		check_head(request, version);
	if (!request->answered)
		run_dispatch(http, connection, method, request);
	if (first && !request->reply.close)
		return MHD_YES;
	/* from now on it is the client that takes its time */
	set_phase(http, connection, request->reply.held ? CONNECTION_HELD : CONNECTION_ANSWER);
	return send_reply(connection, &request->reply);
}

static bool drop_slow(void *context)
{
	struct http *http = context;

	return connections_drop_slow(&http->connections, clock_ns(CLOCK_MONOTONIC));
}

static struct MHD_Daemon *start_daemon(struct http *http)
{
	return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
					MHD_USE_POLL | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET,
				0, NULL, NULL, answer, http, MHD_OPTION_URI_LOG_CALLBACK,
				start_request, http, MHD_OPTION_NOTIFY_COMPLETED, end_request, http,
				MHD_OPTION_NOTIFY_CONNECTION, note_connection, http,
				MHD_OPTION_STRICT_FOR_CLIENT, library_leaves_lines() ? 0 : 1,
				MHD_OPTION_CONNECTION_LIMIT, DAEMON_CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_TIMEOUT, STALL_TIMEOUT_S,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
				MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK, MHD_OPTION_END);
}

int http_start(struct server *server, const int *listeners, size_t listener_count,
	       struct http **ret_http)
{
	struct http *http = calloc(1, sizeof(*http));
	int rc;

	if (!http)
		return -ENOMEM;
	http->server = server;
	connections_start(&http->connections);
	http->acceptor = (struct acceptor){
		.connections = &http->connections,
		.take = take_client,
		.context = http,
		.listener_count = listener_count,
	};
	memcpy(http->acceptor.listeners, listeners, listener_count * sizeof(*listeners));
	http->daemon = start_daemon(http);
	rc = http->daemon ? acceptor_start(&http->acceptor) : -ENOMEM;
	if (rc == 0) {
		if (server->held)
			held_on_press(server->held, drop_slow, http);
		*ret_http = http;
		return 0;
	}
	if (http->daemon)
		MHD_stop_daemon(http->daemon);
	connections_stop(&http->connections);
	free(http);
	return rc;
}

void http_stop(struct http **http)
{
	if (!*http)
		return;
	acceptor_stop(&(*http)->acceptor);
	MHD_stop_daemon((*http)->daemon); /* whose last threads wake the acceptor */
	if ((*http)->server->held)
		held_on_press((*http)->server->held, NULL, NULL);
	acceptor_clear(&(*http)->acceptor);
	connections_stop(&(*http)->connections);
	free(*http);
	*http = NULL;
}
