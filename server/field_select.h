/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * field_select: the part of a table that a client asks for: "pid,comm,fork.bytes".
 */
#ifndef VMASCOPE_SERVER_FIELD_SELECT_H
#define VMASCOPE_SERVER_FIELD_SELECT_H

#include <stddef.h>

#include "field.h"
#include "problem.h"

/* More than any table has, with its groups and their ends; a test selects all of
 * each. */
#define FIELD_SELECTION_MAX 96

/* A table of its own, made of rows of another. */
struct field_selection {
	struct field fields[FIELD_SELECTION_MAX];
	size_t used;
};

/*
 * Takes the fields whose names are in the list, separated by commas, in the order
 * of the table; a group's name stands for all of the group. 0, or -EPROTO with the
 * problem where a name is not in the table. The selection points into itself: it
 * must not be moved.
 */
int field_select(const struct field *table, const char *list, struct field_selection *selection,
		 struct problem *problem);

#endif
