/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_diff_columns: where the columns of store_diff's statements go in its row
 * structs. Nobody but store_diff includes this.
 */
#ifndef VMASCOPE_SCHEMA_STORE_DIFF_COLUMNS_H
#define VMASCOPE_SCHEMA_STORE_DIFF_COLUMNS_H

#include "store_diff.h"
#include "store_rows.h"

/* Room for a row of any section. */
union store_diff_any_row {
	struct store_diff_process_row process;
	struct store_diff_tree_row tree;
	struct store_diff_anon_vma_row anon_vma;
	struct store_diff_vma_row vma;
	struct store_diff_finding_row finding;
	struct store_diff_name_row name;
};

extern const struct store_row_kind store_diff_kinds[STORE_DIFF_SECTION_COUNT];

#endif
