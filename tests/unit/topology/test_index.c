/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/forest.h"

#define MANY 100000u

struct fixture {
	struct model model;
	struct index index;
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
	index_clear(&fixture->index);
	return 0;
}

static void assert_list(const struct index_lists *lists, uint32_t anon_vma, const uint32_t *items,
			uint32_t count)
{
	assert_int_equal(index_count(lists, anon_vma), count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(index_items(lists, anon_vma)[i], items[i]);
}
#define ASSERT_LIST(lists, anon_vma, ...)                             \
	assert_list(lists, anon_vma, (const uint32_t[]){__VA_ARGS__}, \
		    sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void an_empty_model_has_an_empty_index(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(index_build(&fixture->index, &fixture->model), 0);
	assert_int_equal(fixture->index.anon_vma_count, 0);
	assert_int_equal(fixture->index.linked.first[0], 0);
}

/* A parent with two VMAs and a child that inherited both:
 * vma 0, 1 of the parent; vma 2 [child_a, root], vma 3 [child_b, root]. */
static void links_and_children_are_turned_round(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);
	uint32_t child_a, child_b;

	forest_mm(model, 1);
	forest_vma(model, 1, 1, root);
	forest_vma(model, 3, 1, root);
	child_a = forest_child(model, 2, root);
	child_b = forest_child(model, 3, root);
	forest_mm(model, 2);
	forest_vma(model, 1, 1, child_a, root);
	forest_vma(model, 3, 1, child_b, root);
	forest_plain_vma(model, 5, 1);

	assert_int_equal(index_build(&fixture->index, model), 0);
	assert_int_equal(fixture->index.anon_vma_count, 3);
	ASSERT_LIST(&fixture->index.linked, root, 0, 1, 2, 3);
	ASSERT_LIST(&fixture->index.linked, child_a, 2);
	ASSERT_LIST(&fixture->index.linked, child_b, 3);
	ASSERT_LIST(&fixture->index.children, root, child_a, child_b);
	assert_int_equal(index_count(&fixture->index.children, child_a), 0);
	assert_int_equal(fixture->index.depth[root], 0);
	assert_int_equal(fixture->index.depth[child_b], 1);
}

static void parents_come_before_children(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t seen[5] = {0};

	/* 0 is below 1 is below 4; 2 and 3 are roots, 3 has nobody */
	for (uint64_t key = 1; key <= 5; key++)
		forest_root(model, key);
	model->anon_vmas[0].parent = 1;
	model->anon_vmas[1].parent = 4;
	assert_int_equal(index_build(&fixture->index, model), 0);
	for (uint32_t i = 0; i < 5; i++) {
		uint32_t anon_vma = fixture->index.by_depth[i];
		uint32_t parent = model->anon_vmas[anon_vma].parent;

		assert_true(parent == anon_vma || seen[parent]);
		seen[anon_vma]++;
	}
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(seen[i], 1);
}

static void an_anon_vma_twice_in_a_chain_is_listed_twice(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);

	forest_mm(model, 1);
	forest_vma(model, 1, 1, root, root);
	assert_int_equal(index_build(&fixture->index, model), 0);
	ASSERT_LIST(&fixture->index.linked, root, 0, 0);
}

static void a_deep_chain(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t at = forest_root(model, 1);

	for (uint32_t i = 1; i < MANY; i++)
		at = forest_child(model, i + 1, at);
	assert_int_equal(index_build(&fixture->index, model), 0);
	assert_int_equal(fixture->index.depth[at], MANY - 1);
	assert_int_equal(fixture->index.by_depth[0], 0);
	assert_int_equal(fixture->index.by_depth[MANY - 1], at);
	ASSERT_LIST(&fixture->index.children, at - 1, at);
}

static void a_wide_tree(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);

	for (uint32_t i = 1; i < MANY; i++) {
		uint32_t child = forest_child(model, i + 1, root);

		forest_mm(model, i);
		forest_vma(model, 1, 1, child, root);
	}
	assert_int_equal(index_build(&fixture->index, model), 0);
	assert_int_equal(index_count(&fixture->index.children, root), MANY - 1);
	assert_int_equal(index_count(&fixture->index.linked, root), MANY - 1);
	for (uint32_t i = 0; i < MANY - 1; i++)
		if (index_items(&fixture->index.linked, root)[i] != i)
			fail_msg("place %u", i);
}

/* Nothing of a larger model may be left over. */
static void an_index_is_reused_for_smaller_and_larger_models(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;

	a_wide_tree(state);
	model_reset(model);
	links_and_children_are_turned_round(state);
	model_reset(model);
	an_empty_model_has_an_empty_index(state);
	a_deep_chain(state);
}

static void clear_may_be_called_twice(void **state)
{
	struct fixture *fixture = *state;

	links_and_children_are_turned_round(state);
	index_clear(&fixture->index);
	index_clear(&fixture->index);
	assert_null(fixture->index.depth);
	assert_int_equal(fixture->index.anon_vma_count, 0);
	assert_int_equal(index_build(&fixture->index, &fixture->model), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_model_has_an_empty_index),
		TEST(links_and_children_are_turned_round),
		TEST(parents_come_before_children),
		TEST(an_anon_vma_twice_in_a_chain_is_listed_twice),
		TEST(a_deep_chain),
		TEST(a_wide_tree),
		TEST(an_index_is_reused_for_smaller_and_larger_models),
		TEST(clear_may_be_called_twice),
	};

	return cmocka_run_group_tests_name("topology/index", tests, NULL, NULL);
}
