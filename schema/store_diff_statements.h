/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_diff_statements: the SQL of store_diff. Nobody else includes this.
 *
 * Parameters: ?1 from, ?2 to, ?3 the older of them, ?4 the newer; ?5 … ?6 and
 * ?7 … ?8 rows of the section's tables that can be born after ?3 and not after
 * ?4; ?9 state or NULL, ?10 smallest change, ?11 ?12 key and id to start behind,
 * ?13 limit, ?14 root or NULL, ?15 pid or NULL.
 *
 * Of an object that differs `old` is the row as of ?1 and `new` that as of ?2.
 * In the names of tables b is before and a is after.
 */
#ifndef VMASCOPE_SCHEMA_STORE_DIFF_STATEMENTS_H
#define VMASCOPE_SCHEMA_STORE_DIFF_STATEMENTS_H

#include "store_diff.h"

#define STORE_DIFF_TABLES_MAX 2

struct store_diff_statements {
	/* versioned tables whose rows are looked for by ?5 … ?6 and ?7 … ?8; NULL
	 * where there are fewer */
	const char *tables[STORE_DIFF_TABLES_MAX];
	const char *page;
	const char *counts;
	bool upwards; /* the order of the page */
};

extern const struct store_diff_statements store_diff_statements[STORE_DIFF_SECTION_COUNT];

#endif
