/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_processes: reads the processes of a snapshot, one by one or taken
 * together by what they execute. The rules of store_list.h hold here too.
 */
#ifndef VMASCOPE_SCHEMA_STORE_PROCESSES_H
#define VMASCOPE_SCHEMA_STORE_PROCESSES_H

#include <stdint.h>

#include "store_list.h"

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
	int64_t object_bytes; /* of VMAs, AVCs and active anon_vmas */
	int64_t map_count;
	int64_t torn, cut;
	/* what the next fork() allocates, and what if nothing were missed or blocked */
	int64_t fork_vmas, fork_anon_vmas, fork_avcs, fork_bytes;
	int64_t undone_vmas, undone_anon_vmas, undone_avcs, undone_bytes;
	int64_t anon_rss_bytes, file_rss_bytes, shmem_rss_bytes, swap_bytes, pgtables_bytes;
	int64_t sort_key; /* value of the column that orders the list */
};

/* What a list of processes is ordered by; the pid breaks ties. */
enum store_process_sort {
	STORE_PROCESSES_BY_PID,
	STORE_PROCESSES_BY_VMAS,
	STORE_PROCESSES_BY_ANON_VMAS,
	STORE_PROCESSES_BY_AVCS,
	STORE_PROCESSES_BY_MISSED_REUSE,
	STORE_PROCESSES_BY_MAX_CHAIN,
	STORE_PROCESSES_BY_OBJECT_BYTES,
	STORE_PROCESSES_BY_FORK_BYTES,
	STORE_PROCESSES_BY_ANON_RSS_BYTES,
	STORE_PROCESS_SORT_COUNT,
};

struct store_process_query {
	int64_t snapshot;
	enum store_process_sort sort;
	struct store_page page;
	int64_t pid;
	const char *comm, *exe, *cgroup; /* exactly */
	const int64_t *uid; /* 0 is one too */
	int64_t min_missed_reuse;
	const char *search; /* in comm, exe or cgroup, whatever the case, or the pid */
};

/* struct store_process_row. */
int store_list_processes(struct store *store, const struct store_process_query *query,
			 store_visit visit, void *context);
/* Calls visit once, or never if no process had that pid. */
int store_find_process(struct store *store, int64_t snapshot, int64_t pid, store_visit visit,
		       void *context);

/*
 * The processes that execute one file, as one row. Processes that share an mm
 * count as one where its VMAs are summed up; a tree belongs to the file that its
 * oldest process executes.
 */
struct store_executable_row {
	int64_t id; /* names the row within the snapshot */
	struct store_text exe; /* NULL: not known */
	struct store_text comm; /* NULL: they have several */
	int64_t processes, mms;
	/* sums over the mms */
	int64_t vmas, missed_reuse, blocked_merges, fork_bytes, anon_rss_bytes;
	int64_t max_chain; /* the longest of all */
	int64_t trees;
	/* sums over the trees */
	int64_t anon_vmas, idle_anon_vmas, reusable_anon_vmas, avcs, tree_bytes;
	int64_t depth, rmap_max_visits; /* the largest of all */
	int64_t sort_key; /* value of the column that orders the list */
};

/* What a list of executables is ordered by; the id breaks ties. */
enum store_executable_sort {
	STORE_EXECUTABLES_BY_TREE_BYTES,
	STORE_EXECUTABLES_BY_PROCESSES,
	STORE_EXECUTABLES_BY_TREES,
	STORE_EXECUTABLES_BY_VMAS,
	STORE_EXECUTABLES_BY_ANON_VMAS,
	STORE_EXECUTABLES_BY_AVCS,
	STORE_EXECUTABLES_BY_MISSED_REUSE,
	STORE_EXECUTABLES_BY_MAX_CHAIN,
	STORE_EXECUTABLES_BY_FORK_BYTES,
	STORE_EXECUTABLES_BY_ANON_RSS_BYTES,
	STORE_EXECUTABLE_SORT_COUNT,
};

struct store_executable_query {
	int64_t snapshot;
	enum store_executable_sort sort;
	struct store_page page;
	const char *search; /* in exe or in the comm of a process, whatever the case */
};

/* struct store_executable_row. */
int store_list_executables(struct store *store, const struct store_executable_query *query,
			   store_visit visit, void *context);

/* As store_list_statement(). */
const char *store_processes_statement(unsigned int i);

#endif
