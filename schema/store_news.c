/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_news.h"

#include <errno.h>

#include "store_internal.h"
#include "store_rows.h"
#include "store_shown.h"

/* clang-format off */

/*
 * ?1 is the earlier snapshot, ?2 the later, ?5 the one that still shows what is
 * listed. Rows that were born in between are [?3, ?4): see first_row_born_after().
 */
#define NOT_AT(snapshot)                                                                           \
	" AND NOT EXISTS (SELECT 1 FROM finding o INDEXED BY finding_by_id WHERE o.id = f.id "     \
	"AND " STORE_SHOWN_AT("o", snapshot) ")"

#define FROM_NEW                                                                                   \
	" FROM finding f WHERE f.row >= ?3 AND f.row < ?4 AND " STORE_SHOWN_AT("f", "?2") NOT_AT("?1")
#define FROM_RESOLVED                                                                              \
	" FROM finding f INDEXED BY finding_by_died WHERE f.died > ?1 AND f.died <= ?2 "           \
	"AND f.born <= ?1" NOT_AT("?2")

#define TOTAL(from) "SELECT count(*), coalesce(sum(f.bytes), 0)" from

/* The largest first, what belongs to each afterwards. */
#define LIST(from)                                                                                 \
	"SELECT c.id, c.kind, c.bytes, p.tgid AS pid, p.comm, c.mm AS mm_id, c.anon_vma, c.root, " \
	"c.vm_start FROM (SELECT f.*" from " ORDER BY f.bytes DESC, f.id LIMIT ?6) c "             \
	"LEFT JOIN mm m ON " STORE_VERSION_AT("mm", "m", "id", "c.mm", "?5")                       \
	"LEFT JOIN tree t ON " STORE_VERSION_AT("tree", "t", "id", "c.root", "?5") "AND c.mm IS NULL " \
	"LEFT JOIN process p ON p.id = coalesce(m.process, t.process) "                            \
	"AND " STORE_SHOWN_AT("p", "?5") " ORDER BY c.bytes DESC, c.id"

/* clang-format on */

enum news_statement {
	NEWS_TOTAL,
	NEWS_LIST = NEWS_TOTAL + STORE_FINDING_CHANGE_COUNT,
	NEWS_ROW = NEWS_LIST + STORE_FINDING_CHANGE_COUNT,
	NEWS_LAST_ROW,
	NEWS_PREVIOUS,
	NEWS_SNAPSHOTS,
	NEWS_STATEMENT_COUNT,
};

static const char *const statements[NEWS_STATEMENT_COUNT] = {
	[NEWS_TOTAL + STORE_FINDINGS_NEW] = TOTAL(FROM_NEW),
	[NEWS_TOTAL + STORE_FINDINGS_RESOLVED] = TOTAL(FROM_RESOLVED),
	[NEWS_LIST + STORE_FINDINGS_NEW] = LIST(FROM_NEW),
	[NEWS_LIST + STORE_FINDINGS_RESOLVED] = LIST(FROM_RESOLVED),
	[NEWS_ROW] = "SELECT row, born FROM finding WHERE row >= ?1 ORDER BY row LIMIT 1",
	[NEWS_LAST_ROW] = "SELECT max(row) FROM finding",
	[NEWS_PREVIOUS] = "SELECT id FROM snapshot WHERE id < ?1 ORDER BY id DESC LIMIT 1",
	[NEWS_SNAPSHOTS] = "SELECT id FROM snapshot WHERE id > ?1 ORDER BY id LIMIT ?2",
};

const char *store_news_statement(unsigned int i)
{
	return i < NEWS_STATEMENT_COUNT ? statements[i] : NULL;
}

/* Runs a query of at most one row: its two first columns, or 0 without one. 1 = a
 * row, 0 = none, or -errno. */
static int query_row(struct store *store, enum news_statement statement, int64_t parameter,
		     int64_t ret_values[2])
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int rc = store_rows_open(&rows, statements[statement]);
	int code;

	if (rc)
		return rc;
	if (sqlite3_bind_parameter_count(rows.statement))
		sqlite3_bind_int64(rows.statement, 1, parameter);
	code = sqlite3_step(rows.statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return store_fail(store, "cannot read the findings");
	for (int i = 0; i < 2; i++)
		ret_values[i] = code == SQLITE_ROW ? sqlite3_column_int64(rows.statement, i) : 0;
	return code == SQLITE_ROW;
}

int store_previous_snapshot(struct store *store, int64_t snapshot, int64_t *ret_id)
{
	int64_t values[2] = {0};
	int rc = query_row(store, NEWS_PREVIOUS, snapshot, values);

	if (rc < 0)
		return rc;
	*ret_id = values[0];
	return 0;
}

int store_list_new_snapshots(struct store *store, int64_t after, int64_t *ids, uint32_t room,
			     uint32_t *ret_count)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int rc = store_rows_open(&rows, statements[NEWS_SNAPSHOTS]);
	uint32_t count = 0;
	int code;

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, after);
	sqlite3_bind_int64(rows.statement, 2, room);
	while ((code = sqlite3_step(rows.statement)) == SQLITE_ROW)
		ids[count++] = sqlite3_column_int64(rows.statement, 0);
	if (code != SQLITE_DONE)
		return store_fail(store, "cannot list the snapshots");
	*ret_count = count;
	return 0;
}

/* `row` grows with `born`, so that bisection finds where the rows begin that were
 * born after a snapshot, without an index. */
static int first_row_born_after(struct store *store, int64_t snapshot, int64_t *ret_row)
{
	int64_t found[2] = {0, 0};
	int rc = query_row(store, NEWS_LAST_ROW, 0, found);
	int64_t low = 1, high = found[0] + 1;

	while (rc >= 0 && low < high) {
		int64_t middle = low + (high - low) / 2;

		rc = query_row(store, NEWS_ROW, middle, found);
		if (rc == 1 && found[1] <= snapshot)
			low = found[0] + 1;
		else
			high = middle;
	}
	*ret_row = low;
	return rc < 0 ? rc : 0;
}

/* Opens a statement of the query with its parameters bound. */
static int open_changes(struct store_rows *rows, unsigned int first,
			const struct store_finding_change_query *query)
{
	bool added = query->change == STORE_FINDINGS_NEW;
	int64_t born_from = 0, born_to = 0;
	int rc = 0;

	if (added)
		rc = first_row_born_after(rows->store, query->before, &born_from);
	if (!rc && added)
		rc = first_row_born_after(rows->store, query->snapshot, &born_to);
	if (!rc)
		rc = store_rows_open(rows, statements[first + query->change]);
	if (rc)
		return rc;
	sqlite3_bind_int64(rows->statement, 1, query->before);
	sqlite3_bind_int64(rows->statement, 2, query->snapshot);
	sqlite3_bind_int64(rows->statement, 3, born_from);
	sqlite3_bind_int64(rows->statement, 4, born_to);
	sqlite3_bind_int64(rows->statement, 5, added ? query->snapshot : query->before);
	return 0;
}

int store_count_finding_changes(struct store *store, const struct store_finding_change_query *query,
				struct store_finding_total *ret_total)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int rc = open_changes(&rows, NEWS_TOTAL, query);

	if (rc)
		return rc;
	if (sqlite3_step(rows.statement) != SQLITE_ROW)
		return store_fail(store, "cannot count the findings");
	ret_total->count = sqlite3_column_int64(rows.statement, 0);
	ret_total->bytes = sqlite3_column_int64(rows.statement, 1);
	return 0;
}

static const struct store_column changed_finding_columns[] = {
	STORE_INTEGER(changed_finding, id),	  STORE_INTEGER(changed_finding, kind),
	STORE_INTEGER(changed_finding, bytes),	  STORE_INTEGER(changed_finding, pid),
	STORE_TEXT(changed_finding, comm),	  STORE_INTEGER(changed_finding, mm_id),
	STORE_INTEGER(changed_finding, anon_vma), STORE_INTEGER(changed_finding, root),
	STORE_INTEGER(changed_finding, vm_start),
};
static const struct store_row_kind changed_finding_kind = STORE_ROW_KIND(changed_finding_columns);

int store_list_finding_changes(struct store *store, const struct store_finding_change_query *query,
			       uint32_t limit, store_visit visit, void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {
		store, &changed_finding_kind, NULL};
	struct store_changed_finding_row row = {0};
	int rc = open_changes(&rows, NEWS_LIST, query);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 6, limit);
	return store_rows_visit(&rows, &row, visit, context);
}
