/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * expect_rollups: adds up the stored VMAs and anon_vmas in the plainest way
 * and compares with the stored sums.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "expect.h"

struct sums {
	int64_t vmas;
	int64_t anon_vmas;
	int64_t avcs;
	int64_t trees;
	int64_t mms;
	int64_t idle;
	int64_t missed_groups;
	int64_t missed_reuse;
	int64_t max_chain;
	int64_t depth;
};

static void larger(int64_t *value, int64_t other)
{
	if (*value < other)
		*value = other;
}

/*
 * Distinct actives of the VMAs [first, first + count), their grouping by parent
 * (root != MODEL_NONE: those of one tree only) and the other sums of these VMAs.
 */
static void add_vmas(const struct model *model, uint32_t first, uint32_t count, uint32_t root,
		     struct sums *sums)
{
	uint8_t *active = calloc(model->anon_vma_count + 1, 1);
	uint8_t *roots = calloc(model->anon_vma_count + 1, 1);
	uint32_t *siblings = calloc(model->anon_vma_count + 1, sizeof(*siblings));

	assert_true(active && roots && siblings);
	for (uint32_t i = first; i < first + count; i++) {
		const struct model_vma *vma = &model->vmas[i];
		uint32_t of = vma->active;

		if (root != MODEL_NONE && (of == MODEL_NONE || model->anon_vmas[of].root != root))
			continue;
		sums->vmas++;
		sums->avcs += vma->avc_count;
		larger(&sums->max_chain, vma->avc_count);
		if (of == MODEL_NONE || active[of])
			continue;
		active[of] = 1;
		sums->anon_vmas++;
		sums->trees += !roots[model->anon_vmas[of].root];
		roots[model->anon_vmas[of].root] = 1;
		if (!model_is_root(model, of))
			siblings[model->anon_vmas[of].parent]++;
	}
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		if (siblings[i] < 2)
			continue;
		sums->missed_groups++;
		sums->missed_reuse += siblings[i] - 1;
	}
	free(active);
	free(roots);
	free(siblings);
}

static void compare(const struct database *database, int64_t snapshot, const char *table,
		    const char *key, uint32_t id, const char *column, int64_t expected)
{
	int64_t stored = database_number(
		database, "SELECT %s FROM %s WHERE %s = %u AND born <= %lld AND died > %lld",
		column, table, key, id, (long long)snapshot, (long long)snapshot);

	if (stored != expected)
		fail_msg("%s %u: %s is %lld, the stored rows add up to %lld", table, id, column,
			 (long long)stored, (long long)expected);
}

static void compare_mm(const struct database *database, int64_t snapshot, const struct model *model,
		       uint32_t index, struct sums *total)
{
	const struct model_mm *mm = &model->mms[index];
	struct sums sums = {0};

	add_vmas(model, mm->vma_first, mm->vma_count, MODEL_NONE, &sums);
	compare(database, snapshot, "mm", "id", mm->id, "vmas", sums.vmas);
	compare(database, snapshot, "mm", "id", mm->id, "anon_vmas", sums.anon_vmas);
	compare(database, snapshot, "mm", "id", mm->id, "avcs", sums.avcs);
	compare(database, snapshot, "mm", "id", mm->id, "trees", sums.trees);
	compare(database, snapshot, "mm", "id", mm->id, "missed_groups", sums.missed_groups);
	compare(database, snapshot, "mm", "id", mm->id, "missed_reuse", sums.missed_reuse);
	compare(database, snapshot, "mm", "id", mm->id, "max_chain", sums.max_chain);
	total->vmas += sums.vmas;
	total->avcs += sums.avcs;
	total->missed_groups += sums.missed_groups;
	total->missed_reuse += sums.missed_reuse;
	larger(&total->max_chain, sums.max_chain);
}

static int64_t depth_of(const struct model *model, uint32_t anon_vma)
{
	int64_t depth = 0;

	for (; !model_is_root(model, anon_vma); depth++)
		anon_vma = model->anon_vmas[anon_vma].parent;
	return depth;
}

static void compare_tree(const struct database *database, int64_t snapshot,
			 const struct model *model, uint32_t root, struct sums *total)
{
	uint32_t id = model->anon_vmas[root].id;
	struct sums sums = {0};

	for (uint32_t i = 0; i < model->mm_count; i++) {
		struct sums part = {0};

		add_vmas(model, model->mms[i].vma_first, model->mms[i].vma_count, root, &part);
		sums.vmas += part.vmas;
		sums.avcs += part.avcs;
		sums.mms += part.vmas > 0;
		sums.missed_groups += part.missed_groups;
		sums.missed_reuse += part.missed_reuse;
		larger(&sums.max_chain, part.max_chain);
	}
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		if (model->anon_vmas[i].root != root)
			continue;
		sums.anon_vmas++;
		sums.idle += model->anon_vmas[i].num_active_vmas == 0;
		larger(&sums.depth, depth_of(model, i));
	}
	compare(database, snapshot, "tree", "id", id, "vmas", sums.vmas);
	compare(database, snapshot, "tree", "id", id, "avcs", sums.avcs);
	compare(database, snapshot, "tree", "id", id, "mms", sums.mms);
	compare(database, snapshot, "tree", "id", id, "anon_vmas", sums.anon_vmas);
	compare(database, snapshot, "tree", "id", id, "idle_anon_vmas", sums.idle);
	compare(database, snapshot, "tree", "id", id, "depth", sums.depth);
	compare(database, snapshot, "tree", "id", id, "max_chain", sums.max_chain);
	compare(database, snapshot, "tree", "id", id, "missed_groups", sums.missed_groups);
	compare(database, snapshot, "tree", "id", id, "missed_reuse", sums.missed_reuse);
	compare(database, snapshot, "tree", "id", id, "object_bytes",
		sums.anon_vmas * model->origin.anon_vma_bytes +
			sums.avcs * model->origin.avc_bytes);
	total->trees++;
	total->idle += sums.idle;
	larger(&total->depth, sums.depth);
}

static void compare_total(const struct database *database, int64_t snapshot, const char *column,
			  int64_t expected)
{
	int64_t stored = database_number(database, "SELECT %s FROM snapshot WHERE id = %lld",
					 column, (long long)snapshot);

	if (stored != expected)
		fail_msg("snapshot %lld: %s is %lld, the stored rows add up to %lld",
			 (long long)snapshot, column, (long long)stored, (long long)expected);
}

void expect_rollups(const struct database *database, int64_t snapshot, const struct model *model)
{
	struct sums total = {0};

	for (uint32_t i = 0; i < model->mm_count; i++)
		compare_mm(database, snapshot, model, i, &total);
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		if (model_is_root(model, i))
			compare_tree(database, snapshot, model, i, &total);
	compare_total(database, snapshot, "processes", model->process_count);
	compare_total(database, snapshot, "mms", model->mm_count);
	compare_total(database, snapshot, "vmas", model->vma_count);
	compare_total(database, snapshot, "anon_vmas", model->anon_vma_count);
	compare_total(database, snapshot, "avcs", total.avcs);
	compare_total(database, snapshot, "trees", total.trees);
	compare_total(database, snapshot, "idle_anon_vmas", total.idle);
	compare_total(database, snapshot, "missed_groups", total.missed_groups);
	compare_total(database, snapshot, "missed_reuse", total.missed_reuse);
	compare_total(database, snapshot, "max_chain", total.max_chain);
	compare_total(database, snapshot, "max_depth", total.depth);
	compare_total(database, snapshot, "files", model->file_count);
	compare_total(database, snapshot, "object_bytes",
		      total.vmas * model->origin.vma_bytes +
			      (int64_t)model->anon_vma_count * model->origin.anon_vma_bytes +
			      total.avcs * model->origin.avc_bytes);
	compare_total(database, snapshot, "torn_mms", 0);
	compare_total(database, snapshot, "cut_mms", 0);
	compare_total(database, snapshot, "undescribed_anon_vmas", 0);
}
