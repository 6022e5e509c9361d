/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reply: what goes back to the client, complete and independent of the socket.
 *
 * A reply owns its body and its header values. The body is either the buffer
 * or bytes that live as long as the program.
 */
#ifndef VMASCOPE_SERVER_REPLY_H
#define VMASCOPE_SERVER_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "problem.h"

#define REPLY_HEADERS_MAX 24

struct reply_header {
	const char *name; /* static */
	char *value;
};

/* All zero bytes is a reply without anything yet. */
struct reply {
	int status;
	struct buffer body;
	const void *static_body; /* used instead of body where it is set */
	size_t static_size;
	struct problem problem; /* where one is set, reply_finish() sends it */
	struct reply_header headers[REPLY_HEADERS_MAX];
	size_t header_count;
	bool close; /* close the connection afterwards */
};

/* Adds or replaces. A header that finds no memory is left out. */
__attribute__((format(printf, 3, 4))) void reply_header(struct reply *reply, const char *name,
							const char *format, ...);
/* Value, or NULL. */
const char *reply_find_header(const struct reply *reply, const char *name);
/* 200, and the body is JSON. */
void reply_set_json(struct reply *reply);
/* A reply without a body. */
void reply_empty(struct reply *reply, int status);
/*
 * Makes it complete: turns a problem into its document, adds the headers that
 * every reply has. To be called once, last.
 */
void reply_finish(struct reply *reply);
void reply_clear(struct reply *reply);

#endif
