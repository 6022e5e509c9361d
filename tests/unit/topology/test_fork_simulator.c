/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/fork_simulator.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/forest.h"

struct fixture {
	struct model model;
	struct fork_child child;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){0};
	forest_origin(&fixture.model);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	fork_child_clear(&fixture->child);
	model_clear(&fixture->model);
	return 0;
}

static void simulate(struct fixture *fixture, enum fork_policy policy)
{
	assert_int_equal(fork_simulate(&fixture->model, 0, policy, &fixture->child), 0);
}

static const struct fork_change *change_of(const struct fork_child *child, uint32_t anon_vma)
{
	uint32_t index = key_map_find(&child->change_of, anon_vma + 1ull);

	assert_int_not_equal(index, KEY_MAP_NONE);
	return &child->changes[index];
}

/* A parent whose VMAs S1 ... Sn share one root and nothing else. Returns it. */
static uint32_t add_sharing_parent(struct model *model, uint32_t n)
{
	uint32_t mm = forest_mm(model, 1), root = forest_root(model, 100);

	(void)mm;
	for (uint32_t i = 0; i < n; i++)
		forest_vma(model, 16 + i, 1, root);
	return root;
}

/* The child of n VMAs that share one root A0, as worked out by hand for each
 * policy: anon_vmas and AVCs allocated, and A0's counters afterwards. */
static const struct expected {
	enum fork_policy policy;
	uint32_t new_fixed, new_per_vma;
	uint32_t avcs_fixed, avcs_per_vma;
	uint32_t children_fixed, children_per_vma;
	int32_t active_fixed;
	uint32_t active_per_vma;
	uint32_t violations;
} table[] = {
	{FORK_SHARED, 0, 0, 0, 0, 1, 0, 0, 2, 0},
	{FORK_CHAIN, 0, 1, 0, 2, 1, 1, 0, 1, 0},
	{FORK_DEGREE, 0, 1, 0, 2, 1, 1, 0, 1, 0},
	{FORK_YANG, 1, 0, 1, 1, 2, 0, -1, 2, 0},
	{FORK_YANG_INTENDED, 1, 0, 1, 1, 2, 0, 0, 1, FORK_ACTIVE_NOT_LINKED | FORK_SETS_DIFFER},
	{FORK_KHLEBNIKOV_V1, 1, 0, 1, 1, 2, 0, 0, 1, FORK_ACTIVE_NOT_LINKED | FORK_SETS_DIFFER},
	{FORK_KHLEBNIKOV_V2, 1, 0, 0, 2, 2, 0, 0, 1, 0},
	{FORK_COUNTERS, 0, 1, 0, 2, 1, 1, 0, 1, 0},
	{FORK_REVERSED, 0, 1, 0, 2, 1, 1, 0, 1, 0},
};

static void check_row(const struct expected *row, uint32_t n)
{
	struct fixture fixture = {0};
	const struct fork_child *child = &fixture.child;
	uint32_t root, children, active;

	forest_origin(&fixture.model);
	root = add_sharing_parent(&fixture.model, n);
	simulate(&fixture, row->policy);
	assert_int_equal(child->vma_count, n);
	assert_int_equal(child->new_count, row->new_fixed + row->new_per_vma * n);
	assert_int_equal(child->avcs, row->avcs_fixed + row->avcs_per_vma * n);
	/* with one VMA nothing is shared, so nothing can be wrong */
	assert_int_equal(child->violations, n == 1 ? 0 : row->violations);
	children = row->children_fixed + row->children_per_vma * n;
	active = (uint32_t)(row->active_fixed + (int32_t)(row->active_per_vma * n));
	if (child->change_count) {
		assert_int_equal(change_of(child, root)->num_children, children);
		assert_int_equal(change_of(child, root)->num_active_vmas, active);
	}
	fork_child_clear(&fixture.child);
	model_clear(&fixture.model);
}

static void siblings_of_one_root_come_out_as_worked_out_by_hand(void **state)
{
	static const uint32_t sizes[] = {1, 2, 3, 50};

	(void)state;
	assert_int_equal(sizeof(table) / sizeof(table[0]), FORK_POLICY_COUNT);
	for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++)
		for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++)
			check_row(&table[row], sizes[n]);
}

static void assert_chain(const struct fork_child *child, uint32_t vma, const uint32_t *chain,
			 uint32_t count)
{
	assert_int_equal(child->vmas[vma].chain_count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(child->chains[child->vmas[vma].chain_first + i], chain[i]);
}
#define ASSERT_CHAIN(child, vma, ...)                             \
	assert_chain(child, vma, (const uint32_t[]){__VA_ARGS__}, \
		     sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* Generations 1 to 3 are dead, their anon_vmas idle; generation 4 forks. */
static void add_generations(struct model *model, uint32_t *generation, bool reversed)
{
	generation[0] = forest_root(model, 100);
	for (uint32_t i = 1; i < 5; i++)
		generation[i] = forest_child(model, 100 + i, generation[i - 1]);
	forest_mm(model, 1);
	forest_vma(model, 16, 1, generation[0]); /* keeps the root active */
	forest_mm(model, 2);
	if (reversed)
		forest_vma(model, 16, 1, generation[4], generation[2], generation[0], generation[1],
			   generation[3]);
	else
		forest_vma(model, 16, 1, generation[4], generation[3], generation[2], generation[1],
			   generation[0]);
}

static void counters_reuse_the_oldest_idle_anon_vma(void **state)
{
	struct fixture *fixture = *state;
	uint32_t generation[5];

	add_generations(&fixture->model, generation, false);
	assert_int_equal(fork_simulate(&fixture->model, 1, FORK_COUNTERS, &fixture->child), 0);
	assert_int_equal(fixture->child.new_count, 0);
	assert_int_equal(fixture->child.vmas[0].active, generation[1]);
	assert_true(fixture->child.vmas[0].reused);
	ASSERT_CHAIN(&fixture->child, 0, generation[4], generation[3], generation[2], generation[1],
		     generation[0]);
	assert_int_equal(change_of(&fixture->child, generation[1])->num_active_vmas, 1);
}

/* As seen on 7.3: generation 5 takes A2, and its chain is the parent's reversed. */
static void reversed_reuses_another_and_turns_the_chain_round(void **state)
{
	struct fixture *fixture = *state;
	uint32_t generation[5];

	add_generations(&fixture->model, generation, true);
	assert_int_equal(fork_simulate(&fixture->model, 1, FORK_REVERSED, &fixture->child), 0);
	assert_int_equal(fixture->child.vmas[0].active, generation[2]);
	ASSERT_CHAIN(&fixture->child, 0, generation[3], generation[1], generation[0], generation[2],
		     generation[4]);
}

static void a_new_anon_vma_stands_at_the_head(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = add_sharing_parent(model, 1), made = model->anon_vma_count;

	simulate(fixture, FORK_REVERSED);
	ASSERT_CHAIN(&fixture->child, 0, made, root);
	assert_int_equal(fixture->child.new_anon_vmas[0].parent, root);
	assert_int_equal(fixture->child.new_anon_vmas[0].root, root);
	assert_int_equal(fixture->child.new_anon_vmas[0].num_active_vmas, 1);
	assert_int_equal(fixture->child.new_anon_vmas[0].num_children, 0);
}

/* CVE-2022-42703: a leaf in use by one VMA has degree 1 and is reused. */
static void degree_reuses_an_anon_vma_that_is_in_use(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 100), leaf = forest_child(model, 101, root), own;

	own = forest_child(model, 102, root);
	forest_mm(model, 1);
	forest_vma(model, 16, 1, own, leaf, root);
	forest_mm(model, 2);
	forest_vma(model, 16, 1, leaf, root);
	simulate(fixture, FORK_DEGREE);
	assert_int_equal(fixture->child.vmas[0].active, leaf);
	simulate(fixture, FORK_COUNTERS);
	assert_int_equal(fixture->child.new_count, 1);
}

static void vmas_that_are_not_inherited(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;

	add_sharing_parent(model, 3);
	model->vmas[0].flags |= FORK_VM_DONTCOPY;
	model->vmas[1].flags |= FORK_VM_WIPEONFORK;
	simulate(fixture, FORK_COUNTERS);
	assert_int_equal(fixture->child.vma_count, 2);
	assert_int_equal(fixture->child.vmas[0].source, 1);
	assert_int_equal(fixture->child.vmas[0].active, MODEL_NONE);
	assert_int_equal(fixture->child.vmas[0].chain_count, 0);
	assert_int_equal(fixture->child.new_count, 1);
}

/* v1 compares addresses with the parent's VMA before, which was not copied. */
static void a_vma_left_out_stops_v1_but_not_v2(void **state)
{
	struct fixture *fixture = *state;

	add_sharing_parent(&fixture->model, 3);
	fixture->model.vmas[1].flags |= FORK_VM_DONTCOPY;
	simulate(fixture, FORK_KHLEBNIKOV_V1);
	assert_int_equal(fixture->child.new_count, 2);
	simulate(fixture, FORK_KHLEBNIKOV_V2);
	assert_int_equal(fixture->child.new_count, 1);
}

static void unfaulted_vmas_stay_unfaulted(void **state)
{
	struct fixture *fixture = *state;

	forest_mm(&fixture->model, 1);
	forest_plain_vma(&fixture->model, 16, 4);
	for (int policy = 0; policy < FORK_POLICY_COUNT; policy++) {
		simulate(fixture, (enum fork_policy)policy);
		assert_int_equal(fixture->child.vma_count, 1);
		assert_int_equal(fixture->child.avcs, 0);
		assert_int_equal(fixture->child.change_count, 0);
	}
}

/* Nothing was read of it, so its counters say nothing. */
static void what_was_never_described_is_not_reused(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t generation[5];

	add_generations(model, generation, false);
	for (uint32_t i = 1; i < 4; i++)
		model->anon_vmas[generation[i]].described = false;
	for (enum fork_policy policy = FORK_DEGREE; policy < FORK_POLICY_COUNT; policy++) {
		assert_int_equal(fork_simulate(model, 1, policy, &fixture->child), 0);
		assert_int_equal(fixture->child.new_count, 1);
		assert_false(fixture->child.vmas[0].reused);
	}
}

static void a_link_that_comes_twice_is_seen(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 100), leaf = forest_child(model, 101, root);

	forest_mm(model, 1);
	forest_vma(model, 16, 1, leaf, root);
	forest_vma(model, 17, 1, leaf, root, root);
	simulate(fixture, FORK_COUNTERS);
	assert_int_equal(fixture->child.violations, FORK_LINKED_TWICE);
}

static void a_parent_that_is_missing_is_seen(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 100), leaf = forest_child(model, 101, root);
	uint32_t other = forest_child(model, 102, root);

	forest_mm(model, 1);
	forest_vma(model, 16, 1, other, root);
	forest_vma(model, 17, 1, leaf);
	simulate(fixture, FORK_COUNTERS);
	assert_int_equal(fixture->child.violations, FORK_NOT_CLOSED);
}

/* Each set is compared with the first of its kind, wherever that one stands. */
static void sets_that_differ_are_seen_across_other_vmas(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 100), other = forest_root(model, 101);
	uint32_t left = forest_child(model, 102, root), right = forest_child(model, 103, root);

	forest_mm(model, 1);
	forest_vma(model, 16, 1, root, left);
	forest_vma(model, 17, 1, other);
	forest_vma(model, 18, 1, root, left);
	simulate(fixture, FORK_YANG);
	assert_int_equal(fixture->child.violations, 0);
	forest_vma(model, 19, 1, root, right);
	/* yang keeps the parent's anon_vma where the VMA before has it too */
	forest_vma(model, 20, 1, root, left);
	simulate(fixture, FORK_YANG);
	assert_int_equal(fixture->child.violations, FORK_SETS_DIFFER);
}

/* What only a damaged database tells of: v2 copies the first chain for each. */
static void a_child_that_nobody_could_look_at_is_refused(void **state)
{
	enum {
		LINKS = 5000
	};
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t chain[LINKS];

	chain[0] = forest_root(model, 100);
	for (uint32_t i = 1; i < LINKS; i++)
		chain[i] = forest_child(model, 100 + i, chain[0]);
	forest_mm(model, 1);
	forest_vma_of(model, 0, 1, chain, LINKS);
	for (uint32_t i = 1; i < FORK_LINKS_MAX / LINKS + 1; i++)
		forest_vma(model, i, 1, chain[0]);
	simulate(fixture, FORK_COUNTERS);
	assert_int_equal(fork_simulate(model, 0, FORK_KHLEBNIKOV_V2, &fixture->child), -EOVERFLOW);
	assert_int_equal(fixture->child.vma_count, 0);
	assert_null(fixture->child.chains);
}

static void every_violation_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < FORK_VIOLATION_COUNT; i++)
		assert_non_null(fork_violations[i]);
	assert_string_equal(fork_violations[1], "linked_twice");
	assert_int_equal(FORK_LINKED_TWICE, 1u << 1);
	assert_int_equal(FORK_SETS_DIFFER, 1u << (FORK_VIOLATION_COUNT - 1));
}

static void every_policy_has_a_name_and_is_found_by_it(void **state)
{
	(void)state;
	for (int i = 0; i < FORK_POLICY_COUNT; i++) {
		assert_non_null(fork_policies[i].rule);
		assert_non_null(fork_policies[i].kernels);
		assert_int_equal(fork_policy_find(fork_policies[i].name), i);
	}
	assert_int_equal(fork_policy_find("counter"), FORK_POLICY_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siblings_of_one_root_come_out_as_worked_out_by_hand),
		cmocka_unit_test_setup_teardown(counters_reuse_the_oldest_idle_anon_vma, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reversed_reuses_another_and_turns_the_chain_round,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_anon_vma_stands_at_the_head, setup, teardown),
		cmocka_unit_test_setup_teardown(degree_reuses_an_anon_vma_that_is_in_use, setup,
						teardown),
		cmocka_unit_test_setup_teardown(vmas_that_are_not_inherited, setup, teardown),
		cmocka_unit_test_setup_teardown(a_vma_left_out_stops_v1_but_not_v2, setup,
						teardown),
		cmocka_unit_test_setup_teardown(unfaulted_vmas_stay_unfaulted, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_never_described_is_not_reused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_link_that_comes_twice_is_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(a_parent_that_is_missing_is_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(sets_that_differ_are_seen_across_other_vmas, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_child_that_nobody_could_look_at_is_refused, setup,
						teardown),
		cmocka_unit_test(every_violation_has_a_name),
		cmocka_unit_test(every_policy_has_a_name_and_is_found_by_it),
	};

	return cmocka_run_group_tests_name("topology/fork_simulator", tests, NULL, NULL);
}
