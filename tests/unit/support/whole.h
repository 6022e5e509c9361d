/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * whole: two snapshots that are read completely and compared object by object:
 * what a diff has to find, at the cost of looking at everything.
 *
 * An object that differs is a line of text: group/key, state, change, [values
 * before] [values after].
 */
#ifndef VMASCOPE_TESTS_SUPPORT_WHOLE_H
#define VMASCOPE_TESTS_SUPPORT_WHOLE_H

#include <stdint.h>

#include "schema/store_diff.h"

#define WHOLE_VALUES 700 /* bytes of text */

struct object;

struct objects {
	struct object *items;
	uint32_t count, capacity;
};

/* All of a snapshot, by section; names are left out. All zero bytes is empty. */
struct whole {
	struct objects sections[STORE_DIFF_SECTION_COUNT];
};

void whole_read(struct store *store, int64_t snapshot, struct whole *whole);
void whole_clear(struct whole *whole);

/* The lines, sorted, and how many there are of each state. The caller frees. */
char *whole_compare(struct whole *from, struct whole *to, enum store_diff_section section,
		    int64_t ret_counts[STORE_DIFF_STATE_COUNT]);

/* The values of both sides of a row of store_diff_list() as such a line has them. */
void whole_print_row(enum store_diff_section section, const void *row, char before[WHOLE_VALUES],
		     char after[WHOLE_VALUES]);
/* Frees the text and gives another with its lines sorted. */
char *whole_sort_lines(char *text);

#endif
