/* SPDX-License-Identifier: GPL-2.0-only */
/* The same rules where there is much: a thousand children, a chain of a
 * thousand anon_vmas, an address space close to max_map_count. */
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

#define CHILDREN 1000
#define GENERATIONS 1010
#define MANY_VMAS 51221

static int64_t tree_number(struct fixture *f, int64_t snapshot, uint32_t root, const char *column)
{
	return database_number(&f->database,
			       "SELECT %s FROM tree WHERE id = %u AND born <= %lld AND died > %lld",
			       column, f->model.anon_vmas[root].id, (long long)snapshot,
			       (long long)snapshot);
}

static void test_thousand_children(void **state)
{
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	uint32_t root;
	int64_t id;

	scenario_map(&f->scenario, 0, region, 1);
	scenario_write(&f->scenario, 0, region, 1);
	for (int i = 0; i < CHILDREN; i++)
		scenario_fork(&f->scenario, 0);
	id = fixture_collect(f);
	assert_int_equal(f->model.process_count, 1 + CHILDREN);
	assert_int_equal(f->model.mm_count, 1 + CHILDREN);
	root = expect_active(&f->model, scenario_pid(&f->scenario, 0), region);
	assert_int_equal(f->model.anon_vmas[root].num_children, 1 + CHILDREN);
	assert_int_equal(f->model.anon_vmas[root].num_active_vmas, 1);
	assert_int_equal(f->model.anon_vmas[root].refcount, 1 + CHILDREN);
	for (int i = 1; i <= CHILDREN; i++) {
		const struct model_vma *vma = expect_vma(&f->model, scenario_pid(&f->scenario, i),
							 region);

		assert_int_equal(vma->avc_count, 2);
		assert_int_equal(model_chain(&f->model, vma)[0], vma->active);
		assert_int_equal(model_chain(&f->model, vma)[1], root);
		assert_int_equal(f->model.anon_vmas[vma->active].parent, root);
		assert_int_equal(f->model.anon_vmas[vma->active].num_active_vmas, 1);
		assert_int_equal(f->model.anon_vmas[vma->active].num_children, 0);
	}
	assert_int_equal(tree_number(f, id, root, "anon_vmas"), 1 + CHILDREN);
	assert_int_equal(tree_number(f, id, root, "vmas"), 1 + CHILDREN);
	assert_int_equal(tree_number(f, id, root, "avcs"), 1 + 2 * CHILDREN);
	assert_int_equal(tree_number(f, id, root, "mms"), 1 + CHILDREN);
	assert_int_equal(tree_number(f, id, root, "depth"), 1);
}

/* The chain of the next generation, as generation numbers. */
static void next_chain(enum chain_order order, const uint32_t *parent, uint32_t count,
		       uint32_t *ret_chain)
{
	ret_chain[0] = count;
	for (uint32_t i = 0; i < count; i++)
		ret_chain[1 + i] = order == CHAIN_KEPT ? parent[i] : parent[count - 1 - i];
}

static void check_generation(const struct model *model, const struct model_vma *vma,
			     const uint32_t *active_of, const uint32_t *chain, uint32_t count)
{
	if (vma->avc_count != count)
		fail_msg("generation %u has a chain of %u", count - 1, vma->avc_count);
	for (uint32_t i = 0; i < count; i++)
		if (model_chain(model, vma)[i] != active_of[chain[i]])
			fail_msg("generation %u: entry %u of the chain is not generation %u's",
				 count - 1, i, chain[i]);
}

static void test_chain_of_a_thousand(void **state)
{
	static uint32_t chains[2][GENERATIONS + 1];
	static uint32_t active_of[GENERATIONS + 1];
	struct fixture *f = fixture_begin(state);
	enum chain_order order = observed_chain_order();
	unsigned long region = scenario_region(0);
	int64_t id;

	scenario_map(&f->scenario, 0, region, 1);
	scenario_write(&f->scenario, 0, region, 1);
	for (int i = 0; i < GENERATIONS; i++) {
		scenario_fork(&f->scenario, i);
		scenario_write(&f->scenario, i + 1, region, 1);
	}
	id = fixture_collect(f);
	assert_int_equal(f->model.process_count, 1 + GENERATIONS);
	for (int i = 0; i <= GENERATIONS; i++)
		active_of[i] = expect_active(&f->model, scenario_pid(&f->scenario, i), region);
	for (uint32_t i = 0; i <= GENERATIONS; i++) {
		const struct model_anon_vma *own = &f->model.anon_vmas[active_of[i]];

		next_chain(order, chains[(i + 1) % 2], i, chains[i % 2]);
		check_generation(&f->model,
				 expect_vma(&f->model, scenario_pid(&f->scenario, (int)i), region),
				 active_of, chains[i % 2], i + 1);
		assert_int_equal(own->root, active_of[0]);
		assert_int_equal(own->parent, active_of[i ? i - 1 : 0]);
		assert_int_equal(own->num_children, i == GENERATIONS ? 0 : i == 0 ? 2 : 1);
		assert_int_equal(own->num_active_vmas, 1);
		assert_int_equal(own->refcount, i ? 1 : 1 + GENERATIONS);
	}
	assert_int_equal(tree_number(f, id, active_of[0], "depth"), GENERATIONS);
	assert_int_equal(tree_number(f, id, active_of[0], "max_chain"), 1 + GENERATIONS);
	assert_int_equal(tree_number(f, id, active_of[0], "avcs"),
			 (GENERATIONS + 1) * (GENERATIONS + 2) / 2);
}

/* 51,221 VMAs, one of the sizes of the kernel's own fork measurements. Those of
 * the region share one anon_vma; a fork makes as many new ones. */
static void test_many_vmas(void **state)
{
	struct fixture *f = fixture_begin(state);
	pid_t parent = scenario_pid(&f->scenario, 0);
	unsigned long region = scenario_region(0);
	uint32_t count;
	uint32_t root;
	pid_t child;
	int64_t id;

	/* with room for single-page VMAs to make it exactly that many */
	scenario_map(&f->scenario, 0, region, MANY_VMAS);
	/* one page is enough for an anon_vma that every split shares */
	scenario_write(&f->scenario, 0, region, 1);
	assert_int_equal(maps_read(parent, &f->maps), 0);
	count = MANY_VMAS - (f->maps.count - 1);
	scenario_unmap(&f->scenario, 0, region + count * scenario_page(), MANY_VMAS - count);
	scenario_split(&f->scenario, 0, region, count);
	fixture_collect(f);
	assert_int_equal(expect_mm(&f->model, parent)->vma_count, MANY_VMAS);
	fixture_expect_truth(f, 0);
	root = expect_active(&f->model, parent, region);
	assert_int_equal(f->model.anon_vmas[root].num_active_vmas, count);

	child = scenario_pid(&f->scenario, scenario_fork(&f->scenario, 0));
	id = fixture_collect(f);
	assert_int_equal(expect_mm(&f->model, child)->vma_count, MANY_VMAS);
	fixture_expect_all_true(f);
	root = expect_active(&f->model, parent, region);
	assert_int_equal(f->model.anon_vmas[root].num_active_vmas, count);
	assert_int_equal(f->model.anon_vmas[root].num_children, 1 + count);
	assert_int_equal(f->model.anon_vmas[root].refcount, 1 + count);
	assert_int_equal(tree_number(f, id, root, "missed_reuse"), count - 1);
	assert_int_equal(tree_number(f, id, root, "avcs"), 3 * count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_thousand_children),
		LIVE_TEST(test_chain_of_a_thousand),
		LIVE_TEST(test_many_vmas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
