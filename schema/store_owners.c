/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_owners.h"

#include "store_rows.h"
#include "store_shown.h"

/* clang-format off */

/* A bare column beside the only min() is that of the row with the least value. */
#define OWNERS                                                                                     \
	"SELECT v.anon_vma, count(DISTINCT v.mm) AS mms, p.tgid AS pid, p.comm, min(p.start_ns) AS start_ns " \
	"FROM " STORE_ALIVE_OF_ROOT("vma", "v", "?2")                                              \
	"CROSS JOIN mm m ON " STORE_VERSION("mm", "m", "id", "v.mm")                               \
	"CROSS JOIN process p ON p.id = m.process AND " STORE_SHOWN("p") " "                       \
	"WHERE v.anon_vma IS NOT NULL "                                                            \
	"GROUP BY v.anon_vma"

/* clang-format on */

const char *store_owners_statement(unsigned int i)
{
	return i == 0 ? OWNERS : NULL;
}

static const struct store_column owner_columns[] = {
	STORE_INTEGER(owner, anon_vma), STORE_INTEGER(owner, mms),	STORE_INTEGER(owner, pid),
	STORE_TEXT(owner, comm),	STORE_INTEGER(owner, start_ns),
};

static const struct store_row_kind owner_kind = STORE_ROW_KIND(owner_columns);

int store_list_owners(struct store *store, int64_t snapshot, int64_t root, store_visit visit,
		      void *context)
{
	__attribute__((cleanup(store_rows_close))) struct store_rows rows = {store, &owner_kind,
									     NULL};
	struct store_owner_row row = {0};
	int rc = store_rows_open(&rows, OWNERS);

	if (rc)
		return rc;
	sqlite3_bind_int64(rows.statement, 1, snapshot);
	sqlite3_bind_int64(rows.statement, 2, root);
	return store_rows_visit(&rows, &row, visit, context);
}
