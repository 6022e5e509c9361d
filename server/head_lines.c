/* SPDX-License-Identifier: GPL-2.0-only */
#include "head_lines.h"

#include <string.h>

/* Behind the CR and LF at the end of a text, or NULL if they are not there. */
static const char *skip_line_end(const char *end)
{
	return end[0] == '\0' && end[1] == '\0' ? end + 2 : NULL;
}

const char *head_lines_end(const char *version, const struct wire_header *headers, size_t count)
{
	const char *at = skip_line_end(version + strlen(version));

	for (size_t i = 0; i < count && at; i++) {
		if (headers[i].name != at)
			return NULL;
		at += strlen(at) + 1; /* the colon */
		at += strspn(at, " \t");
		if (headers[i].value != at)
			return NULL;
		at = skip_line_end(at + strlen(at));
	}
	return at ? skip_line_end(at) : NULL;
}
