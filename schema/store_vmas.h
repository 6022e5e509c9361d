/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_vmas: reads VMAs and anon_vmas of a snapshot. The rules of store_list.h
 * hold here too.
 */
#ifndef VMASCOPE_SCHEMA_STORE_VMAS_H
#define VMASCOPE_SCHEMA_STORE_VMAS_H

#include <stdint.h>

#include "store_list.h"

struct store_vma_row {
	int64_t row; /* orders the list of all */
	int64_t mm_id;
	int64_t pid; /* of the mm's owner; only the list of all has it, and comm */
	struct store_text comm;
	int64_t vm_start, vm_end, vm_pgoff, vm_flags;
	int64_t has_file;
	int64_t dev, ino; /* kernel dev_t: major << 20 | minor */
	struct store_text path;
	struct store_text name; /* of anonymous memory */
	int64_t anon_vma, root;
	int64_t reused; /* the active one is a dead ancestor's */
	struct store_text chain; /* see store_chain.h */
	int64_t has_anon_pgoff;
	int64_t anon_pgoff;
	int64_t numa_policy;
};

struct store_vma_query {
	int64_t snapshot;
	struct store_page page; /* upwards */
	int64_t mm_id;
	int64_t anon_vma; /* this one is active */
	int64_t root;
	const char *path; /* exactly */
};

/* struct store_vma_row of one mm, by vm_start. */
int store_list_vmas(struct store *store, const struct store_vma_query *query, store_visit visit,
		    void *context);
/* struct store_vma_row of all mms, or of one; by row, the order in which they were
 * written. */
int store_list_all_vmas(struct store *store, const struct store_vma_query *query, store_visit visit,
			void *context);

struct store_anon_vma_row {
	int64_t id, root, parent; /* a root is its own parent */
	int64_t since, since_taken_ns; /* first snapshot there is that had it */
};

/* Calls visit once with a struct store_anon_vma_row, or never if the snapshot has
 * no such anon_vma. */
int store_find_anon_vma(struct store *store, int64_t snapshot, int64_t id, store_visit visit,
			void *context);

/* As store_list_statement(). */
const char *store_vmas_statement(unsigned int i);

#endif
