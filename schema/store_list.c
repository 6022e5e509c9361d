/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_list.h"

#include "store_internal.h"
#include "store_rows.h"
#include "store_shown.h"

/* clang-format off */

#define SNAPSHOTS(condition, way)                                                                      \
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
	"FROM snapshot s JOIN boot b ON b.id = s.boot WHERE " condition " ORDER BY s.id" way

/* By id, not by time: that is the order. */
#define SNAPSHOT_LIST(compare, way)                                                                \
	SNAPSHOTS("s.id " compare " ?2 AND (?5 IS NULL OR s.label = ?5) "                          \
	"AND (?6 IS NULL OR s.pinned = ?6) AND +s.taken_ns BETWEEN ?7 AND ?8", way)                \
	" LIMIT ?4"

/* The page of trees first, what belongs to each afterwards: the other way round every tree
 * of the system would be looked up for each page. */
#define TREES(key, source, way, limit)                                                             \
	"SELECT t.id AS root, p.tgid AS pid, p.comm, f.path AS exe, "                              \
	"t.anon_vmas, t.idle_anon_vmas, t.reusable_anon_vmas, t.vmas, t.reused_vmas, t.avcs, "     \
	"t.mms, t.torn, t.depth, t.max_chain, t.missed_groups, t.missed_reuse, "                   \
	"t.object_bytes AS tree_bytes, t.rmap_max_visits, t.rmap_covered_pages, t.rmap_covered_visits, t.rmap_written_pages, " \
	"t.rmap_written_visits, a.rwsem_count, t.sort_key "                                        \
	"FROM (SELECT g.*, " key " AS sort_key FROM " source                                       \
	" ORDER BY " key way ", id" way limit ") t "                                               \
	"LEFT JOIN process p ON p.id = t.process AND " STORE_SHOWN("p") " "                        \
	"LEFT JOIN file f ON f.id = p.exe AND " STORE_SHOWN("f") " "                               \
	"LEFT JOIN anon_vma_state a "                                                              \
	"ON " STORE_VERSION("anon_vma_state", "a", "anon_vma", "t.id")                             \
	"ORDER BY t.sort_key" way ", t.id" way

/* The oldest process of the tree, and what it executes, are asked for where a
 * filter is about them. */
#define TREE_LIST(key, compare, way)                                                               \
	TREES(key, STORE_ALIVE("tree", "g") "WHERE (" key ", id) " compare " (?2, ?3) "            \
	"AND missed_reuse >= ?5 AND anon_vmas >= ?6 "                                              \
	"AND (?7 IS NULL OR id IN (SELECT v.root FROM vma v INDEXED BY vma_by_mm "                 \
	"WHERE v.mm = ?7 AND v.root IS NOT NULL AND " STORE_SHOWN("v") ")) "                       \
	"AND (?8 IS NULL OR EXISTS (SELECT 1 FROM process o WHERE o.id = g.process "               \
	"AND o.comm = ?8 AND " STORE_SHOWN("o") ")) "                                              \
	"AND (?9 IS NULL OR EXISTS (SELECT 1 FROM process o CROSS JOIN file x ON x.id = o.exe "    \
	"WHERE o.id = g.process AND x.path = ?9 AND " STORE_SHOWN("o") " AND " STORE_SHOWN("x") ")) " \
	"AND (?10 IS NULL OR id = ?11 OR EXISTS (SELECT 1 FROM process o "                         \
	"LEFT JOIN file x ON x.id = o.exe AND " STORE_SHOWN("x") " WHERE o.id = g.process "        \
	"AND " STORE_SHOWN("o") " AND (instr(lower(o.comm), lower(?10)) "                          \
	"OR instr(lower(x.path), lower(?10)))))", way, " LIMIT ?4")

#define TREES_UP(key) TREE_LIST(key, ">", "")
#define TREES_DOWN(key) TREE_LIST(key, "<", " DESC")

/* X(name, column): how a list of trees can be ordered. */
#define TREE_SORTS(X)                                                                              \
	X(MISSED_REUSE, "missed_reuse")                                                            \
	X(ANON_VMAS, "anon_vmas")                                                                  \
	X(AVCS, "avcs")                                                                            \
	X(VMAS, "vmas")                                                                            \
	X(MMS, "mms")                                                                              \
	X(DEPTH, "depth")                                                                          \
	X(MAX_CHAIN, "max_chain")                                                                  \
	X(TREE_BYTES, "object_bytes")                                                              \
	X(RMAP_MAX_VISITS, "rmap_max_visits")                                                      \
	X(ROOT, "id")

/* clang-format on */

enum list_statement {
	LIST_SNAPSHOTS_UP,
	LIST_SNAPSHOTS_DOWN,
	LIST_SNAPSHOT,
	LIST_SNAPSHOT_COUNT,
	LIST_LAST_SNAPSHOT_ID,
	LIST_TREE,
	LIST_TREES_UP,
	LIST_TREES_DOWN = LIST_TREES_UP + STORE_TREE_SORT_COUNT,
	LIST_STATEMENT_COUNT = LIST_TREES_DOWN + STORE_TREE_SORT_COUNT,
};

static const char *const statements[LIST_STATEMENT_COUNT] = {
	[LIST_SNAPSHOTS_UP] = SNAPSHOT_LIST(">", ""),
	[LIST_SNAPSHOTS_DOWN] = SNAPSHOT_LIST("<", " DESC"),
	[LIST_SNAPSHOT] = SNAPSHOTS("s.id = ?1", ""),
	[LIST_SNAPSHOT_COUNT] = "SELECT count(*) FROM snapshot",
	[LIST_LAST_SNAPSHOT_ID] = "SELECT seq FROM sqlite_sequence WHERE name = 'snapshot'",
	[LIST_TREE] = TREES("id", "tree g WHERE " STORE_VERSION("tree", "g", "id", "?2"), "", ""),
#define UP(name, column) [LIST_TREES_UP + STORE_TREES_BY_##name] = TREES_UP(column),
#define DOWN(name, column) [LIST_TREES_DOWN + STORE_TREES_BY_##name] = TREES_DOWN(column),
	TREE_SORTS(UP) TREE_SORTS(DOWN)
#undef UP
#undef DOWN
};

const char *store_list_statement(unsigned int i)
{
	return i < LIST_STATEMENT_COUNT ? statements[i] : NULL;
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
	STORE_INTEGER(tree, tree_bytes),
	STORE_INTEGER(tree, rmap_max_visits),
	STORE_INTEGER(tree, rmap_covered_pages),
	STORE_INTEGER(tree, rmap_covered_visits),
	STORE_INTEGER(tree, rmap_written_pages),
	STORE_INTEGER(tree, rmap_written_visits),
	STORE_INTEGER(tree, rwsem_count),
	STORE_INTEGER(tree, sort_key),
};

static const struct store_row_kind snapshot_kind = STORE_ROW_KIND(snapshot_columns);
static const struct store_row_kind tree_kind = STORE_ROW_KIND(tree_columns);

int store_read_begin(struct store *store)
{
	return store_exec(store, "BEGIN");
}

void store_read_end(struct store *store)
{
	store_set_deadline(store, 0);
	if (!sqlite3_get_autocommit(store->db))
		store_exec(store, "COMMIT");
}

int store_query_snapshots(struct store *store, const struct store_snapshot_query *query,
			  store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &snapshot_kind,
									     NULL};
	struct store_snapshot_row row = {0};
	int rc = store_rows_open(
		&rows,
		statements[query->page.descending ? LIST_SNAPSHOTS_DOWN : LIST_SNAPSHOTS_UP]);

	if (rc)
		return rc;
	store_rows_bind_page(&rows, 0, &query->page);
	store_rows_bind_text(rows.statement, 5, query->label);
	if (query->with_pinned)
		sqlite3_bind_int64(rows.statement, 6, query->pinned);
	sqlite3_bind_int64(rows.statement, 7, query->since_ns);
	sqlite3_bind_int64(rows.statement, 8, query->until_ns);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_list_snapshots(struct store *store, int64_t before, uint32_t limit, store_visit visit,
			 void *context)
{
	const struct store_snapshot_query query = {
		.page = {.descending = true, .resume = true, .after_key = before, .limit = limit},
		.since_ns = INT64_MIN,
		.until_ns = INT64_MAX,
	};

	return store_query_snapshots(store, &query, visit, context);
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

int store_last_snapshot_id(struct store *store, int64_t *ret_id)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int rc = store_rows_open(&rows, statements[LIST_LAST_SNAPSHOT_ID]);
	int code;

	if (rc)
		return rc;
	code = sqlite3_step(rows.statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return store_fail(store, "cannot read the last snapshot's id");
	*ret_id = code == SQLITE_ROW ? sqlite3_column_int64(rows.statement, 0) : 0;
	return 0;
}

int store_list_trees(struct store *store, const struct store_tree_query *query, store_visit visit,
		     void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &tree_kind,
									     NULL};
	struct store_tree_row row = {0};
	unsigned int first = query->page.descending ? LIST_TREES_DOWN : LIST_TREES_UP;
	int rc = store_rows_open(&rows, statements[first + query->sort]);

	if (rc)
		return rc;
	store_rows_bind_page(&rows, query->snapshot, &query->page);
	sqlite3_bind_int64(rows.statement, 5, query->min_missed_reuse);
	sqlite3_bind_int64(rows.statement, 6, query->min_anon_vmas);
	store_rows_bind_filter(rows.statement, 7, query->mm_id);
	store_rows_bind_text(rows.statement, 8, query->comm);
	store_rows_bind_text(rows.statement, 9, query->exe);
	store_rows_bind_search(rows.statement, 10, query->search);
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
