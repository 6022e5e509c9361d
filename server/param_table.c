/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of all parameters. What their types mean and how they are checked is in
 * param.c.
 */
#include "param.h"

#include <stddef.h>

#include "choice.h"
#include "row_format.h"
#include "schema/store_findings.h"
#include "schema/store_list.h"
#include "schema/store_processes.h"

#define COMM_MAX 15 /* TASK_COMM_LEN without the NUL */
#define TEXT_MAX 4096 /* PATH_MAX */
/* See revision.h. */
#define REVISION "an id, latest, latest~N, a label (label:NAME) or an RFC 3339 time"
#define REVISION_MAX 256

static const char *const tree_sorts[] = {
	[STORE_TREES_BY_MISSED_REUSE] = "missed_reuse",
	[STORE_TREES_BY_ANON_VMAS] = "anon_vmas",
	[STORE_TREES_BY_AVCS] = "avcs",
	[STORE_TREES_BY_VMAS] = "vmas",
	[STORE_TREES_BY_MMS] = "mms",
	[STORE_TREES_BY_DEPTH] = "depth",
	[STORE_TREES_BY_MAX_CHAIN] = "max_chain",
	[STORE_TREES_BY_TREE_BYTES] = "tree_bytes",
	[STORE_TREES_BY_RMAP_MAX_VISITS] = "rmap.max_visits",
	[STORE_TREES_BY_ROOT] = "root",
	[STORE_TREE_SORT_COUNT] = NULL,
};

static const char *const finding_sorts[] = {
	[STORE_FINDINGS_BY_BYTES] = "bytes",
	[STORE_FINDINGS_BY_SIZE] = "size",
	[STORE_FINDINGS_BY_ID] = "id",
	[STORE_FINDING_SORT_COUNT] = NULL,
};

static const char *const process_sorts[] = {
	[STORE_PROCESSES_BY_PID] = "pid",
	[STORE_PROCESSES_BY_VMAS] = "vmas",
	[STORE_PROCESSES_BY_ANON_VMAS] = "anon_vmas",
	[STORE_PROCESSES_BY_AVCS] = "avcs",
	[STORE_PROCESSES_BY_MISSED_REUSE] = "missed_reuse",
	[STORE_PROCESSES_BY_MAX_CHAIN] = "max_chain",
	[STORE_PROCESSES_BY_OBJECT_BYTES] = "object_bytes",
	[STORE_PROCESSES_BY_FORK_BYTES] = "fork.bytes",
	[STORE_PROCESSES_BY_ANON_RSS_BYTES] = "anon_rss_bytes",
	[STORE_PROCESS_SORT_COUNT] = NULL,
};

static const char *const executable_sorts[] = {
	[STORE_EXECUTABLES_BY_TREE_BYTES] = "tree_bytes",
	[STORE_EXECUTABLES_BY_PROCESSES] = "processes",
	[STORE_EXECUTABLES_BY_TREES] = "trees",
	[STORE_EXECUTABLES_BY_VMAS] = "vmas",
	[STORE_EXECUTABLES_BY_ANON_VMAS] = "anon_vmas",
	[STORE_EXECUTABLES_BY_AVCS] = "avcs",
	[STORE_EXECUTABLES_BY_MISSED_REUSE] = "missed_reuse",
	[STORE_EXECUTABLES_BY_MAX_CHAIN] = "max_chain",
	[STORE_EXECUTABLES_BY_FORK_BYTES] = "fork.bytes",
	[STORE_EXECUTABLES_BY_ANON_RSS_BYTES] = "anon_rss_bytes",
	[STORE_EXECUTABLE_SORT_COUNT] = NULL,
};

static const char *process_sort(int64_t index)
{
	return process_sorts[index];
}

static const char *executable_sort(int64_t index)
{
	return executable_sorts[index];
}

static const char *snapshot_sort(int64_t index)
{
	return index == 0 ? "id" : NULL;
}

static const char *format_name(int64_t index)
{
	return index < ROW_FORMAT_COUNT ? row_formats[index].name : NULL;
}

static const char *truth(int64_t index)
{
	static const char *const values[] = {"false", "true", NULL};

	return values[index];
}

static const char *tree_sort(int64_t index)
{
	return tree_sorts[index];
}

static const char *finding_sort(int64_t index)
{
	return finding_sorts[index];
}

const struct param params[PARAM_COUNT] = {
	[PARAM_SNAPSHOT] =
		{
			.name = "snapshot",
			.description = "Id of a snapshot, or latest",
			.type = PARAM_SNAPSHOT_ID,
			.min = 1,
			.max = INT64_MAX,
		},
	[PARAM_PID] =
		{
			.name = "pid",
			.description = "Process id (thread group)",
			.type = PARAM_INTEGER,
			.min = 1,
			.max = INT32_MAX,
		},
	[PARAM_ROOT] =
		{
			.name = "root",
			.description = "Id of the root anon_vma of a tree",
			.type = PARAM_INTEGER,
			.min = 1,
			.max = UINT32_MAX,
		},
	[PARAM_LIMIT] =
		{
			.name = "limit",
			.description = "Most rows of one answer; without it 100 as json, all "
				       "as ndjson and csv",
			.type = PARAM_INTEGER,
			.min = 1,
			.max = 10000,
		},
	[PARAM_CURSOR] =
		{
			.name = "cursor",
			.description = "Where to go on: next of the answer before",
			.type = PARAM_TEXT,
			.min = 1,
			.max = 64,
		},
	[PARAM_COMM] =
		{
			.name = "comm",
			.description = "Only where the process has exactly this comm",
			.type = PARAM_TEXT,
			.min = 1,
			.max = COMM_MAX,
		},
	[PARAM_TREE_SORT] =
		{
			.name = "sort",
			.description = "Order of the trees; - before it for downwards",
			.type = PARAM_SORT,
			.choice = tree_sort,
			.fallback = "-tree_bytes",
		},
	[PARAM_KIND] =
		{
			.name = "kind",
			.description = "Only findings of this kind",
			.type = PARAM_CHOICE,
			.choice = choice_finding_kind,
		},
	[PARAM_MIN_BYTES] =
		{
			.name = "min_bytes",
			.description = "Only findings of at least this many bytes",
			.type = PARAM_INTEGER,
			.min = 0,
			.max = INT64_MAX,
		},
	[PARAM_FINDING_SORT] =
		{
			.name = "sort",
			.description = "Order of the findings; - before it for downwards",
			.type = PARAM_SORT,
			.choice = finding_sort,
			.fallback = "-bytes",
		},
	[PARAM_POLICY] =
		{
			.name = "policy",
			.description = "By which policy fork() works; else that of the walked "
				       "kernel",
			.type = PARAM_CHOICE,
			.choice = choice_fork_policy,
		},
	[PARAM_ANON_VMA] =
		{
			.name = "anon_vma",
			.description = "Id of an anon_vma",
			.type = PARAM_INTEGER,
			.min = 1,
			.max = UINT32_MAX,
		},
	[PARAM_FORMAT] =
		{
			.name = "format",
			.description = "Format of the list; else what Accept asks for",
			.type = PARAM_CHOICE,
			.choice = format_name,
		},
	[PARAM_FIELDS] =
		{
			.name = "fields",
			.description = "Only these fields: names with commas between, "
				       "group.name of a group's",
			.type = PARAM_TEXT,
			.min = 1,
			.max = TEXT_MAX,
		},
	[PARAM_SEARCH] =
		{
			.name = "search",
			.description = "Only where a name or path holds this, whatever the case, "
				       "or the number is this",
			.type = PARAM_TEXT,
			.min = 1,
			.max = TEXT_MAX,
		},
	[PARAM_EXE] =
		{
			.name = "exe",
			.description = "Only where the process executes exactly this path",
			.type = PARAM_TEXT,
			.min = 1,
			.max = TEXT_MAX,
		},
	[PARAM_CGROUP] =
		{
			.name = "cgroup",
			.description = "Only processes of exactly this cgroup",
			.type = PARAM_TEXT,
			.min = 1,
			.max = TEXT_MAX,
		},
	[PARAM_UID] =
		{
			.name = "uid",
			.description = "Only processes of this user",
			.type = PARAM_INTEGER,
			.min = 0,
			.max = UINT32_MAX,
		},
	[PARAM_PATH] =
		{
			.name = "path",
			.description = "Only VMAs of exactly this file",
			.type = PARAM_TEXT,
			.min = 1,
			.max = TEXT_MAX,
		},
	[PARAM_MIN_MISSED_REUSE] =
		{
			.name = "min_missed_reuse",
			.description = "Only where at least so many reuses were missed",
			.type = PARAM_INTEGER,
			.min = 0,
			.max = UINT32_MAX,
		},
	[PARAM_MIN_ANON_VMAS] =
		{
			.name = "min_anon_vmas",
			.description = "Only trees of at least so many anon_vmas",
			.type = PARAM_INTEGER,
			.min = 0,
			.max = UINT32_MAX,
		},
	[PARAM_PROCESS_SORT] =
		{
			.name = "sort",
			.description = "Order of the processes; - before it for downwards",
			.type = PARAM_SORT,
			.choice = process_sort,
			.fallback = "pid",
		},
	[PARAM_EXECUTABLE_SORT] =
		{
			.name = "sort",
			.description = "Order of the executables; - before it for downwards",
			.type = PARAM_SORT,
			.choice = executable_sort,
			.fallback = "-tree_bytes",
		},
	[PARAM_SNAPSHOT_SORT] =
		{
			.name = "sort",
			.description = "Order of the snapshots; - before it for newest first",
			.type = PARAM_SORT,
			.choice = snapshot_sort,
			.fallback = "-id",
		},
	[PARAM_LABEL] =
		{
			.name = "label",
			.description = "Only snapshots with exactly this label",
			.type = PARAM_TEXT,
			.min = 1,
			.max = TEXT_MAX,
		},
	[PARAM_PINNED] =
		{
			.name = "pinned",
			.description = "Only snapshots that are pinned, or are not",
			.type = PARAM_CHOICE,
			.choice = truth,
		},
	[PARAM_SINCE] =
		{
			.name = "since",
			.description = "Only snapshots taken then or later",
			.type = PARAM_TIME,
		},
	[PARAM_UNTIL] =
		{
			.name = "until",
			.description = "Only snapshots taken then or earlier",
			.type = PARAM_TIME,
		},
	[PARAM_STATS_FROM] =
		{
			.name = "from",
			.description = "Only snapshots from here on: " REVISION,
			.type = PARAM_TEXT,
			.min = 1,
			.max = REVISION_MAX,
		},
	[PARAM_STATS_TO] =
		{
			.name = "to",
			.description = "Only snapshots up to here, likewise",
			.type = PARAM_TEXT,
			.min = 1,
			.max = REVISION_MAX,
		},
	[PARAM_STEP] =
		{
			.name = "step",
			.description = "One point for each so long, as 10s, 5m, 1h or 1d; else as "
				       "points says",
			.type = PARAM_DURATION,
		},
	[PARAM_POINTS] =
		{
			.name = "points",
			.description = "About how many points there are to be at most",
			.type = PARAM_INTEGER,
			.min = 1,
			.max = 5000,
			.fallback = "500",
		},
	[PARAM_BOOT] =
		{
			.name = "boot",
			.description = "Only snapshots of the boot with this id",
			.type = PARAM_INTEGER,
			.min = 1,
			.max = INT64_MAX,
		},
	[PARAM_PROCESS_ID] =
		{
			.name = "process_id",
			.description = "Id of a process, which unlike its pid is used once",
			.type = PARAM_INTEGER,
			.min = 1,
			.max = UINT32_MAX,
		},
	[PARAM_SERIES] =
		{
			.name = "series",
			.description = "Only these series, with commas between",
			.type = PARAM_TEXT,
			.min = 1,
			.max = 512,
		},
	[PARAM_LAST_EVENT_ID] =
		{
			.name = "last_event_id",
			.description = "Go on behind this snapshot, as the header Last-Event-ID",
			.type = PARAM_INTEGER,
			.min = 0,
			.max = INT64_MAX,
		},
	[PARAM_DIFF_FROM] =
		{
			.name = "from",
			.description = "The snapshot before: " REVISION,
			.type = PARAM_TEXT,
			.min = 1,
			.max = REVISION_MAX,
			.fallback = "latest~1",
		},
	[PARAM_DIFF_TO] =
		{
			.name = "to",
			.description = "The snapshot after, likewise",
			.type = PARAM_TEXT,
			.min = 1,
			.max = REVISION_MAX,
			.fallback = "latest",
		},
	[PARAM_DIFF_SECTION] =
		{
			.name = "section",
			.description = "List what is different of this kind, not the summary",
			.type = PARAM_CHOICE,
			.choice = choice_diff_section,
		},
	[PARAM_DIFF_STATE] =
		{
			.name = "state",
			.description = "Only what is different in this way",
			.type = PARAM_CHOICE,
			.choice = choice_diff_state,
		},
	[PARAM_MIN_CHANGE] =
		{
			.name = "min_change",
			.description = "Only changes, up or down, of at least this much",
			.type = PARAM_INTEGER,
			.min = 0,
			.max = INT64_MAX,
		},
};

/* Digits only: strtoll alone would take " +1" and "0x1". */
