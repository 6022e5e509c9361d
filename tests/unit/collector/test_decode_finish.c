/* SPDX-License-Identifier: GPL-2.0-only */
/* decode_finish: descriptions of anon_vmas that do not fit together give safe trees. */
#include "collector/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/decode_fixture.h"

/* One VMA that links to all four, and what the test says of each. */
static void four_anon_vmas(struct decode_fixture *fixture)
{
	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT, CHILD, OTHER, FOURTH);
	stream_visit_end(&fixture->stream);
}

static void assert_alone(const struct decode_fixture *fixture, uint64_t key)
{
	const struct model_anon_vma *anon_vma =
		&fixture->model.anon_vmas[anon_vma_of(fixture, key)];

	assert_false(anon_vma->described);
	assert_int_equal(anon_vma->root, anon_vma_of(fixture, key));
	assert_int_equal(anon_vma->parent, anon_vma_of(fixture, key));
}

static void an_anon_vma_that_nobody_described_stands_alone(void **state)
{
	struct decode_fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, OTHER, 0, ROOT); /* memory just reused */
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_below(fixture, ROOT, ROOT, ROOT);
	assert_below(fixture, CHILD, ROOT, ROOT);
	assert_alone(fixture, OTHER);
	assert_alone(fixture, FOURTH);
}

static void an_unknown_parent_makes_its_children_stand_alone(void **state)
{
	struct decode_fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, 0x1111); /* never described */
	stream_anon_vma(&fixture->stream, OTHER, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, FOURTH, 0x2222, 0x2222);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_alone(fixture, CHILD);
	assert_below(fixture, OTHER, ROOT, ROOT);
	assert_int_equal(fixture->model.anon_vmas[anon_vma_of(fixture, FOURTH)].described, true);
	assert_alone(fixture, 0x2222);
}

static void cycles_stand_alone(void **state)
{
	struct decode_fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, OTHER);
	stream_anon_vma(&fixture->stream, OTHER, ROOT, CHILD);
	stream_anon_vma(&fixture->stream, FOURTH, ROOT, CHILD); /* hangs below */
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_below(fixture, ROOT, ROOT, ROOT);
	assert_alone(fixture, CHILD);
	assert_alone(fixture, OTHER);
	assert_alone(fixture, FOURTH);
}

static void a_root_that_is_no_root(void **state)
{
	struct decode_fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, OTHER, CHILD, CHILD); /* CHILD is no root */
	stream_anon_vma(&fixture->stream, FOURTH, ROOT, FOURTH); /* half a root */
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_below(fixture, CHILD, ROOT, ROOT);
	assert_alone(fixture, OTHER);
	assert_alone(fixture, FOURTH);
}

/* The parent's memory was freed and given to another tree in between. */
static void a_parent_of_another_tree(void **state)
{
	struct decode_fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, OTHER, OTHER, OTHER);
	stream_anon_vma(&fixture->stream, CHILD, OTHER, OTHER);
	stream_anon_vma(&fixture->stream, FOURTH, ROOT, CHILD);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_below(fixture, CHILD, OTHER, OTHER);
	assert_alone(fixture, FOURTH);
}

/* The same, seen from a VMA that links to the youngest and its root only: what
 * is kept for the sake of edges must not name what is dropped. */
static void a_parent_of_another_tree_that_no_vma_links_to(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, FOURTH, ROOT);
	stream_visit_end(&fixture->stream);
	stream_anon_vma(&fixture->stream, OTHER, OTHER, OTHER);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, OTHER, ROOT);
	stream_anon_vma(&fixture->stream, FOURTH, ROOT, CHILD);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_alone(fixture, FOURTH);
}

/* A parent that no VMA links to any more is kept for the edge. */
static void an_unlinked_parent_is_kept(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, OTHER);
	stream_visit_end(&fixture->stream);
	stream_anon_vma(&fixture->stream, FOURTH, FOURTH, FOURTH); /* of nobody */
	stream_anon_vma(&fixture->stream, OTHER, ROOT, CHILD);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->model.anon_vma_count, 3);
	assert_below(fixture, OTHER, CHILD, ROOT);
	assert_below(fixture, CHILD, ROOT, ROOT);
	assert_int_equal(model_find_anon_vma(&fixture->model, FOURTH), MODEL_NONE);
}

/* Deeper than any stack, children first as a walk shows them. */
static void a_hundred_thousand_generations(void **state)
{
	struct decode_fixture *fixture = *state;
	const uint32_t deep = 100000;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, deep);
	stream_visit_end(&fixture->stream);
	for (uint32_t key = deep; key > 0; key--)
		stream_anon_vma(&fixture->stream, key, 1, key > 1 ? key - 1 : 1);
	stream_end(&fixture->stream);
	assert_int_equal(stream_decode(&fixture->stream, &fixture->decoder, &fixture->model, NULL),
			 0);
	assert_int_equal(fixture->model.anon_vma_count, deep);
	for (uint32_t i = 0; i < deep; i++)
		if (!fixture->model.anon_vmas[i].described)
			fail_msg("anon_vma %u", i);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, decode_fixture_setup, decode_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_anon_vma_that_nobody_described_stands_alone),
		TEST(an_unknown_parent_makes_its_children_stand_alone),
		TEST(cycles_stand_alone),
		TEST(a_root_that_is_no_root),
		TEST(a_parent_of_another_tree),
		TEST(a_parent_of_another_tree_that_no_vma_links_to),
		TEST(an_unlinked_parent_is_kept),
		TEST(a_hundred_thousand_generations),
	};

	return cmocka_run_group_tests_name("collector/decode_finish", tests, NULL, NULL);
}
