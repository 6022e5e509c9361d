/* SPDX-License-Identifier: GPL-2.0-only */
/* store_load: what was written is read back, now and later. */
#include "schema/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"
#include "../support/world.h"
#include "topology/fork_simulator.h"

#define WORLDS 12
#define SNAPSHOTS 15
#define ROOTS_MAX 4

struct fixture {
	struct history history;
	struct model loaded;
	struct analysis analysis;
};

static int setup(void **state)
{
	static struct fixture fixture;

	if (scratch_setup(state))
		return -1;
	memset(&fixture, 0, sizeof(fixture));
	history_open(&fixture.history, scratch_path("test.db"));
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	history_close(&fixture->history);
	model_clear(&fixture->loaded);
	analysis_clear(&fixture->analysis);
	return scratch_teardown(state);
}

/* A root with a child in two mms; a plain VMA; a file. */
static void fill(struct model *model)
{
	uint32_t root = forest_root(model, 1), child = forest_child(model, 2, root), index;
	uint32_t other = forest_root(model, 3);

	forest_process(model, 10, forest_mm(model, 1));
	forest_vma(model, 16, 4, root);
	forest_vma(model, 32, 4, other);
	forest_process(model, 20, forest_mm(model, 2));
	index = forest_vma(model, 16, 4, child, root);
	assert_int_equal(model_add_file(model, 0xfe00000, 7, &model->vmas[index].file), 0);
	assert_int_equal(
		model_add_text(model, "/lib/x", 6, &model->files[model->file_count - 1].path), 0);
	forest_plain_vma(model, 64, 1);
}

static void assert_loads(struct fixture *fixture, int64_t snapshot, uint32_t root_id,
			 const char *truth)
{
	struct store *store = fixture->history.store;
	int rc = root_id ? store_load_tree(store, snapshot, root_id, &fixture->loaded) :
			   store_load_all(store, snapshot, &fixture->loaded);
	char *loaded;

	if (rc)
		fail_msg("snapshot %lld, tree %u: %d", (long long)snapshot, root_id, rc);
	loaded = history_describe(&fixture->loaded, root_id);
	if (strcmp(loaded, truth) != 0) {
		print_error("snapshot %lld, tree %u; written:\n%s\nread:\n%s", (long long)snapshot,
			    root_id, truth, loaded);
		fail();
	}
	free(loaded);
}

static void a_snapshot_is_read_back(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = history_next(&fixture->history);
	const struct model *loaded = &fixture->loaded;
	char *truth;

	fill(model);
	assert_int_equal(history_write(&fixture->history, NULL), 1);
	truth = history_describe(model, 0);
	assert_loads(fixture, 1, 0, truth);
	free(truth);

	/* the names that later stages rely on */
	for (uint32_t i = 0; i < loaded->anon_vma_count; i++) {
		assert_int_equal(loaded->anon_vmas[i].key, loaded->anon_vmas[i].id);
		assert_int_equal(loaded->anon_vmas[i].previous, MODEL_NONE);
		assert_int_not_equal(loaded->anon_vmas[i].row, 0);
	}
	for (uint32_t i = 0; i < loaded->mm_count; i++) {
		assert_int_equal(loaded->mms[i].key, loaded->mms[i].id);
		assert_int_equal(loaded->mms[i].previous, MODEL_NONE);
		assert_int_not_equal(loaded->mms[i].row, 0);
		assert_int_not_equal(loaded->mms[i].usage_row, 0);
	}
	for (uint32_t i = 0; i < loaded->vma_count; i++)
		assert_int_not_equal(loaded->vmas[i].row, 0);
	for (uint32_t i = 0; i < loaded->process_count; i++)
		assert_int_not_equal(loaded->processes[i].row, 0);
	assert_int_not_equal(loaded->files[0].row, 0);
	assert_int_equal(model_find_process(loaded, 20), loaded->mms[1].owner);
}

static void one_tree_is_read_alone(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = history_next(&fixture->history);
	char *truth;

	fill(model);
	history_write(&fixture->history, NULL);
	truth = history_describe(model, 1);
	assert_loads(fixture, 1, 1, truth);
	free(truth);
	assert_int_equal(fixture->loaded.anon_vma_count, 2);
	assert_int_equal(fixture->loaded.mm_count, 2);
	assert_int_equal(fixture->loaded.vma_count, 2);
	truth = history_describe(model, 3);
	assert_loads(fixture, 1, 3, truth);
	free(truth);
	assert_int_equal(fixture->loaded.mm_count, 1);
}

/* What a fork of the mm would give under every policy, in ids; new anon_vmas are
 * numbered. The caller frees. */
static char *describe_forks(const struct model *model, uint32_t mm)
{
	struct fork_child child = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (enum fork_policy policy = 0; policy < FORK_POLICY_COUNT; policy++) {
		assert_int_equal(fork_simulate(model, mm, policy, &child), 0);
		fprintf(out, "%s: %u new, %u avcs, violations %x:", fork_policies[policy].name,
			child.new_count, child.avcs, child.violations);
		for (uint32_t i = 0; i < child.chain_count; i++)
			if (child.chains[i] < model->anon_vma_count)
				fprintf(out, " %u", model->anon_vmas[child.chains[i]].id);
			else
				fprintf(out, " n%u", child.chains[i] - model->anon_vma_count);
		fprintf(out, "\n");
	}
	fclose(out);
	fork_child_clear(&child);
	return text;
}

static void assert_mm_loads(struct fixture *fixture, int64_t snapshot, uint32_t mm_id,
			    const char *forks)
{
	char *loaded;

	assert_int_equal(store_load_mm(fixture->history.store, snapshot, mm_id, &fixture->loaded),
			 0);
	assert_int_equal(fixture->loaded.mm_count, 1);
	assert_int_equal(fixture->loaded.mms[0].id, mm_id);
	loaded = describe_forks(&fixture->loaded, 0);
	assert_string_equal(loaded, forks);
	free(loaded);
}

static void one_mm_is_read_with_all_that_a_fork_needs(void **state)
{
	struct fixture *fixture = *state;
	const struct model *loaded = &fixture->loaded;
	struct model *model = history_next(&fixture->history);
	char *forks;

	fill(model);
	history_write(&fixture->history, NULL);
	forks = describe_forks(model, 1);
	assert_mm_loads(fixture, 1, 2, forks);
	free(forks);
	assert_int_equal(loaded->vma_count, 2);
	assert_int_equal(loaded->anon_vma_count, 2);
	assert_int_equal(loaded->process_count, 1);
	assert_int_equal(loaded->processes[0].tgid, 20);
	assert_string_equal(model_text(loaded, loaded->files[loaded->vmas[0].file].path), "/lib/x");
	for (uint32_t i = 0; i < loaded->anon_vma_count; i++)
		assert_true(loaded->anon_vmas[i].described);
	assert_int_equal(loaded->anon_vmas[loaded->vmas[0].active].num_active_vmas, 1);
}

/* An ancestor that no chain of the mm names any more is still the parent. */
static void ancestors_outside_the_chains_are_read_too(void **state)
{
	struct fixture *fixture = *state;
	const struct model *loaded = &fixture->loaded;

	fill(history_next(&fixture->history));
	history_write(&fixture->history, NULL);
	database_exec(scratch_path("test.db"), "UPDATE vma SET chain = x'02' WHERE anon_vma = 2");
	assert_int_equal(store_load_mm(fixture->history.store, 1, 2, &fixture->loaded), 0);
	assert_int_equal(loaded->anon_vma_count, 2);
	assert_int_equal(loaded->anon_vmas[loaded->anon_vmas[0].parent].id, 1);
	assert_int_equal(loaded->anon_vmas[loaded->anon_vmas[0].root].id, 1);
}

/* Nothing is known of it but that it is there. */
static void what_only_a_chain_names_is_not_described(void **state)
{
	struct fixture *fixture = *state;
	const struct model *loaded = &fixture->loaded;
	uint32_t leaf, root;

	fill(history_next(&fixture->history));
	history_write(&fixture->history, NULL);
	database_exec(scratch_path("test.db"), "DELETE FROM anon_vma WHERE id = 1");
	assert_int_equal(store_load_mm(fixture->history.store, 1, 2, &fixture->loaded), 0);
	leaf = model_find_anon_vma(loaded, 2);
	root = model_find_anon_vma(loaded, 1);
	assert_true(loaded->anon_vmas[leaf].described);
	assert_int_equal(loaded->anon_vmas[leaf].parent, root);
	assert_false(loaded->anon_vmas[root].described);
	assert_true(model_is_root(loaded, root));
}

/* Whatever is counted in pages is divided by it. */
static void a_page_of_no_bytes_is_refused(void **state)
{
	struct fixture *fixture = *state;

	fill(history_next(&fixture->history));
	history_write(&fixture->history, NULL);
	database_exec(scratch_path("test.db"), "UPDATE boot SET page_size = 0");
	assert_int_equal(store_load_tree(fixture->history.store, 1, 1, &fixture->loaded), -EBADMSG);
	assert_int_equal(store_load_mm(fixture->history.store, 1, 1, &fixture->loaded), -EBADMSG);
}

static void an_empty_snapshot(void **state)
{
	struct fixture *fixture = *state;

	history_next(&fixture->history);
	history_write(&fixture->history, NULL);
	assert_int_equal(store_load_all(fixture->history.store, 1, &fixture->loaded), 0);
	assert_int_equal(fixture->loaded.mm_count + fixture->loaded.anon_vma_count, 0);
	assert_string_equal(fixture->loaded.origin.release, "6.18.0");
}

static void what_is_not_there(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture->history.store;
	int64_t id = 77;

	assert_int_equal(store_load_all(store, 1, &fixture->loaded), -ENOENT);
	assert_int_equal(store_latest_snapshot(store, NULL, &id), -ENOENT);
	assert_int_equal(id, 77);
	fill(history_next(&fixture->history));
	history_write(&fixture->history, NULL);
	assert_int_equal(store_load_all(store, 0, &fixture->loaded), -ENOENT);
	assert_int_equal(store_load_all(store, 2, &fixture->loaded), -ENOENT);
	assert_int_equal(store_load_tree(store, 2, 1, &fixture->loaded), -ENOENT);
	assert_int_equal(store_load_tree(store, 1, 2, &fixture->loaded), -ENOENT); /* no root */
	assert_int_equal(store_load_tree(store, 1, 9, &fixture->loaded), -ENOENT);
	assert_int_equal(store_load_tree(store, 1, 0, &fixture->loaded), -ENOENT);
	assert_int_equal(store_load_mm(store, 2, 1, &fixture->loaded), -ENOENT);
	assert_int_equal(store_load_mm(store, 1, 3, &fixture->loaded), -ENOENT);
	assert_int_equal(store_load_mm(store, 1, 0, &fixture->loaded), -ENOENT);
}

static void the_latest_of_a_boot(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture->history.store;
	int64_t id = 0;

	for (int boot = 0; boot < 3; boot++) {
		struct model *model = history_next(&fixture->history);

		model->origin.boot_id[0] = (char)('a' + boot % 2);
		history_write(&fixture->history, NULL);
	}
	assert_int_equal(store_latest_snapshot(store, NULL, &id), 0);
	assert_int_equal(id, 3);
	assert_int_equal(store_latest_snapshot(store, "b0000000-0000-4000-8000-000000000001", &id),
			 0);
	assert_int_equal(id, 2);
	assert_int_equal(store_latest_snapshot(store, "a0000000-0000-4000-8000-000000000001", &id),
			 0);
	assert_int_equal(id, 3);
	assert_int_equal(store_latest_snapshot(store, "of another life", &id), -ENOENT);
}

static void sequences_begin_at_1_and_are_kept(void **state)
{
	struct fixture *fixture = *state;
	struct store_sequences sequences = {0};

	assert_int_equal(store_load_sequences(fixture->history.store, &sequences), 0);
	assert_int_equal(sequences.process, 1);
	assert_int_equal(sequences.mm, 1);
	assert_int_equal(sequences.anon_vma, 1);
	assert_int_equal(sequences.file, 1);
	assert_int_equal(sequences.finding, 1);
	history_next(&fixture->history);
	history_write(&fixture->history, NULL);
	assert_int_equal(store_load_sequences(fixture->history.store, &sequences), 0);
	assert_int_equal(sequences.process, 1000);
	assert_int_equal(sequences.mm, 1001);
	assert_int_equal(sequences.anon_vma, 1002);
	assert_int_equal(sequences.file, 1003);
	assert_int_equal(sequences.finding, 1004);
}

static void rows_of_trees_are_found(void **state)
{
	struct fixture *fixture = *state;
	static const struct analysis_options options;
	struct analyser *analyser;

	fill(history_next(&fixture->history));
	history_write(&fixture->history, NULL);
	assert_int_equal(store_load_all(fixture->history.store, 1, &fixture->loaded), 0);
	assert_int_equal(analyser_new(&analyser), 0);
	assert_int_equal(
		analysis_build(analyser, &options, NULL, &fixture->loaded, &fixture->analysis), 0);
	analyser_free(&analyser);
	assert_int_equal(store_load_analysis(fixture->history.store, 1, &fixture->loaded,
					     &fixture->analysis),
			 0);
	assert_int_equal(fixture->analysis.tree_count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		const struct tree_summary *tree = &fixture->analysis.trees[i];
		char sql[80];

		snprintf(sql, sizeof(sql), "SELECT row FROM tree WHERE id = %u",
			 fixture->loaded.anon_vmas[tree->root].id);
		assert_int_equal(tree->row, database_number(scratch_path("test.db"), sql));
	}
}

/* Bytes that are no chain must not become anon_vmas out of nowhere. */
static void a_damaged_chain_ends_where_it_makes_no_sense(void **state)
{
	struct fixture *fixture = *state;

	fill(history_next(&fixture->history));
	history_write(&fixture->history, NULL);
	database_exec(scratch_path("test.db"),
		      "UPDATE vma SET chain = x'01ffffffffff01' WHERE mm = 2 AND anon_vma = 2");
	assert_int_equal(store_load_all(fixture->history.store, 1, &fixture->loaded), 0);
	for (uint32_t i = 0; i < fixture->loaded.vma_count; i++) {
		const struct model_vma *vma = &fixture->loaded.vmas[i];

		assert_true(vma->avc_first + vma->avc_count <= fixture->loaded.avc_count);
		assert_true(vma->avc_count <= 1);
	}
	assert_int_equal(fixture->loaded.anon_vma_count, 3);
}

static uint64_t seed_of(unsigned int world)
{
	const char *given = getenv("VMASCOPE_TEST_SEED");

	if (given)
		return strtoull(given, NULL, 0);
	/* most are the same in every run; one is new */
	return world ? world : (uint64_t)time(NULL);
}

struct truth {
	char *all;
	char *trees[ROOTS_MAX];
	uint32_t roots[ROOTS_MAX];
	char *forks; /* of one mm */
	uint32_t mm_id;
};

static void remember(struct world *world, const struct model *model, struct truth *truth)
{
	truth->all = history_describe(model, 0);
	for (uint32_t i = 0; i < ROOTS_MAX && model->anon_vma_count; i++) {
		uint32_t any = world_random(world, model->anon_vma_count);

		truth->roots[i] = model->anon_vmas[model->anon_vmas[any].root].id;
		truth->trees[i] = history_describe(model, truth->roots[i]);
	}
	if (model->mm_count) {
		uint32_t any = world_random(world, model->mm_count);

		truth->mm_id = model->mms[any].id;
		truth->forks = describe_forks(model, any);
	}
}

static void check_and_forget(struct fixture *fixture, int64_t snapshot, struct truth *truth)
{
	assert_loads(fixture, snapshot, 0, truth->all);
	free(truth->all);
	for (uint32_t i = 0; i < ROOTS_MAX; i++) {
		if (truth->trees[i])
			assert_loads(fixture, snapshot, truth->roots[i], truth->trees[i]);
		free(truth->trees[i]);
	}
	if (truth->forks)
		assert_mm_loads(fixture, snapshot, truth->mm_id, truth->forks);
	free(truth->forks);
	*truth = (struct truth){0};
}

static void one_world(struct fixture *fixture, uint64_t seed)
{
	struct world *world = world_create(seed);
	struct truth truths[SNAPSHOTS] = {0};
	int64_t first = 0;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < SNAPSHOTS; i++) {
		struct model *model = history_next(&fixture->history);
		int64_t id;

		model->origin.split_counters = seed % 2;
		world_show(world, model);
		id = history_write(&fixture->history, NULL);
		first = first ? first : id;
		remember(world, model, &truths[i]);
		world_step(world);
	}
	for (int i = SNAPSHOTS - 1; i >= 0; i--)
		check_and_forget(fixture, first + i, &truths[i]);
	world_free(world);
}

/* Whatever happened in between, every snapshot is read as it was written. */
static void random_histories_are_read_as_they_were(void **state)
{
	unsigned int worlds = getenv("VMASCOPE_TEST_SEED") ? 1 : WORLDS;

	for (unsigned int world = 0; world < worlds; world++) {
		one_world(*state, seed_of(world));
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_snapshot_is_read_back),
		TEST(one_tree_is_read_alone),
		TEST(one_mm_is_read_with_all_that_a_fork_needs),
		TEST(ancestors_outside_the_chains_are_read_too),
		TEST(what_only_a_chain_names_is_not_described),
		TEST(a_page_of_no_bytes_is_refused),
		TEST(an_empty_snapshot),
		TEST(what_is_not_there),
		TEST(the_latest_of_a_boot),
		TEST(sequences_begin_at_1_and_are_kept),
		TEST(rows_of_trees_are_found),
		TEST(a_damaged_chain_ends_where_it_makes_no_sense),
		TEST(random_histories_are_read_as_they_were),
	};

	return cmocka_run_group_tests_name("schema/store_load", tests, NULL, NULL);
}
