/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_series: what changed over time: the totals of the snapshots, or the
 * rollup of one process or one tree in each of them.
 *
 * Totals are read from the snapshots themselves. A process and a tree are read
 * once, as the versions they had; each snapshot then shows the version that is
 * valid in it, so that their cost is that of the versions and the snapshots, not
 * of the product. The rules of store_list.h hold here too.
 */
#ifndef VMASCOPE_SCHEMA_STORE_SERIES_H
#define VMASCOPE_SCHEMA_STORE_SERIES_H

#include <stdint.h>

#include "store_list.h"

enum store_series_kind {
	STORE_SERIES_TOTALS,
	STORE_SERIES_PROCESS,
	STORE_SERIES_TREE,
	STORE_SERIES_KIND_COUNT,
};

/* The most columns that a kind has. */
#define STORE_SERIES_MAX 32
/* Value of a column that nothing is known of. */
#define STORE_SERIES_NONE INT64_MIN

/* Names of a kind's columns, ended by NULL. Those in _ns are nanoseconds. */
const char *const *store_series_names(enum store_series_kind kind);

/* Times are CLOCK_REALTIME, both ends included. */
struct store_series_query {
	enum store_series_kind kind;
	int64_t subject; /* process id or id of the root, as ids of the store */
	int64_t first_ns, last_ns;
	int64_t boot; /* only its snapshots; 0: of any */
};

/* What there is; zeros where there is nothing. */
struct store_series_range {
	int64_t snapshots;
	int64_t first_ns, last_ns;
	int64_t first_id, last_id;
};

/* Snapshots between two times. */
int store_series_range(struct store *store, const struct store_series_query *query,
		       struct store_series_range *ret_range);

struct store_series;

/*
 * Reads the versions of the subject that snapshots [range->first_id,
 * range->last_id] may show, and narrows the range to the snapshots of its life.
 * A subject that was in none of them leaves a range of no snapshots.
 */
int store_series_open(struct store *store, const struct store_series_query *query,
		      struct store_series_range *range, struct store_series **ret_series);
void store_series_close(struct store_series **series);

/* One snapshot. */
struct store_series_row {
	int64_t snapshot, taken_ns, boot;
	int64_t values[STORE_SERIES_MAX];
};

/* struct store_series_row for each snapshot of the range, by time. */
int store_series_read(struct store_series *series, store_visit visit, void *context);

struct store_subject_row {
	int64_t process_id, pid;
	struct store_text comm; /* the last it had */
};

/* struct store_subject_row for the processes of a pid that snapshots first to last
 * have, the newest first; the same one may come several times in a row. */
int store_list_subjects(struct store *store, int64_t pid, int64_t first, int64_t last,
			store_visit visit, void *context);
/* The same for the process of an id: its versions. */
int store_find_subject(struct store *store, int64_t process_id, int64_t first, int64_t last,
		       store_visit visit, void *context);

/* As store_list_statement(), for this module alone. */
const char *store_series_statement(unsigned int i);

#endif
