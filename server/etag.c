/* SPDX-License-Identifier: GPL-2.0-only */
#include "etag.h"

#include <stddef.h>
#include <string.h>

/* Our tags hold neither a comma nor a space, so that a tag of the list that does
 * may be cut there without looking like one of ours. */
bool etag_matches(const char *if_none_match, const char *etag)
{
	const char *at = if_none_match;

	while (at && *at) {
		size_t size;

		at += strspn(at, ", \t");
		/* If-None-Match compares weakly: W/ makes no difference */
		if (strncmp(at, "W/", 2) == 0)
			at += 2;
		size = strcspn(at, ", \t");
		if (size == 1 && *at == '*')
			return true;
		if (size && size == strlen(etag) && memcmp(at, etag, size) == 0)
			return true;
		at += size;
	}
	return false;
}
