/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_diff.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store_diff_columns.h"
#include "store_diff_statements.h"
#include "store_internal.h"
#include "store_rows.h"

/* Rows of one table that can be born after one snapshot and not after another. */
struct row_range {
	int64_t first, last; /* none: last < first */
};

const char *store_diff_statement(unsigned int i)
{
	unsigned int section = i / 2;

	if (section >= STORE_DIFF_SECTION_COUNT)
		return NULL;
	return i % 2 ? store_diff_statements[section].counts : store_diff_statements[section].page;
}

/* The first row from `at` on and where it was born; 0, or -ENOENT behind the
 * last. */
static int look_at_row(struct store *store, sqlite3_stmt *statement, int64_t at, int64_t *ret_row,
		       int64_t *ret_born)
{
	int rc;

	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, at);
	rc = store_next(store, statement);
	if (rc != 1)
		return rc ? rc : -ENOENT;
	*ret_row = sqlite3_column_int64(statement, 0);
	*ret_born = sqlite3_column_int64(statement, 1);
	return 0;
}

static int last_row(struct store *store, const char *table, int64_t *ret_row)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	char sql[64];
	int rc;

	snprintf(sql, sizeof(sql), "SELECT max(row) FROM %s", table);
	rc = store_rows_open(&rows, sql);
	if (rc)
		return rc;
	rc = store_next(store, rows.statement);
	*ret_row = rc == 1 ? sqlite3_column_int64(rows.statement, 0) : 0;
	return rc < 0 ? rc : 0;
}

/* The smallest number that no row born up to the snapshot has, looked for in
 * [low, high): `row` grows with `born`, with gaps where rows were deleted. */
static int first_row_after(struct store *store, sqlite3_stmt *statement, int64_t snapshot,
			   int64_t low, int64_t high, int64_t *ret_row)
{
	while (low < high) {
		int64_t middle = low + (high - low) / 2, row = 0, born = 0;
		int rc = look_at_row(store, statement, middle, &row, &born);

		if (rc && rc != -ENOENT)
			return rc;
		if (rc == 0 && born <= snapshot)
			low = row + 1;
		else
			high = middle;
	}
	*ret_row = low;
	return 0;
}

static int find_range(struct store *store, const char *table, int64_t older, int64_t newer,
		      struct row_range *ret_range)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int64_t end = 0, first = 0, behind = 0;
	char sql[96];
	int rc = last_row(store, table, &end);

	snprintf(sql, sizeof(sql), "SELECT row, born FROM %s WHERE row >= ?1 ORDER BY row LIMIT 1",
		 table);
	if (!rc)
		rc = store_rows_open(&rows, sql);
	if (!rc)
		rc = first_row_after(store, rows.statement, older, 0, end + 1, &first);
	if (!rc)
		rc = first_row_after(store, rows.statement, newer, first, end + 1, &behind);
	if (!rc)
		*ret_range = (struct row_range){.first = first, .last = behind - 1};
	return rc;
}

static int bind_diff(struct store_rows *rows, const struct store_diff *diff,
		     const struct store_diff_statements *statements)
{
	int64_t older = diff->from < diff->to ? diff->from : diff->to;
	int64_t newer = diff->from < diff->to ? diff->to : diff->from;
	int rc = 0;

	sqlite3_bind_int64(rows->statement, 1, diff->from);
	sqlite3_bind_int64(rows->statement, 2, diff->to);
	sqlite3_bind_int64(rows->statement, 3, older);
	sqlite3_bind_int64(rows->statement, 4, newer);
	for (int i = 0; !rc && i < STORE_DIFF_TABLES_MAX && statements->tables[i]; i++) {
		struct row_range range = {0};

		rc = find_range(rows->store, statements->tables[i], older, newer, &range);
		sqlite3_bind_int64(rows->statement, 5 + 2 * i, range.first);
		sqlite3_bind_int64(rows->statement, 6 + 2 * i, range.last);
	}
	return rc;
}

static void bind_page(sqlite3_stmt *statement, const struct store_diff_query *query, bool upwards)
{
	/* a key before the first row in either direction */
	int64_t start = upwards ? INT64_MIN : INT64_MAX;

	if (query->one_state)
		sqlite3_bind_int64(statement, 9, query->state);
	sqlite3_bind_int64(statement, 10, query->min_change);
	sqlite3_bind_int64(statement, 11, query->page.resume ? query->page.after_key : start);
	sqlite3_bind_int64(statement, 12, query->page.resume ? query->page.after_id : start);
	sqlite3_bind_int64(statement, 13, query->page.limit);
	store_rows_bind_filter(statement, 14, query->root);
	store_rows_bind_filter(statement, 15, query->pid);
}

int store_diff_list(struct store *store, const struct store_diff_query *query, store_visit visit,
		    void *context)
{
	const struct store_diff_statements *statements = &store_diff_statements[query->section];
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {
		store, &store_diff_kinds[query->section], NULL};
	union store_diff_any_row row = {0};
	int rc = store_rows_open(&rows, statements->page);

	if (!rc)
		rc = bind_diff(&rows, &query->diff, statements);
	if (rc)
		return rc;
	bind_page(rows.statement, query, statements->upwards);
	return store_rows_visit(&rows, &row, visit, context);
}

int store_diff_count(struct store *store, const struct store_diff *diff,
		     enum store_diff_section section, int64_t ret_counts[STORE_DIFF_STATE_COUNT])
{
	const struct store_diff_statements *statements = &store_diff_statements[section];
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, NULL, NULL};
	int rc = store_rows_open(&rows, statements->counts);

	if (!rc)
		rc = bind_diff(&rows, diff, statements);
	if (rc)
		return rc;
	memset(ret_counts, 0, STORE_DIFF_STATE_COUNT * sizeof(*ret_counts));
	while ((rc = store_next(store, rows.statement)) == 1) {
		int64_t state = sqlite3_column_int64(rows.statement, 0);

		if (state >= 0 && state < STORE_DIFF_STATE_COUNT)
			ret_counts[state] = sqlite3_column_int64(rows.statement, 1);
	}
	return rc;
}
