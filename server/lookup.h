/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lookup: finds the process or the tree that a request names, or tells the
 * client that the snapshot has no such one.
 */
#ifndef VMASCOPE_SERVER_LOOKUP_H
#define VMASCOPE_SERVER_LOOKUP_H

#include <stdint.h>

#include "call.h"
#include "problem.h"
#include "schema/store_list.h"

/* What other queries need of a process. */
struct lookup_process {
	int64_t pid;
	int64_t process_id, mm_id;
	int64_t vmas, avcs;
	char comm[MODEL_COMM_SIZE];
};

/* The process of the parameter pid. 0, or -EPROTO with a 404, or -errno. */
int lookup_process(const struct call *call, struct lookup_process *ret_process,
		   struct problem *problem);
/* Calls visit with the struct store_tree_row of the parameter root. 0, or -EPROTO
 * with a 404, or -errno. */
int lookup_tree(const struct call *call, store_visit visit, void *context, struct problem *problem);

/* The 404s themselves, -EPROTO. */
int lookup_no_process(const struct call *call, struct problem *problem);
int lookup_no_tree(const struct call *call, struct problem *problem);

/* Copies what fits and a NUL; room is not 0. */
void lookup_copy_text(const struct store_text *text, char *copy, size_t room);

#endif
