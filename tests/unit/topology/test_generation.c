/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/generation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"

#define DEEP 100000u

struct fixture {
	struct model model;
	uint32_t *depth;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){0};
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_clear(&fixture->model);
	free(fixture->depth);
	return 0;
}

/* A fresh array of the exact size, so that a write beyond it is seen. */
static const uint32_t *compute(struct fixture *fixture)
{
	free(fixture->depth);
	fixture->depth = malloc(fixture->model.anon_vma_count * sizeof(uint32_t));
	memset(fixture->depth, 0x5a, fixture->model.anon_vma_count * sizeof(uint32_t));
	generation_compute(&fixture->model, fixture->depth);
	return fixture->depth;
}

static void nothing_is_written_for_an_empty_model(void **state)
{
	struct fixture *fixture = *state;

	generation_compute(&fixture->model, NULL);
}

static void a_root_is_generation_0(void **state)
{
	struct fixture *fixture = *state;

	forest_root(&fixture->model, 1);
	forest_root(&fixture->model, 2);
	assert_int_equal(compute(fixture)[0], 0);
	assert_int_equal(fixture->depth[1], 0);
}

static void children_count_from_their_own_root(void **state)
{
	struct fixture *fixture = *state;
	uint32_t root = forest_root(&fixture->model, 1);
	uint32_t child = forest_child(&fixture->model, 2, root);
	uint32_t grandchild = forest_child(&fixture->model, 3, child);
	uint32_t other = forest_root(&fixture->model, 4);
	uint32_t second = forest_child(&fixture->model, 5, root);
	const uint32_t *depth = compute(fixture);

	assert_int_equal(depth[root], 0);
	assert_int_equal(depth[child], 1);
	assert_int_equal(depth[grandchild], 2);
	assert_int_equal(depth[other], 0);
	assert_int_equal(depth[second], 1);
}

/* Walks see the youngest first. */
static void children_may_stand_before_their_parents(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	const uint32_t *depth;

	for (uint64_t key = 1; key <= 4; key++)
		forest_root(model, key);
	model->anon_vmas[0].parent = 1;
	model->anon_vmas[1].parent = 3;
	model->anon_vmas[2].parent = 0;
	depth = compute(fixture);
	assert_int_equal(depth[3], 0);
	assert_int_equal(depth[1], 1);
	assert_int_equal(depth[0], 2);
	assert_int_equal(depth[2], 3);
}

static void cycles_and_what_hangs_below_them_have_none(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	const uint32_t *depth;

	for (uint64_t key = 1; key <= 6; key++)
		forest_root(model, key);
	model->anon_vmas[0].parent = 2; /* below the cycle 1 -> 2 -> 3 -> 1 */
	model->anon_vmas[1].parent = 2;
	model->anon_vmas[2].parent = 3;
	model->anon_vmas[3].parent = 1;
	model->anon_vmas[5].parent = 4;
	depth = compute(fixture);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(depth[i], MODEL_NONE);
	assert_int_equal(depth[4], 0);
	assert_int_equal(depth[5], 1);
}

static void a_missing_parent_gives_none(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t lost = forest_root(model, 1), below = forest_child(model, 2, lost);
	const uint32_t *depth;

	model->anon_vmas[lost].parent = MODEL_NONE;
	depth = compute(fixture);
	assert_int_equal(depth[lost], MODEL_NONE);
	assert_int_equal(depth[below], MODEL_NONE);
}

/* Neither recursion nor quadratic time: either would be noticed here. */
static void a_deep_chain_in_the_worst_order(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	const uint32_t *depth;

	for (uint32_t i = 0; i < DEEP; i++)
		forest_root(model, i + 1);
	for (uint32_t i = 0; i < DEEP - 1; i++)
		model->anon_vmas[i].parent = i + 1;
	depth = compute(fixture);
	for (uint32_t i = 0; i < DEEP; i++)
		if (depth[i] != DEEP - 1 - i)
			fail_msg("generation %u of anon_vma %u", depth[i], i);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_written_for_an_empty_model),
		TEST(a_root_is_generation_0),
		TEST(children_count_from_their_own_root),
		TEST(children_may_stand_before_their_parents),
		TEST(cycles_and_what_hangs_below_them_have_none),
		TEST(a_missing_parent_gives_none),
		TEST(a_deep_chain_in_the_worst_order),
	};

	return cmocka_run_group_tests_name("topology/generation", tests, NULL, NULL);
}
