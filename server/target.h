/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target: the path and the query of a request, decoded.
 *
 * Only the origin form is taken ("/path?query"). Every decoded text is UTF-8
 * without NUL. In the query + is a space, as forms and URLSearchParams send it.
 */
#ifndef VMASCOPE_SERVER_TARGET_H
#define VMASCOPE_SERVER_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "problem.h"

#define TARGET_SEGMENTS_MAX 12
#define TARGET_PAIRS_MAX 32

struct target_pair {
	const char *name;
	const char *value;
};

/* All zero bytes is empty. */
struct target {
	const char *raw; /* what was parsed; not owned */
	const char *raw_query; /* in raw, behind the ?; NULL without one */
	char *text; /* owns the decoded texts */
	const char *segments[TARGET_SEGMENTS_MAX]; /* "/a/b" is {"a", "b"}, "/" is {""} */
	size_t segment_count;
	struct target_pair pairs[TARGET_PAIRS_MAX];
	size_t pair_count;
};

/* 0, -ENOMEM, or -EPROTO with the problem. Clear the target in any case. */
int target_parse(struct target *target, const char *raw, struct problem *problem);
void target_clear(struct target *target);

/* Appends the path with segment `at` replaced, and the query, as they came. */
void target_write_replaced(const struct target *target, size_t at, const char *segment,
			   struct buffer *buffer);
/* Appends path and query, the query's pair `name` taken out and put at the end
 * with a new value; safe inside <> in a Link header. */
void target_write_with(const struct target *target, const char *name, const char *value,
		       struct buffer *buffer);

#endif
