/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/fork_observed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/forest.h"

#define GENERATIONS 64u

static int setup(void **state)
{
	static struct model model;

	model_init(&model);
	forest_origin(&model);
	*state = &model;
	return 0;
}

static int teardown(void **state)
{
	model_clear(*state);
	return 0;
}

static void assert_observed(const struct model *model, enum fork_policy policy, uint32_t kept,
			    uint32_t reversed)
{
	struct fork_observed observed;

	fork_observe(model, &observed);
	assert_int_equal(observed.kept, kept);
	assert_int_equal(observed.reversed, reversed);
	assert_int_equal(observed.policy, policy);
}

/* Process tgid, child of process ppid, with an mm of its own. */
static uint32_t add_process(struct model *model, int32_t tgid, int32_t ppid)
{
	uint32_t mm = forest_mm(model, (uint64_t)tgid), process = forest_process(model, tgid, mm);

	model->processes[process].ppid = ppid;
	return mm;
}

/* A root, its child and its grandchild, R, A and B; the first process, of R, is
 * there. */
struct line {
	uint32_t r, a, b;
};

static struct line add_line(struct model *model)
{
	struct line line;

	line.r = forest_root(model, 100);
	line.a = forest_child(model, 101, line.r);
	line.b = forest_child(model, 102, line.a);
	add_process(model, 1, 0);
	forest_vma(model, 16, 1, line.r);
	return line;
}

/* Process 2 has A on R, process 3 a chain as the kernel in question makes it. */
static void add_kept_line(struct model *model)
{
	struct line line = add_line(model);

	add_process(model, 2, 1);
	forest_vma(model, 16, 1, line.a, line.r);
	add_process(model, 3, 2);
	forest_vma(model, 16, 1, line.b, line.a, line.r);
}

static void add_reversed_line(struct model *model)
{
	struct line line = add_line(model);

	add_process(model, 2, 1);
	forest_vma(model, 16, 1, line.a, line.r);
	add_process(model, 3, 2);
	forest_vma(model, 16, 1, line.b, line.r, line.a);
}

static void without_forks_nothing_is_known(void **state)
{
	struct model *model = *state;

	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
	add_process(model, 1, 0);
	forest_vma(model, 16, 1, forest_root(model, 100));
	forest_plain_vma(model, 32, 4);
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
}

/* [A R] is what both kinds of kernel make of [R]. */
static void one_generation_says_nothing(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);

	add_process(model, 2, 1);
	forest_vma(model, 16, 1, line.a, line.r);
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
}

static void two_generations_in_order_show_counters(void **state)
{
	add_kept_line(*state);
	assert_observed(*state, FORK_COUNTERS, 1, 0);
}

static void two_generations_out_of_order_show_reversed(void **state)
{
	add_reversed_line(*state);
	assert_observed(*state, FORK_REVERSED, 0, 1);
}

/* [R A]: nothing but the reversal of [A R], by a split or mremap(). */
static void a_root_at_the_head_shows_reversed(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);
	uint32_t vma;

	add_process(model, 2, 1);
	vma = forest_vma(model, 16, 1, line.r, line.a);
	model->vmas[vma].active = line.a;
	assert_observed(model, FORK_REVERSED, 0, 1);
}

/* The root is the tail, but a child stands behind its parent. */
static void a_parent_before_its_child_shows_reversed(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);
	uint32_t c = forest_child(model, 103, line.b);

	add_process(model, 2, 1);
	forest_vma(model, 16, 1, c, line.a, line.b, line.r);
	assert_observed(model, FORK_REVERSED, 0, 1);
}

/* On a kernel that reverses, a split makes [R A] of [A R] and the fork after it
 * [B A R]. The parent's chain tells. */
static void order_that_the_parent_does_not_explain_shows_nothing(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);
	uint32_t mm, vma;

	mm = add_process(model, 2, 1);
	vma = forest_vma(model, 16, 1, line.r, line.a);
	model->vmas[vma].active = line.a;
	add_process(model, 3, 2);
	forest_vma(model, 16, 1, line.b, line.a, line.r);
	assert_observed(model, FORK_REVERSED, 0, 1);
	model->mms[mm].torn = true;
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
}

static void a_dead_parent_explains_nothing(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);

	add_process(model, 3, 2);
	forest_vma(model, 16, 1, line.b, line.a, line.r);
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
}

/* What is at the address in the parent today is not what was forked. */
static void another_vma_of_the_parent_explains_nothing(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);
	uint32_t other = forest_root(model, 200);
	uint32_t sibling = forest_child(model, 103, line.r);

	add_process(model, 2, 1);
	forest_vma(model, 8, 1, line.a, line.r);
	forest_plain_vma(model, 16, 1);
	forest_vma(model, 24, 1, other);
	forest_vma(model, 32, 1, sibling, line.r);
	forest_vma(model, 40, 1, line.a, line.r);
	add_process(model, 3, 2);
	forest_vma(model, 9, 1, line.b, line.a, line.r);
	forest_vma(model, 16, 1, line.b, line.a, line.r);
	forest_vma(model, 24, 1, line.b, line.a, line.r);
	forest_vma(model, 32, 1, line.b, line.a, line.r);
	forest_vma(model, 48, 1, line.b, line.a, line.r);
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
	add_process(model, 4, 2);
	forest_vma(model, 40, 1, line.b, line.a, line.r);
	assert_observed(model, FORK_COUNTERS, 1, 0);
}

/* A reused anon_vma is not at the head; the order is the parent's, but who the
 * parent was is not known from it. */
static void a_reused_anon_vma_does_not_speak_for_order(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);
	uint32_t vma;

	add_process(model, 2, 1);
	forest_vma(model, 16, 1, line.b, line.a, line.r);
	add_process(model, 3, 2);
	vma = forest_vma(model, 16, 1, line.b, line.a, line.r);
	model->vmas[vma].active = line.a;
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
}

static void what_did_not_hold_still_does_not_testify(void **state)
{
	struct model *model = *state;

	add_reversed_line(model);
	model->mms[2].torn = true;
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
	model->mms[2].torn = false;
	model->mms[2].cut = true;
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
	model->mms[2].cut = false;
	assert_observed(model, FORK_REVERSED, 0, 1);
}

/* The parent's mm is as good as gone when it is torn. */
static void a_torn_parent_explains_nothing(void **state)
{
	struct model *model = *state;

	add_kept_line(model);
	model->mms[1].torn = true;
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
	model->mms[1].torn = false;
	model->mms[2].torn = true;
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
}

/* Decode lets an anon_vma that it cannot make sense of stand alone. */
static void what_could_not_be_read_does_not_testify(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);

	add_process(model, 2, 1);
	forest_vma(model, 16, 1, line.b, line.r, line.a);
	assert_observed(model, FORK_REVERSED, 0, 1);
	model->anon_vmas[line.a].described = false;
	model->anon_vmas[line.a].parent = line.a;
	model->anon_vmas[line.a].root = line.a;
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
}

static void a_chain_without_a_parent_does_not_testify(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);

	add_process(model, 2, 1);
	forest_vma(model, 16, 1, line.b, line.r);
	forest_vma(model, 17, 1, line.r, line.b);
	forest_vma(model, 18, 1, line.b, line.a);
	forest_vma(model, 19, 1, line.a, forest_root(model, 200), line.r);
	assert_observed(model, FORK_POLICY_COUNT, 0, 0);
}

/* One chain that is wrong does not outweigh many. */
static void the_majority_decides(void **state)
{
	struct model *model = *state;
	struct line line = add_line(model);

	add_process(model, 2, 1);
	for (uint64_t page = 16; page < 20; page++)
		forest_vma(model, page, 1, line.a, line.r);
	add_process(model, 3, 2);
	forest_vma(model, 16, 1, line.b, line.a, line.r);
	forest_vma(model, 17, 1, line.b, line.r, line.a);
	assert_observed(model, FORK_POLICY_COUNT, 1, 1);
	forest_vma(model, 18, 1, line.b, line.a, line.r);
	assert_observed(model, FORK_COUNTERS, 2, 1);
	forest_vma(model, 19, 1, line.b, line.r, line.a);
	forest_vma(model, 20, 1, line.b, line.r, line.a);
	assert_observed(model, FORK_REVERSED, 2, 3);
}

static void without_split_counters_it_is_degree(void **state)
{
	struct model *model = *state;

	model->origin.split_counters = false;
	assert_observed(model, FORK_DEGREE, 0, 0);
	add_kept_line(model);
	assert_observed(model, FORK_DEGREE, 0, 0);
}

/* Forks the youngest process by the simulator, and so on: what the simulated
 * kernel leaves behind is recognised as its own. */
static void fork_youngest(struct model *model, enum fork_policy policy)
{
	uint32_t parent = model->mm_count - 1, chain[GENERATIONS + 1], count;
	struct fork_child child = {0};

	assert_int_equal(fork_simulate(model, parent, policy, &child), 0);
	assert_int_equal(child.vma_count, 1);
	assert_int_equal(child.new_count, 1);
	count = child.vmas[0].chain_count;
	for (uint32_t i = 0; i < count; i++)
		chain[i] = child.chains[i];
	chain[0] = forest_child(model, 1000 + parent, model->vmas[child.vmas[0].source].active);
	add_process(model, (int32_t)parent + 2, (int32_t)parent + 1);
	forest_vma_of(model, 16, 1, chain, count);
	fork_child_clear(&child);
}

static void what_the_simulator_makes_is_recognised(void **state)
{
	static const enum fork_policy policies[] = {FORK_COUNTERS, FORK_REVERSED};
	struct model *model = *state;

	for (size_t p = 0; p < 2; p++) {
		uint32_t testify = GENERATIONS - 2; /* all but the first two */

		model_reset(model);
		forest_origin(model);
		add_process(model, 1, 0);
		forest_vma(model, 16, 1, forest_root(model, 100));
		for (uint32_t i = 1; i < GENERATIONS; i++)
			fork_youngest(model, policies[p]);
		assert_observed(model, policies[p], policies[p] == FORK_COUNTERS ? testify : 0,
				policies[p] == FORK_REVERSED ? testify : 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_forks_nothing_is_known),
		TEST(one_generation_says_nothing),
		TEST(two_generations_in_order_show_counters),
		TEST(two_generations_out_of_order_show_reversed),
		TEST(a_root_at_the_head_shows_reversed),
		TEST(a_parent_before_its_child_shows_reversed),
		TEST(order_that_the_parent_does_not_explain_shows_nothing),
		TEST(a_dead_parent_explains_nothing),
		TEST(another_vma_of_the_parent_explains_nothing),
		TEST(a_reused_anon_vma_does_not_speak_for_order),
		TEST(what_did_not_hold_still_does_not_testify),
		TEST(a_torn_parent_explains_nothing),
		TEST(what_could_not_be_read_does_not_testify),
		TEST(a_chain_without_a_parent_does_not_testify),
		TEST(the_majority_decides),
		TEST(without_split_counters_it_is_degree),
		TEST(what_the_simulator_makes_is_recognised),
	};

	return cmocka_run_group_tests_name("topology/fork_observed", tests, NULL, NULL);
}
