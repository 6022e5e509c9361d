/* SPDX-License-Identifier: GPL-2.0-only */
/* findings: idle anon_vmas, deep chains, wide reverse maps and locks as they are worked
 * out by hand; the list of all. */
#include "topology/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/expected_finding.h"
#include "../support/forest.h"
#include "../support/snapshots.h"
#include "../support/world.h"

#define ANON_VMA_BYTES 104u
#define AVC_BYTES 64u

/* root [idle]: two children, and a root counts itself. a [idle] has one child b,
 * whose process and its child keep both. */
static void idle_anon_vmas_and_who_keeps_them(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t root = forest_root(model, 10), a = forest_child(model, 11, root);
	uint32_t b = forest_child(model, 12, a), c = forest_child(model, 13, b);
	const struct analysis *analysis;

	forest_mm(model, 1);
	forest_vma(model, 16, 4, b, a, root);
	forest_vma(model, 24, 4, b, a, root);
	forest_mm(model, 2);
	forest_vma(model, 16, 4, c, b, a, root);
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(findings_of(analysis, FINDING_IDLE_ANON_VMA), 2);
	ASSERT_FINDING(finding_of(analysis, FINDING_IDLE_ANON_VMA, 0),
		       .kind = FINDING_IDLE_ANON_VMA, .anon_vma = 10, .root = 10, .size = 3,
		       .details = {2, 0}, .anon_vmas = 1, .avcs = 3,
		       .bytes = ANON_VMA_BYTES + 3 * AVC_BYTES);
	ASSERT_FINDING(finding_of(analysis, FINDING_IDLE_ANON_VMA, 1),
		       .kind = FINDING_IDLE_ANON_VMA, .anon_vma = 11, .root = 10, .size = 3,
		       .details = {2, 1}, .anon_vmas = 1, .avcs = 3,
		       .bytes = ANON_VMA_BYTES + 3 * AVC_BYTES);
	assert_int_equal(analysis->totals.idle_anon_vmas, 2);
	assert_int_equal(analysis->totals.reusable_anon_vmas, 1);
}

static void what_is_not_idle(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t lost = forest_root(model, 10), raced = forest_root(model, 11);

	forest_mm(model, 1);
	forest_vma(model, 16, 4, lost);
	forest_vma(model, 24, 4, raced);
	model->anon_vmas[lost].num_active_vmas = 0; /* nothing was read */
	model->anon_vmas[lost].described = false;
	model->anon_vmas[raced].num_active_vmas = 0; /* but a VMA has it active */
	assert_int_equal(findings_of(snapshots_analyse(snapshots), FINDING_IDLE_ANON_VMA), 0);

	model = snapshots_next(snapshots);
	model->origin.split_counters = false;
	forest_root(model, 10);
	assert_int_equal(findings_of(snapshots_analyse(snapshots), FINDING_IDLE_ANON_VMA), 0);
}

/* Chains of 1 ... 4 under one root, and of 3 under another, in two mms. */
static void deep_chains_of_each_mm_and_root(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t at[4], other[3];
	const struct analysis *analysis;

	at[0] = forest_root(model, 10);
	for (uint32_t i = 1; i < 4; i++)
		at[i] = forest_child(model, 10 + i, at[i - 1]);
	other[0] = forest_root(model, 20);
	for (uint32_t i = 1; i < 3; i++)
		other[i] = forest_child(model, 20 + i, other[i - 1]);
	for (uint64_t mm = 1; mm <= 2; mm++) {
		forest_mm(model, mm);
		forest_vma(model, 10, 1, at[0]);
		forest_vma(model, 20, 1, at[1], at[0]);
		forest_vma(model, 30, 1, at[2], at[1], at[0]);
		if (mm == 1)
			continue;
		forest_vma(model, 40, 1, at[3], at[2], at[1], at[0]);
		forest_vma(model, 50, 1, at[3], at[2], at[1], at[0]);
		forest_vma(model, 60, 1, other[2], other[1], other[0]);
	}
	snapshots->options.deep_chain = 2;
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(findings_of(analysis, FINDING_DEEP_CHAIN), 3);
	ASSERT_FINDING(finding_of(analysis, FINDING_DEEP_CHAIN, 0), .kind = FINDING_DEEP_CHAIN,
		       .mm = 1, .anon_vma = 10, .root = 10, .vm_start = 30 * 4096, .size = 3,
		       .details = {1, 2}, .avcs = 1, .bytes = AVC_BYTES);
	ASSERT_FINDING(finding_of(analysis, FINDING_DEEP_CHAIN, 1), .kind = FINDING_DEEP_CHAIN,
		       .mm = 2, .anon_vma = 10, .root = 10, .vm_start = 40 * 4096, .size = 4,
		       .details = {3, 2}, .avcs = 5, .bytes = 5 * AVC_BYTES);
	ASSERT_FINDING(finding_of(analysis, FINDING_DEEP_CHAIN, 2), .kind = FINDING_DEEP_CHAIN,
		       .mm = 2, .anon_vma = 20, .root = 20, .vm_start = 60 * 4096, .size = 3,
		       .details = {1, 2}, .avcs = 1, .bytes = AVC_BYTES);
}

static void fill_deep(struct model *model, uint32_t links)
{
	uint32_t chain[16];

	chain[links - 1] = forest_root(model, 10);
	for (uint32_t i = links - 1; i-- > 0;)
		chain[i] = forest_child(model, 10 + links - i, chain[i + 1]);
	forest_mm(model, 1);
	forest_vma_of(model, 16, 1, chain, links);
}

static void a_chain_of_the_threshold_is_not_deep(void **state)
{
	struct snapshots *snapshots = *state;

	fill_deep(snapshots_next(snapshots), ANALYSIS_DEEP_CHAIN);
	assert_int_equal(findings_of(snapshots_analyse(snapshots), FINDING_DEEP_CHAIN), 0);
	fill_deep(snapshots_next(snapshots), ANALYSIS_DEEP_CHAIN + 1);
	assert_int_equal(findings_of(snapshots_analyse(snapshots), FINDING_DEEP_CHAIN), 1);
	/* another threshold makes nothing of the snapshot before worth anything */
	snapshots->options.deep_chain = ANALYSIS_DEEP_CHAIN + 1;
	fill_deep(snapshots_next(snapshots), ANALYSIS_DEEP_CHAIN + 1);
	assert_int_equal(findings_of(snapshots_analyse(snapshots), FINDING_DEEP_CHAIN), 0);
}

/* A daemon and workers of it, each with its own anon_vma: pages 16-19 of the
 * root are mapped by all, 20-21 by the daemon alone. */
static void fill_wide(struct model *model, uint32_t workers)
{
	uint32_t root = forest_root(model, 10);

	forest_mm(model, 1);
	forest_vma(model, 16, 6, root);
	for (uint32_t i = 0; i < workers; i++) {
		uint32_t own = forest_child(model, 100 + i, root);

		forest_mm(model, 2 + i);
		forest_vma(model, 16, 4, own, root);
	}
}

static void a_wide_reverse_map(void **state)
{
	struct snapshots *snapshots = *state;
	const struct analysis *analysis;

	snapshots->options.wide_rmap = 5;
	fill_wide(snapshots_next(snapshots), 3);
	assert_int_equal(findings_of(snapshots_analyse(snapshots), FINDING_WIDE_RMAP), 0);
	fill_wide(snapshots_next(snapshots), 4);
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(findings_of(analysis, FINDING_WIDE_RMAP), 1);
	ASSERT_FINDING(finding_of(analysis, FINDING_WIDE_RMAP, 0), .kind = FINDING_WIDE_RMAP,
		       .anon_vma = 10, .root = 10, .size = 5, .details = {6, 4 * 5 + 2}, .avcs = 5,
		       .bytes = 5 * AVC_BYTES);
}

static void a_wide_lock(void **state)
{
	struct snapshots *snapshots = *state;
	const struct analysis *analysis;

	snapshots->options.wide_lock = 5;
	fill_wide(snapshots_next(snapshots), 3);
	assert_int_equal(findings_of(snapshots_analyse(snapshots), FINDING_WIDE_LOCK), 0);
	fill_wide(snapshots_next(snapshots), 4);
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(findings_of(analysis, FINDING_WIDE_LOCK), 1);
	ASSERT_FINDING(finding_of(analysis, FINDING_WIDE_LOCK, 0), .kind = FINDING_WIDE_LOCK,
		       .anon_vma = 10, .root = 10, .size = 5, .details = {1, 5}, .vmas = 5,
		       .anon_vmas = 5, .avcs = 9, .bytes = 5 * ANON_VMA_BYTES + 9 * AVC_BYTES);
	assert_int_equal(finding_of(analysis, FINDING_WIDE_LOCK, 0)->in_mm, MODEL_NONE);
}

static void thresholds_that_are_not_given(void **state)
{
	struct snapshots *snapshots = *state;
	const struct analysis *analysis;

	fill_wide(snapshots_next(snapshots), ANALYSIS_WIDE_LOCK - 2);
	assert_int_equal(snapshots_analyse(snapshots)->findings.count, 0);
	fill_wide(snapshots_next(snapshots), ANALYSIS_WIDE_LOCK - 1);
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(analysis->options.deep_chain, ANALYSIS_DEEP_CHAIN);
	assert_int_equal(findings_of(analysis, FINDING_WIDE_RMAP), 1);
	assert_int_equal(findings_of(analysis, FINDING_WIDE_LOCK), 1);
}

static void the_table_of_kinds(void **state)
{
	(void)state;
	for (int kind = 0; kind < FINDING_KIND_COUNT; kind++) {
		const struct finding_kind_info *info = &finding_kinds[kind];

		for (int other = 0; other < kind; other++)
			assert_string_not_equal(finding_kinds[other].name, info->name);
		assert_non_null(info->title);
		assert_non_null(info->objects);
		assert_non_null(info->size);
		assert_non_null(info->size_means);
		assert_int_equal(info->rule[strlen(info->rule) - 1], '.');
		for (int i = 0; i < FINDING_DETAILS; i++)
			assert_int_equal(info->details[i] == NULL, info->detail_means[i] == NULL);
	}
}

static uint32_t next_random(uint64_t *random)
{
	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*random >> 40);
}

static struct finding any_key(uint64_t *random)
{
	return (struct finding){
		.kind = next_random(random) % FINDING_KIND_COUNT,
		.rule = next_random(random) % 3,
		.mm = next_random(random) % 3,
		.anon_vma = next_random(random) % 5,
		.vm_start = next_random(random) % 3,
	};
}

static int by_compare(const void *left, const void *right)
{
	return finding_compare(left, right);
}

/* Any list whose first part is in order becomes what sorting it gives. */
static void what_is_added_finds_its_place(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (uint32_t round = 0; round < 2000; round++) {
		uint32_t sorted = next_random(&random) % 20, added = next_random(&random) % 20;
		struct findings findings = {0};
		struct finding expected[40], *finding;

		for (uint32_t i = 0; i < sorted + added; i++) {
			expected[i] = any_key(&random);
			if (i + 1 == sorted)
				qsort(expected, sorted, sizeof(*expected), by_compare);
		}
		for (uint32_t i = 0; i < sorted + added; i++) {
			assert_int_equal(findings_add(&findings, &finding), 0);
			*finding = expected[i];
		}
		qsort(expected, sorted + added, sizeof(*expected), by_compare);
		assert_int_equal(findings_sort(&findings, sorted), 0);
		assert_int_equal(findings.count, sorted + added);
		for (uint32_t i = 0; i < findings.count; i++)
			assert_int_equal(finding_compare(&findings.items[i], &expected[i]), 0);
		findings_clear(&findings);
	}
}

/* What a sentence must never hold. */
static void assert_no_nonsense(const char *line)
{
	static const char *const nonsense[] = {"  ",	       " 1 VMAs",
					       " 1 AVCs",      "#0 ",
					       " 1 anon_vmas", " 1 merges",
					       "(null)",       "Expected 0, observed 0"};

	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		if (strstr(line, nonsense[i]))
			fail_msg("%s: %s", nonsense[i], line);
	assert_int_equal(line[strlen(line) - 1], '.');
}

/* Whatever a system looks like: keys are unique and in order, every finding has
 * its objects, and can be told. */
static void findings_of_any_world(void **state)
{
	struct snapshots *snapshots = *state;
	uint32_t kinds[FINDING_KIND_COUNT] = {0};

	snapshots->options = (struct analysis_options){.deep_chain = 1,
						       .wide_rmap = 1,
						       .wide_lock = 1,
						       .policy_known = true,
						       .policy = FORK_COUNTERS};
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct world *world = world_create(seed);

		for (uint32_t step = 0; step < 25; step++) {
			const struct findings *findings;

			world_step(world);
			world_show(world, snapshots_next(snapshots));
			findings = &snapshots_analyse(snapshots)->findings;
			for (uint32_t i = 0; i < findings->count; i++) {
				const struct finding *finding = &findings->items[i];
				char line[1024];

				if (i)
					assert_true(finding_compare(finding - 1, finding) < 0);
				if (finding->kind == FINDING_FORK_SPLIT)
					assert_true(finding->details[0] <= finding->anon_vmas);
				finding_explain(finding, line, sizeof(line));
				assert_no_nonsense(line);
				kinds[finding->kind]++;
			}
		}
		world_free(world);
	}
	for (int kind = 0; kind < FINDING_INVARIANT; kind++)
		assert_true(kinds[kind] > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, snapshots_setup, snapshots_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(idle_anon_vmas_and_who_keeps_them),
		TEST(what_is_not_idle),
		TEST(deep_chains_of_each_mm_and_root),
		TEST(a_chain_of_the_threshold_is_not_deep),
		TEST(a_wide_reverse_map),
		TEST(a_wide_lock),
		TEST(thresholds_that_are_not_given),
		TEST(the_table_of_kinds),
		TEST(what_is_added_finds_its_place),
		TEST(findings_of_any_world),
	};

	return cmocka_run_group_tests_name("topology/findings", tests, NULL, NULL);
}
