/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_statements: every SQL statement of the writer and the loader.
 *
 * Parameters are numbered as in the SQL; ?1 is the snapshot where one is meant.
 * (Lists for the server have their own table in store_list.)
 */
#ifndef VMASCOPE_SCHEMA_STORE_STATEMENTS_H
#define VMASCOPE_SCHEMA_STORE_STATEMENTS_H

#include "store_shown.h"

/* clang-format off */

#define STORE_AS_OF " born <= ?1 AND died > ?1 "
/* Of ?2, the version that the snapshot shows. */
#define STORE_FROM_VERSION(table, name, key)                                                       \
	"FROM " table " " name " WHERE " STORE_VERSION(table, name, key, "?2")
#define STORE_ANON_VMA                                                                             \
	"SELECT a.row, a.id, a.root, a.parent, a.num_children, a.num_active_vmas, a.described "
#define STORE_VMA                                                                                  \
	"SELECT v.row, v.vm_start, v.vm_end, v.vm_pgoff, v.anon_pgoff, v.vm_flags, v.file, "       \
	"v.policy, v.anon_vma, v.chain, v.name, v.reused, v.mm "     
#define STORE_CLOSE(table) "UPDATE " table " SET died = ?1 WHERE row = ?2"

/* X(name, sql) */
#define STORE_STATEMENTS(X)                                                                        \
	X(LATEST_OF_BOOT, "SELECT max(s.id) FROM snapshot s JOIN boot b ON b.id = s.boot "         \
			  "WHERE b.boot_id = ?1")                                                  \
	X(LATEST, "SELECT max(id) FROM snapshot")                                                  \
	X(DATA_VERSION, "PRAGMA data_version")                                                     \
	X(ORIGIN, "SELECT s.taken_ns, s.tree_tgid, b.page_size, b.vma_bytes, b.anon_vma_bytes, "   \
		  "b.avc_bytes, b.split_counters, b.has_anon_pgoff, b.boot_id, b.release, "        \
		  "b.machine, b.host FROM snapshot s JOIN boot b ON b.id = s.boot "                \
		  "WHERE s.id = ?1")                                                               \
	X(LOAD_SEQUENCES, "SELECT name, next FROM sequence")                                       \
	X(LOAD_ANON_VMAS, STORE_ANON_VMA "FROM anon_vma a WHERE" STORE_AS_OF "ORDER BY a.row")     \
	X(LOAD_TREE_ANON_VMAS,                                                                     \
	  STORE_ANON_VMA "FROM " STORE_ALIVE_OF_ROOT("anon_vma", "a", "?2") "ORDER BY a.row")      \
	X(LOAD_ANON_VMA, STORE_ANON_VMA STORE_FROM_VERSION("anon_vma", "a", "id"))                 \
	X(LOAD_STATES, "SELECT row, refcount, rwsem_count, anon_vma FROM anon_vma_state "          \
		       "WHERE" STORE_AS_OF)                                                        \
	X(LOAD_TREE_STATES, "SELECT s.row, s.refcount, s.rwsem_count, s.anon_vma "                 \
			    "FROM " STORE_ALIVE_OF_ROOT("anon_vma", "a", "?2")                     \
			    "CROSS JOIN anon_vma_state s ON " STORE_VERSION("anon_vma_state", "s", "anon_vma", "a.id")) \
	X(LOAD_MMS, "SELECT id FROM mm WHERE" STORE_AS_OF "ORDER BY row")                          \
	X(LOAD_ONE_MM, "SELECT id " STORE_FROM_VERSION("mm", "m", "id"))                           \
	X(LOAD_MM, "SELECT row, torn, cut, map_count, tree_height, total_pages, data_pages, "      \
		   "stack_pages, exec_pages, locked_pages " STORE_FROM_VERSION("mm", "m", "id"))   \
	X(LOAD_MM_USAGE, "SELECT row, file_rss_pages, anon_rss_pages, shmem_rss_pages, "           \
			 "swap_pages, pgtables_bytes " STORE_FROM_VERSION("mm_usage", "u", "mm"))  \
	X(LOAD_VMAS, STORE_VMA "FROM vma v WHERE v.mm = ?2 AND" STORE_AS_OF "ORDER BY v.vm_start") \
	X(LOAD_TREE_VMAS,                                                                          \
	  STORE_VMA "FROM " STORE_ALIVE_OF_ROOT("vma", "v", "?2") "ORDER BY v.mm, v.vm_start")     \
	X(LOAD_PROCESSES, "SELECT row, id, tgid, ppid, uid, start_ns, exec_id, comm, exe, "        \
			  "cgroup, cgroup_path FROM process WHERE mm = ?2 AND" STORE_AS_OF         \
			  "ORDER BY start_ns, id")                                                 \
	X(LOAD_FILES, "SELECT row, dev, ino, path, id FROM file WHERE" STORE_AS_OF "ORDER BY row") \
	X(LOAD_FILE, "SELECT row, dev, ino, path, id FROM file WHERE id = ?2 AND" STORE_AS_OF)     \
	X(LOAD_TREES, "SELECT row, id FROM tree WHERE" STORE_AS_OF)                                \
	X(FIND_BOOT, "SELECT id FROM boot WHERE boot_id = ?1 AND host = ?2")                       \
	X(ADD_BOOT, "INSERT INTO boot (boot_id, host, release, machine, page_size, vma_bytes, "    \
		    "anon_vma_bytes, avc_bytes, split_counters, has_anon_pgoff) "                  \
		    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                            \
	X(ADD_SNAPSHOT, "INSERT INTO snapshot (boot, taken_ns, label, tree_tgid, "                 \
			"processes, mms, vmas, anon_vmas, avcs, trees, files, "                    \
			"idle_anon_vmas, reusable_anon_vmas, reused_vmas, "                        \
			"missed_groups, missed_reuse, blocked_merges, max_chain, "                 \
			"max_depth, object_bytes, rmap_max_visits, rmap_covered_pages, "           \
			"rmap_covered_visits, rmap_written_pages, rmap_written_visits, "           \
			"rmap_family_visits, deep_chain, wide_rmap, wide_lock, "                   \
			"torn_mms, rewalked_mms, cut_mms, moved_anon_vmas, "                       \
			"undescribed_anon_vmas, walk_ns, identity_ns, analyse_ns, "                \
			"stream_bytes, fork_policy, store_ns, cpu_ns) VALUES (?1, ?2, "            \
			"?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "               \
			"?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, "             \
			"?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, "             \
			"0, 0)")                                                                   \
	X(FINISH_SNAPSHOT, "UPDATE snapshot SET store_ns = ?2, cpu_ns = ?3 WHERE id = ?1")         \
	X(LABEL_SNAPSHOT, "UPDATE snapshot SET label = ?2 WHERE id = ?1")                          \
	X(PIN_SNAPSHOT, "UPDATE snapshot SET pinned = ?2 WHERE id = ?1")                           \
	X(SET_SEQUENCE, "INSERT INTO sequence (name, next) VALUES (?1, ?2) "                       \
			"ON CONFLICT (name) DO UPDATE SET next = excluded.next "                   \
			"WHERE next <> excluded.next")                                             \
	X(ADD_FILE, "INSERT INTO file (born, died, id, dev, ino, path) "                           \
		    "VALUES (?1, 9223372036854775807, ?2, ?3, ?4, ?5)")                            \
	X(CLOSE_FILE, STORE_CLOSE("file"))                                                         \
	X(ADD_PROCESS, "INSERT INTO process (born, died, id, tgid, ppid, uid, start_ns, "          \
		       "exec_id, comm, exe, cgroup, cgroup_path, mm) "                             \
		       "VALUES (?1, 9223372036854775807, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "    \
		       "?11, ?12)")                                                                \
	X(CLOSE_PROCESS, STORE_CLOSE("process"))                                                   \
	X(ADD_MM, "INSERT INTO mm (born, died, id, process, torn, cut, "                           \
		  "map_count, tree_height, total_pages, data_pages, stack_pages, "                 \
		  "exec_pages, locked_pages, vmas, anon_vmas, avcs, trees, "                       \
		  "reused_vmas, missed_groups, missed_reuse, blocked_merges, "                     \
		  "max_chain, fork_vmas, fork_anon_vmas, fork_avcs, undone_vmas, "                 \
		  "undone_anon_vmas, undone_avcs) VALUES (?1, "                                    \
		  "9223372036854775807, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "                     \
		  "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "                   \
		  "?23, ?24, ?25, ?26, ?27)")                                                      \
	X(CLOSE_MM, STORE_CLOSE("mm"))                                                             \
	X(ADD_MM_USAGE, "INSERT INTO mm_usage (born, died, mm, file_rss_pages, anon_rss_pages, "   \
			"shmem_rss_pages, swap_pages, pgtables_bytes) "                            \
			"VALUES (?1, 9223372036854775807, ?2, ?3, ?4, ?5, ?6, ?7)")                \
	X(CLOSE_MM_USAGE, STORE_CLOSE("mm_usage"))                                                 \
	X(ADD_VMA, "INSERT INTO vma (born, died, mm, vm_start, vm_end, vm_pgoff, "                 \
		   "anon_pgoff, vm_flags, file, policy, anon_vma, root, "                          \
		   "chain_length, chain, name, reused) VALUES (?1, "                               \
		   "9223372036854775807, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "                    \
		   "?11, ?12, ?13, ?14, ?15)")                                                     \
	X(CLOSE_VMA, STORE_CLOSE("vma"))                                                           \
	X(ADD_ANON_VMA, "INSERT INTO anon_vma (born, died, id, root, parent, num_children, "       \
			"num_active_vmas, described) "                                             \
			"VALUES (?1, 9223372036854775807, ?2, ?3, ?4, ?5, ?6, ?7)")                \
	X(CLOSE_ANON_VMA, STORE_CLOSE("anon_vma"))                                                 \
	X(ADD_STATE, "INSERT INTO anon_vma_state (born, died, anon_vma, refcount, rwsem_count) "   \
		     "VALUES (?1, 9223372036854775807, ?2, ?3, ?4)")                               \
	X(CLOSE_STATE, STORE_CLOSE("anon_vma_state"))                                              \
	X(ADD_TREE, "INSERT INTO tree (born, died, id, process, anon_vmas, "                       \
		    "idle_anon_vmas, reusable_anon_vmas, avcs, vmas, reused_vmas, "                \
		    "mms, torn, depth, max_chain, missed_groups, missed_reuse, "                   \
		    "object_bytes, rmap_max_visits, rmap_covered_pages, "                          \
		    "rmap_covered_visits, rmap_written_pages, rmap_written_visits) "               \
		    "VALUES (?1, 9223372036854775807, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "                \
		    "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "                  \
		    "?21)")                                                                        \
	X(CLOSE_TREE, STORE_CLOSE("tree"))                                                         \
	X(ADD_FINDING, "INSERT INTO finding (born, died, id, kind, rule, mm, "                     \
		       "anon_vma, root, vm_start, size, detail_1, detail_2, vmas, "                \
		       "anon_vmas, avcs, bytes) VALUES (?1, 9223372036854775807, ?2, "             \
		       "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")                \
	X(CLOSE_FINDING, STORE_CLOSE("finding"))                                                   \
	X(LOAD_FINDINGS, "SELECT row, id, kind, rule, mm, anon_vma, root, vm_start, "              \
			 "size, detail_1, detail_2, vmas, anon_vmas, avcs, bytes FROM "            \
			 "finding WHERE" STORE_AS_OF "ORDER BY row")                               \
	X(ADD_INVARIANT, "INSERT INTO invariant (born, died, rule, checked, held, "                \
			 "violated, torn, moved, not_shown, pinned, in_flight, "                   \
			 "first_fault, seen_once) VALUES (?1, 9223372036854775807, ?2, "           \
			 "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")                             \
	X(CLOSE_INVARIANT, STORE_CLOSE("invariant"))                                               \
	X(LOAD_INVARIANTS, "SELECT row, rule, checked, held, violated, torn, moved, "              \
			   "not_shown, pinned, in_flight, first_fault, seen_once FROM "            \
			   "invariant WHERE" STORE_AS_OF)                                          \
	X(ADD_RAW_ADDRESS, "INSERT OR REPLACE INTO raw_address (kind, id, address) "               \
			   "VALUES (?1, ?2, ?3)")

/* clang-format on */

enum store_statement {
#define STORE_STATEMENT_NAME(name, sql) STORE_##name,
	STORE_STATEMENTS(STORE_STATEMENT_NAME)
#undef STORE_STATEMENT_NAME
	STORE_STATEMENT_COUNT
};

#endif
