/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_news: what came since a snapshot: later snapshots, and which findings one
 * has and the earlier one had not, and the reverse. The cost is that of the rows
 * that were opened or closed in between. A finding whose numbers changed is neither
 * new nor resolved.
 *
 * The rules of store_list.h hold here too.
 */
#ifndef VMASCOPE_SCHEMA_STORE_NEWS_H
#define VMASCOPE_SCHEMA_STORE_NEWS_H

#include <stdint.h>

#include "store_list.h"

enum store_finding_change {
	STORE_FINDINGS_NEW,
	STORE_FINDINGS_RESOLVED,
	STORE_FINDING_CHANGE_COUNT,
};

struct store_finding_change_query {
	enum store_finding_change change;
	int64_t before; /* the earlier snapshot; 0: one that had none */
	int64_t snapshot;
};

/* Ids of the snapshots after one, upwards, at most `room`. */
int store_list_new_snapshots(struct store *store, int64_t after, int64_t *ids, uint32_t room,
			     uint32_t *ret_count);
/* The snapshot there is before another, or 0. */
int store_previous_snapshot(struct store *store, int64_t snapshot, int64_t *ret_id);

struct store_finding_total {
	int64_t count, bytes;
};
int store_count_finding_changes(struct store *store, const struct store_finding_change_query *query,
				struct store_finding_total *ret_total);

/* A new finding as it is, a resolved one as it was. */
struct store_changed_finding_row {
	int64_t id, kind, bytes;
	int64_t pid; /* as in struct store_finding_row; 0: none */
	struct store_text comm;
	int64_t mm_id, anon_vma, root, vm_start;
};

/* struct store_changed_finding_row, at most limit, the largest first. */
int store_list_finding_changes(struct store *store, const struct store_finding_change_query *query,
			       uint32_t limit, store_visit visit, void *context);

/* As store_list_statement(), for this module alone. */
const char *store_news_statement(unsigned int i);

#endif
