/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_diff_statements.h"

#include "store_shown.h"

/* clang-format off */

/*
 * The rows of a table that only one of the two snapshots shows. Those of the
 * older were closed in between (by the index, whose words are repeated for where
 * it is partial); those of the newer are among the rows that were added in
 * between, which follow each other.
 */
#define ONE_SIDED(table, columns, first, last)                                                     \
	"SELECT " columns ", iif(?1 < ?2, row, NULL) AS old, iif(?1 < ?2, NULL, row) AS new "      \
	"FROM " table " INDEXED BY " table "_by_died WHERE died > ?3 AND died <= ?4 "              \
	"AND died < 9223372036854775807 AND born <= ?3 "                                           \
	"UNION ALL "                                                                               \
	"SELECT " columns ", iif(?1 < ?2, NULL, row), iif(?1 < ?2, row, NULL) "                    \
	"FROM " table " NOT INDEXED WHERE row BETWEEN " first " AND " last " "                     \
	"AND born > ?3 AND born <= ?4 AND died > ?4 "

/* (key, old, new) of each object of the table with a row that only one shows */
#define PAIRED(table, key, first, last)                                                            \
	"SELECT " key ", max(old) AS old, max(new) AS new FROM ("                                  \
	ONE_SIDED(table, key, first, last) ") GROUP BY " key

/* By enum store_diff_state. */
#define STATE(trend, execed)                                                                       \
	"CASE WHEN c.old IS NULL THEN 0 WHEN c.new IS NULL THEN 1 WHEN " execed " THEN 2 "         \
	"WHEN " trend " > 0 THEN 3 WHEN " trend " < 0 THEN 4 ELSE 5 END AS state, "

#define GROWTH(value) "(ifnull(a." value ", 0) - ifnull(b." value ", 0))"

#define COUNTS(changes) "SELECT state, count(*) AS count FROM (" changes ") GROUP BY state"

/* The page of changes first, what belongs to each afterwards. */
#define PAGE_OF(changes, key, compare, way)                                                        \
	"(SELECT *, " key " AS sort_key FROM (" changes ") WHERE (?9 IS NULL OR state = ?9) "      \
	"AND abs(change) >= ?10 AND (" key ", id) " compare " (?11, ?12) "                         \
	"ORDER BY " key way ", id" way " LIMIT ?13) c "
#define LARGEST(changes) PAGE_OF(changes, "abs(change)", "<", " DESC")
#define HEAD                                                                                       \
	"SELECT c.state AS \"head.state\", c.change AS \"head.change\", "                          \
	"c.sort_key AS \"head.sort_key\", c.id AS \"head.id\", "
#define LARGEST_FIRST "ORDER BY c.sort_key DESC, c.id DESC"

/* The snapshot that names of processes are taken from. */
#define NAMED_AT "iif(c.new IS NULL, ?1, ?2)"

/* The oldest process that has an mm. */
#define OWNER(mm)                                                                                  \
	"(SELECT q.row FROM process q INDEXED BY process_by_mm WHERE q.mm = " mm " AND "           \
	STORE_SHOWN_AT("q", NAMED_AT) " ORDER BY q.start_ns, q.id LIMIT 1)"

#define TREE_OWNER(root)                                                                           \
	"(SELECT q.row FROM tree t "                                                               \
	"JOIN process q INDEXED BY process_by_id ON q.id = t.process AND "                         \
	STORE_SHOWN_AT("q", NAMED_AT) " "                                                          \
	"WHERE " STORE_VERSION_AT("tree", "t", "id", root, NAMED_AT) ")"

/* The address spaces of the processes ?15. */
#define MMS_OF_PID                                                                                 \
	"(SELECT q.mm FROM process q INDEXED BY process_by_tgid WHERE q.tgid = ?15 "               \
	"AND (" STORE_SHOWN_AT("q", "?1") " OR " STORE_SHOWN_AT("q", "?2") "))"

/* Columns of both sides, as the members of the row struct are called, and whether
 * they differ. s says of which of the tables of a side. */
#define SIDES(s, column, member)                                                                   \
	", b" #s "." #column " AS \"before." #member "\", a" #s "." #column                        \
	" AS \"after." #member "\""
#define SIDES_BY(before, after, member)                                                            \
	", " before " AS \"before." member "\", " after " AS \"after." member "\""
#define DIFFERS(s, column, member) " OR b" #s "." #column " IS NOT a" #s "." #column

/* Trees. */

#define TREE_VALUES(X)                                                                             \
	X(, anon_vmas, anon_vmas)                                                                  \
	X(, idle_anon_vmas, idle_anon_vmas)                                                        \
	X(, reusable_anon_vmas, reusable_anon_vmas)                                                \
	X(, vmas, vmas)                                                                            \
	X(, reused_vmas, reused_vmas)                                                              \
	X(, avcs, avcs)                                                                            \
	X(, mms, mms)                                                                              \
	X(, depth, depth)                                                                          \
	X(, max_chain, max_chain)                                                                  \
	X(, missed_groups, missed_groups)                                                          \
	X(, missed_reuse, missed_reuse)                                                            \
	X(, object_bytes, tree_bytes)                                                              \
	X(, rmap_max_visits, rmap_max_visits)                                                      \
	X(, rmap_covered_pages, rmap_covered_pages)                                                \
	X(, rmap_covered_visits, rmap_covered_visits)                                              \
	X(, rmap_written_pages, rmap_written_pages)                                                \
	X(, rmap_written_visits, rmap_written_visits)                                              \
	X(, torn, torn)

#define TREES                                                                                      \
	"SELECT c.id, c.old, c.new, " STATE(GROWTH("object_bytes"), "0")                           \
	GROWTH("object_bytes") " AS change "                                                       \
	"FROM (" PAIRED("tree", "id", "?5", "?6") ") c "                                           \
	"LEFT JOIN tree b ON b.row = c.old LEFT JOIN tree a ON a.row = c.new "                     \
	"WHERE (0" TREE_VALUES(DIFFERS) ") AND (?14 IS NULL OR c.id = ?14)"

#define TREES_PAGE                                                                                 \
	HEAD "p.tgid AS pid, p.comm, f.path AS exe" TREE_VALUES(SIDES) " "                         \
	"FROM " LARGEST(TREES)                                                                     \
	"LEFT JOIN tree b ON b.row = c.old LEFT JOIN tree a ON a.row = c.new "                     \
	"LEFT JOIN process p ON p.id = ifnull(a.process, b.process) AND " STORE_SHOWN_AT("p", NAMED_AT) \
	" LEFT JOIN file f ON f.id = p.exe AND " STORE_SHOWN_AT("f", NAMED_AT) " "                 \
	LARGEST_FIRST

/* Anon_vmas. */

#define ANON_VMA_VALUES(X)                                                                         \
	X(, root, root)                                                                            \
	X(, parent, parent)                                                                        \
	X(, num_children, num_children)                                                            \
	X(, num_active_vmas, num_active_vmas)                                                      \
	X(, described, described)

/* A state has a row only where refcount is not 1 or the lock was held. */
#define STATE_CHANGES                                                                              \
	"SELECT s.anon_vma AS id FROM "                                                            \
	"(" PAIRED("anon_vma_state", "anon_vma", "?7", "?8") ") s "                                \
	"LEFT JOIN anon_vma_state b ON b.row = s.old "                                             \
	"LEFT JOIN anon_vma_state a ON a.row = s.new "                                             \
	"WHERE ifnull(b.refcount, 1) <> ifnull(a.refcount, 1)"

/* Of one that only differs in its refcount, both snapshots show the same row. */
#define CHANGED_ANON_VMAS                                                                          \
	"SELECT d.id, ifnull(d.old, u.row) AS old, ifnull(d.new, u.row) AS new, d.counted FROM "   \
	"(SELECT id, max(old) AS old, max(new) AS new, max(counted) AS counted FROM ("             \
	"SELECT id, old, new, 0 AS counted FROM (" PAIRED("anon_vma", "id", "?5", "?6") ") "       \
	"UNION ALL SELECT id, NULL, NULL, 1 FROM (" STATE_CHANGES ")) GROUP BY id) d "             \
	"LEFT JOIN anon_vma u ON d.old IS NULL AND d.new IS NULL "                                 \
	"AND u.row = " STORE_LAST_BORN("anon_vma", "id", "d.id", "?3") " AND u.died > ?4"

#define ANON_VMA_SIZE(side) "ifnull(" side ".num_children + " side ".num_active_vmas, 0)"
#define ANON_VMA_GROWTH "(" ANON_VMA_SIZE("a") " - " ANON_VMA_SIZE("b") ")"

#define ANON_VMAS                                                                                  \
	"SELECT c.id, c.old, c.new, " STATE(ANON_VMA_GROWTH, "0") ANON_VMA_GROWTH " AS change "    \
	"FROM (" CHANGED_ANON_VMAS ") c "                                                          \
	"LEFT JOIN anon_vma b ON b.row = c.old LEFT JOIN anon_vma a ON a.row = c.new "             \
	"WHERE (c.counted" ANON_VMA_VALUES(DIFFERS) ") "                                           \
	"AND (?14 IS NULL OR a.root = ?14 OR b.root = ?14)"

#define REFCOUNT(side) "iif(" side ".id IS NULL, NULL, ifnull(" side "x.refcount, 1))"

#define ANON_VMAS_PAGE                                                                             \
	HEAD "ifnull(a.root, b.root) AS root, p.tgid AS pid, p.comm" ANON_VMA_VALUES(SIDES)        \
	SIDES_BY(REFCOUNT("b"), REFCOUNT("a"), "refcount") " "                                     \
	"FROM " LARGEST(ANON_VMAS)                                                                 \
	"LEFT JOIN anon_vma b ON b.row = c.old LEFT JOIN anon_vma a ON a.row = c.new "             \
	"LEFT JOIN anon_vma_state bx ON "                                                          \
	STORE_VERSION_AT("anon_vma_state", "bx", "anon_vma", "c.id", "?1")                         \
	"LEFT JOIN anon_vma_state ax ON "                                                          \
	STORE_VERSION_AT("anon_vma_state", "ax", "anon_vma", "c.id", "?2")                         \
	"LEFT JOIN process p ON p.row = " TREE_OWNER("ifnull(a.root, b.root)") " "                 \
	LARGEST_FIRST

/* Vmas. */

#define VMA_VALUES(X)                                                                              \
	X(, vm_start, vm_start)                                                                    \
	X(, vm_end, vm_end)                                                                        \
	X(, vm_pgoff, vm_pgoff)                                                                    \
	X(, anon_pgoff, anon_pgoff)                                                                \
	X(, vm_flags, vm_flags)                                                                    \
	X(, file, file_id)                                                                         \
	X(, name, name)                                                                            \
	X(, policy, numa_policy)                                                                   \
	X(, anon_vma, anon_vma)                                                                    \
	X(, root, root)                                                                            \
	X(, reused, reused)                                                                        \
	X(, chain_length, chain_length)                                                            \
	X(, chain, chain)

/* Of one mm: those with the same vm_start first; what is left, by vm_end. */
#define PAIRED_VMAS                                                                                \
	"WITH one_sided AS MATERIALIZED ("                                                         \
	ONE_SIDED("vma", "mm, vm_start, vm_end", "?5", "?6") "), "                                 \
	"placed AS MATERIALIZED (SELECT mm, max(vm_end) AS vm_end, max(old) AS old, "              \
	"max(new) AS new FROM one_sided WHERE ?15 IS NULL OR mm IN " MMS_OF_PID                    \
	" GROUP BY mm, vm_start) "                                                                 \
	"SELECT old, new FROM placed WHERE old IS NOT NULL AND new IS NOT NULL "                   \
	"UNION ALL SELECT max(old), max(new) FROM placed WHERE old IS NULL OR new IS NULL "        \
	"GROUP BY mm, vm_end"

#define VMAS                                                                                       \
	"SELECT ifnull(a.mm, b.mm) AS mm, ifnull(a.vm_start, b.vm_start) AS id, c.old, c.new, "    \
	STATE(GROWTH("chain_length"), "0") GROWTH("chain_length") " AS change "                    \
	"FROM (" PAIRED_VMAS ") c "                                                                \
	"LEFT JOIN vma b ON b.row = c.old LEFT JOIN vma a ON a.row = c.new "                       \
	"WHERE (0" VMA_VALUES(DIFFERS) ") AND (?14 IS NULL OR a.root = ?14 OR b.root = ?14)"

#define VMAS_PAGE                                                                                  \
	HEAD "c.mm AS mm_id, p.tgid AS pid, p.comm" VMA_VALUES(SIDES)                              \
	SIDES_BY("b.anon_pgoff IS NOT NULL", "a.anon_pgoff IS NOT NULL", "has_anon_pgoff")         \
	SIDES_BY("bf.path", "af.path", "path") " "                                                 \
	"FROM " PAGE_OF(VMAS, "mm", ">", "")                                                       \
	"LEFT JOIN vma b ON b.row = c.old LEFT JOIN vma a ON a.row = c.new "                       \
	"LEFT JOIN file bf ON bf.id = b.file AND " STORE_SHOWN_AT("bf", "?1")                      \
	" LEFT JOIN file af ON af.id = a.file AND " STORE_SHOWN_AT("af", "?2")                     \
	" LEFT JOIN process p ON p.row = " OWNER("c.mm")                                           \
	" ORDER BY c.sort_key, c.id"

/* Findings. */

#define FINDING_VALUES(X)                                                                          \
	X(, root, root)                                                                            \
	X(, vm_start, vm_start)                                                                    \
	X(, size, size)                                                                            \
	X(, detail_1, detail_1)                                                                    \
	X(, detail_2, detail_2)                                                                    \
	X(, vmas, vmas)                                                                            \
	X(, anon_vmas, anon_vmas)                                                                  \
	X(, avcs, avcs)                                                                            \
	X(, bytes, bytes)

/* Every version of a finding has the same kind, rule, mm and anon_vma. */
#define FINDING_OWNER                                                                              \
	"iif(ifnull(a.mm, b.mm) IS NULL, " TREE_OWNER("ifnull(a.root, b.root)") ", "               \
	OWNER("ifnull(a.mm, b.mm)") ")"

#define FINDINGS                                                                                   \
	"SELECT c.id, c.old, c.new, "                                                              \
	STATE("ifnull(nullif(" GROWTH("bytes") ", 0), " GROWTH("size") ")", "0")                   \
	GROWTH("bytes") " AS change "                                                              \
	"FROM (" PAIRED("finding", "id", "?5", "?6") ") c "                                        \
	"LEFT JOIN finding b ON b.row = c.old LEFT JOIN finding a ON a.row = c.new "               \
	"WHERE (0" FINDING_VALUES(DIFFERS) ") "                                                    \
	"AND (?14 IS NULL OR a.root = ?14 OR b.root = ?14) "                                       \
	"AND (?15 IS NULL OR ifnull(a.mm, b.mm) IN " MMS_OF_PID                                    \
	" OR (ifnull(a.mm, b.mm) IS NULL AND ?15 = (SELECT o.tgid FROM process o WHERE o.row = "   \
	TREE_OWNER("ifnull(a.root, b.root)") ")))"

#define FINDINGS_PAGE                                                                              \
	HEAD "ifnull(a.kind, b.kind) AS kind, ifnull(a.rule, b.rule) AS rule, "                    \
	"ifnull(a.mm, b.mm) AS mm_id, ifnull(a.anon_vma, b.anon_vma) AS anon_vma, "                \
	"p.tgid AS pid, p.comm" FINDING_VALUES(SIDES) " "                                          \
	"FROM " LARGEST(FINDINGS)                                                                  \
	"LEFT JOIN finding b ON b.row = c.old LEFT JOIN finding a ON a.row = c.new "               \
	"LEFT JOIN process p ON p.row = " FINDING_OWNER " "                                        \
	LARGEST_FIRST

/* Processes. */

#define PROCESS_VALUES(X)                                                                          \
	X(, ppid, ppid)                                                                            \
	X(, uid, uid)                                                                              \
	X(, exec_id, exec_id)                                                                      \
	X(, comm, comm)                                                                            \
	X(, exe, exe_id)                                                                           \
	X(, mm, mm_id)

/* Of its address space. */
#define MM_VALUES(X)                                                                               \
	X(m, vmas, vmas)                                                                           \
	X(m, anon_vmas, anon_vmas)                                                                 \
	X(m, avcs, avcs)                                                                           \
	X(m, trees, trees)                                                                         \
	X(m, reused_vmas, reused_vmas)                                                             \
	X(m, missed_groups, missed_groups)                                                         \
	X(m, missed_reuse, missed_reuse)                                                           \
	X(m, blocked_merges, blocked_merges)                                                       \
	X(m, max_chain, max_chain)                                                                 \
	X(m, map_count, map_count)                                                                 \
	X(m, fork_vmas, fork_vmas)                                                                 \
	X(m, fork_anon_vmas, fork_anon_vmas)                                                       \
	X(m, fork_avcs, fork_avcs)                                                                 \
	X(m, torn, torn)                                                                           \
	X(m, cut, cut)

/* What objects take that an mm m of the boot has. */
#define BYTES(m, what, boot)                                                                       \
	"(" m "." what "vmas * " boot ".vma_bytes + " m "." what "anon_vmas * " boot               \
	".anon_vma_bytes + " m "." what "avcs * " boot ".avc_bytes)"

#define PROCESS_GROWTH                                                                             \
	"(ifnull(" BYTES("am", "", "o") ", 0) - ifnull(" BYTES("bm", "", "o") ", 0))"

/* Processes with a row that only one snapshot shows; processes that are the same
 * in both but for their address space. */
#define CHANGED_PROCESSES                                                                          \
	"SELECT id, old, new FROM p UNION ALL SELECT q.id, q.row, q.row FROM m "                   \
	"CROSS JOIN process q INDEXED BY process_by_mm ON q.mm = m.id "                            \
	"AND q.born <= ?3 AND q.died > ?4"

/* The row of the mm of a side: one that only this snapshot shows, else that of
 * both. */
#define MM_OF(side, row, snapshot)                                                                 \
	"LEFT JOIN m " side "c ON " side "c.id = " side ".mm "                                     \
	"LEFT JOIN mm " side "m ON " side "m.row = ifnull(" side "c." row ", "                     \
	"(SELECT v.row FROM mm v WHERE " STORE_VERSION_AT("mm", "v", "id", side ".mm", snapshot) ")) "

#define PROCESSES                                                                                  \
	"WITH p AS MATERIALIZED (" PAIRED("process", "id", "?5", "?6") "), "                       \
	"m AS MATERIALIZED (" PAIRED("mm", "id", "?7", "?8") ") "                                  \
	"SELECT c.id, c.old, c.new, bm.row AS old_mm, am.row AS new_mm, "                          \
	STATE(PROCESS_GROWTH, "b.exec_id <> a.exec_id OR b.exe IS NOT a.exe")                      \
	PROCESS_GROWTH " AS change "                                                               \
	"FROM (" CHANGED_PROCESSES ") c "                                                          \
	"LEFT JOIN process b ON b.row = c.old LEFT JOIN process a ON a.row = c.new "               \
	MM_OF("b", "old", "?1") MM_OF("a", "new", "?2")                                            \
	"CROSS JOIN snapshot n ON n.id = ?2 CROSS JOIN boot o ON o.id = n.boot "                   \
	"WHERE (b.cgroup_path IS NOT a.cgroup_path"                                                \
	PROCESS_VALUES(DIFFERS) MM_VALUES(DIFFERS) ") "                                            \
	"AND (?15 IS NULL OR ifnull(a.tgid, b.tgid) = ?15)"

#define PROCESSES_PAGE                                                                             \
	HEAD "ifnull(a.tgid, b.tgid) AS pid, ifnull(a.comm, b.comm) AS comm, "                     \
	"iif(c.new IS NULL, bf.path, af.path) AS exe"                                              \
	PROCESS_VALUES(SIDES) MM_VALUES(SIDES)                                                     \
	SIDES_BY("bf.path", "af.path", "exe")                                                      \
	SIDES_BY("nullif(b.cgroup_path, '')", "nullif(a.cgroup_path, '')", "cgroup")               \
	SIDES_BY(BYTES("bm", "fork_", "o"), BYTES("am", "fork_", "o"), "fork_bytes")               \
	SIDES_BY(BYTES("bm", "", "o"), BYTES("am", "", "o"), "object_bytes") " "                   \
	"FROM " LARGEST(PROCESSES)                                                                 \
	"LEFT JOIN process b ON b.row = c.old LEFT JOIN process a ON a.row = c.new "               \
	"LEFT JOIN mm bm ON bm.row = c.old_mm LEFT JOIN mm am ON am.row = c.new_mm "               \
	"LEFT JOIN file bf ON bf.id = b.exe AND " STORE_SHOWN_AT("bf", "?1")                       \
	" LEFT JOIN file af ON af.id = a.exe AND " STORE_SHOWN_AT("af", "?2")                      \
	" CROSS JOIN snapshot n ON n.id = ?2 CROSS JOIN boot o ON o.id = n.boot "                  \
	LARGEST_FIRST

/* Names. */

#define NAME_VALUES(X)                                                                             \
	X(processes)                                                                               \
	X(vmas)                                                                                    \
	X(anon_vmas)                                                                               \
	X(avcs)                                                                                    \
	X(missed_reuse)                                                                            \
	X(object_bytes)

#define SUMS(name)                                                                                 \
	", sum(iif(side = 0, " #name ", 0)) AS b_" #name ", sum(iif(side, " #name ", 0)) AS a_" #name
#define SUM_DIFFERS(name) " OR b_" #name " <> a_" #name
#define SUM_SIDES(name)                                                                            \
	", c.b_" #name " AS \"before." #name "\", c.a_" #name " AS \"after." #name "\""

/* What an mm has counts once, for the process that gives it its identity. */
#define NAMED_PROCESSES(side, snapshot)                                                            \
	"SELECT " side " AS side, p.row, p.comm, f.path AS exe, 1 AS processes, "                  \
	"iif(m.process = p.id, m.vmas, 0) AS vmas, "                                               \
	"iif(m.process = p.id, m.anon_vmas, 0) AS anon_vmas, "                                     \
	"iif(m.process = p.id, m.avcs, 0) AS avcs, "                                               \
	"iif(m.process = p.id, m.missed_reuse, 0) AS missed_reuse, "                               \
	"iif(m.process = p.id, " BYTES("m", "", "o") ", 0) AS object_bytes "                       \
	"FROM snapshot s CROSS JOIN boot o ON o.id = s.boot "                                      \
	"CROSS JOIN " STORE_ALIVE_AT("process", "p", snapshot)                                     \
	"JOIN mm m ON " STORE_VERSION_AT("mm", "m", "id", "p.mm", snapshot)                        \
	"LEFT JOIN file f ON f.id = p.exe AND " STORE_SHOWN_AT("f", snapshot)                      \
	" WHERE s.id = " snapshot

/* A row of the table has one name as of one snapshot, so that the smallest one
 * with its side stands for the name. */
#define NAMES                                                                                      \
	"SELECT " STATE("change", "0") "c.* FROM ("                                                \
	"SELECT *, nullif(b_processes, 0) AS old, nullif(a_processes, 0) AS new, "                 \
	"a_object_bytes - b_object_bytes AS change FROM ("                                         \
	"SELECT comm, exe, min(row * 2 + side) AS id" NAME_VALUES(SUMS) " FROM ("                  \
	NAMED_PROCESSES("0", "?1") " UNION ALL " NAMED_PROCESSES("1", "?2")                        \
	") GROUP BY comm, exe)) c WHERE (0" NAME_VALUES(SUM_DIFFERS) ")"

#define NAMES_PAGE HEAD "c.comm, c.exe" NAME_VALUES(SUM_SIDES) " FROM " LARGEST(NAMES) LARGEST_FIRST

/* clang-format on */

const struct store_diff_statements store_diff_statements[STORE_DIFF_SECTION_COUNT] = {
	[STORE_DIFF_PROCESSES] = {{"process", "mm"}, PROCESSES_PAGE, COUNTS(PROCESSES), false},
	[STORE_DIFF_TREES] = {{"tree", NULL}, TREES_PAGE, COUNTS(TREES), false},
	[STORE_DIFF_ANON_VMAS] = {{"anon_vma", "anon_vma_state"},
				  ANON_VMAS_PAGE,
				  COUNTS(ANON_VMAS),
				  false},
	[STORE_DIFF_VMAS] = {{"vma", NULL}, VMAS_PAGE, COUNTS(VMAS), true},
	[STORE_DIFF_FINDINGS] = {{"finding", NULL}, FINDINGS_PAGE, COUNTS(FINDINGS), false},
	[STORE_DIFF_NAMES] = {{NULL, NULL}, NAMES_PAGE, COUNTS(NAMES), false},
};
