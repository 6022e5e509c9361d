/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_diff: what is different between two snapshots, one row at a time. The
 * rules of store_list.h hold here too.
 *
 * Snapshots of one boot are compared by identity, at a cost that follows what
 * changed between them and not what there is: only rows that were closed or
 * opened between the two are read. What changed and changed back is the same and
 * is no row. `to` may be older than `from`; then what was born in between is
 * removed.
 *
 * A file that got another name is the same file: what maps or runs it did not
 * change.
 *
 * An object is the same one in both where it has the same id. A VMA has none:
 * within an mm it is the one with the same vm_start; of those that are left, the
 * one with the same vm_end (its start moved: a stack that grew, a head that was
 * unmapped). So a split is one VMA that shrank and those that were added.
 *
 * Across boots ids have nothing to do with each other, and only names (comm and
 * executable) can be compared; that reads all processes of both snapshots.
 */
#ifndef VMASCOPE_SCHEMA_STORE_DIFF_H
#define VMASCOPE_SCHEMA_STORE_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "store_list.h"

enum store_diff_section {
	STORE_DIFF_PROCESSES,
	STORE_DIFF_TREES,
	STORE_DIFF_ANON_VMAS,
	STORE_DIFF_VMAS,
	STORE_DIFF_FINDINGS,
	STORE_DIFF_NAMES, /* the only one across boots */
	STORE_DIFF_SECTION_COUNT,
};

enum store_diff_state {
	STORE_DIFF_ADDED, /* only `to` has it */
	STORE_DIFF_REMOVED, /* only `from` has it */
	STORE_DIFF_EXECED, /* a process that runs another program, or the same anew */
	STORE_DIFF_GROWN,
	STORE_DIFF_SHRUNK,
	STORE_DIFF_CHANGED, /* as large as before, but not the same */
	STORE_DIFF_STATE_COUNT,
};

/*
 * How every row begins. What `change` measures, and so what grown and shrunk
 * mean:
 *   processes, names         object_bytes
 *   trees                    tree_bytes
 *   anon_vmas                num_children + num_active_vmas
 *   vmas                     chain_length: the AVCs
 *   findings                 bytes; where they are equal, size tells the state
 */
struct store_diff_head {
	int64_t state; /* enum store_diff_state */
	int64_t change; /* after - before; 0 stands for what is not there */
	int64_t sort_key, id; /* position in the list */
};

/* Of the rows below: before is as of `from`, after as of `to`, all zero bytes
 * where there is none. Names of processes are those of `to` where it has them. */

struct store_diff_process {
	int64_t ppid, uid, exec_id;
	struct store_text comm, exe, cgroup;
	int64_t exe_id; /* file.id */
	int64_t mm_id;
	int64_t vmas, anon_vmas, avcs, trees, reused_vmas;
	int64_t missed_groups, missed_reuse, blocked_merges, max_chain, map_count;
	int64_t fork_vmas, fork_anon_vmas, fork_avcs, fork_bytes; /* of the next fork() */
	int64_t object_bytes; /* of VMAs, AVCs and active anon_vmas */
	int64_t torn, cut;
};

struct store_diff_process_row {
	struct store_diff_head head; /* id: process.id */
	int64_t pid;
	struct store_text comm, exe;
	struct store_diff_process before, after;
};

struct store_diff_tree {
	int64_t anon_vmas, idle_anon_vmas, reusable_anon_vmas;
	int64_t vmas, reused_vmas, avcs, mms, depth, max_chain;
	int64_t missed_groups, missed_reuse, tree_bytes;
	int64_t rmap_max_visits, rmap_covered_pages, rmap_covered_visits;
	int64_t rmap_written_pages, rmap_written_visits;
	int64_t torn;
};

struct store_diff_tree_row {
	struct store_diff_head head; /* id: the root's */
	int64_t pid; /* of the oldest process in it */
	struct store_text comm, exe;
	struct store_diff_tree before, after;
};

struct store_diff_anon_vma {
	int64_t root, parent; /* own id for a root */
	int64_t num_children, num_active_vmas, refcount, described;
};

struct store_diff_anon_vma_row {
	struct store_diff_head head; /* id: anon_vma.id */
	int64_t root;
	int64_t pid; /* of the oldest process in its tree */
	struct store_text comm;
	struct store_diff_anon_vma before, after;
};

struct store_diff_vma {
	int64_t vm_start, vm_end, vm_pgoff, has_anon_pgoff, anon_pgoff, vm_flags;
	int64_t file_id;
	struct store_text path, name;
	int64_t numa_policy, anon_vma, root, reused, chain_length;
	struct store_text chain; /* see store_chain.h */
};

struct store_diff_vma_row {
	struct store_diff_head head; /* by mm (sort_key) and vm_start (id) */
	int64_t mm_id;
	int64_t pid; /* of the oldest process that has the mm */
	struct store_text comm;
	struct store_diff_vma before, after;
};

struct store_diff_finding {
	int64_t root, vm_start; /* of deep_chain, where it is longest */
	int64_t size, detail_1, detail_2, vmas, anon_vmas, avcs, bytes;
};

struct store_diff_finding_row {
	struct store_diff_head head; /* id: finding.id */
	int64_t kind, rule, mm_id, anon_vma;
	int64_t pid; /* of the mm's owner; of a tree's oldest process */
	struct store_text comm;
	struct store_diff_finding before, after;
};

/* Sums over the processes of one name; an mm counts for its owner only. */
struct store_diff_name {
	int64_t processes, vmas, anon_vmas, avcs, missed_reuse, object_bytes;
};

struct store_diff_name_row {
	struct store_diff_head head; /* id: of nothing but this list */
	struct store_text comm, exe;
	struct store_diff_name before, after;
};

struct store_diff {
	int64_t from, to; /* snapshots that there are */
};

struct store_diff_query {
	struct store_diff diff;
	enum store_diff_section section;
	struct store_page page; /* descending is not looked at */
	/* filters; all zero bytes is none */
	bool one_state; /* only this one: */
	enum store_diff_state state;
	int64_t min_change; /* |change| of at least this */
	int64_t root; /* of trees, anon_vmas, vmas, findings */
	int64_t pid; /* that it had in either snapshot; of processes, vmas, findings */
};

/* struct store_diff_…_row of the section: the largest changes first, VMAs by mm
 * and vm_start. */
int store_diff_list(struct store *store, const struct store_diff_query *query, store_visit visit,
		    void *context);
/* How many rows of each state the section has. */
int store_diff_count(struct store *store, const struct store_diff *diff,
		     enum store_diff_section section, int64_t ret_counts[STORE_DIFF_STATE_COUNT]);

/* As store_list_statement(), for this module. */
const char *store_diff_statement(unsigned int i);

#endif
