/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * buffer: bytes that grow at the end.
 *
 * An append that finds no memory sets `error` and every later append is
 * ignored, so that a writer checks once, at its end.
 */
#ifndef VMASCOPE_SERVER_BUFFER_H
#define VMASCOPE_SERVER_BUFFER_H

#include <stddef.h>
#include <string.h>

/* All zero bytes is an empty buffer. */
struct buffer {
	char *bytes; /* not NUL-terminated */
	size_t size;
	size_t capacity;
	int error; /* 0 or -ENOMEM */
};

/* Room for size more bytes behind buffer->bytes + buffer->size, or NULL. The
 * caller fills it and adds what it used to buffer->size. */
static inline char *buffer_reserve(struct buffer *buffer, size_t size);
static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_text(struct buffer *buffer, const char *text);
__attribute__((format(printf, 2, 3))) void buffer_format(struct buffer *buffer, const char *format,
							 ...);
/* The bytes with a NUL behind them, now the caller's to free(); NULL if an
 * append failed. The buffer is empty afterwards. */
char *buffer_take_text(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);

/* buffer_reserve() where there is no room. */
char *buffer_grow(struct buffer *buffer, size_t size);

/* In the header, as a long list is made of some hundred appends a row. */
static inline char *buffer_reserve(struct buffer *buffer, size_t size)
{
	if (!buffer->error && size <= buffer->capacity - buffer->size)
		return buffer->bytes + buffer->size;
	return buffer_grow(buffer, size);
}

static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
	char *room = size ? buffer_reserve(buffer, size) : NULL;

	if (!room)
		return;
	memcpy(room, bytes, size);
	buffer->size += size;
}

#endif
