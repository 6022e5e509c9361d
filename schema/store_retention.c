/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A versioned row may go when no snapshot that stays shows it. Snapshots are
 * deleted in runs between two that stay, `before` and `after`; a row that was
 * born after `before` and died not later than `after` was shown by the run only.
 */
#include <errno.h>
#include <stdio.h>

#include "store_internal.h"

/* Snapshots deleted in one call: a collector that was off for a week must not
 * stop collecting while it tidies up. */
#define PRUNE_MAX 32

static const char *const versioned_tables[] = {
	"file",	    "process",	      "mm",   "mm_usage", "vma",
	"anon_vma", "anon_vma_state", "tree", "finding",  "invariant",
};

static int query_number(struct store *store, const char *sql, int64_t parameter, int64_t *ret_value)
{
	sqlite3_stmt *statement = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return store_fail(store, "cannot read the database");
	if (sqlite3_bind_parameter_count(statement))
		sqlite3_bind_int64(statement, 1, parameter);
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		if (sqlite3_column_type(statement, 0) == SQLITE_NULL)
			rc = -ENOENT;
		else
			*ret_value = sqlite3_column_int64(statement, 0);
		break;
	case SQLITE_DONE:
		rc = -ENOENT;
		break;
	default:
		rc = store_fail(store, "cannot read the database");
	}
	sqlite3_finalize(statement);
	return rc;
}

static int used_bytes(struct store *store, uint64_t *ret_bytes)
{
	int64_t pages = 0, free_pages = 0, page_size = 0;
	int rc = query_number(store, "PRAGMA page_count", 0, &pages);

	if (!rc)
		rc = query_number(store, "PRAGMA freelist_count", 0, &free_pages);
	if (!rc)
		rc = query_number(store, "PRAGMA page_size", 0, &page_size);
	if (!rc)
		*ret_bytes = (uint64_t)(pages - free_pages) * (uint64_t)page_size;
	return rc;
}

/* The oldest snapshot that a limit wants gone, or -ENOENT. */
static int next_victim(struct store *store, const struct store_retention *retention,
		       uint64_t now_ns, int64_t *ret_id)
{
	int64_t oldest = 0, taken = 0, count = 0;
	uint64_t bytes = 0;
	int rc = query_number(store,
			      "SELECT min(id) FROM snapshot WHERE pinned = 0 AND label IS NULL "
			      "AND id < (SELECT max(id) FROM snapshot)",
			      0, &oldest);

	if (!rc)
		rc = query_number(store, "SELECT taken_ns FROM snapshot WHERE id = ?1", oldest,
				  &taken);
	if (!rc)
		rc = query_number(
			store, "SELECT count(*) FROM snapshot WHERE pinned = 0 AND label IS NULL",
			0, &count);
	if (!rc)
		rc = used_bytes(store, &bytes);
	if (rc)
		return rc;
	*ret_id = oldest;
	if (retention->keep_age_ns && (uint64_t)taken + retention->keep_age_ns < now_ns)
		return 0;
	if (retention->keep_count && (uint64_t)count > retention->keep_count)
		return 0;
	if (retention->keep_size_bytes && bytes > retention->keep_size_bytes)
		return 0;
	return -ENOENT;
}

static int delete_rows(struct store *store, int64_t victim)
{
	int64_t before = 0, after = STORE_OPEN_ROW - 1;
	int rc = query_number(store, "SELECT max(id) FROM snapshot WHERE id < ?1", victim, &before);

	if (rc && rc != -ENOENT)
		return rc;
	rc = query_number(store, "SELECT min(id) FROM snapshot WHERE id > ?1", victim, &after);
	if (rc && rc != -ENOENT)
		return rc;
	for (size_t i = 0; i < sizeof(versioned_tables) / sizeof(versioned_tables[0]); i++) {
		char sql[192];

		snprintf(sql, sizeof(sql),
			 "DELETE FROM %s WHERE died > %lld AND died <= %lld AND born > %lld "
			 "AND died < %lld", /* the words of the partial indexes */
			 versioned_tables[i], (long long)before, (long long)after,
			 (long long)before, (long long)STORE_OPEN_ROW);
		rc = store_exec(store, sql);
		if (rc)
			return rc;
	}
	return 0;
}

static int delete_snapshot(struct store *store, int64_t victim)
{
	char sql[80];
	int rc = store_exec(store, "BEGIN IMMEDIATE");

	snprintf(sql, sizeof(sql), "DELETE FROM snapshot WHERE id = %lld", (long long)victim);
	if (!rc)
		rc = delete_rows(store, victim);
	if (!rc)
		rc = store_exec(store, sql);
	if (!rc)
		rc = store_exec(store, "COMMIT");
	if (rc)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

int store_prune(struct store *store, const struct store_retention *retention, uint64_t now_ns,
		uint32_t *ret_deleted)
{
	int64_t victim;
	int rc = 0;

	*ret_deleted = 0;
	while (!rc && *ret_deleted < PRUNE_MAX) {
		rc = next_victim(store, retention, now_ns, &victim);
		if (!rc)
			rc = delete_snapshot(store, victim);
		if (!rc)
			++*ret_deleted;
	}
	if (*ret_deleted)
		store_exec(store, "PRAGMA incremental_vacuum(4096)");
	return rc == -ENOENT ? 0 : rc;
}
