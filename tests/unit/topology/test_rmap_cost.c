/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/rmap_cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/snapshots.h"

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

#define RANDOM_PAGES 64u

static uint32_t below(uint32_t count)
{
	static uint64_t random = 1;

	random = random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(random >> 33) % count;
}

static uint64_t offset_of(const struct model *model, const struct model_vma *vma)
{
	return model->origin.has_anon_pgoff ? vma->anon_pgoff : vma->pgoff;
}

/* Page by page, VMA by VMA. */
static struct rmap_cost count_pages(const struct model *model, uint32_t anon_vma)
{
	struct rmap_cost cost = {0};

	for (uint64_t page = 0; page < 3 * RANDOM_PAGES; page++) {
		uint32_t linked = 0, active = 0;

		for (uint32_t v = 0; v < model->vma_count; v++) {
			const struct model_vma *vma = &model->vmas[v];
			uint64_t first = offset_of(model, vma);
			uint64_t pages = (vma->end - vma->start) / FOREST_PAGE;
			bool links = false;

			for (uint32_t i = 0; i < vma->avc_count; i++)
				links |= model_chain(model, vma)[i] == anon_vma;
			if (!links || page < first || page >= first + pages)
				continue;
			linked++;
			active += vma->active == anon_vma;
		}
		cost.max_visits = linked > cost.max_visits ? linked : cost.max_visits;
		cost.covered_pages += linked > 0;
		cost.covered_visits += linked;
		cost.written_pages += active;
		cost.written_visits += (uint64_t)active * linked;
	}
	return cost;
}

/* Adds an mm: the same VMAs as the one before but for a few, as forks have, or
 * others. */
static void add_mm(struct model *model, const uint32_t *anon_vmas, uint32_t count)
{
	uint32_t before = model->mm_count, vmas = 0, first = 0;
	uint64_t page = 0;
	bool forked = before && below(3);

	forest_mm(model, before + 1ull);
	if (before) {
		first = model->mms[before - 1].vma_first;
		vmas = model->mms[before - 1].vma_count;
	}
	for (uint32_t i = 0; i < (forked ? vmas : below(6)); i++) {
		uint32_t chain[2] = {anon_vmas[below(count)], anon_vmas[below(count)]}, vma;
		uint64_t pages = 1 + below(8);

		page += below(4);
		if (forked && below(8)) {
			page = model->vmas[first + i].start / FOREST_PAGE;
			pages = model->vmas[first + i].end / FOREST_PAGE - page;
		}
		if (forked && below(8) == 0)
			continue;
		vma = forest_vma_of(model, page, pages, chain, chain[0] == chain[1] ? 1 : 2);
		if (below(4) == 0) /* moved by mremap() */
			model->vmas[vma].pgoff = below(RANDOM_PAGES);
		model->vmas[vma].anon_pgoff = below(2) ? page : below(RANDOM_PAGES);
		page += pages;
	}
}

static void as_counted_page_by_page(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint64_t crowded = 0;

	for (uint32_t round = 0; round < 1500; round++) {
		uint32_t anon_vmas[4], count = 1 + below(4), mms = 1 + below(8);
		struct rmap_cost total = {0};

		model_reset(model);
		forest_origin(model);
		model->origin.has_anon_pgoff = round % 2;
		for (uint32_t i = 0; i < count; i++)
			anon_vmas[i] = i ? forest_child(model, i + 1, anon_vmas[0]) :
					   forest_root(model, 1);
		for (uint32_t i = 0; i < mms; i++)
			add_mm(model, anon_vmas, count);
		compute(fixture);
		for (uint32_t i = 0; i < count; i++) {
			struct rmap_cost expected = count_pages(model, anon_vmas[i]);

			assert_cost(&fixture->costs.anon_vmas[i], expected.max_visits,
				    expected.covered_pages, expected.covered_visits,
				    expected.written_pages, expected.written_visits);
			rmap_cost_add(&total, &expected);
			crowded += expected.max_visits > 2;
		}
		assert_cost(&fixture->costs.total, total.max_visits, total.covered_pages,
			    total.covered_visits, total.written_pages, total.written_visits);
	}
	assert_true(crowded > 500);
}

/* The same workload as a system, with more than one VMA a process, and beside it
 * what it would cost if one anon_vma served them all. */
static void the_workload_of_2010_in_an_analysis(void **state)
{
	enum {
		CHILDREN = 1000,
		PAGES = 100,
		RANGES = 3
	};
	const uint64_t written = (CHILDREN + 1ull) * PAGES * RANGES;
	struct snapshots snapshots;
	struct model *model;
	const struct analysis *analysis;
	const struct analysis_totals *totals;
	uint32_t roots[RANGES];

	(void)state;
	snapshots_open(&snapshots);
	model = snapshots_next(&snapshots);
	forest_mm(model, 1);
	for (uint32_t r = 0; r < RANGES; r++) {
		roots[r] = forest_root(model, 1 + r);
		forest_vma(model, 1000 * r, PAGES, roots[r]);
	}
	for (uint32_t i = 0; i < CHILDREN; i++) {
		forest_mm(model, 2 + i);
		for (uint32_t r = 0; r < RANGES; r++) {
			uint32_t own = forest_child(model, 10 + i * RANGES + r, roots[r]);

			forest_vma(model, 1000 * r, PAGES, own, roots[r]);
		}
	}
	analysis = snapshots_analyse(&snapshots);
	totals = &analysis->totals;
	assert_int_equal(totals->trees, RANGES);
	assert_int_equal(totals->rmap.max_visits, CHILDREN + 1);
	assert_int_equal(totals->rmap.written_pages, written);
	/* 2 - 1/(N + 1) a page, against N + 1 */
	assert_int_equal(totals->rmap.written_visits * (CHILDREN + 1),
			 written * (2 * (CHILDREN + 1) - 1));
	assert_int_equal(totals->family_visits, written * (CHILDREN + 1));
	for (uint32_t r = 0; r < RANGES; r++)
		assert_int_equal(analysis->trees[r].rmap.written_pages, written / RANGES);
	snapshots_close(&snapshots);
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
		cmocka_unit_test_setup_teardown(as_counted_page_by_page, setup, teardown),
		cmocka_unit_test_setup_teardown(the_workload_of_2010_in_an_analysis, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("topology/rmap_cost", tests, NULL, NULL);
}
