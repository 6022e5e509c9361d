/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_processes.h"

#include "store_internal.h"
#include "store_rows.h"
#include "store_shown.h"

/* clang-format off */

/* What the objects of one of an mm's counts of three kinds take. */
#define BYTES(what)                                                                                \
	"m." what "_vmas * b.vma_bytes + m." what "_anon_vmas * b.anon_vma_bytes "                 \
	"+ m." what "_avcs * b.avc_bytes"

#define OBJECT_BYTES                                                                               \
	"m.vmas * b.vma_bytes + m.anon_vmas * b.anon_vma_bytes + m.avcs * b.avc_bytes"

#define ANON_RSS_BYTES                                                                             \
	"coalesce((SELECT r.anon_rss_pages FROM mm_usage r "                                       \
	"WHERE " STORE_VERSION("mm_usage", "r", "mm", "p.mm") "), 0) * b.page_size"

/*
 * The page of processes first, what belongs to each afterwards. By pid a process
 * is found at once, but a walk by pid would visit every process that ever had it;
 * a list starts from those that the snapshot shows.
 */
#define PROCESSES(key, source, condition, way, limit)                                              \
	"SELECT p.tgid AS pid, p.ppid, p.uid, p.comm, f.path AS exe, p.start_ns, "                 \
	"nullif(p.cgroup_path, '') AS cgroup, p.id AS process_id, p.mm AS mm_id, "                 \
	"EXISTS (SELECT 1 FROM process o WHERE o.mm = p.mm AND o.tgid <> p.tgid "                  \
	"AND " STORE_SHOWN("o") ") AS mm_shared, "                                                 \
	"m.vmas, m.anon_vmas, m.avcs, m.trees, m.reused_vmas, m.missed_groups, m.missed_reuse, "   \
	"m.blocked_merges, m.max_chain, " OBJECT_BYTES " AS object_bytes, "                        \
	"m.map_count, m.torn, m.cut, "                                                             \
	"m.fork_vmas, m.fork_anon_vmas, m.fork_avcs, " BYTES("fork") " AS fork_bytes, "            \
	"m.undone_vmas, m.undone_anon_vmas, m.undone_avcs, " BYTES("undone") " AS undone_bytes, "  \
	"u.anon_rss_pages * b.page_size AS anon_rss_bytes, "                                       \
	"u.file_rss_pages * b.page_size AS file_rss_bytes, "                                       \
	"u.shmem_rss_pages * b.page_size AS shmem_rss_bytes, "                                     \
	"u.swap_pages * b.page_size AS swap_bytes, u.pgtables_bytes, k.sort_key "                  \
	"FROM (SELECT p.row AS process_row, m.row AS mm_row, p.tgid, " key " AS sort_key "         \
	"FROM snapshot s CROSS JOIN boot b ON b.id = s.boot "                                      \
	"CROSS JOIN " source " "                                                                   \
	"CROSS JOIN mm m ON " STORE_VERSION("mm", "m", "id", "p.mm")                               \
	"WHERE s.id = ?1 AND " condition " ORDER BY sort_key" way ", p.tgid" way limit ") k "      \
	"CROSS JOIN process p ON p.row = k.process_row "                                           \
	"CROSS JOIN mm m ON m.row = k.mm_row "                                                     \
	"CROSS JOIN snapshot s ON s.id = ?1 CROSS JOIN boot b ON b.id = s.boot "                   \
	"LEFT JOIN mm_usage u ON " STORE_VERSION("mm_usage", "u", "mm", "p.mm")                    \
	"LEFT JOIN file f ON f.id = p.exe AND " STORE_SHOWN("f") " "                               \
	"ORDER BY k.sort_key" way ", k.tgid" way

#define PROCESS_LIST(key, compare, way)                                                            \
	PROCESSES(key, STORE_ALIVE("process", "p"), "(" key ", p.tgid) " compare " (?2, ?3) "      \
	"AND (?5 IS NULL OR p.tgid = ?5) AND (?6 IS NULL OR p.comm = ?6) "                         \
	"AND (?7 IS NULL OR EXISTS (SELECT 1 FROM file x WHERE x.id = p.exe AND x.path = ?7 "      \
	"AND " STORE_SHOWN("x") ")) AND (?8 IS NULL OR p.cgroup_path = ?8) "                       \
	"AND (?9 IS NULL OR p.uid = ?9) AND m.missed_reuse >= ?10 "                                \
	"AND (?11 IS NULL OR p.tgid = ?12 OR instr(lower(p.comm), lower(?11)) "                    \
	"OR instr(lower(p.cgroup_path), lower(?11)) "                                              \
	"OR EXISTS (SELECT 1 FROM file x WHERE x.id = p.exe "                                      \
	"AND instr(lower(x.path), lower(?11)) AND " STORE_SHOWN("x") "))",                         \
	way, " LIMIT ?4")

#define PROCESSES_UP(key) PROCESS_LIST(key, ">", "")
#define PROCESSES_DOWN(key) PROCESS_LIST(key, "<", " DESC")

/* X(name, expression): how a list of processes can be ordered. */
#define PROCESS_SORTS(X)                                                                           \
	X(PID, "p.tgid")                                                                           \
	X(VMAS, "m.vmas")                                                                          \
	X(ANON_VMAS, "m.anon_vmas")                                                                \
	X(AVCS, "m.avcs")                                                                          \
	X(MISSED_REUSE, "m.missed_reuse")                                                          \
	X(MAX_CHAIN, "m.max_chain")                                                                \
	X(OBJECT_BYTES, OBJECT_BYTES)                                                              \
	X(FORK_BYTES, BYTES("fork"))                                                               \
	X(ANON_RSS_BYTES, ANON_RSS_BYTES)

/* Of an mm only its own process, the one that gives it its identity, counts; a
 * process of the same mm counts as a process. */
#define EXECUTABLE_PROCESSES                                                                       \
	"SELECT f.path, p.exe, p.comm, 1 AS processes, m.process = p.id AS mms, "                  \
	"(m.process = p.id) * m.vmas AS vmas, "                                                    \
	"(m.process = p.id) * m.missed_reuse AS missed_reuse, "                                    \
	"(m.process = p.id) * m.blocked_merges AS blocked_merges, "                                \
	"(m.process = p.id) * (" BYTES("fork") ") AS fork_bytes, "                                 \
	"(m.process = p.id) * " ANON_RSS_BYTES " AS anon_rss_bytes, m.max_chain, "                 \
	"0 AS trees, 0 AS anon_vmas, 0 AS idle_anon_vmas, 0 AS reusable_anon_vmas, 0 AS avcs, "    \
	"0 AS tree_bytes, 0 AS depth, 0 AS rmap_max_visits "                                       \
	"FROM snapshot s CROSS JOIN boot b ON b.id = s.boot "                                      \
	"CROSS JOIN " STORE_ALIVE("process", "p")                                                  \
	"CROSS JOIN mm m ON " STORE_VERSION("mm", "m", "id", "p.mm")                               \
	"LEFT JOIN file f ON f.id = p.exe AND " STORE_SHOWN("f") " WHERE s.id = ?1"

#define EXECUTABLE_TREES                                                                           \
	"SELECT f.path, p.exe, p.comm, 0, 0, 0, 0, 0, 0, 0, 0, 1, t.anon_vmas, t.idle_anon_vmas, " \
	"t.reusable_anon_vmas, t.avcs, t.object_bytes, t.depth, t.rmap_max_visits "                \
	"FROM " STORE_ALIVE("tree", "t")                                                           \
	"LEFT JOIN process p ON p.id = t.process AND " STORE_SHOWN("p") " "                        \
	"LEFT JOIN file f ON f.id = p.exe AND " STORE_SHOWN("f")

/* One path may be several files, after an update: the path is what counts, and
 * the lowest of their ids names the row. */
#define EXECUTABLES(key, compare, way)                                                             \
	"SELECT *, " key " AS sort_key FROM (SELECT coalesce(min(exe), 0) AS id, path AS exe, "    \
	"iif(count(DISTINCT comm) = 1, min(comm), NULL) AS comm, "                                 \
	"sum(processes) AS processes, sum(mms) AS mms, sum(vmas) AS vmas, "                        \
	"sum(missed_reuse) AS missed_reuse, sum(blocked_merges) AS blocked_merges, "               \
	"sum(fork_bytes) AS fork_bytes, sum(anon_rss_bytes) AS anon_rss_bytes, "                   \
	"max(max_chain) AS max_chain, sum(trees) AS trees, sum(anon_vmas) AS anon_vmas, "          \
	"sum(idle_anon_vmas) AS idle_anon_vmas, sum(reusable_anon_vmas) AS reusable_anon_vmas, "   \
	"sum(avcs) AS avcs, sum(tree_bytes) AS tree_bytes, max(depth) AS depth, "                  \
	"max(rmap_max_visits) AS rmap_max_visits FROM ("                                           \
	EXECUTABLE_PROCESSES " UNION ALL " EXECUTABLE_TREES ") GROUP BY path "                     \
	"HAVING ?5 IS NULL OR instr(lower(path), lower(?5)) "                                      \
	"OR max(instr(lower(comm), lower(?5)))) "                                                  \
	"WHERE (" key ", id) " compare " (?2, ?3) ORDER BY sort_key" way ", id" way " LIMIT ?4"

#define EXECUTABLES_UP(key) EXECUTABLES(key, ">", "")
#define EXECUTABLES_DOWN(key) EXECUTABLES(key, "<", " DESC")

/* X(name, column): how a list of executables can be ordered. */
#define EXECUTABLE_SORTS(X)                                                                        \
	X(TREE_BYTES, "tree_bytes")                                                                \
	X(PROCESSES, "processes")                                                                  \
	X(TREES, "trees")                                                                          \
	X(VMAS, "vmas")                                                                            \
	X(ANON_VMAS, "anon_vmas")                                                                  \
	X(AVCS, "avcs")                                                                            \
	X(MISSED_REUSE, "missed_reuse")                                                            \
	X(MAX_CHAIN, "max_chain")                                                                  \
	X(FORK_BYTES, "fork_bytes")                                                                \
	X(ANON_RSS_BYTES, "anon_rss_bytes")

/* clang-format on */

enum processes_statement {
	PROCESSES_ONE,
	PROCESSES_UPWARDS,
	PROCESSES_DOWNWARDS = PROCESSES_UPWARDS + STORE_PROCESS_SORT_COUNT,
	EXECUTABLES_UPWARDS = PROCESSES_DOWNWARDS + STORE_PROCESS_SORT_COUNT,
	EXECUTABLES_DOWNWARDS = EXECUTABLES_UPWARDS + STORE_EXECUTABLE_SORT_COUNT,
	PROCESSES_STATEMENT_COUNT = EXECUTABLES_DOWNWARDS + STORE_EXECUTABLE_SORT_COUNT,
};

static const char *const statements[PROCESSES_STATEMENT_COUNT] = {
	[PROCESSES_ONE] = PROCESSES("0",
				    "process p INDEXED BY process_by_tgid ON " STORE_SHOWN("p"),
				    "p.tgid = ?2", "", ""),
#define UP(name, key) [PROCESSES_UPWARDS + STORE_PROCESSES_BY_##name] = PROCESSES_UP(key),
#define DOWN(name, key) [PROCESSES_DOWNWARDS + STORE_PROCESSES_BY_##name] = PROCESSES_DOWN(key),
	PROCESS_SORTS(UP) PROCESS_SORTS(DOWN)
#undef UP
#undef DOWN
#define UP(name, key) [EXECUTABLES_UPWARDS + STORE_EXECUTABLES_BY_##name] = EXECUTABLES_UP(key),
#define DOWN(name, key) \
	[EXECUTABLES_DOWNWARDS + STORE_EXECUTABLES_BY_##name] = EXECUTABLES_DOWN(key),
		EXECUTABLE_SORTS(UP) EXECUTABLE_SORTS(DOWN)
#undef UP
#undef DOWN
};

const char *store_processes_statement(unsigned int i)
{
	return i < PROCESSES_STATEMENT_COUNT ? statements[i] : NULL;
}

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
	STORE_INTEGER(process, object_bytes),
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
	STORE_INTEGER(process, sort_key),
};

static const struct store_column executable_columns[] = {
	STORE_INTEGER(executable, id),
	STORE_TEXT(executable, exe),
	STORE_TEXT(executable, comm),
	STORE_INTEGER(executable, processes),
	STORE_INTEGER(executable, mms),
	STORE_INTEGER(executable, vmas),
	STORE_INTEGER(executable, missed_reuse),
	STORE_INTEGER(executable, blocked_merges),
	STORE_INTEGER(executable, fork_bytes),
	STORE_INTEGER(executable, anon_rss_bytes),
	STORE_INTEGER(executable, max_chain),
	STORE_INTEGER(executable, trees),
	STORE_INTEGER(executable, anon_vmas),
	STORE_INTEGER(executable, idle_anon_vmas),
	STORE_INTEGER(executable, reusable_anon_vmas),
	STORE_INTEGER(executable, avcs),
	STORE_INTEGER(executable, tree_bytes),
	STORE_INTEGER(executable, depth),
	STORE_INTEGER(executable, rmap_max_visits),
	STORE_INTEGER(executable, sort_key),
};

static const struct store_row_kind process_kind = STORE_ROW_KIND(process_columns);
static const struct store_row_kind executable_kind = STORE_ROW_KIND(executable_columns);

static void bind_process_filters(sqlite3_stmt *statement, const struct store_process_query *query)
{
	store_rows_bind_filter(statement, 5, query->pid);
	store_rows_bind_text(statement, 6, query->comm);
	store_rows_bind_text(statement, 7, query->exe);
	store_rows_bind_text(statement, 8, query->cgroup);
	if (query->uid)
		sqlite3_bind_int64(statement, 9, *query->uid);
	sqlite3_bind_int64(statement, 10, query->min_missed_reuse);
	store_rows_bind_search(statement, 11, query->search);
}

int store_list_processes(struct store *store, const struct store_process_query *query,
			 store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &process_kind,
									     NULL};
	struct store_process_row row = {0};
	unsigned int first = query->page.descending ? PROCESSES_DOWNWARDS : PROCESSES_UPWARDS;
	int rc = store_rows_open(&rows, statements[first + query->sort]);

	if (rc)
		return rc;
	store_rows_bind_page(&rows, query->snapshot, &query->page);
	bind_process_filters(rows.statement, query);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_find_process(struct store *store, int64_t snapshot, int64_t pid, store_visit visit,
		       void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &process_kind,
									     NULL};
	struct store_process_row row = {0};
	int rc = store_rows_open(&rows, statements[PROCESSES_ONE]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, snapshot);
	sqlite3_bind_int64(rows.statement, 2, pid);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_list_executables(struct store *store, const struct store_executable_query *query,
			   store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {
		store, &executable_kind, NULL};
	struct store_executable_row row = {0};
	unsigned int first = query->page.descending ? EXECUTABLES_DOWNWARDS : EXECUTABLES_UPWARDS;
	int rc = store_rows_open(&rows, statements[first + query->sort]);

	if (rc)
		return rc;
	store_rows_bind_page(&rows, query->snapshot, &query->page);
	store_rows_bind_text(rows.statement, 5, query->search);
	return store_rows_visit(&rows, &row, visit, context);
}
