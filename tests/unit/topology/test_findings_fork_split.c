/* SPDX-License-Identifier: GPL-2.0-only */
/* findings: groups of sibling anon_vmas that fork() split, worked out by hand. */
#include "topology/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/expected_finding.h"
#include "../support/forest.h"
#include "../support/snapshots.h"

#define VMA_BYTES 192u
#define ANON_VMA_BYTES 104u
#define AVC_BYTES 64u

/* Keys of anon_vmas are their ids; mms are numbered from 1. */
static void a_pair_that_fork_split(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t root = forest_root(model, 10), a = forest_child(model, 11, root);
	uint32_t b = forest_child(model, 12, root);
	const struct analysis *analysis;
	const struct finding *finding;

	forest_process(model, 1, forest_mm(model, 1));
	forest_vma(model, 16, 4, root);
	forest_vma(model, 20, 4, root);
	forest_process(model, 2, forest_mm(model, 2));
	forest_vma(model, 16, 4, a, root);
	forest_vma(model, 20, 4, b, root);
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(analysis->findings.count, 2);
	finding = finding_of(analysis, FINDING_FORK_SPLIT, 0);
	ASSERT_FINDING(finding, .kind = FINDING_FORK_SPLIT, .mm = 2, .anon_vma = 10, .root = 10,
		       .size = 2, .details = {1, 1}, .anon_vmas = 1, .bytes = ANON_VMA_BYTES);
	assert_int_equal(finding->in_mm, 1);
	assert_int_equal(finding->in_tree, 0);
	ASSERT_FINDING(finding_of(analysis, FINDING_MERGE_BLOCKED, 0),
		       .kind = FINDING_MERGE_BLOCKED, .mm = 2, .root = 10, .vm_start = 16 * 4096,
		       .size = 1, .details = {24 * 4096}, .vmas = 1, .avcs = 2,
		       .bytes = VMA_BYTES + 2 * AVC_BYTES);
}

/* Five siblings: 1-2-3 touch, 4 is protected differently, 5 stands apart. */
static void a_group_of_five(void **state)
{
	struct snapshots *snapshots = *state;
	static const uint64_t pages[] = {16, 20, 24, 28, 40};
	struct model *model = snapshots_next(snapshots);
	uint32_t root = forest_root(model, 10);
	const struct analysis *analysis;

	forest_mm(model, 1);
	forest_vma(model, 1, 1, root);
	forest_process(model, 2, forest_mm(model, 2));
	for (uint32_t i = 0; i < 5; i++) {
		uint32_t own = forest_child(model, 11 + i, root);
		uint32_t vma = forest_vma(model, pages[i], 4, own, root);

		model->vmas[vma].flags = i == 3 ? 1 : 3;
	}
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(findings_of(analysis, FINDING_FORK_SPLIT), 1);
	ASSERT_FINDING(finding_of(analysis, FINDING_FORK_SPLIT, 0), .kind = FINDING_FORK_SPLIT,
		       .mm = 2, .anon_vma = 10, .root = 10, .size = 5, .details = {4, 2},
		       .anon_vmas = 4, .bytes = 4ull * ANON_VMA_BYTES);
	assert_int_equal(analysis->trees[0].missed_groups, 1);
	assert_int_equal(analysis->trees[0].missed_reuse, 4);
	assert_int_equal(analysis->totals.missed_reuse, 4);
}

/* khlebnikov_v2 shares with the VMA before it only: a VMA that was there in between
 * prevents it. */
static void only_neighbours_would_have_shared(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t root = forest_root(model, 10), other = forest_root(model, 20);
	uint32_t own[3], apart = forest_child(model, 21, other);
	const struct finding *finding;

	for (uint32_t i = 0; i < 3; i++)
		own[i] = forest_child(model, 11 + i, root);
	forest_mm(model, 1);
	forest_vma(model, 16, 4, own[0], root);
	forest_plain_vma(model, 20, 4);
	forest_vma(model, 24, 4, own[1], root);
	forest_vma(model, 28, 4, apart, other);
	forest_vma(model, 32, 4, own[2], root);
	finding = finding_of(snapshots_analyse(snapshots), FINDING_FORK_SPLIT, 0);
	assert_int_equal(finding->size, 3);
	assert_int_equal(finding->details[0], 1);
	assert_int_equal(finding->details[1], 0);
}

/* VMAs that share already count once in the group; a split of one of them later
 * does not add to it, but to the merges that are blocked. */
static void vmas_that_share_count_once(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t root = forest_root(model, 10), a = forest_child(model, 11, root);
	uint32_t b = forest_child(model, 12, root);
	const struct finding *finding;

	forest_mm(model, 1);
	forest_vma(model, 16, 4, a, root);
	forest_vma(model, 20, 4, a, root);
	forest_vma(model, 24, 4, b, root);
	forest_vma(model, 28, 4, a, root);
	finding = finding_of(snapshots_analyse(snapshots), FINDING_FORK_SPLIT, 0);
	assert_int_equal(finding->size, 2);
	assert_int_equal(finding->anon_vmas, 1);
	assert_int_equal(finding->details[0], 1);
	assert_int_equal(finding->details[1], 2);
}

/* The process that shared the anon_vma is dead. */
static void a_group_under_an_idle_parent(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t root = forest_root(model, 10), parent = forest_child(model, 11, root);
	uint32_t a = forest_child(model, 12, parent), b = forest_child(model, 13, parent);
	const struct analysis *analysis;

	forest_mm(model, 1);
	forest_vma(model, 16, 4, root);
	forest_mm(model, 2);
	forest_vma(model, 16, 4, a, parent, root);
	forest_vma(model, 24, 4, b, parent, root);
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(analysis->findings.count, 2);
	ASSERT_FINDING(finding_of(analysis, FINDING_FORK_SPLIT, 0), .kind = FINDING_FORK_SPLIT,
		       .mm = 2, .anon_vma = 11, .root = 10, .size = 2, .details = {1, 0},
		       .anon_vmas = 1, .bytes = ANON_VMA_BYTES);
	/* two children: no fork() can take it */
	ASSERT_FINDING(finding_of(analysis, FINDING_IDLE_ANON_VMA, 0),
		       .kind = FINDING_IDLE_ANON_VMA, .anon_vma = 11, .root = 10, .size = 2,
		       .details = {1, 0}, .anon_vmas = 1, .avcs = 2,
		       .bytes = ANON_VMA_BYTES + 2 * AVC_BYTES);
}

/* Two groups of one mm, in turns: each counts its own. Ids are not in the
 * order of addresses; findings are in that of ids. */
static void two_groups_in_one_mm(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t p = forest_root(model, 90), q = forest_root(model, 80);
	uint32_t of_p[3], of_q[2];
	const struct analysis *analysis;

	for (uint32_t i = 0; i < 3; i++)
		of_p[i] = forest_child(model, 11 + i, p);
	for (uint32_t i = 0; i < 2; i++)
		of_q[i] = forest_child(model, 21 + i, q);
	forest_mm(model, 1);
	forest_vma(model, 1, 1, p);
	forest_vma(model, 3, 1, q);
	forest_mm(model, 2);
	forest_vma(model, 16, 4, of_p[0], p);
	forest_vma(model, 20, 4, of_p[1], p);
	forest_vma(model, 24, 4, of_q[0], q);
	forest_vma(model, 28, 4, of_q[1], q);
	forest_vma(model, 40, 4, of_p[2], p);
	analysis = snapshots_analyse(snapshots);
	assert_int_equal(findings_of(analysis, FINDING_FORK_SPLIT), 2);
	ASSERT_FINDING(finding_of(analysis, FINDING_FORK_SPLIT, 0), .kind = FINDING_FORK_SPLIT,
		       .mm = 2, .anon_vma = 80, .root = 80, .size = 2, .details = {1, 1},
		       .anon_vmas = 1, .bytes = ANON_VMA_BYTES);
	ASSERT_FINDING(finding_of(analysis, FINDING_FORK_SPLIT, 1), .kind = FINDING_FORK_SPLIT,
		       .mm = 2, .anon_vma = 90, .root = 90, .size = 3, .details = {1, 1},
		       .anon_vmas = 2, .bytes = 2 * ANON_VMA_BYTES);
	/* all four touch and differ in nothing else: one run across both trees */
	ASSERT_FINDING(finding_of(analysis, FINDING_MERGE_BLOCKED, 0),
		       .kind = FINDING_MERGE_BLOCKED, .mm = 2, .vm_start = 16 * 4096, .size = 3,
		       .details = {32 * 4096}, .vmas = 3, .avcs = 6,
		       .bytes = 3 * VMA_BYTES + 6 * AVC_BYTES);
	assert_int_equal(finding_of(analysis, FINDING_MERGE_BLOCKED, 0)->in_tree, MODEL_NONE);
	assert_int_equal(analysis->mms[1].missed_groups, 2);
	assert_int_equal(analysis->mms[1].missed_reuse, 3);
	assert_int_equal(analysis->mms[1].blocked_merges, 3);
}

static void what_is_no_group(void **state)
{
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);
	uint32_t root = forest_root(model, 10), other = forest_root(model, 20);
	uint32_t a = forest_child(model, 11, root), below = forest_child(model, 12, a);
	uint32_t of_other = forest_child(model, 21, other), b = forest_child(model, 13, root);

	forest_mm(model, 1);
	forest_vma(model, 1, 1, root); /* a root and a child of it ... */
	forest_vma(model, 3, 1, a, root);
	forest_vma(model, 5, 1, below, a, root); /* ... and one below it */
	forest_vma(model, 7, 1, other);
	forest_vma(model, 9, 1, of_other, other);
	forest_mm(model, 2); /* siblings, but in two address spaces */
	forest_vma(model, 3, 1, b, root);
	assert_int_equal(findings_of(snapshots_analyse(snapshots), FINDING_FORK_SPLIT), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, snapshots_setup, snapshots_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pair_that_fork_split),
		TEST(a_group_of_five),
		TEST(only_neighbours_would_have_shared),
		TEST(vmas_that_share_count_once),
		TEST(a_group_under_an_idle_parent),
		TEST(two_groups_in_one_mm),
		TEST(what_is_no_group),
	};

	return cmocka_run_group_tests_name("topology/findings_fork_split", tests, NULL, NULL);
}
