/* SPDX-License-Identifier: GPL-2.0-only */
#include "gzip.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

/* Of the levels 1 to 4 the fastest by far on lists, and what it makes is at most a
 * sixth larger than what 4 does. */
#define LEVEL 1
#define GZIP_WINDOW (15 + 16) /* zlib: 16 more asks for gzip's header */
#define MEMORY_LEVEL 8 /* zlib's default */
#define ROOM 16384u

static int start(z_stream *z)
{
	*z = (z_stream){0};
	return deflateInit2(z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) ==
			       Z_OK ?
		       0 :
		       -ENOMEM;
}

/* Appends what comes out when the bytes go in. */
static int put(z_stream *z, const void *bytes, size_t size, int flush, struct buffer *buffer)
{
	z->next_in = (void *)(uintptr_t)bytes;
	z->avail_in = (uInt)size;
	do {
		char *room = buffer_reserve(buffer, ROOM);

		if (!room)
			return -ENOMEM;
		z->next_out = (Bytef *)room;
		z->avail_out = ROOM;
		deflate(z, flush);
		buffer->size += ROOM - z->avail_out;
	} while (z->avail_out == 0);
	return 0;
}

int gzip_buffer(const void *bytes, size_t size, struct buffer *buffer)
{
	z_stream z;
	int rc = size > UINT_MAX ? -ENOMEM : start(&z);

	if (rc)
		return rc;
	rc = put(&z, bytes, size, Z_FINISH, buffer);
	deflateEnd(&z);
	return rc;
}

struct gzip_stream {
	struct reply_stream plain;
	struct buffer buffer; /* of the plain bytes */
	z_stream z;
	bool ended;
};

static void stream_free(void *context)
{
	struct gzip_stream *stream = context;

	if (stream->plain.more)
		stream->plain.release(stream->plain.context);
	deflateEnd(&stream->z);
	buffer_clear(&stream->buffer);
	free(stream);
}

/* The compressor keeps what it can still compress better: it may take in a piece
 * and give nothing yet. */
static int stream_more(void *context, struct buffer *buffer)
{
	struct gzip_stream *stream = context;

	while (buffer->size == 0 && !stream->ended) {
		int rc;

		stream->buffer.size = 0;
		rc = stream->plain.more(stream->plain.context, &stream->buffer);
		if (rc < 0 || stream->buffer.error)
			return rc < 0 ? rc : stream->buffer.error;
		stream->ended = rc == 0;
		rc = put(&stream->z, stream->buffer.bytes, stream->buffer.size,
			 stream->ended ? Z_FINISH : Z_NO_FLUSH, buffer);
		if (rc)
			return rc;
	}
	return buffer->size ? 1 : 0;
}

int gzip_stream(struct reply *reply)
{
	struct gzip_stream *stream = calloc(1, sizeof(*stream));

	if (!stream || start(&stream->z) != 0) {
		free(stream);
		return -ENOMEM;
	}
	stream->plain = reply->stream;
	reply->stream = (struct reply_stream){
		.more = stream_more,
		.release = stream_free,
		.context = stream,
	};
	return 0;
}
