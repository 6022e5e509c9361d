/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gzip: compresses bytes, and streams on their way.
 */
#ifndef VMASCOPE_SERVER_GZIP_H
#define VMASCOPE_SERVER_GZIP_H

#include <stddef.h>

#include "buffer.h"
#include "reply.h"

/* Appends the bytes, compressed, to the buffer. 0 or -ENOMEM. */
int gzip_buffer(const void *bytes, size_t size, struct buffer *buffer);
/* Puts the reply's stream through a compressor. 0, or -ENOMEM with the stream as
 * it was. */
int gzip_stream(struct reply *reply);

#endif
