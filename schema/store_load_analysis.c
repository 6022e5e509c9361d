/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_loading.h"

/* An analysis being completed. */
struct completing {
	const struct model *model;
	struct analysis *analysis;
};

static int take_tree_row(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	struct completing *completing = context;
	const struct analysis *analysis = completing->analysis;
	uint32_t root = model_find_anon_vma(completing->model, store_column_uint(row, 1));

	(void)loading;
	if (root != MODEL_NONE && analysis->tree_of[root] != MODEL_NONE)
		analysis->trees[analysis->tree_of[root]].row = store_column_uint(row, 0);
	return 0;
}

static int take_finding(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	struct completing *completing = context;
	struct finding *finding;
	int rc = findings_add(&completing->analysis->findings, &finding);

	(void)loading;
	if (rc)
		return rc;
	*finding = (struct finding){
		.row = store_column_uint(row, 0),
		.id = store_column_u32(row, 1),
		.in_mm = MODEL_NONE,
		.in_tree = MODEL_NONE,
		.kind = store_column_u32(row, 2),
		.rule = store_column_u32(row, 3),
		.mm = store_column_u32(row, 4),
		.anon_vma = store_column_u32(row, 5),
		.root = store_column_u32(row, 6),
		.vm_start = store_column_uint(row, 7),
		.size = store_column_uint(row, 8),
		.details = {store_column_uint(row, 9), store_column_uint(row, 10)},
		.vmas = store_column_u32(row, 11),
		.anon_vmas = store_column_u32(row, 12),
		.avcs = store_column_u32(row, 13),
		.bytes = store_column_uint(row, 14),
	};
	return 0;
}

static int take_invariant(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	struct completing *completing = context;
	uint32_t rule = store_column_u32(row, 1);
	struct invariant_result *result;

	(void)loading;
	if (!invariant_info(rule))
		return 0;
	result = &completing->analysis->invariants[rule - 1];
	result->row = store_column_uint(row, 0);
	result->checked = store_column_u32(row, 2);
	result->held = store_column_u32(row, 3);
	for (int i = 0; i < EXCUSE_COUNT; i++)
		result->by_excuse[i] = store_column_u32(row, 4 + i);
	return 0;
}

int store_load_analysis(struct store *store, int64_t snapshot, const struct model *model,
			struct analysis *analysis)
{
	struct completing completing = {.model = model, .analysis = analysis};
	struct store_loading loading = {.store = store, .snapshot = snapshot};
	int rc = store_load_each(&loading, STORE_LOAD_TREES, 0, take_tree_row, &completing);

	analysis->findings.count = 0;
	if (!rc)
		rc = store_load_each(&loading, STORE_LOAD_FINDINGS, 0, take_finding, &completing);
	if (!rc)
		rc = findings_sort(&analysis->findings, 0);
	if (!rc)
		rc = store_load_each(&loading, STORE_LOAD_INVARIANTS, 0, take_invariant,
				     &completing);
	return rc;
}
