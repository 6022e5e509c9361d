/* SPDX-License-Identifier: GPL-2.0-only */
#include "token_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct token_stream {
	struct reply_stream inner;
	struct tokens *tokens;
	struct token_grant grant;
};

static void release(void *context)
{
	struct token_stream *stream = context;

	stream->inner.release(stream->inner.context);
	explicit_bzero(&stream->grant, sizeof(stream->grant));
	free(stream);
}

/* Looks behind the piece, not before it: that may have been long in coming. */
static int more(void *context, struct buffer *buffer)
{
	struct token_stream *stream = context;
	int rc = stream->inner.more(stream->inner.context, buffer);

	return rc < 0 || tokens_still_grant(stream->tokens, &stream->grant) ? rc : -EACCES;
}

int token_stream_guard(struct tokens *tokens, const struct wire_request *wire, struct reply *reply)
{
	struct token_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return -ENOMEM;
	stream->inner = reply->stream;
	stream->tokens = tokens;
	tokens_read_grant(wire, TOKEN_READ, &stream->grant);
	reply->stream = (struct reply_stream){.more = more, .release = release, .context = stream};
	return 0;
}
