/* SPDX-License-Identifier: GPL-2.0-only */
#include "etag.h"

#include <stddef.h>
#include <string.h>

/* It is no tag and stands alone. */
static bool is_star(const char *if_none_match)
{
	const char *star = if_none_match + strspn(if_none_match, " \t");

	return *star == '*' && star[1 + strspn(star + 1, " \t")] == '\0';
}

/* Our tags hold neither a comma nor a space, so that a tag of the list that does
 * may be cut there without looking like one of ours. */
bool etag_matches(const char *if_none_match, const char *etag)
{
	const char *at = if_none_match;

	if (at && is_star(at))
		return true;
	while (at && *at) {
		size_t size;

		at += strspn(at, ", \t");
		/* If-None-Match compares weakly: W/ makes no difference */
		if (strncmp(at, "W/", 2) == 0)
			at += 2;
		size = strcspn(at, ", \t");
		if (size && size == strlen(etag) && memcmp(at, etag, size) == 0)
			return true;
		at += size;
	}
	return false;
}
