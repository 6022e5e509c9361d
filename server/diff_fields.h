/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diff_fields: the JSON of what is different between two snapshots, one table a
 * section. Every row has
 *
 *   "state"           added, removed, execed, grown, shrunk or changed
 *   "change"          how much larger it is, in what the section measures
 *   ...               what names the object and its process
 *   "before"          its values as of from, null where there is none
 *   "after"           the same as of to
 *   "changed_fields"  names of the values that differ; null where one side is null
 *
 * The values of a side lie on one level, so that each name of changed_fields is one
 * of theirs.
 *
 * processes (change: bytes of VMAs, AVCs, active anon_vmas):
 *   {"state":"grown","change":232,"process_id":7,"pid":100,"comm":"postgres",
 *    "exe":"/usr/bin/postgres","before":{"ppid":1,"uid":70,"exec_id":3,
 *    "comm":"postgres","exe":"/usr/bin/postgres","cgroup":null,"mm_id":6,"vmas":3,
 *    "anon_vmas":1,"avcs":3,"trees":1,"reused_vmas":0,"missed_groups":0,
 *    "missed_reuse":0,"blocked_merges":0,"max_chain":1,"map_count":3,
 *    "fork_vmas":3,"fork_anon_vmas":3,"fork_avcs":6,"fork_bytes":1272,
 *    "object_bytes":872,"torn":false,"cut":false},"after":{…},
 *    "changed_fields":["vmas","avcs","object_bytes"]}
 * trees (bytes of anon_vmas and AVCs):
 *   {"state":"added","change":296,"root":3,"pid":100,"comm":"postgres","exe":null,
 *    "before":null,"after":{"anon_vmas":1,"idle_anon_vmas":0,
 *    "reusable_anon_vmas":0,"vmas":3,"reused_vmas":0,"avcs":3,"mms":1,"depth":0,
 *    "max_chain":1,"missed_groups":0,"missed_reuse":0,"tree_bytes":296,
 *    "rmap_max_visits":1,"rmap_covered_pages":4,"rmap_covered_visits":4,
 *    "rmap_written_pages":4,"rmap_written_visits":4,"torn":false},
 *    "changed_fields":null}
 * anon_vmas (num_children + num_active_vmas):
 *   {"state":"shrunk","change":-1,"id":17,"root":3,"pid":100,"comm":"postgres",
 *    "before":{"root":3,"parent":3,"num_children":1,"num_active_vmas":1,
 *    "refcount":1,"described":true},"after":{…},
 *    "changed_fields":["num_children"]}
 *   (pid and comm: the oldest process of the tree; parent: null for a root)
 * vmas (AVCs; by process and address):
 *   {"state":"changed","change":0,"mm_id":6,"pid":101,"comm":"worker","before":
 *    {"vm_start":"0x500000","vm_end":"0x502000","vm_pgoff":"0x500",
 *    "anon_pgoff":null,"vm_flags":"0x100073","permissions":"rw-p","file_id":null,
 *    "path":null,"name":null,"numa_policy":false,"anon_vma":17,"root":3,
 *    "reused":false,"chain_length":2,"chain":[17,3]},"after":{…},
 *    "changed_fields":["vm_end"]}
 * findings (bytes; where they are equal, size tells the state):
 *   {"state":"removed","change":-104,"id":1,"kind":"fork_split","title":"…",
 *    "sentence":"…","rule":null,"mm_id":6,"anon_vma":3,"pid":101,"comm":"worker",
 *    "before":{"root":3,"vm_start":null,"size":2,"details":{"shared_pairs":1},
 *    "vmas":0,"anon_vmas":1,"avcs":0,"bytes":104},"after":null,
 *    "changed_fields":null}
 *   (added is new, removed is resolved; the sentence is that of after if it is
 *   there)
 * names (bytes as of processes; an mm counts once, for its owner):
 *   {"state":"grown","change":464,"comm":"worker","exe":"/usr/bin/postgres",
 *    "before":{"processes":1,"vmas":3,"anon_vmas":2,"avcs":4,"missed_reuse":0,
 *    "object_bytes":1040},"after":{…},"changed_fields":["processes",…]}
 */
#ifndef VMASCOPE_SERVER_DIFF_FIELDS_H
#define VMASCOPE_SERVER_DIFF_FIELDS_H

#include "field.h"
#include "schema/store_diff.h"

extern const char *const diff_section_names[STORE_DIFF_SECTION_COUNT];
extern const char *const diff_state_names[STORE_DIFF_STATE_COUNT];
extern const struct field diff_process_fields[];
extern const struct field diff_tree_fields[];
extern const struct field diff_anon_vma_fields[];
extern const struct field diff_vma_fields[];
extern const struct field diff_finding_fields[];
extern const struct field diff_name_fields[];

#endif
