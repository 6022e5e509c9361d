/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/rmap_cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/forest.h"

struct fixture {
	struct model model;
	struct index index;
	struct rmap_costs costs;
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

	rmap_costs_clear(&fixture->costs);
	index_clear(&fixture->index);
	model_clear(&fixture->model);
	return 0;
}

static void compute(struct fixture *fixture)
{
	assert_int_equal(index_build(&fixture->index, &fixture->model), 0);
	assert_int_equal(rmap_costs_compute(&fixture->costs, &fixture->model, &fixture->index), 0);
}

static void assert_cost(const struct rmap_cost *cost, uint32_t max, uint64_t covered,
			uint64_t visits, uint64_t written, uint64_t written_visits)
{
	assert_int_equal(cost->max_visits, max);
	assert_int_equal(cost->covered_pages, covered);
	assert_int_equal(cost->covered_visits, visits);
	assert_int_equal(cost->written_pages, written);
	assert_int_equal(cost->written_visits, written_visits);
}

static void nothing_costs_nothing(void **state)
{
	struct fixture *fixture = *state;

	compute(fixture);
	assert_cost(&fixture->costs.total, 0, 0, 0, 0, 0);
}

static void one_vma_is_visited_once_for_each_page(void **state)
{
	struct fixture *fixture = *state;
	uint32_t root = forest_root(&fixture->model, 100);

	forest_mm(&fixture->model, 1);
	forest_vma(&fixture->model, 16, 5, root);
	compute(fixture);
	assert_cost(&fixture->costs.anon_vmas[root], 1, 5, 5, 5, 5);
}

/* Pages 16-19 and 18-21 of one root: two pages are covered twice. */
static void overlapping_ranges_are_visited_together(void **state)
{
	struct fixture *fixture = *state;
	uint32_t root = forest_root(&fixture->model, 100);

	forest_mm(&fixture->model, 1);
	forest_vma(&fixture->model, 16, 4, root);
	forest_mm(&fixture->model, 2);
	forest_vma(&fixture->model, 18, 4, root);
	compute(fixture);
	assert_cost(&fixture->costs.anon_vmas[root], 2, 6, 8, 8, 2 + 2 * 2 * 2 + 2);
}

/* Neighbours that touch do not overlap. */
static void ranges_that_touch_are_visited_apart(void **state)
{
	struct fixture *fixture = *state;
	uint32_t root = forest_root(&fixture->model, 100);

	forest_mm(&fixture->model, 1);
	forest_vma(&fixture->model, 16, 4, root);
	forest_vma(&fixture->model, 20, 4, root);
	compute(fixture);
	assert_cost(&fixture->costs.anon_vmas[root], 1, 8, 8, 8, 8);
}

static void from_7_3_on_the_anon_page_offset_counts(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 100), vma;

	model->origin.has_anon_pgoff = true;
	forest_mm(model, 1);
	vma = forest_vma(model, 16, 4, root);
	model->vmas[vma].anon_pgoff = 1000;
	forest_mm(model, 2);
	vma = forest_vma(model, 16, 4, root);
	model->vmas[vma].anon_pgoff = 2000;
	compute(fixture);
	assert_int_equal(fixture->costs.anon_vmas[root].max_visits, 1);
}

/* Rik van Riel, 2010: N children rewrite all P pages of their parent. */
static void children_that_rewrite_all_pages_cost_two_visits_a_page(void **state)
{
	enum {
		CHILDREN = 1000,
		PAGES = 1000
	};
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 100);
	const struct rmap_cost *total = &fixture->costs.total;

	forest_mm(model, 1);
	forest_vma(model, 16, PAGES, root);
	for (uint32_t i = 0; i < CHILDREN; i++) {
		uint32_t own = forest_child(model, 1000 + i, root);

		forest_mm(model, 10 + i);
		forest_vma(model, 16, PAGES, own, root);
	}
	compute(fixture);
	assert_int_equal(total->max_visits, CHILDREN + 1);
	assert_int_equal(total->written_pages, (CHILDREN + 1) * PAGES);
	/* 2 - 1/(N + 1), without rounding */
	assert_int_equal(total->written_visits * (CHILDREN + 1),
			 total->written_pages * (2 * (CHILDREN + 1) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_costs_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(one_vma_is_visited_once_for_each_page, setup,
						teardown),
		cmocka_unit_test_setup_teardown(overlapping_ranges_are_visited_together, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ranges_that_touch_are_visited_apart, setup,
						teardown),
		cmocka_unit_test_setup_teardown(from_7_3_on_the_anon_page_offset_counts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			children_that_rewrite_all_pages_cost_two_visits_a_page, setup, teardown),
	};

	return cmocka_run_group_tests_name("topology/rmap_cost", tests, NULL, NULL);
}
