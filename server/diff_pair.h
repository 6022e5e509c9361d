/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diff_pair: the two snapshots of a comparison, as they are introduced.
 */
#ifndef VMASCOPE_SERVER_DIFF_PAIR_H
#define VMASCOPE_SERVER_DIFF_PAIR_H

#include <stdbool.h>

#include "call.h"
#include "field.h"
#include "json_writer.h"
#include "problem.h"
#include "schema/store_list.h"

/* Only the numbers of the rows are there, not the texts. */
struct diff_pair {
	struct store_snapshot_row before, after;
};

/* The members that diff_pair_write() writes. */
extern const struct field diff_pair_shape[];

/* 0 or -errno. */
int diff_pair_read(const struct call *call, struct diff_pair *ret_pair);
/* The same, and writes the members "from", "to", "same_boot" and "reason" into
 * the object that is open. */
int diff_pair_write(struct json_writer *json, const struct call *call, struct diff_pair *ret_pair);

static inline bool diff_pair_same_boot(const struct diff_pair *pair)
{
	return pair->before.boot == pair->after.boot;
}

/* -EPROTO: what asks for objects by identity cannot have them across boots. */
int diff_pair_refuse(const struct diff_pair *pair, struct problem *problem);

#endif
