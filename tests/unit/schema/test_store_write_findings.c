/* SPDX-License-Identifier: GPL-2.0-only */
/* store_write_findings: findings and results of invariants have a history, and
 * come back as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"
#include "../support/world.h"
#include "schema/store.h"

#define OPEN "9223372036854775807"

static struct history history;

static const char *db(void)
{
	return scratch_path("test.db");
}

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	history_open(&history, db());
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

static int64_t count(const char *what, int64_t snapshot)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s = %lld", what, (long long)snapshot);
	return database_number(db(), sql);
}

static const struct analysis *written(void)
{
	return &history.analyses[!history.now];
}

/* A daemon and a worker of `split` siblings; two of them make one finding, of
 * kind fork_split, since they are apart. */
static void fill(struct model *model, uint32_t split)
{
	uint32_t root = forest_root(model, 10);

	forest_process(model, 1, forest_mm(model, 1));
	forest_vma(model, 16, 4, root);
	forest_process(model, 2, forest_mm(model, 2));
	for (uint32_t i = 0; i < split; i++) {
		uint32_t own = forest_child(model, 11 + i, root);

		forest_vma(model, 100 + 10 * i, 4, own, root);
	}
}

static void a_finding_has_an_id_while_its_key_continues(void **state)
{
	uint64_t row;

	(void)state;
	fill(history_next(&history), 2);
	assert_int_equal(history_write(&history, NULL), 1);
	assert_int_equal(written()->findings.count, 1);
	assert_int_equal(written()->findings.items[0].id, 1004);
	row = written()->findings.items[0].row;

	fill(history_next(&history), 2); /* the same: nothing is written */
	assert_int_equal(history_write(&history, NULL), 2);
	assert_int_equal(written()->findings.items[0].id, 1004);
	assert_int_equal(written()->findings.items[0].row, row);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM finding"), 1);

	fill(history_next(&history), 3); /* it grew */
	assert_int_equal(history_write(&history, NULL), 3);
	assert_int_equal(written()->findings.items[0].id, 1004);
	assert_true(written()->findings.items[0].row != row);
	assert_int_equal(count("finding WHERE born = 1 AND died", 3), 1);
	assert_int_equal(count("finding WHERE id = 1004 AND died = " OPEN " AND born", 3), 1);

	fill(history_next(&history), 1); /* gone */
	assert_int_equal(history_write(&history, NULL), 4);
	assert_int_equal(written()->findings.count, 0);
	assert_int_equal(count("finding WHERE died", 4), 1);
	assert_int_equal(count("finding WHERE born", 4), 0);

	fill(history_next(&history), 3); /* another one, though its key is the same */
	assert_int_equal(history_write(&history, NULL), 5);
	assert_int_equal(written()->findings.items[0].id, 1005);
	assert_int_equal(history.sequences.finding, 1006);
	assert_int_equal(database_number(db(), "SELECT next FROM sequence WHERE name = 'finding'"),
			 1006);
}

static void what_a_row_says(void **state)
{
	(void)state;
	fill(history_next(&history), 3);
	history_write(&history, NULL);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM finding WHERE born = 1 AND "
					       "died = " OPEN " AND kind = 0 AND rule = 0 AND "
					       "mm = 2 AND anon_vma = 10 AND root = 10 AND "
					       "vm_start IS NULL AND size = 3 AND detail_1 = 2 AND "
					       "detail_2 = 0 AND vmas = 0 AND anon_vmas = 2 AND "
					       "avcs = 0 AND bytes = 208"),
			 1);
}

/* VMAs that touch: a finding with an address and, across two trees, no root. */
static void a_row_without_a_tree(void **state)
{
	struct model *model = history_next(&history);
	uint32_t a = forest_root(model, 10), b = forest_root(model, 20);

	(void)state;
	forest_process(model, 1, forest_mm(model, 1));
	forest_vma(model, 16, 4, a);
	forest_vma(model, 20, 4, b);
	history_write(&history, NULL);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM finding WHERE kind = 1 AND "
					       "mm = 1 AND anon_vma IS NULL AND root IS NULL AND "
					       "vm_start = 65536 AND detail_1 = 98304"),
			 1);
}

static void results_of_invariants_change_by_row(void **state)
{
	uint64_t rows[INVARIANT_COUNT];
	struct model *model;

	(void)state;
	fill(history_next(&history), 2);
	history_write(&history, NULL);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM invariant"), INVARIANT_COUNT);
	assert_int_equal(count("invariant WHERE rule >= 1 AND rule <= 11 AND born", 1), 11);
	for (int i = 0; i < INVARIANT_COUNT; i++)
		rows[i] = written()->invariants[i].row;

	fill(history_next(&history), 2);
	history_write(&history, NULL);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM invariant"), INVARIANT_COUNT);
	for (int i = 0; i < INVARIANT_COUNT; i++)
		assert_int_equal(written()->invariants[i].row, rows[i]);

	model = history_next(&history);
	fill(model, 2);
	model->vmas[0].foreign_avc = true;
	history_write(&history, NULL);
	assert_int_equal(count("invariant WHERE rule = 1 AND died", 3), 1);
	assert_int_equal(count("invariant WHERE rule = 1 AND checked = 3 AND held = 2 AND "
			       "seen_once = 1 AND violated = 0 AND born",
			       3),
			 1);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM invariant"),
			 INVARIANT_COUNT + 1);

	model = history_next(&history);
	fill(model, 2);
	model->vmas[0].foreign_avc = true;
	history_write(&history, NULL);
	assert_int_equal(count("invariant WHERE rule = 1 AND violated = 1 AND seen_once = 0 AND "
			       "born",
			       4),
			 1);
	assert_int_equal(count("finding WHERE kind = 6 AND rule = 1 AND mm = 1 AND root = 10 AND "
			       "anon_vma IS NULL AND vm_start = 65536 AND detail_2 = 1 AND born",
			       4),
			 1);
}

static void assert_same_finding(const struct finding *left, const struct finding *right)
{
	assert_int_equal(finding_compare(left, right), 0);
	assert_int_equal(left->row, right->row);
	assert_int_equal(left->id, right->id);
	assert_int_equal(left->root, right->root);
	assert_int_equal(left->vm_start, right->vm_start);
	assert_int_equal(left->size, right->size);
	assert_memory_equal(left->details, right->details, sizeof(left->details));
	assert_int_equal(left->vmas, right->vmas);
	assert_int_equal(left->anon_vmas, right->anon_vmas);
	assert_int_equal(left->avcs, right->avcs);
	assert_int_equal(left->bytes, right->bytes);
}

/* What a collector that starts again has of a snapshot. */
static void load(int64_t snapshot, struct model *model, struct analysis *analysis)
{
	model_reset(model);
	assert_int_equal(store_load_all(history.store, snapshot, model), 0);
	assert_int_equal(analysis_build(history.analyser, &history.options, NULL, model, analysis),
			 0);
	assert_int_equal(store_load_analysis(history.store, snapshot, model, analysis), 0);
}

static void assert_comes_back(int64_t snapshot)
{
	struct model model = {0};
	struct analysis loaded = {0};

	load(snapshot, &model, &loaded);
	assert_int_equal(loaded.findings.count, written()->findings.count);
	for (uint32_t i = 0; i < loaded.findings.count; i++)
		assert_same_finding(&loaded.findings.items[i], &written()->findings.items[i]);
	assert_memory_equal(loaded.invariants, written()->invariants, sizeof(loaded.invariants));
	model_clear(&model);
	analysis_clear(&loaded);
}

/* Ids of the findings before: those of the same key, and no other's. */
static void assert_ids_continue(const struct analysis *before, const struct analysis *now)
{
	uint32_t old = 0;

	for (uint32_t i = 0; i < now->findings.count; i++) {
		const struct finding *finding = &now->findings.items[i];
		int order = 1;

		while (old < before->findings.count &&
		       (order = finding_compare(&before->findings.items[old], finding)) < 0)
			old++;
		if (old < before->findings.count && order == 0)
			assert_int_equal(finding->id, before->findings.items[old].id);
		else /* never given before, as ids only grow */
			for (uint32_t k = 0; k < before->findings.count; k++)
				assert_true(finding->id > before->findings.items[k].id);
	}
}

static void show(struct world *world, struct model *model)
{
	world_show(world, model);
	for (uint32_t v = 0; v < model->vma_count; v++)
		model->vmas[v].foreign_avc = model->vmas[v].start / FOREST_PAGE % 31 == 0;
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		model->anon_vmas[i].num_active_vmas += model->anon_vmas[i].key % 17 == 0;
}

/* Whatever happens, with a start of the collector in between now and then. */
static void any_history_comes_back(void **state)
{
	static struct analysis nothing;
	uint32_t violations = 0;

	(void)state;
	history.options =
		(struct analysis_options){.deep_chain = 2, .wide_rmap = 2, .wide_lock = 2};
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct world *world = world_create(seed);

		for (uint32_t step = 0; step < 40; step++) {
			const struct analysis *before = history.any ? written() : &nothing;
			int64_t snapshot;

			if (step % 10 == 9) { /* what is compared with is what was loaded */
				struct model *last = history_last(&history);

				load((int64_t)(history.taken_ns / 1000000000u), last,
				     &history.analyses[!history.now]);
			}
			world_step(world);
			show(world, history_next(&history));
			snapshot = history_write(&history, NULL);
			assert_int_equal(snapshot, history.taken_ns / 1000000000u);
			assert_int_equal(database_number(db(), "SELECT count(*) FROM finding "
							       "WHERE died = " OPEN),
					 written()->findings.count);
			assert_ids_continue(before, written());
			assert_comes_back(snapshot);
			violations += written()->invariants[0].by_excuse[EXCUSE_NONE];
		}
		world_free(world);
	}
	assert_true(violations > 20);
	/* of each id the rows follow one another, and are of one key */
	assert_int_equal(database_number(db(),
					 "SELECT count(*) FROM finding a JOIN finding b ON "
					 "a.id = b.id AND a.row < b.row WHERE a.died > b.born "
					 "OR a.kind <> b.kind OR a.rule <> b.rule OR "
					 "a.mm IS NOT b.mm OR a.anon_vma IS NOT b.anon_vma "
					 "OR (a.kind <> 3 AND a.vm_start IS NOT b.vm_start)"),
			 0); /* 3: deep_chain names the longest, which may change */
	/* of each rule one row is open, and they cover all snapshots without a gap */
	assert_int_equal(database_number(db(), "SELECT count(*) FROM invariant WHERE died = " OPEN),
			 INVARIANT_COUNT);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM invariant a WHERE a.died <> "
					       "" OPEN " AND NOT EXISTS (SELECT 1 FROM invariant b "
					       "WHERE b.rule = a.rule AND b.born = a.died)"),
			 0);
}

static void a_snapshot_that_fails_leaves_findings_alone(void **state)
{
	int64_t id;

	(void)state;
	fill(history_next(&history), 2);
	history_write(&history, NULL);
	database_exec(db(), "CREATE TRIGGER no_finding BEFORE INSERT ON finding BEGIN SELECT "
			    "raise(ABORT, 'no'); END");
	fill(history_next(&history), 3);
	assert_true(history_try(&history, NULL, &id) < 0);
	database_exec(db(), "DROP TRIGGER no_finding");
	assert_int_equal(count("finding WHERE died = " OPEN " AND born", 1), 1);
	fill(history_next(&history), 3);
	history_write(&history, NULL);
	assert_int_equal(written()->findings.items[0].id, 1004);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM finding"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_finding_has_an_id_while_its_key_continues),
		TEST(what_a_row_says),
		TEST(a_row_without_a_tree),
		TEST(results_of_invariants_change_by_row),
		TEST(any_history_comes_back),
		TEST(a_snapshot_that_fails_leaves_findings_alone),
	};

	return cmocka_run_group_tests_name("schema/store_write_findings", tests, NULL, NULL);
}
