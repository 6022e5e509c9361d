/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a reverse-map walk costs, on the workload that anon_vma chains were made
 * for (commit 5beb49305251): N children that each rewrite all P pages of their
 * parent. Before, every page cost N + 1 visits; since, a child's page costs one,
 * and the mean over all pages is 2 - 1/(N + 1), whatever P is.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "topology/rmap_cost.h"

#define CHILDREN 1000u
#define PAGES 1000u

static uint64_t available_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * 1024;
}

/* The pages themselves, and a quarter more for tables, stacks and the others. */
static void require_memory(void)
{
	uint64_t wanted = (CHILDREN + 1ull) * PAGES * scenario_page();

	wanted += wanted / 4;
	if (available_bytes() >= wanted)
		return;
	print_message("skipped: needs %" PRIu64 " MiB of memory, there are %" PRIu64 "\n",
		      wanted >> 20, available_bytes() >> 20);
	skip();
}

/* That the workload was really built: all pages of the region are in memory,
 * written, and mapped by nobody else. */
static void expect_own_pages(pid_t pid, unsigned long region)
{
	uint64_t kib, private_kib = 0;
	bool inside = false;
	char line[512], path[64];
	char start[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	snprintf(start, sizeof(start), "%lx-", region);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, start, strlen(start)) == 0)
			inside = true;
		else if (inside && sscanf(line, "Private_Dirty: %" SCNu64, &kib) == 1)
			private_kib = kib;
		else if (strncmp(line, "VmFlags:", 8) == 0)
			inside = false;
	}
	fclose(file);
	assert_int_equal(private_kib, PAGES * scenario_page() / 1024);
}

static void build_workload(struct fixture *f, unsigned long region)
{
	scenario_map(&f->scenario, 0, region, PAGES);
	scenario_write(&f->scenario, 0, region, PAGES);
	for (uint32_t i = 0; i < CHILDREN; i++)
		scenario_write(&f->scenario, scenario_fork(&f->scenario, 0), region, PAGES);
	for (int i = 0; i < f->scenario.count; i++)
		expect_own_pages(scenario_pid(&f->scenario, i), region);
}

/* Costs of the anon_vmas under the root; those of the stack and of static data
 * are in other trees. */
static void sum_tree(const struct model *model, const struct rmap_costs *costs, uint32_t root,
		     struct rmap_cost *ret_sum)
{
	*ret_sum = (struct rmap_cost){0};
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		if (model->anon_vmas[i].root == root)
			rmap_cost_add(ret_sum, &costs->anon_vmas[i]);
}

static void compute(const struct model *model, uint32_t root, struct rmap_cost *ret_sum,
		    struct rmap_cost *ret_root)
{
	struct rmap_costs costs = {0};
	struct index index = {0};

	assert_int_equal(index_build(&index, model), 0);
	assert_int_equal(rmap_costs_compute(&costs, model, &index), 0);
	sum_tree(model, &costs, root, ret_sum);
	*ret_root = costs.anon_vmas[root];
	rmap_costs_clear(&costs);
	index_clear(&index);
}

static uint64_t tree_number(struct fixture *f, int64_t id, uint32_t root, const char *column)
{
	return (uint64_t)database_number(
		&f->database, "SELECT %s FROM tree WHERE id = %u AND born <= %lld AND died > %lld",
		column, f->model.anon_vmas[root].id, (long long)id, (long long)id);
}

/* What the collector found and stored is the same. */
static void expect_stored(struct fixture *f, int64_t id, uint32_t root, const struct rmap_cost *sum)
{
	assert_int_equal(tree_number(f, id, root, "rmap_max_visits"), sum->max_visits);
	assert_int_equal(tree_number(f, id, root, "rmap_covered_pages"), sum->covered_pages);
	assert_int_equal(tree_number(f, id, root, "rmap_covered_visits"), sum->covered_visits);
	assert_int_equal(tree_number(f, id, root, "rmap_written_pages"), sum->written_pages);
	assert_int_equal(tree_number(f, id, root, "rmap_written_visits"), sum->written_visits);
}

static void test_children_that_rewrite_all_pages(void **state)
{
	unsigned long region = scenario_region(0);
	struct rmap_cost sum, of_root;
	struct fixture *f;
	uint64_t family;
	uint32_t root;
	int64_t id;

	require_memory();
	f = fixture_begin(state);
	build_workload(f, region);
	id = fixture_collect(f);
	root = expect_active(&f->model, scenario_pid(&f->scenario, 0), region);
	assert_true(model_is_root(&f->model, root));
	compute(&f->model, root, &sum, &of_root);

	assert_int_equal(sum.written_pages, (CHILDREN + 1ull) * PAGES);
	/* the mean is 2 - 1/(N + 1) = (2N + 1)/(N + 1), exactly */
	assert_int_equal(sum.written_visits * (CHILDREN + 1ull),
			 sum.written_pages * (2ull * CHILDREN + 1));
	/* the parent's pages still visit everybody */
	assert_int_equal(sum.max_visits, CHILDREN + 1);
	assert_int_equal(of_root.written_pages, PAGES);
	assert_int_equal(of_root.written_visits, PAGES * (CHILDREN + 1ull));
	/* with one anon_vma for the whole family, every VMA of the tree */
	family = tree_number(f, id, root, "vmas");
	assert_int_equal(family, CHILDREN + 1);
	expect_stored(f, id, root, &sum);
	print_message("%" PRIu64 " pages, %" PRIu64
		      " visits: %.6f for each page, before 2010 %" PRIu64 "\n",
		      sum.written_pages, sum.written_visits,
		      (double)sum.written_visits / (double)sum.written_pages, family);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_children_that_rewrite_all_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
