/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_vmas.h"

#include <string.h>

#include "store_internal.h"
#include "store_rows.h"
#include "store_shown.h"

/* clang-format off */

#define VMAS(owner, source, order)                                                                 \
	"SELECT v.row, v.mm AS mm_id, " owner ", v.vm_start, v.vm_end, v.vm_pgoff, v.vm_flags, "   \
	"f.id IS NOT NULL AS has_file, f.dev, f.ino, f.path, v.name, v.anon_vma, v.root, "         \
	"v.reused, v.chain, v.anon_pgoff IS NOT NULL AS has_anon_pgoff, v.anon_pgoff, "            \
	"v.policy AS numa_policy FROM vma v " source " AND " STORE_SHOWN("v") " "                  \
	"AND (?6 IS NULL OR v.anon_vma = ?6) AND (?7 IS NULL OR v.root = ?7) "                     \
	"AND (?8 IS NULL OR f.path = ?8) ORDER BY " order " LIMIT ?4"

#define FILE_OF " LEFT JOIN file f ON f.id = v.file AND " STORE_SHOWN("f") " "

/* In the order of the table: any other would look up each row by an index. Who
 * has the mm is asked for when it is another one than before (OWNER): rows of one
 * mm follow each other, and two joins a row are half of the time. */
#define ALL_VMAS(index, condition)                                                                 \
	VMAS("0 AS pid, NULL AS comm", index FILE_OF "WHERE " condition, "v.row")

#define ROWS_OF_ROOT                                                                               \
	"(SELECT w.row FROM " STORE_ALIVE_OF_ROOT("vma", "w", "?7") "WHERE w.row > ?2)"

#define OWNER                                                                                      \
	"SELECT p.tgid, p.comm FROM mm m CROSS JOIN process p ON p.id = m.process "                \
	"AND " STORE_SHOWN("p") " WHERE " STORE_VERSION("mm", "m", "id", "?2")

#define ANON_VMA                                                                                   \
	"SELECT a.id, a.root, a.parent, s.id AS since, s.taken_ns AS since_taken_ns "              \
	"FROM anon_vma a "                                                                         \
	"LEFT JOIN snapshot s ON s.id = (SELECT n.id FROM snapshot n WHERE n.id >= "               \
	"(SELECT e.born FROM anon_vma e WHERE e.id = a.id ORDER BY e.born LIMIT 1) "               \
	"ORDER BY n.id LIMIT 1) WHERE " STORE_VERSION("anon_vma", "a", "id", "?2")

/* clang-format on */

enum vmas_statement {
	VMAS_OF_MM,
	VMAS_ALL,
	VMAS_ALL_OF_ROOT,
	VMAS_ALL_OF_MM,
	VMAS_OWNER,
	VMAS_ANON_VMA,
	VMAS_STATEMENT_COUNT,
};

static const char *const statements[VMAS_STATEMENT_COUNT] = {
	[VMAS_OF_MM] = VMAS("0 AS pid, NULL AS comm",
			    "INDEXED BY vma_by_mm" FILE_OF "WHERE v.mm = ?5 AND v.vm_start > ?2",
			    "v.vm_start"),
	[VMAS_ALL] = ALL_VMAS("NOT INDEXED", "v.row > ?2"),
	[VMAS_ALL_OF_ROOT] = ALL_VMAS(, "v.row IN " ROWS_OF_ROOT),
	[VMAS_ALL_OF_MM] = ALL_VMAS("INDEXED BY vma_by_mm", "v.mm = ?5 AND +v.row > ?2"),
	[VMAS_OWNER] = OWNER,
	[VMAS_ANON_VMA] = ANON_VMA,
};

const char *store_vmas_statement(unsigned int i)
{
	return i < VMAS_STATEMENT_COUNT ? statements[i] : NULL;
}

static const struct store_column vma_columns[] = {
	STORE_INTEGER(vma, row),	STORE_INTEGER(vma, mm_id),
	STORE_INTEGER(vma, pid),	STORE_TEXT(vma, comm),
	STORE_INTEGER(vma, vm_start),	STORE_INTEGER(vma, vm_end),
	STORE_INTEGER(vma, vm_pgoff),	STORE_INTEGER(vma, vm_flags),
	STORE_INTEGER(vma, has_file),	STORE_INTEGER(vma, dev),
	STORE_INTEGER(vma, ino),	STORE_TEXT(vma, path),
	STORE_TEXT(vma, name),		STORE_INTEGER(vma, anon_vma),
	STORE_INTEGER(vma, root),	STORE_INTEGER(vma, reused),
	STORE_TEXT(vma, chain),		STORE_INTEGER(vma, has_anon_pgoff),
	STORE_INTEGER(vma, anon_pgoff), STORE_INTEGER(vma, numa_policy),
};

static const struct store_column anon_vma_columns[] = {
	STORE_INTEGER(anon_vma, id),
	STORE_INTEGER(anon_vma, root),
	STORE_INTEGER(anon_vma, parent),
	STORE_INTEGER(anon_vma, since),
	STORE_INTEGER(anon_vma, since_taken_ns),
};

static const struct store_row_kind vma_kind = STORE_ROW_KIND(vma_columns);
static const struct store_row_kind anon_vma_kind = STORE_ROW_KIND(anon_vma_columns);

static int list_vmas(struct store *store, enum vmas_statement which,
		     const struct store_vma_query *query, store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &vma_kind,
									     NULL};
	struct store_vma_row row = {0};
	int rc = store_rows_open(&rows, statements[which]);

	if (rc)
		return rc;
	store_rows_bind_page(&rows, query->snapshot, &query->page);
	store_rows_bind_filter(rows.statement, 5, query->mm_id);
	store_rows_bind_filter(rows.statement, 6, query->anon_vma);
	store_rows_bind_filter(rows.statement, 7, query->root);
	store_rows_bind_text(rows.statement, 8, query->path);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_list_vmas(struct store *store, const struct store_vma_query *query, store_visit visit,
		    void *context)
{
	return list_vmas(store, VMAS_OF_MM, query, visit, context);
}

/* Puts the owner into each row on its way to the visitor. */
struct owners {
	struct store_rows rows;
	store_visit visit;
	void *context;
	int64_t mm_id; /* that of the last row; its owner: */
	int64_t pid; /* 0: none */
	char comm[MODEL_COMM_SIZE];
	size_t comm_size;
};

static void take_owner(struct owners *owners)
{
	sqlite3_stmt *statement = owners->rows.statement;
	const void *comm = sqlite3_column_blob(statement, 1);
	size_t size = (size_t)sqlite3_column_bytes(statement, 1);

	owners->pid = sqlite3_column_int64(statement, 0);
	owners->comm_size = size < sizeof(owners->comm) ? size : sizeof(owners->comm);
	if (owners->comm_size)
		memcpy(owners->comm, comm, owners->comm_size);
}

static int find_owner(struct owners *owners, int64_t mm_id)
{
	int code;

	owners->mm_id = mm_id;
	owners->pid = 0;
	sqlite3_bind_int64(owners->rows.statement, 2, mm_id);
	code = sqlite3_step(owners->rows.statement);
	if (code == SQLITE_ROW)
		take_owner(owners);
	else if (code != SQLITE_DONE)
		return store_fail(owners->rows.store, "cannot read whose the VMAs are");
	sqlite3_reset(owners->rows.statement);
	return 0;
}

static int visit_owned(void *context, const void *row)
{
	struct store_vma_row vma = *(const struct store_vma_row *)row;
	struct owners *owners = context;
	int rc = vma.mm_id == owners->mm_id ? 0 : find_owner(owners, vma.mm_id);

	if (rc)
		return rc;
	if (owners->pid) {
		vma.pid = owners->pid;
		vma.comm = (struct store_text){owners->comm, owners->comm_size};
	}
	return owners->visit(owners->context, &vma);
}

int store_list_all_vmas(struct store *store, const struct store_vma_query *query, store_visit visit,
			void *context)
{
	enum vmas_statement which = query->mm_id ? VMAS_ALL_OF_MM :
				    query->root	 ? VMAS_ALL_OF_ROOT :
						   VMAS_ALL;
	struct owners owners = {.rows = {store, NULL, NULL}, .visit = visit, .context = context};
	int rc = store_rows_open(&owners.rows, statements[VMAS_OWNER]);

	if (!rc) {
		sqlite3_bind_int64(owners.rows.statement, 1, query->snapshot);
		rc = list_vmas(store, which, query, visit_owned, &owners);
	}
	store_rows_close(&owners.rows);
	return rc;
}

int store_find_anon_vma(struct store *store, int64_t snapshot, int64_t id, store_visit visit,
			void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &anon_vma_kind,
									     NULL};
	struct store_anon_vma_row row = {0};
	int rc = store_rows_open(&rows, statements[VMAS_ANON_VMA]);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, snapshot);
	sqlite3_bind_int64(rows.statement, 2, id);
	return store_rows_visit(&rows, &row, visit, context);
}
