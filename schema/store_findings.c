/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_findings.h"

#include "store_internal.h"
#include "store_rows.h"
#include "store_shown.h"

/* clang-format off */

/* The page of findings first, what belongs to each afterwards. An id continues
 * without a gap and rows grow with `born`, so the first row of the id tells since
 * when there is the finding; the snapshot of then may be deleted by now. */
#define FINDINGS(key, compare, way)                                                                \
	"SELECT f.id, f.kind, f.rule, s.id AS since, s.taken_ns AS since_taken_ns, "               \
	"p.tgid AS pid, p.comm, f.mm AS mm_id, f.anon_vma, f.root, f.vm_start, f.size, "           \
	"f.detail_1, f.detail_2, f.vmas, f.anon_vmas, f.avcs, f.bytes, f.sort_key "                \
	"FROM (SELECT g.*, " key " AS sort_key FROM " STORE_ALIVE("finding", "g")                  \
	"WHERE (" key ", id) " compare " (?2, ?3) "                                                \
	"AND (?5 IS NULL OR kind = ?5) AND bytes >= ?6 AND (?7 IS NULL OR root = ?7) "             \
	"AND (?8 IS NULL OR mm = ?8 OR (mm IS NULL AND EXISTS (SELECT 1 FROM tree o "              \
	"WHERE " STORE_VERSION("tree", "o", "id", "g.root") "AND o.process = ?9))) "               \
	"AND (?10 IS NULL OR anon_vma = ?10) "                                                     \
	"AND (coalesce(?11, ?12) IS NULL OR EXISTS (SELECT 1 FROM process o "                      \
	"LEFT JOIN file x ON x.id = o.exe AND " STORE_SHOWN("x") " WHERE o.id = "                  \
	"coalesce((SELECT n.process FROM mm n "                                                    \
	"WHERE " STORE_VERSION("mm", "n", "id", "g.mm") "), (SELECT n.process FROM tree n "        \
	"WHERE " STORE_VERSION("tree", "n", "id", "g.root") "AND g.mm IS NULL)) AND " STORE_SHOWN("o") " " \
	"AND (?11 IS NULL OR o.comm = ?11) AND (?12 IS NULL OR x.path = ?12))) "                   \
	"ORDER BY " key way ", id" way " LIMIT ?4) f "                                             \
	"LEFT JOIN mm m ON " STORE_VERSION("mm", "m", "id", "f.mm")                                \
	"LEFT JOIN tree t ON " STORE_VERSION("tree", "t", "id", "f.root") "AND f.mm IS NULL "      \
	"LEFT JOIN process p ON p.id = coalesce(m.process, t.process) "                            \
	"AND " STORE_SHOWN("p") " "                                                                \
	"LEFT JOIN snapshot s ON s.id = (SELECT n.id FROM snapshot n WHERE n.id >= "               \
	"(SELECT e.born FROM finding e WHERE e.id = f.id ORDER BY e.row LIMIT 1) "                 \
	"ORDER BY n.id LIMIT 1) "                                                                  \
	"ORDER BY f.sort_key" way ", f.id" way

#define FINDINGS_UP(key) FINDINGS(key, ">", "")
#define FINDINGS_DOWN(key) FINDINGS(key, "<", " DESC")

/* X(name, column): how a list of findings can be ordered. */
#define FINDING_SORTS(X)                                                                           \
	X(BYTES, "bytes")                                                                          \
	X(SIZE, "size")                                                                            \
	X(ID, "id")

#define COUNTS                                                                                     \
	"SELECT kind, count(*) AS count, sum(bytes) AS bytes "                                     \
	"FROM " STORE_ALIVE("finding", "f") "GROUP BY kind"

#define SPLIT_PARENTS                                                                              \
	"SELECT v.anon_vma, v.mm AS mm_id, p.tgid AS pid, p.comm, v.vm_start "                     \
	"FROM " STORE_ALIVE_OF_ROOT("vma", "v", "?2")                                              \
	"CROSS JOIN mm m ON " STORE_VERSION("mm", "m", "id", "v.mm")                               \
	"CROSS JOIN process p ON p.id = m.process AND " STORE_SHOWN("p") " WHERE v.anon_vma IN "   \
	"(SELECT g.anon_vma FROM " STORE_ALIVE_OF_ROOT("finding", "g", "?2") "WHERE g.kind = ?3) " \
	"ORDER BY v.anon_vma, p.start_ns, p.id, v.vm_start"

#define INVARIANTS                                                                                 \
	"SELECT rule, checked, held, violated, torn, moved, not_shown, pinned, in_flight, "        \
	"first_fault, seen_once FROM " STORE_ALIVE("invariant", "i") "ORDER BY rule"

/* clang-format on */

enum findings_statement {
	FINDINGS_COUNTS,
	FINDINGS_SPLIT_PARENTS,
	FINDINGS_INVARIANTS,
	FINDINGS_UPWARDS,
	FINDINGS_DOWNWARDS = FINDINGS_UPWARDS + STORE_FINDING_SORT_COUNT,
	FINDINGS_STATEMENT_COUNT = FINDINGS_DOWNWARDS + STORE_FINDING_SORT_COUNT,
};

static const char *const statements[FINDINGS_STATEMENT_COUNT] = {
	[FINDINGS_COUNTS] = COUNTS,
	[FINDINGS_SPLIT_PARENTS] = SPLIT_PARENTS,
	[FINDINGS_INVARIANTS] = INVARIANTS,
#define UP(name, column) [FINDINGS_UPWARDS + STORE_FINDINGS_BY_##name] = FINDINGS_UP(column),
#define DOWN(name, column) [FINDINGS_DOWNWARDS + STORE_FINDINGS_BY_##name] = FINDINGS_DOWN(column),
	FINDING_SORTS(UP) FINDING_SORTS(DOWN)
#undef UP
#undef DOWN
};

const char *store_findings_statement(unsigned int i)
{
	return i < FINDINGS_STATEMENT_COUNT ? statements[i] : NULL;
}

static const struct store_column finding_columns[] = {
	STORE_INTEGER(finding, id),
	STORE_INTEGER(finding, kind),
	STORE_INTEGER(finding, rule),
	STORE_INTEGER(finding, since),
	STORE_INTEGER(finding, since_taken_ns),
	STORE_INTEGER(finding, pid),
	STORE_TEXT(finding, comm),
	STORE_INTEGER(finding, mm_id),
	STORE_INTEGER(finding, anon_vma),
	STORE_INTEGER(finding, root),
	STORE_INTEGER(finding, vm_start),
	STORE_INTEGER(finding, size),
	STORE_INTEGER(finding, detail_1),
	STORE_INTEGER(finding, detail_2),
	STORE_INTEGER(finding, vmas),
	STORE_INTEGER(finding, anon_vmas),
	STORE_INTEGER(finding, avcs),
	STORE_INTEGER(finding, bytes),
	STORE_INTEGER(finding, sort_key),
};

static const struct store_column finding_count_columns[] = {
	STORE_INTEGER(finding_count, kind),
	STORE_INTEGER(finding_count, count),
	STORE_INTEGER(finding_count, bytes),
};

static const struct store_column split_parent_columns[] = {
	STORE_INTEGER(split_parent, anon_vma), STORE_INTEGER(split_parent, mm_id),
	STORE_INTEGER(split_parent, pid),      STORE_TEXT(split_parent, comm),
	STORE_INTEGER(split_parent, vm_start),
};

static const struct store_column invariant_columns[] = {
	STORE_INTEGER(invariant, rule),	     STORE_INTEGER(invariant, checked),
	STORE_INTEGER(invariant, held),	     STORE_INTEGER(invariant, violated),
	STORE_INTEGER(invariant, torn),	     STORE_INTEGER(invariant, moved),
	STORE_INTEGER(invariant, not_shown), STORE_INTEGER(invariant, pinned),
	STORE_INTEGER(invariant, in_flight), STORE_INTEGER(invariant, first_fault),
	STORE_INTEGER(invariant, seen_once),
};

static const struct store_row_kind finding_kind = STORE_ROW_KIND(finding_columns);
static const struct store_row_kind finding_count_kind = STORE_ROW_KIND(finding_count_columns);
static const struct store_row_kind split_parent_kind = STORE_ROW_KIND(split_parent_columns);
static const struct store_row_kind invariant_kind = STORE_ROW_KIND(invariant_columns);

int store_list_findings(struct store *store, const struct store_finding_query *query,
			store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &finding_kind,
									     NULL};
	struct store_finding_row row = {0};
	unsigned int first = query->page.descending ? FINDINGS_DOWNWARDS : FINDINGS_UPWARDS;
	int rc = store_rows_open(&rows, statements[first + query->sort]);

	if (rc)
		return rc;
	store_rows_bind_page(&rows, query->snapshot, &query->page);
	if (query->one_kind)
		sqlite3_bind_int64(rows.statement, 5, query->kind);
	sqlite3_bind_int64(rows.statement, 6, query->min_bytes);
	store_rows_bind_filter(rows.statement, 7, query->root);
	store_rows_bind_filter(rows.statement, 8, query->mm_id);
	store_rows_bind_filter(rows.statement, 9, query->process_id);
	store_rows_bind_filter(rows.statement, 10, query->anon_vma);
	store_rows_bind_text(rows.statement, 11, query->comm);
	store_rows_bind_text(rows.statement, 12, query->exe);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_count_findings(struct store *store, int64_t snapshot, store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {
		store, &finding_count_kind, NULL};
	struct store_finding_count_row row = {0};
	int rc = store_rows_open(&rows, statements[FINDINGS_COUNTS]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, snapshot);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_list_split_parents(struct store *store, int64_t snapshot, int64_t root, store_visit visit,
			     void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {
		store, &split_parent_kind, NULL};
	struct store_split_parent_row row = {0};
	int rc = store_rows_open(&rows, statements[FINDINGS_SPLIT_PARENTS]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, snapshot);
	sqlite3_bind_int64(rows.statement, 2, root);
	sqlite3_bind_int64(rows.statement, 3, FINDING_FORK_SPLIT);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_list_invariants(struct store *store, int64_t snapshot, store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &invariant_kind,
									     NULL};
	struct store_invariant_row row = {0};
	int rc = store_rows_open(&rows, statements[FINDINGS_INVARIANTS]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, snapshot);
	return store_rows_visit(&rows, &row, visit, context);
}
