/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reply: what goes back to the client, complete and independent of the socket.
 *
 * A reply owns its body and its header values. The body is the buffer, or bytes
 * that live as long as the program, or a stream.
 */
#ifndef VMASCOPE_SERVER_REPLY_H
#define VMASCOPE_SERVER_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "problem.h"

#define REPLY_HEADERS_MAX 24

/* A body that is made while it is sent, for what is too long to be kept or does
 * not end by itself. Its memory is one buffer, whatever its length. */
struct reply_stream {
	/* NULL: no stream */
	int (*more)(void *context, struct buffer *buffer);
	void (*release)(void *context);
	void *context; /* owned by the reply */
};

struct held;

struct reply_header {
	const char *name; /* static */
	char *value;
};

/* All zero bytes is a reply without anything yet. */
struct reply {
	int status;
	struct buffer body;
	struct held *held; /* where the body is counted; NULL: it is not */
	size_t held_bytes;
	const void *static_body; /* used instead of body where it is set */
	size_t static_size;
	struct reply_stream stream; /* used instead of body where it is set */
	struct problem problem; /* where one is set, reply_finish() sends it */
	struct reply_header headers[REPLY_HEADERS_MAX];
	size_t header_count;
	bool head; /* of a HEAD: the body is not sent */
	bool close; /* close the connection afterwards */
};

/* Adds or replaces. A header that finds no memory is left out. */
__attribute__((format(printf, 3, 4))) void reply_header(struct reply *reply, const char *name,
							const char *format, ...);
/* Value, or NULL. */
const char *reply_find_header(const struct reply *reply, const char *name);
/* 200, and the body is JSON. */
void reply_set_json(struct reply *reply);
/*
 * The body is what `more` appends to the empty buffer, call after call: 1 with
 * something appended, 0 with nothing at the end, or -errno, which cuts the connection off so
 * that the client sees that the body is not whole. It may block; it runs in the
 * thread of the connection and is not called for HEAD. The reply takes the
 * context and gives it to `release` exactly once, started or not.
 */
void reply_set_stream(struct reply *reply, int (*more)(void *context, struct buffer *buffer),
		      void (*release)(void *context), void *context);
/* A reply without a body. */
void reply_empty(struct reply *reply, int status);
/*
 * Makes it complete: turns a problem into its document, adds the headers that
 * every reply has. To be called once, last.
 */
void reply_finish(struct reply *reply);
/* Copies status, headers and buffer of one that is complete. 0 or -ENOMEM. */
int reply_copy(const struct reply *reply, struct reply *ret_copy);
void reply_clear(struct reply *reply);

#endif
