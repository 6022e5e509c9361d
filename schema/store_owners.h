/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_owners: reads who has the anon_vmas of a tree active. The rules of
 * store_list.h hold here too.
 */
#ifndef VMASCOPE_SCHEMA_STORE_OWNERS_H
#define VMASCOPE_SCHEMA_STORE_OWNERS_H

#include <stdint.h>

#include "store_list.h"

struct store_owner_row {
	int64_t anon_vma;
	int64_t mms; /* that have it active */
	int64_t pid; /* of the process of these mms that started first, */
	int64_t start_ns; /* then */
	struct store_text comm;
};

/* struct store_owner_row for each anon_vma of the tree that a VMA has active. */
int store_list_owners(struct store *store, int64_t snapshot, int64_t root, store_visit visit,
		      void *context);

/* As store_list_statement(). */
const char *store_owners_statement(unsigned int i);

#endif
