/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * param: the parameters that requests may carry, in the path or in the query,
 * and the check of each. One table (param_table.c); a route names the ones it takes.
 */
#ifndef VMASCOPE_SERVER_PARAM_H
#define VMASCOPE_SERVER_PARAM_H

#include <stdbool.h>
#include <stdint.h>

#include "problem.h"

enum param_id {
	PARAM_NONE, /* ends a list */
	PARAM_SNAPSHOT,
	PARAM_PID,
	PARAM_ROOT,
	PARAM_LIMIT,
	PARAM_CURSOR,
	PARAM_COMM,
	PARAM_TREE_SORT,
	PARAM_KIND,
	PARAM_MIN_BYTES,
	PARAM_FINDING_SORT,
	PARAM_POLICY,
	PARAM_ANON_VMA,
	PARAM_FORMAT,
	PARAM_FIELDS,
	PARAM_SEARCH,
	PARAM_EXE,
	PARAM_CGROUP,
	PARAM_UID,
	PARAM_PATH,
	PARAM_MIN_MISSED_REUSE,
	PARAM_MIN_ANON_VMAS,
	PARAM_PROCESS_SORT,
	PARAM_EXECUTABLE_SORT,
	PARAM_SNAPSHOT_SORT,
	PARAM_LABEL,
	PARAM_PINNED,
	PARAM_SINCE,
	PARAM_UNTIL,
	PARAM_STATS_FROM,
	PARAM_STATS_TO,
	PARAM_STEP,
	PARAM_POINTS,
	PARAM_BOOT,
	PARAM_PROCESS_ID,
	PARAM_SERIES,
	PARAM_LAST_EVENT_ID,
	PARAM_DIFF_FROM,
	PARAM_DIFF_TO,
	PARAM_DIFF_SECTION,
	PARAM_DIFF_STATE,
	PARAM_MIN_CHANGE,
	PARAM_COUNT,
};

enum param_type {
	PARAM_INTEGER, /* value: the integer */
	PARAM_SNAPSHOT_ID, /* value: the id, or 0 for "latest" */
	PARAM_TEXT, /* value: text, of min to max bytes */
	PARAM_TIME, /* value: nanoseconds since 1970, of an RFC 3339 time */
	PARAM_DURATION, /* value: seconds */
	PARAM_CHOICE, /* value: index of the choice */
	PARAM_SORT, /* the same; descending: came with a "-" */
};

struct param {
	const char *name;
	const char *description;
	const char *fallback; /* as text; NULL: absent if not given */
	const char *(*choice)(int64_t index); /* its name, NULL past the last */
	int64_t min, max;
	enum param_type type;
};

extern const struct param params[PARAM_COUNT];

/* A checked value. All zero bytes: not given. */
struct param_value {
	const char *text; /* as given; NULL: absent */
	int64_t integer;
	bool descending;
};

/* Checks text for the parameter. The value keeps the pointer. 0, or -EPROTO with
 * a problem that says what would be right. */
int param_read(enum param_id id, const char *text, struct param_value *ret_value,
	       struct problem *problem);
/* PARAM_NONE if no parameter of the list (ended by PARAM_NONE) has the name. */
enum param_id param_find(const uint8_t *list, const char *name);

#endif
