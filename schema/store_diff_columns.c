/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_diff_columns.h"

#define HEAD(type)                                                         \
	STORE_INTEGER(type, head.state), STORE_INTEGER(type, head.change), \
		STORE_INTEGER(type, head.sort_key), STORE_INTEGER(type, head.id)
#define INTEGERS(type, member) STORE_INTEGER(type, before.member), STORE_INTEGER(type, after.member)
#define TEXTS(type, member) STORE_TEXT(type, before.member), STORE_TEXT(type, after.member)

static const struct store_column process_columns[] = {
	HEAD(diff_process),
	STORE_INTEGER(diff_process, pid),
	STORE_TEXT(diff_process, comm),
	STORE_TEXT(diff_process, exe),
	INTEGERS(diff_process, ppid),
	INTEGERS(diff_process, uid),
	INTEGERS(diff_process, exec_id),
	TEXTS(diff_process, comm),
	INTEGERS(diff_process, exe_id),
	INTEGERS(diff_process, mm_id),
	INTEGERS(diff_process, vmas),
	INTEGERS(diff_process, anon_vmas),
	INTEGERS(diff_process, avcs),
	INTEGERS(diff_process, trees),
	INTEGERS(diff_process, reused_vmas),
	INTEGERS(diff_process, missed_groups),
	INTEGERS(diff_process, missed_reuse),
	INTEGERS(diff_process, blocked_merges),
	INTEGERS(diff_process, max_chain),
	INTEGERS(diff_process, map_count),
	INTEGERS(diff_process, fork_vmas),
	INTEGERS(diff_process, fork_anon_vmas),
	INTEGERS(diff_process, fork_avcs),
	INTEGERS(diff_process, torn),
	INTEGERS(diff_process, cut),
	TEXTS(diff_process, exe),
	TEXTS(diff_process, cgroup),
	INTEGERS(diff_process, fork_bytes),
	INTEGERS(diff_process, object_bytes),
};

static const struct store_column tree_columns[] = {
	HEAD(diff_tree),
	STORE_INTEGER(diff_tree, pid),
	STORE_TEXT(diff_tree, comm),
	STORE_TEXT(diff_tree, exe),
	INTEGERS(diff_tree, anon_vmas),
	INTEGERS(diff_tree, idle_anon_vmas),
	INTEGERS(diff_tree, reusable_anon_vmas),
	INTEGERS(diff_tree, vmas),
	INTEGERS(diff_tree, reused_vmas),
	INTEGERS(diff_tree, avcs),
	INTEGERS(diff_tree, mms),
	INTEGERS(diff_tree, depth),
	INTEGERS(diff_tree, max_chain),
	INTEGERS(diff_tree, missed_groups),
	INTEGERS(diff_tree, missed_reuse),
	INTEGERS(diff_tree, tree_bytes),
	INTEGERS(diff_tree, rmap_max_visits),
	INTEGERS(diff_tree, rmap_covered_pages),
	INTEGERS(diff_tree, rmap_covered_visits),
	INTEGERS(diff_tree, rmap_written_pages),
	INTEGERS(diff_tree, rmap_written_visits),
	INTEGERS(diff_tree, torn),
};

static const struct store_column anon_vma_columns[] = {
	HEAD(diff_anon_vma),
	STORE_INTEGER(diff_anon_vma, root),
	STORE_INTEGER(diff_anon_vma, pid),
	STORE_TEXT(diff_anon_vma, comm),
	INTEGERS(diff_anon_vma, root),
	INTEGERS(diff_anon_vma, parent),
	INTEGERS(diff_anon_vma, num_children),
	INTEGERS(diff_anon_vma, num_active_vmas),
	INTEGERS(diff_anon_vma, described),
	INTEGERS(diff_anon_vma, refcount),
};

static const struct store_column vma_columns[] = {
	HEAD(diff_vma),
	STORE_INTEGER(diff_vma, mm_id),
	STORE_INTEGER(diff_vma, pid),
	STORE_TEXT(diff_vma, comm),
	INTEGERS(diff_vma, vm_start),
	INTEGERS(diff_vma, vm_end),
	INTEGERS(diff_vma, vm_pgoff),
	INTEGERS(diff_vma, anon_pgoff),
	INTEGERS(diff_vma, vm_flags),
	INTEGERS(diff_vma, file_id),
	TEXTS(diff_vma, name),
	INTEGERS(diff_vma, numa_policy),
	INTEGERS(diff_vma, anon_vma),
	INTEGERS(diff_vma, root),
	INTEGERS(diff_vma, reused),
	INTEGERS(diff_vma, chain_length),
	TEXTS(diff_vma, chain),
	INTEGERS(diff_vma, has_anon_pgoff),
	TEXTS(diff_vma, path),
};

static const struct store_column finding_columns[] = {
	HEAD(diff_finding),
	STORE_INTEGER(diff_finding, kind),
	STORE_INTEGER(diff_finding, rule),
	STORE_INTEGER(diff_finding, mm_id),
	STORE_INTEGER(diff_finding, anon_vma),
	STORE_INTEGER(diff_finding, pid),
	STORE_TEXT(diff_finding, comm),
	INTEGERS(diff_finding, root),
	INTEGERS(diff_finding, vm_start),
	INTEGERS(diff_finding, size),
	INTEGERS(diff_finding, detail_1),
	INTEGERS(diff_finding, detail_2),
	INTEGERS(diff_finding, vmas),
	INTEGERS(diff_finding, anon_vmas),
	INTEGERS(diff_finding, avcs),
	INTEGERS(diff_finding, bytes),
};

static const struct store_column name_columns[] = {
	HEAD(diff_name),
	STORE_TEXT(diff_name, comm),
	STORE_TEXT(diff_name, exe),
	INTEGERS(diff_name, processes),
	INTEGERS(diff_name, vmas),
	INTEGERS(diff_name, anon_vmas),
	INTEGERS(diff_name, avcs),
	INTEGERS(diff_name, missed_reuse),
	INTEGERS(diff_name, object_bytes),
};

const struct store_row_kind store_diff_kinds[STORE_DIFF_SECTION_COUNT] = {
	[STORE_DIFF_PROCESSES] = STORE_ROW_KIND(process_columns),
	[STORE_DIFF_TREES] = STORE_ROW_KIND(tree_columns),
	[STORE_DIFF_ANON_VMAS] = STORE_ROW_KIND(anon_vma_columns),
	[STORE_DIFF_VMAS] = STORE_ROW_KIND(vma_columns),
	[STORE_DIFF_FINDINGS] = STORE_ROW_KIND(finding_columns),
	[STORE_DIFF_NAMES] = STORE_ROW_KIND(name_columns),
};
