/* SPDX-License-Identifier: GPL-2.0-only */
#include "accept.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum specificity {
	COVERS_NOT,
	COVERS_ALL, /* a star */
	COVERS_TYPE, /* text and a star */
	COVERS_EXACTLY,
};

static enum specificity covers(const char *range, size_t size, const char *value)
{
	const char *slash = strchr(value, '/');

	if (size == strlen(value) && strncasecmp(range, value, size) == 0)
		return COVERS_EXACTLY;
	if (slash && size == (size_t)(slash - value) + 2 && range[size - 1] == '*' &&
	    strncasecmp(range, value, size - 1) == 0)
		return COVERS_TYPE;
	if (slash ? size == 3 && memcmp(range, "*/*", 3) == 0 : size == 1 && *range == '*')
		return COVERS_ALL;
	return COVERS_NOT;
}

/* "0.25" as 250; anything that is no weight as ACCEPT_BEST, as if it were not
 * there. */
static int read_weight(const char *text)
{
	int weight = 0, scale = ACCEPT_BEST / 10;

	if (*text != '0')
		return ACCEPT_BEST;
	if (text[1] != '.')
		return 0;
	for (text += 2; isdigit((unsigned char)*text) && scale; text++, scale /= 10)
		weight += (*text - '0') * scale;
	return weight;
}

/* The weight among the parameters of an element, which are up to `end`. */
static int find_weight(const char *at, const char *end)
{
	while ((at = memchr(at, ';', (size_t)(end - at)))) {
		at++;
		at += strspn(at, " \t");
		if (strncasecmp(at, "q=", 2) == 0)
			return read_weight(at + 2);
	}
	return ACCEPT_BEST;
}

int accept_quality(const char *header, const char *value)
{
	enum specificity best = COVERS_NOT;
	int quality = -1;

	for (const char *at = header; *at;) {
		const char *end = at + strcspn(at, ",");
		enum specificity found;

		at += strspn(at, " \t"); /* stops at the comma, if at nothing else */
		found = covers(at, strcspn(at, " \t;,"), value);
		if (found > best) {
			best = found;
			quality = find_weight(at, end);
		}
		at = *end ? end + 1 : end;
	}
	return quality;
}
