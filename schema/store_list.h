/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_list: reads lists from the store, one row at a time.
 *
 * Every list shows the store as of one snapshot, in one order, and starts
 * behind a key, so that a reader goes on where it stopped (keyset paging) and
 * no statement runs longer than its page. Rows are handed to a visit function;
 * a row and its texts are valid until it returns.
 *
 * The functions return 0 or -errno, with store_reason() set; a visit function
 * that returns anything but 0 ends the list, and a negative value is passed on.
 * Several calls see one state of the database between store_read_begin() and
 * store_read_end(). Not thread-safe: one thread uses a store at a time.
 */
#ifndef VMASCOPE_SCHEMA_STORE_LIST_H
#define VMASCOPE_SCHEMA_STORE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store.h"

/* Bytes as the kernel gave them: not checked UTF-8, any control character.
 * bytes is NULL where there is no value. */
struct store_text {
	const char *bytes;
	size_t size;
};

/* Where a list goes on, and how far: behind the row with this key and id, in the
 * order of the list. All zero bytes but limit: from its first row, upwards. */
struct store_page {
	bool descending;
	bool resume; /* else after_key and after_id are not looked at */
	int64_t after_key; /* of the column that orders the list */
	int64_t after_id; /* breaks ties; not looked at where keys are unique */
	uint32_t limit;
};

/* An id of 0 means none, in every row; a filter of 0 or NULL means any. */

struct store_snapshot_row {
	int64_t id;
	int64_t taken_ns; /* CLOCK_REALTIME */
	int64_t pinned;
	int64_t tree_tgid; /* 0: the whole system */
	struct store_text label;
	int64_t boot;
	struct store_text boot_id;
	struct store_text host;
	struct store_text release;
	struct store_text machine;
	int64_t page_size, vma_bytes, anon_vma_bytes, avc_bytes;
	int64_t processes, mms, vmas, anon_vmas, avcs, trees, files;
	int64_t idle_anon_vmas, reusable_anon_vmas, reused_vmas;
	int64_t missed_groups, missed_reuse, blocked_merges, max_chain, max_depth, object_bytes;
	int64_t rmap_max_visits, rmap_covered_pages, rmap_covered_visits;
	int64_t rmap_written_pages, rmap_written_visits, rmap_family_visits;
	struct store_text fork_policy; /* name, or no text: nothing told yet */
	int64_t deep_chain, wide_rmap, wide_lock; /* thresholds of findings */
	int64_t complete; /* nothing torn, cut or undescribed */
	int64_t torn_mms, rewalked_mms, cut_mms, moved_anon_vmas, undescribed_anon_vmas;
	int64_t walk_ns, identity_ns, analyse_ns, store_ns, cpu_ns, stream_bytes;
};

struct store_tree_row {
	int64_t root;
	int64_t pid; /* of the oldest process in it */
	struct store_text comm;
	struct store_text exe;
	int64_t anon_vmas, idle_anon_vmas, reusable_anon_vmas;
	int64_t vmas, reused_vmas, avcs, mms, depth, max_chain;
	int64_t torn; /* an mm in it is torn or cut */
	int64_t missed_groups, missed_reuse, tree_bytes;
	int64_t rmap_max_visits, rmap_covered_pages, rmap_covered_visits;
	int64_t rmap_written_pages, rmap_written_visits;
	int64_t rwsem_count; /* of the root when it was read, raw; 0: idle */
	int64_t sort_key; /* value of the column that orders the list */
};

/* What a list of trees is ordered by; the root id breaks ties. */
enum store_tree_sort {
	STORE_TREES_BY_MISSED_REUSE,
	STORE_TREES_BY_ANON_VMAS,
	STORE_TREES_BY_AVCS,
	STORE_TREES_BY_VMAS,
	STORE_TREES_BY_MMS,
	STORE_TREES_BY_DEPTH,
	STORE_TREES_BY_MAX_CHAIN,
	STORE_TREES_BY_TREE_BYTES,
	STORE_TREES_BY_RMAP_MAX_VISITS,
	STORE_TREES_BY_ROOT,
	STORE_TREE_SORT_COUNT,
};

/* row points to the struct that the called function names. */
typedef int (*store_visit)(void *context, const void *row);

/* Opens and closes a read transaction; end is safe without begin, and takes the
 * deadline away. */
int store_read_begin(struct store *store);
void store_read_end(struct store *store);

/* struct store_snapshot_row, newest first: ids below `before`, at most limit rows. */
int store_list_snapshots(struct store *store, int64_t before, uint32_t limit, store_visit visit,
			 void *context);
/* Calls visit once, or never if there is no such snapshot. */
int store_find_snapshot(struct store *store, int64_t id, store_visit visit, void *context);
int store_count_snapshots(struct store *store, int64_t *ret_count);
/* The highest id that any snapshot ever had, 0 before the first: ids are never
 * used twice, so one up to this that is not there was deleted. */
int store_last_snapshot_id(struct store *store, int64_t *ret_id);

struct store_snapshot_query {
	struct store_page page; /* by id */
	const char *label; /* exactly this one */
	bool with_pinned; /* only those whose pinned is: */
	bool pinned;
	int64_t since_ns, until_ns; /* taken from and to, both included */
};

/* struct store_snapshot_row. */
int store_query_snapshots(struct store *store, const struct store_snapshot_query *query,
			  store_visit visit, void *context);

struct store_tree_query {
	int64_t snapshot;
	enum store_tree_sort sort;
	struct store_page page;
	int64_t min_missed_reuse, min_anon_vmas;
	int64_t mm_id; /* with a VMA of this mm */
	const char *comm; /* of the oldest process, exactly */
	const char *exe; /* the same */
	const char *search; /* in comm or exe, whatever the case, or the root's id */
};

/* struct store_tree_row. */
int store_list_trees(struct store *store, const struct store_tree_query *query, store_visit visit,
		     void *context);
/* Calls visit once, or never if the snapshot has no such tree. */
int store_find_tree(struct store *store, int64_t snapshot, int64_t root, store_visit visit,
		    void *context);

/* The i-th SQL statement of this module, NULL past the last: for tests that ask
 * SQLite how it would run it. Every module that lists something has such a
 * function. */
const char *store_list_statement(unsigned int i);

#endif
