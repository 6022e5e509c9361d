/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/missed_reuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/forest.h"

#define MANY 100000u

struct fixture {
	struct model model;
	struct missed_reuse missed;
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
	missed_reuse_clear(&fixture->missed);
	return 0;
}

static void find(struct fixture *fixture, uint32_t groups)
{
	assert_int_equal(missed_reuse_find(&fixture->missed, &fixture->model), 0);
	assert_int_equal(fixture->missed.group_count, groups);
}

static void assert_group(const struct missed_reuse *missed, uint32_t group, uint32_t mm,
			 uint32_t parent, const uint32_t *members, uint32_t count)
{
	assert_int_equal(missed->groups[group].mm, mm);
	assert_int_equal(missed->groups[group].parent, parent);
	assert_int_equal(missed->groups[group].member_count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(missed->members[missed->groups[group].member_first + i],
				 members[i]);
}
#define ASSERT_GROUP(missed, group, mm, parent, ...)                             \
	assert_group(missed, group, mm, parent, (const uint32_t[]){__VA_ARGS__}, \
		     sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void an_empty_model_missed_nothing(void **state)
{
	find(*state, 0);
}

/* Two VMAs shared the parent's anon_vma; fork gave each its own. */
static void two_siblings_of_one_fork_are_a_group(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);
	uint32_t a = forest_child(model, 2, root), b = forest_child(model, 3, root);
	uint32_t mm;

	forest_mm(model, 1);
	forest_vma(model, 1, 1, root);
	forest_vma(model, 3, 1, root);
	mm = forest_mm(model, 2);
	forest_vma(model, 1, 1, b, root);
	forest_vma(model, 3, 1, a, root);
	find(fixture, 1);
	ASSERT_GROUP(&fixture->missed, 0, mm, root, b, a); /* by first VMA */
	assert_int_equal(fixture->missed.member_count, 2);
}

static void roots_belong_to_no_group(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t a = forest_root(model, 1), b = forest_root(model, 2);

	forest_mm(model, 1);
	forest_vma(model, 1, 1, a);
	forest_vma(model, 2, 1, b);
	forest_plain_vma(model, 3, 1);
	find(fixture, 0);
}

/* A root is its own parent, but not its own sibling. */
static void a_root_beside_its_child_is_no_group(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1), child = forest_child(model, 2, root);

	forest_mm(model, 1);
	forest_vma(model, 1, 1, root);
	forest_vma(model, 3, 1, child, root);
	find(fixture, 0);
}

/* One anon_vma shared by many VMAs is what should be: reuse, not its miss. */
static void a_shared_anon_vma_counts_once(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);
	uint32_t a = forest_child(model, 2, root), b = forest_child(model, 3, root);

	forest_mm(model, 1);
	forest_vma(model, 1, 1, a, root);
	forest_vma(model, 3, 1, a, root);
	find(fixture, 0);
	forest_vma(model, 5, 1, b, root);
	forest_vma(model, 7, 1, a, root);
	find(fixture, 1);
	ASSERT_GROUP(&fixture->missed, 0, 0, root, a, b);
}

static void siblings_in_different_mms_are_different_forks(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);

	for (uint64_t key = 2; key < 10; key++) {
		uint32_t child = forest_child(model, key, root);

		forest_mm(model, key);
		forest_vma(model, 1, 1, child, root);
	}
	find(fixture, 0);
}

static void only_the_active_anon_vma_counts(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);
	uint32_t a = forest_child(model, 2, root), b = forest_child(model, 3, root);
	uint32_t below = forest_child(model, 4, a);

	forest_mm(model, 1);
	forest_vma(model, 1, 1, below, a, root);
	forest_vma(model, 3, 1, b, root);
	find(fixture, 0);
}

static void groups_are_by_parent_and_in_order_of_mm(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t roots[2] = {forest_root(model, 1), forest_root(model, 2)};
	uint32_t child[2][3];

	for (uint32_t r = 0; r < 2; r++)
		for (uint32_t i = 0; i < 3; i++)
			child[r][i] = forest_child(model, 10 + r * 3 + i, roots[r]);
	forest_mm(model, 1);
	for (uint32_t i = 0; i < 3; i++) {
		forest_vma(model, 10 * i + 1, 1, child[0][i], roots[0]);
		forest_vma(model, 10 * i + 3, 1, child[1][i], roots[1]);
	}
	forest_mm(model, 2); /* vfork: the same anon_vmas once more */
	forest_vma(model, 1, 1, child[1][2], roots[1]);
	forest_vma(model, 3, 1, child[1][0], roots[1]);
	find(fixture, 3);
	ASSERT_GROUP(&fixture->missed, 0, 0, roots[0], child[0][0], child[0][1], child[0][2]);
	ASSERT_GROUP(&fixture->missed, 1, 0, roots[1], child[1][0], child[1][1], child[1][2]);
	ASSERT_GROUP(&fixture->missed, 2, 1, roots[1], child[1][2], child[1][0]);
}

/* One mm with as many VMAs as fit, in the order that sorts worst. */
static void a_wide_group(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 1);

	for (uint32_t i = 0; i < MANY; i++)
		forest_child(model, i + 2, root);
	forest_mm(model, 1);
	for (uint32_t i = 0; i < MANY; i++)
		forest_vma(model, 2 * i, 1, MANY - i, root);
	find(fixture, 1);
	assert_int_equal(fixture->missed.groups[0].member_count, MANY);
	for (uint32_t i = 0; i < MANY; i++)
		if (fixture->missed.members[i] != MANY - i)
			fail_msg("member %u is %u", i, fixture->missed.members[i]);
}

static void a_result_is_replaced(void **state)
{
	struct fixture *fixture = *state;

	two_siblings_of_one_fork_are_a_group(state);
	find(fixture, 1);
	assert_int_equal(fixture->missed.member_count, 2);
	model_reset(&fixture->model);
	find(fixture, 0);
	assert_int_equal(fixture->missed.member_count, 0);
	missed_reuse_clear(&fixture->missed);
	missed_reuse_clear(&fixture->missed);
	two_siblings_of_one_fork_are_a_group(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_model_missed_nothing),
		TEST(two_siblings_of_one_fork_are_a_group),
		TEST(roots_belong_to_no_group),
		TEST(a_root_beside_its_child_is_no_group),
		TEST(a_shared_anon_vma_counts_once),
		TEST(siblings_in_different_mms_are_different_forks),
		TEST(only_the_active_anon_vma_counts),
		TEST(groups_are_by_parent_and_in_order_of_mm),
		TEST(a_wide_group),
		TEST(a_result_is_replaced),
	};

	return cmocka_run_group_tests_name("topology/missed_reuse", tests, NULL, NULL);
}
