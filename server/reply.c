/* SPDX-License-Identifier: GPL-2.0-only */
#include "reply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "held.h"

#define RETRY_AFTER_S 1

/* On every reply, whatever it is. Content-Security-Policy is for the page; on
 * JSON it keeps a browser that is made to show it from doing more than that. */
static const struct {
	const char *name;
	const char *value;
} common_headers[] = {
	{"Content-Security-Policy",
	 "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	 "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
	 "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
};

static struct reply_header *find_header(const struct reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return (struct reply_header *)&reply->headers[i];
	return NULL;
}

void reply_header(struct reply *reply, const char *name, const char *format, ...)
{
	struct reply_header *header = find_header(reply, name);
	va_list arguments;
	char *value;

	va_start(arguments, format);
	if (vasprintf(&value, format, arguments) < 0)
		value = NULL;
	va_end(arguments);
	if (!value)
		return;
	if (!header && reply->header_count == REPLY_HEADERS_MAX) {
		free(value);
		return;
	}
	if (!header)
		header = &reply->headers[reply->header_count++];
	else
		free(header->value);
	*header = (struct reply_header){.name = name, .value = value};
}

const char *reply_find_header(const struct reply *reply, const char *name)
{
	const struct reply_header *header = find_header(reply, name);

	return header ? header->value : NULL;
}

void reply_set_json(struct reply *reply)
{
	reply->status = 200;
	reply_header(reply, "Content-Type", "application/json");
}

static void drop_stream(struct reply *reply)
{
	if (reply->stream.more)
		reply->stream.release(reply->stream.context);
	reply->stream = (struct reply_stream){0};
}

void reply_set_stream(struct reply *reply, int (*more)(void *context, struct buffer *buffer),
		      void (*release)(void *context), void *context)
{
	drop_stream(reply);
	reply->stream = (struct reply_stream){
		.more = more,
		.release = release,
		.context = context,
	};
}

static void drop_body(struct reply *reply)
{
	drop_stream(reply);
	if (reply->held)
		held_drop(reply->held, reply->held_bytes);
	reply->held = NULL;
	buffer_clear(&reply->body);
	reply->static_body = NULL;
	reply->static_size = 0;
}

void reply_empty(struct reply *reply, int status)
{
	drop_body(reply);
	reply->status = status;
}

/* Headers that describe the answer that was not to be. */
static void drop_headers(struct reply *reply)
{
	for (size_t i = 0; i < reply->header_count; i++)
		free(reply->headers[i].value);
	reply->header_count = 0;
}

static void write_problem(struct reply *reply)
{
	const char *allow = reply_find_header(reply, "Allow");
	char methods[64];

	/* the one header that goes with a problem (405) */
	snprintf(methods, sizeof(methods), "%s", allow ? allow : "");
	drop_body(reply);
	drop_headers(reply);
	reply->status = reply->problem.status;
	if (problem_write(&reply->problem, &reply->body) != 0)
		drop_body(reply);
	if (methods[0])
		reply_header(reply, "Allow", "%s", methods);
	if (reply->status == 401)
		reply_header(reply, "WWW-Authenticate", "Bearer realm=\"vmascope\"");
	if (reply->status == 503)
		reply_header(reply, "Retry-After", "%d", RETRY_AFTER_S);
	reply_header(reply, "Content-Type", "application/problem+json");
	reply_header(reply, "Cache-Control", "no-store");
}

void reply_finish(struct reply *reply)
{
	if (reply->body.error)
		problem_from_errno(&reply->problem, reply->body.error);
	if (reply->problem.status)
		write_problem(reply);
	for (size_t i = 0; i < sizeof(common_headers) / sizeof(common_headers[0]); i++)
		reply_header(reply, common_headers[i].name, "%s", common_headers[i].value);
	if (reply->close)
		reply_header(reply, "Connection", "close");
}

int reply_copy(const struct reply *reply, struct reply *ret_copy)
{
	struct reply copy = {.status = reply->status};

	for (size_t i = 0; i < reply->header_count; i++) {
		copy.headers[i].name = reply->headers[i].name;
		copy.headers[i].value = strdup(reply->headers[i].value);
		copy.header_count++;
		if (!copy.headers[i].value)
			copy.body.error = -ENOMEM;
	}
	if (reply->body.size)
		buffer_append(&copy.body, reply->body.bytes, reply->body.size);
	if (copy.body.error) {
		reply_clear(&copy);
		return -ENOMEM;
	}
	*ret_copy = copy;
	return 0;
}

void reply_clear(struct reply *reply)
{
	drop_body(reply);
	drop_headers(reply);
	*reply = (struct reply){0};
}
