/* SPDX-License-Identifier: GPL-2.0-only */
#include "buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256u

char *buffer_grow(struct buffer *buffer, size_t size)
{
	if (buffer->error)
		return NULL;

	size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;

	while (capacity - buffer->size < size && capacity <= SIZE_MAX / 2)
		capacity *= 2;

	char *bytes = capacity - buffer->size < size ? NULL : realloc(buffer->bytes, capacity);

	if (!bytes) {
		buffer->error = -ENOMEM;
		return NULL;
	}
	buffer->bytes = bytes;
	buffer->capacity = capacity;
	return bytes + buffer->size;
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	va_list again;

	va_start(arguments, format);
	va_copy(again, arguments);

	int size = vsnprintf(NULL, 0, format, arguments);
	char *room = size > 0 ? buffer_reserve(buffer, (size_t)size + 1) : NULL;

	if (room) {
		vsnprintf(room, (size_t)size + 1, format, again);
		buffer->size += (size_t)size;
	}
	va_end(again);
	va_end(arguments);
}

char *buffer_take_text(struct buffer *buffer)
{
	buffer_append(buffer, "", 1);

	char *text = buffer->error ? NULL : buffer->bytes;

	if (!text)
		free(buffer->bytes);
	*buffer = (struct buffer){0};
	return text;
}

void buffer_clear(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){0};
}
