/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_list.h"

#include "store_findings.h"
#include "store_internal.h"
#include "store_owners.h"
#include "store_rows.h"

/* clang-format off */

#define SNAPSHOTS(condition)                                                                       \
	"SELECT s.id, s.taken_ns, s.pinned, s.tree_tgid, s.label, s.boot, b.boot_id, b.host, "     \
	"b.release, b.machine, b.page_size, b.vma_bytes, b.anon_vma_bytes, b.avc_bytes, "          \
	"s.processes, s.mms, s.vmas, s.anon_vmas, s.avcs, s.trees, s.files, s.idle_anon_vmas, "    \
	"s.reusable_anon_vmas, s.reused_vmas, s.missed_groups, s.missed_reuse, "                   \
	"s.blocked_merges, s.max_chain, s.max_depth, s.object_bytes, "                             \
	"s.rmap_max_visits, s.rmap_covered_pages, s.rmap_covered_visits, s.rmap_written_pages, "   \
	"s.rmap_written_visits, s.rmap_family_visits, "                                            \
	"s.fork_policy, s.deep_chain, s.wide_rmap, s.wide_lock, "                                  \
	"s.torn_mms = 0 AND s.cut_mms = 0 AND s.undescribed_anon_vmas = 0 AS complete, "           \
	"s.torn_mms, s.rewalked_mms, s.cut_mms, s.moved_anon_vmas, s.undescribed_anon_vmas, "      \
	"s.walk_ns, s.identity_ns, s.analyse_ns, s.store_ns, s.cpu_ns, s.stream_bytes "            \
	"FROM snapshot s JOIN boot b ON b.id = s.boot WHERE " condition " ORDER BY s.id DESC"

/* What the objects of one of an mm's counts of three kinds take. */
#define BYTES(what)                                                                                \
	"m." what "_vmas * b.vma_bytes + m." what "_anon_vmas * b.anon_vma_bytes "                 \
	"+ m." what "_avcs * b.avc_bytes"

/* By pid a process is found at once, but a walk by pid would visit every process
 * that ever had it; a list starts from those that had not died yet. */
#define PROCESSES(index, condition)                                                                \
	"SELECT p.tgid AS pid, p.ppid, p.uid, p.comm, f.path AS exe, p.start_ns, "                 \
	"nullif(p.cgroup_path, '') AS cgroup, p.id AS process_id, p.mm AS mm_id, "                 \
	"EXISTS (SELECT 1 FROM process o WHERE o.mm = p.mm AND o.tgid <> p.tgid "                  \
	"AND o.born <= ?1 AND o.died > ?1) AS mm_shared, "                                         \
	"m.vmas, m.anon_vmas, m.avcs, m.trees, m.reused_vmas, m.missed_groups, m.missed_reuse, "   \
	"m.blocked_merges, m.max_chain, m.map_count, m.torn, m.cut, "                              \
	"m.fork_vmas, m.fork_anon_vmas, m.fork_avcs, " BYTES("fork") " AS fork_bytes, "            \
	"m.undone_vmas, m.undone_anon_vmas, m.undone_avcs, " BYTES("undone") " AS undone_bytes, "  \
	"u.anon_rss_pages * b.page_size AS anon_rss_bytes, "                                       \
	"u.file_rss_pages * b.page_size AS file_rss_bytes, "                                       \
	"u.shmem_rss_pages * b.page_size AS shmem_rss_bytes, "                                     \
	"u.swap_pages * b.page_size AS swap_bytes, u.pgtables_bytes "                              \
	"FROM snapshot s CROSS JOIN boot b ON b.id = s.boot "                                      \
	"CROSS JOIN process p INDEXED BY " index " ON p.born <= ?1 AND p.died > ?1 "               \
	"JOIN mm m ON m.id = p.mm AND m.born <= ?1 AND m.died > ?1 "                               \
	"LEFT JOIN mm_usage u ON u.mm = p.mm AND u.born <= ?1 AND u.died > ?1 "                    \
	"LEFT JOIN file f ON f.id = p.exe AND f.born <= ?1 AND f.died > ?1 "                       \
	"WHERE s.id = ?1 AND " condition

#define VMAS                                                                                       \
	"SELECT v.vm_start, v.vm_end, v.vm_pgoff, v.vm_flags, f.id IS NOT NULL AS has_file, "      \
	"f.dev, f.ino, f.path, v.name, v.anon_vma, v.root, v.reused, v.chain, "                    \
	"v.anon_pgoff IS NOT NULL AS has_anon_pgoff, v.anon_pgoff, v.policy AS numa_policy "       \
	"FROM vma v INDEXED BY vma_by_mm "                                                         \
	"LEFT JOIN file f ON f.id = v.file AND f.born <= ?1 AND f.died > ?1 "                      \
	"WHERE v.mm = ?2 AND v.vm_start > ?3 AND v.born <= ?1 AND v.died > ?1 "                    \
	"ORDER BY v.vm_start LIMIT ?4"

/* The page of trees first, what belongs to each afterwards: the other way round every tree
 * of the system would be looked up for each page. */
#define TREES(key, source, way, limit)                                                             \
	"SELECT t.id AS root, p.tgid AS pid, p.comm, f.path AS exe, "                              \
	"t.anon_vmas, t.idle_anon_vmas, t.reusable_anon_vmas, t.vmas, t.reused_vmas, t.avcs, "     \
	"t.mms, t.torn, t.depth, t.max_chain, t.missed_groups, t.missed_reuse, t.object_bytes, "   \
	"t.rmap_max_visits, t.rmap_covered_pages, t.rmap_covered_visits, t.rmap_written_pages, "   \
	"t.rmap_written_visits, a.rwsem_count, t.sort_key "                                        \
	"FROM (SELECT *, " key " AS sort_key FROM tree INDEXED BY " source                         \
	" AND born <= ?1 AND died > ?1 ORDER BY " key way ", id" way limit ") t "                  \
	"LEFT JOIN process p ON p.id = t.process AND p.born <= ?1 AND p.died > ?1 "                \
	"LEFT JOIN file f ON f.id = p.exe AND f.born <= ?1 AND f.died > ?1 "                       \
	"LEFT JOIN anon_vma_state a ON a.anon_vma = t.id AND a.born <= ?1 AND a.died > ?1 "        \
	"ORDER BY t.sort_key" way ", t.id" way

#define TREES_UP(key)                                                                              \
	TREES(key, "tree_by_died WHERE (" key ", id) > (?2, ?3)", "", " LIMIT ?4")
#define TREES_DOWN(key)                                                                            \
	TREES(key, "tree_by_died WHERE (" key ", id) < (?2, ?3)", " DESC", " LIMIT ?4")

/* X(name, column): how a list of trees can be ordered. */
#define TREE_SORTS(X)                                                                              \
	X(MISSED_REUSE, "missed_reuse")                                                            \
	X(ANON_VMAS, "anon_vmas")                                                                  \
	X(AVCS, "avcs")                                                                            \
	X(VMAS, "vmas")                                                                            \
	X(MMS, "mms")                                                                              \
	X(DEPTH, "depth")                                                                          \
	X(MAX_CHAIN, "max_chain")                                                                  \
	X(OBJECT_BYTES, "object_bytes")                                                            \
	X(RMAP_MAX_VISITS, "rmap_max_visits")                                                      \
	X(ROOT, "id")

/* clang-format on */

enum list_statement {
	LIST_SNAPSHOTS,
	LIST_SNAPSHOT,
	LIST_SNAPSHOT_COUNT,
	LIST_PROCESSES,
	LIST_PROCESS,
	LIST_VMAS,
	LIST_TREE,
	LIST_TREES_UP,
	LIST_TREES_DOWN = LIST_TREES_UP + STORE_TREE_SORT_COUNT,
	LIST_STATEMENT_COUNT = LIST_TREES_DOWN + STORE_TREE_SORT_COUNT,
};

static const char *const statements[LIST_STATEMENT_COUNT] = {
	[LIST_SNAPSHOTS] = SNAPSHOTS("s.id < ?1") " LIMIT ?2",
	[LIST_SNAPSHOT] = SNAPSHOTS("s.id = ?1"),
	[LIST_SNAPSHOT_COUNT] = "SELECT count(*) FROM snapshot",
	[LIST_PROCESSES] = PROCESSES("process_by_died", "p.tgid > ?2 AND p.tgid <= ?3 "
							"AND (?4 IS NULL OR p.comm = ?4) "
							"ORDER BY p.tgid LIMIT ?5"),
	[LIST_PROCESS] = PROCESSES("process_by_tgid", "p.tgid = ?2"),
	[LIST_VMAS] = VMAS,
	[LIST_TREE] = TREES("id", "tree_by_id WHERE id = ?2", "", ""),
#define UP(name, column) [LIST_TREES_UP + STORE_TREES_BY_##name] = TREES_UP(column),
#define DOWN(name, column) [LIST_TREES_DOWN + STORE_TREES_BY_##name] = TREES_DOWN(column),
	TREE_SORTS(UP) TREE_SORTS(DOWN)
#undef UP
#undef DOWN
};

const char *store_list_statement(unsigned int i)
{
	unsigned int findings = LIST_STATEMENT_COUNT;

	if (i < LIST_STATEMENT_COUNT)
		return statements[i];
	while (store_findings_statement(findings - LIST_STATEMENT_COUNT))
		findings++;
	return i < findings ? store_findings_statement(i - LIST_STATEMENT_COUNT) :
			      store_owners_statement(i - findings);
}

static const struct store_column snapshot_columns[] = {
	STORE_INTEGER(snapshot, id),
	STORE_INTEGER(snapshot, taken_ns),
	STORE_INTEGER(snapshot, pinned),
	STORE_INTEGER(snapshot, tree_tgid),
	STORE_TEXT(snapshot, label),
	STORE_INTEGER(snapshot, boot),
	STORE_TEXT(snapshot, boot_id),
	STORE_TEXT(snapshot, host),
	STORE_TEXT(snapshot, release),
	STORE_TEXT(snapshot, machine),
	STORE_INTEGER(snapshot, page_size),
	STORE_INTEGER(snapshot, vma_bytes),
	STORE_INTEGER(snapshot, anon_vma_bytes),
	STORE_INTEGER(snapshot, avc_bytes),
	STORE_INTEGER(snapshot, processes),
	STORE_INTEGER(snapshot, mms),
	STORE_INTEGER(snapshot, vmas),
	STORE_INTEGER(snapshot, anon_vmas),
	STORE_INTEGER(snapshot, avcs),
	STORE_INTEGER(snapshot, trees),
	STORE_INTEGER(snapshot, files),
	STORE_INTEGER(snapshot, idle_anon_vmas),
	STORE_INTEGER(snapshot, reusable_anon_vmas),
	STORE_INTEGER(snapshot, reused_vmas),
	STORE_INTEGER(snapshot, missed_groups),
	STORE_INTEGER(snapshot, missed_reuse),
	STORE_INTEGER(snapshot, blocked_merges),
	STORE_INTEGER(snapshot, max_chain),
	STORE_INTEGER(snapshot, max_depth),
	STORE_INTEGER(snapshot, object_bytes),
	STORE_INTEGER(snapshot, rmap_max_visits),
	STORE_INTEGER(snapshot, rmap_covered_pages),
	STORE_INTEGER(snapshot, rmap_covered_visits),
	STORE_INTEGER(snapshot, rmap_written_pages),
	STORE_INTEGER(snapshot, rmap_written_visits),
	STORE_INTEGER(snapshot, rmap_family_visits),
	STORE_TEXT(snapshot, fork_policy),
	STORE_INTEGER(snapshot, deep_chain),
	STORE_INTEGER(snapshot, wide_rmap),
	STORE_INTEGER(snapshot, wide_lock),
	STORE_INTEGER(snapshot, complete),
	STORE_INTEGER(snapshot, torn_mms),
	STORE_INTEGER(snapshot, rewalked_mms),
	STORE_INTEGER(snapshot, cut_mms),
	STORE_INTEGER(snapshot, moved_anon_vmas),
	STORE_INTEGER(snapshot, undescribed_anon_vmas),
	STORE_INTEGER(snapshot, walk_ns),
	STORE_INTEGER(snapshot, identity_ns),
	STORE_INTEGER(snapshot, analyse_ns),
	STORE_INTEGER(snapshot, store_ns),
	STORE_INTEGER(snapshot, cpu_ns),
	STORE_INTEGER(snapshot, stream_bytes),
};

static const struct store_column process_columns[] = {
	STORE_INTEGER(process, pid),
	STORE_INTEGER(process, ppid),
	STORE_INTEGER(process, uid),
	STORE_TEXT(process, comm),
	STORE_TEXT(process, exe),
	STORE_INTEGER(process, start_ns),
	STORE_TEXT(process, cgroup),
	STORE_INTEGER(process, process_id),
	STORE_INTEGER(process, mm_id),
	STORE_INTEGER(process, mm_shared),
	STORE_INTEGER(process, vmas),
	STORE_INTEGER(process, anon_vmas),
	STORE_INTEGER(process, avcs),
	STORE_INTEGER(process, trees),
	STORE_INTEGER(process, reused_vmas),
	STORE_INTEGER(process, missed_groups),
	STORE_INTEGER(process, missed_reuse),
	STORE_INTEGER(process, blocked_merges),
	STORE_INTEGER(process, max_chain),
	STORE_INTEGER(process, map_count),
	STORE_INTEGER(process, torn),
	STORE_INTEGER(process, cut),
	STORE_INTEGER(process, fork_vmas),
	STORE_INTEGER(process, fork_anon_vmas),
	STORE_INTEGER(process, fork_avcs),
	STORE_INTEGER(process, fork_bytes),
	STORE_INTEGER(process, undone_vmas),
	STORE_INTEGER(process, undone_anon_vmas),
	STORE_INTEGER(process, undone_avcs),
	STORE_INTEGER(process, undone_bytes),
	STORE_INTEGER(process, anon_rss_bytes),
	STORE_INTEGER(process, file_rss_bytes),
	STORE_INTEGER(process, shmem_rss_bytes),
	STORE_INTEGER(process, swap_bytes),
	STORE_INTEGER(process, pgtables_bytes),
};

static const struct store_column vma_columns[] = {
	STORE_INTEGER(vma, vm_start),	STORE_INTEGER(vma, vm_end),
	STORE_INTEGER(vma, vm_pgoff),	STORE_INTEGER(vma, vm_flags),
	STORE_INTEGER(vma, has_file),	STORE_INTEGER(vma, dev),
	STORE_INTEGER(vma, ino),	STORE_TEXT(vma, path),
	STORE_TEXT(vma, name),		STORE_INTEGER(vma, anon_vma),
	STORE_INTEGER(vma, root),	STORE_INTEGER(vma, reused),
	STORE_TEXT(vma, chain),		STORE_INTEGER(vma, has_anon_pgoff),
	STORE_INTEGER(vma, anon_pgoff), STORE_INTEGER(vma, numa_policy),
};

static const struct store_column tree_columns[] = {
	STORE_INTEGER(tree, root),
	STORE_INTEGER(tree, pid),
	STORE_TEXT(tree, comm),
	STORE_TEXT(tree, exe),
	STORE_INTEGER(tree, anon_vmas),
	STORE_INTEGER(tree, idle_anon_vmas),
	STORE_INTEGER(tree, reusable_anon_vmas),
	STORE_INTEGER(tree, vmas),
	STORE_INTEGER(tree, reused_vmas),
	STORE_INTEGER(tree, avcs),
	STORE_INTEGER(tree, mms),
	STORE_INTEGER(tree, torn),
	STORE_INTEGER(tree, depth),
	STORE_INTEGER(tree, max_chain),
	STORE_INTEGER(tree, missed_groups),
	STORE_INTEGER(tree, missed_reuse),
	STORE_INTEGER(tree, object_bytes),
	STORE_INTEGER(tree, rmap_max_visits),
	STORE_INTEGER(tree, rmap_covered_pages),
	STORE_INTEGER(tree, rmap_covered_visits),
	STORE_INTEGER(tree, rmap_written_pages),
	STORE_INTEGER(tree, rmap_written_visits),
	STORE_INTEGER(tree, rwsem_count),
	STORE_INTEGER(tree, sort_key),
};

static const struct store_row_kind snapshot_kind = STORE_ROW_KIND(snapshot_columns);
static const struct store_row_kind process_kind = STORE_ROW_KIND(process_columns);
static const struct store_row_kind vma_kind = STORE_ROW_KIND(vma_columns);
static const struct store_row_kind tree_kind = STORE_ROW_KIND(tree_columns);

int store_read_begin(struct store *store)
{
	return store_exec(store, "BEGIN");
}

void store_read_end(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		store_exec(store, "COMMIT");
}

int store_list_snapshots(struct store *store, int64_t before, uint32_t limit, store_visit visit,
			 void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &snapshot_kind,
									     NULL};
	struct store_snapshot_row row = {0};
	int rc = store_rows_open(&rows, statements[LIST_SNAPSHOTS]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, before);
	sqlite3_bind_int64(rows.statement, 2, limit);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_find_snapshot(struct store *store, int64_t id, store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &snapshot_kind,
									     NULL};
	struct store_snapshot_row row = {0};
	int rc = store_rows_open(&rows, statements[LIST_SNAPSHOT]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, id);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_count_snapshots(struct store *store, int64_t *ret_count)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int rc = store_rows_open(&rows, statements[LIST_SNAPSHOT_COUNT]);

	if (rc)
		return rc;
	if (sqlite3_step(rows.statement) != SQLITE_ROW)
		return store_fail(store, "cannot count the snapshots");
	*ret_count = sqlite3_column_int64(rows.statement, 0);
	return 0;
}

int store_list_processes(struct store *store, const struct store_process_query *query,
			 store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &process_kind,
									     NULL};
	struct store_process_row row = {0};
	int rc = store_rows_open(&rows, statements[LIST_PROCESSES]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, query->snapshot);
	sqlite3_bind_int64(rows.statement, 2, query->after_pid);
	sqlite3_bind_int64(rows.statement, 3, query->last_pid);
	sqlite3_bind_text(rows.statement, 4, query->comm, -1, SQLITE_STATIC);
	sqlite3_bind_int64(rows.statement, 5, query->limit);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_find_process(struct store *store, int64_t snapshot, int64_t pid, store_visit visit,
		       void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &process_kind,
									     NULL};
	struct store_process_row row = {0};
	int rc = store_rows_open(&rows, statements[LIST_PROCESS]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, snapshot);
	sqlite3_bind_int64(rows.statement, 2, pid);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_list_vmas(struct store *store, const struct store_vma_query *query, store_visit visit,
		    void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &vma_kind,
									     NULL};
	struct store_vma_row row = {0};
	int rc = store_rows_open(&rows, statements[LIST_VMAS]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, query->snapshot);
	sqlite3_bind_int64(rows.statement, 2, query->mm_id);
	sqlite3_bind_int64(rows.statement, 3, query->after_start);
	sqlite3_bind_int64(rows.statement, 4, query->limit);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_list_trees(struct store *store, const struct store_tree_query *query, store_visit visit,
		     void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &tree_kind,
									     NULL};
	struct store_tree_row row = {0};
	/* a key before the first row in either direction */
	int64_t start = query->descending ? INT64_MAX : INT64_MIN;
	unsigned int first = query->descending ? LIST_TREES_DOWN : LIST_TREES_UP;
	int rc = store_rows_open(&rows, statements[first + query->sort]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, query->snapshot);
	sqlite3_bind_int64(rows.statement, 2, query->resume ? query->after_key : start);
	sqlite3_bind_int64(rows.statement, 3, query->resume ? query->after_root : start);
	sqlite3_bind_int64(rows.statement, 4, query->limit);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_find_tree(struct store *store, int64_t snapshot, int64_t root, store_visit visit,
		    void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &tree_kind,
									     NULL};
	struct store_tree_row row = {0};
	int rc = store_rows_open(&rows, statements[LIST_TREE]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, snapshot);
	sqlite3_bind_int64(rows.statement, 2, root);
	return store_rows_visit(&rows, &row, visit, context);
}
