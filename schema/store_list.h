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

/* An id of 0 means none, in every row. */

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

struct store_process_row {
	int64_t pid, ppid, uid;
	struct store_text comm;
	struct store_text exe;
	int64_t start_ns; /* CLOCK_BOOTTIME */
	struct store_text cgroup;
	int64_t process_id, mm_id;
	int64_t mm_shared; /* another process has the same mm */
	int64_t vmas, anon_vmas, avcs, trees, reused_vmas;
	int64_t missed_groups, missed_reuse, blocked_merges, max_chain;
	int64_t map_count;
	int64_t torn, cut;
	/* what the next fork() allocates, and what if nothing were missed or blocked */
	int64_t fork_vmas, fork_anon_vmas, fork_avcs, fork_bytes;
	int64_t undone_vmas, undone_anon_vmas, undone_avcs, undone_bytes;
	int64_t anon_rss_bytes, file_rss_bytes, shmem_rss_bytes, swap_bytes, pgtables_bytes;
};

struct store_vma_row {
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

struct store_tree_row {
	int64_t root;
	int64_t pid; /* of the oldest process in it */
	struct store_text comm;
	struct store_text exe;
	int64_t anon_vmas, idle_anon_vmas, reusable_anon_vmas;
	int64_t vmas, reused_vmas, avcs, mms, depth, max_chain;
	int64_t torn; /* an mm in it is torn or cut */
	int64_t missed_groups, missed_reuse, object_bytes;
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
	STORE_TREES_BY_OBJECT_BYTES,
	STORE_TREES_BY_RMAP_MAX_VISITS,
	STORE_TREES_BY_ROOT,
	STORE_TREE_SORT_COUNT,
};

/* row points to the struct that the called function names. */
typedef int (*store_visit)(void *context, const void *row);

/* Opens and closes a read transaction; end is safe without begin. */
int store_read_begin(struct store *store);
void store_read_end(struct store *store);

/* struct store_snapshot_row, newest first: ids below `before`, at most limit rows. */
int store_list_snapshots(struct store *store, int64_t before, uint32_t limit, store_visit visit,
			 void *context);
/* Calls visit once, or never if there is no such snapshot. */
int store_find_snapshot(struct store *store, int64_t id, store_visit visit, void *context);
int store_count_snapshots(struct store *store, int64_t *ret_count);

struct store_process_query {
	int64_t snapshot;
	int64_t after_pid; /* pids above this one, at first -1 */
	int64_t last_pid; /* and up to this one, else INT64_MAX */
	const char *comm; /* exactly this one, or NULL */
	uint32_t limit;
};

/* struct store_process_row, by pid, upwards. */
int store_list_processes(struct store *store, const struct store_process_query *query,
			 store_visit visit, void *context);
/* Calls visit once, or never if no process had that pid. */
int store_find_process(struct store *store, int64_t snapshot, int64_t pid, store_visit visit,
		       void *context);

struct store_vma_query {
	int64_t snapshot;
	int64_t mm_id;
	int64_t after_start; /* vm_start above this one, at first -1 */
	uint32_t limit;
};

/* struct store_vma_row, by vm_start, upwards. */
int store_list_vmas(struct store *store, const struct store_vma_query *query, store_visit visit,
		    void *context);

struct store_tree_query {
	int64_t snapshot;
	enum store_tree_sort sort;
	bool descending;
	bool resume; /* start behind (after_key, after_root) */
	int64_t after_key;
	int64_t after_root;
	uint32_t limit;
};

/* struct store_tree_row. */
int store_list_trees(struct store *store, const struct store_tree_query *query, store_visit visit,
		     void *context);
/* Calls visit once, or never if the snapshot has no such tree. */
int store_find_tree(struct store *store, int64_t snapshot, int64_t root, store_visit visit,
		    void *context);

/* The i-th SQL statement of this module and of store_findings, NULL past the
 * last: for tests that ask SQLite how it would run it. */
const char *store_list_statement(unsigned int i);

#endif
