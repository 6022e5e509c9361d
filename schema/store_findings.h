/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_findings: reads findings, and how the invariants fared, from the store,
 * one row at a time. The rules of store_list.h hold here too.
 */
#ifndef VMASCOPE_SCHEMA_STORE_FINDINGS_H
#define VMASCOPE_SCHEMA_STORE_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "store_list.h"

/* As in struct finding; an id of 0 means none. */
struct store_finding_row {
	int64_t id, kind, rule;
	int64_t since, since_taken_ns; /* first snapshot there is that had it */
	int64_t pid; /* of the mm's owner; of a tree's oldest process */
	struct store_text comm;
	int64_t mm_id, anon_vma, root, vm_start;
	int64_t size, detail_1, detail_2;
	int64_t vmas, anon_vmas, avcs, bytes;
	int64_t sort_key; /* value of the column that orders the list */
};

/* What a list of findings is ordered by; the id breaks ties. */
enum store_finding_sort {
	STORE_FINDINGS_BY_BYTES,
	STORE_FINDINGS_BY_SIZE,
	STORE_FINDINGS_BY_ID,
	STORE_FINDING_SORT_COUNT,
};

struct store_finding_query {
	int64_t snapshot;
	enum store_finding_sort sort;
	struct store_page page;
	/* filters; all zero bytes is none */
	bool one_kind; /* only this kind: */
	int64_t kind;
	int64_t min_bytes;
	int64_t root; /* of this tree */
	int64_t anon_vma; /* about this one */
	int64_t mm_id; /* in this mm, and in trees whose oldest process is this: */
	int64_t process_id;
	const char *comm, *exe; /* of the row's process, exactly */
};

/* struct store_finding_row. */
int store_list_findings(struct store *store, const struct store_finding_query *query,
			store_visit visit, void *context);

struct store_finding_count_row {
	int64_t kind, count, bytes;
};

/* struct store_finding_count_row for each kind that the snapshot has. */
int store_count_findings(struct store *store, int64_t snapshot, store_visit visit, void *context);

/* A VMA that has the parent of a missed group active. */
struct store_split_parent_row {
	int64_t anon_vma; /* the parent */
	int64_t mm_id;
	int64_t pid;
	struct store_text comm;
	int64_t vm_start;
};

/*
 * struct store_split_parent_row for all groups of one tree at once (VMAs are
 * found by tree, and groups of one tree often have one parent): by anon_vma,
 * then the oldest process, then vm_start.
 */
int store_list_split_parents(struct store *store, int64_t snapshot, int64_t root, store_visit visit,
			     void *context);

struct store_invariant_row {
	int64_t rule;
	int64_t checked, held, violated;
	int64_t torn, moved, not_shown, pinned, in_flight, first_fault, seen_once;
};

/* struct store_invariant_row, by rule. */
int store_list_invariants(struct store *store, int64_t snapshot, store_visit visit, void *context);

/* As store_list_statement(). */
const char *store_findings_statement(unsigned int i);

#endif
