/* SPDX-License-Identifier: GPL-2.0-only */
/* findings: each kind as it is worked out by hand, and how it is told. */
#include "topology/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/snapshots.h"
#include "../support/world.h"
#include "topology/merge.h"

#define VMA_BYTES 192u
#define ANON_VMA_BYTES 104u
#define AVC_BYTES 64u

static struct snapshots snapshots;

static int setup(void **state)
{
	(void)state;
	snapshots_open(&snapshots);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	snapshots_close(&snapshots);
	return 0;
}

/* Everything that a finding says but for its places. */
static void assert_finding(const struct finding *finding, const struct finding *expected)
{
	assert_int_equal(finding->kind, expected->kind);
	assert_int_equal(finding->rule, expected->rule);
	assert_int_equal(finding->mm, expected->mm);
	assert_int_equal(finding->anon_vma, expected->anon_vma);
	assert_int_equal(finding->root, expected->root);
	assert_int_equal(finding->vm_start, expected->vm_start);
	assert_int_equal(finding->size, expected->size);
	for (int i = 0; i < FINDING_DETAILS; i++)
		assert_int_equal(finding->details[i], expected->details[i]);
	assert_int_equal(finding->vmas, expected->vmas);
	assert_int_equal(finding->anon_vmas, expected->anon_vmas);
	assert_int_equal(finding->avcs, expected->avcs);
	assert_int_equal(finding->bytes, expected->bytes);
	assert_int_equal(finding->row, 0);
	assert_int_equal(finding->id, 0);
}
#define ASSERT_FINDING(found, ...) assert_finding((found), &(const struct finding){__VA_ARGS__})

/* Keys of anon_vmas are their ids; mms are numbered from 1. */
static void a_pair_that_fork_split(void **state)
{
	struct model *model = snapshots_next(&snapshots);
	uint32_t root = forest_root(model, 10), a = forest_child(model, 11, root);
	uint32_t b = forest_child(model, 12, root);
	const struct analysis *analysis;
	const struct finding *finding;

	(void)state;
	forest_process(model, 1, forest_mm(model, 1));
	forest_vma(model, 16, 4, root);
	forest_vma(model, 20, 4, root);
	forest_process(model, 2, forest_mm(model, 2));
	forest_vma(model, 16, 4, a, root);
	forest_vma(model, 20, 4, b, root);
	analysis = snapshots_analyse(&snapshots);
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
	static const uint64_t pages[] = {16, 20, 24, 28, 40};
	struct model *model = snapshots_next(&snapshots);
	uint32_t root = forest_root(model, 10);
	const struct analysis *analysis;

	(void)state;
	forest_mm(model, 1);
	forest_vma(model, 1, 1, root);
	forest_process(model, 2, forest_mm(model, 2));
	for (uint32_t i = 0; i < 5; i++) {
		uint32_t own = forest_child(model, 11 + i, root);
		uint32_t vma = forest_vma(model, pages[i], 4, own, root);

		model->vmas[vma].flags = i == 3 ? 1 : 3;
	}
	analysis = snapshots_analyse(&snapshots);
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
	struct model *model = snapshots_next(&snapshots);
	uint32_t root = forest_root(model, 10), other = forest_root(model, 20);
	uint32_t own[3], apart = forest_child(model, 21, other);
	const struct finding *finding;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		own[i] = forest_child(model, 11 + i, root);
	forest_mm(model, 1);
	forest_vma(model, 16, 4, own[0], root);
	forest_plain_vma(model, 20, 4);
	forest_vma(model, 24, 4, own[1], root);
	forest_vma(model, 28, 4, apart, other);
	forest_vma(model, 32, 4, own[2], root);
	finding = finding_of(snapshots_analyse(&snapshots), FINDING_FORK_SPLIT, 0);
	assert_int_equal(finding->size, 3);
	assert_int_equal(finding->details[0], 1);
	assert_int_equal(finding->details[1], 0);
}

/* VMAs that share already count once in the group; a split of one of them later
 * does not add to it, but to the merges that are blocked. */
static void vmas_that_share_count_once(void **state)
{
	struct model *model = snapshots_next(&snapshots);
	uint32_t root = forest_root(model, 10), a = forest_child(model, 11, root);
	uint32_t b = forest_child(model, 12, root);
	const struct finding *finding;

	(void)state;
	forest_mm(model, 1);
	forest_vma(model, 16, 4, a, root);
	forest_vma(model, 20, 4, a, root);
	forest_vma(model, 24, 4, b, root);
	forest_vma(model, 28, 4, a, root);
	finding = finding_of(snapshots_analyse(&snapshots), FINDING_FORK_SPLIT, 0);
	assert_int_equal(finding->size, 2);
	assert_int_equal(finding->anon_vmas, 1);
	assert_int_equal(finding->details[0], 1);
	assert_int_equal(finding->details[1], 2);
}

/* The process that shared the anon_vma is dead. */
static void a_group_under_an_idle_parent(void **state)
{
	struct model *model = snapshots_next(&snapshots);
	uint32_t root = forest_root(model, 10), parent = forest_child(model, 11, root);
	uint32_t a = forest_child(model, 12, parent), b = forest_child(model, 13, parent);
	const struct analysis *analysis;

	(void)state;
	forest_mm(model, 1);
	forest_vma(model, 16, 4, root);
	forest_mm(model, 2);
	forest_vma(model, 16, 4, a, parent, root);
	forest_vma(model, 24, 4, b, parent, root);
	analysis = snapshots_analyse(&snapshots);
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
	struct model *model = snapshots_next(&snapshots);
	uint32_t p = forest_root(model, 90), q = forest_root(model, 80);
	uint32_t of_p[3], of_q[2];
	const struct analysis *analysis;

	(void)state;
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
	analysis = snapshots_analyse(&snapshots);
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
	struct model *model = snapshots_next(&snapshots);
	uint32_t root = forest_root(model, 10), other = forest_root(model, 20);
	uint32_t a = forest_child(model, 11, root), below = forest_child(model, 12, a);
	uint32_t of_other = forest_child(model, 21, other), b = forest_child(model, 13, root);

	(void)state;
	forest_mm(model, 1);
	forest_vma(model, 1, 1, root); /* a root and a child of it ... */
	forest_vma(model, 3, 1, a, root);
	forest_vma(model, 5, 1, below, a, root); /* ... and one below it */
	forest_vma(model, 7, 1, other);
	forest_vma(model, 9, 1, of_other, other);
	forest_mm(model, 2); /* siblings, but in two address spaces */
	forest_vma(model, 3, 1, b, root);
	assert_int_equal(findings_of(snapshots_analyse(&snapshots), FINDING_FORK_SPLIT), 0);
}

static void runs_of_blocked_merges(void **state)
{
	static const uint64_t pages[] = {16, 20, 24, 28, 40, 44, 60};
	struct model *model = snapshots_next(&snapshots);
	const struct analysis *analysis;

	(void)state;
	forest_mm(model, 1);
	for (uint32_t i = 0; i < 7; i++)
		forest_vma(model, pages[i], 4, forest_root(model, 10 + i));
	analysis = snapshots_analyse(&snapshots);
	assert_int_equal(analysis->findings.count, 2);
	ASSERT_FINDING(finding_of(analysis, FINDING_MERGE_BLOCKED, 0),
		       .kind = FINDING_MERGE_BLOCKED, .mm = 1, .vm_start = 16 * 4096, .size = 3,
		       .details = {32 * 4096}, .vmas = 3, .avcs = 3,
		       .bytes = 3 * VMA_BYTES + 3 * AVC_BYTES);
	ASSERT_FINDING(finding_of(analysis, FINDING_MERGE_BLOCKED, 1),
		       .kind = FINDING_MERGE_BLOCKED, .mm = 1, .vm_start = 40 * 4096, .size = 1,
		       .details = {48 * 4096}, .vmas = 1, .avcs = 1,
		       .bytes = VMA_BYTES + AVC_BYTES);
	assert_int_equal(analysis->totals.blocked_merges, 4);
}

/* The last VMA of one mm and the first of the next are no neighbours. */
static void a_run_ends_with_its_mm(void **state)
{
	struct model *model = snapshots_next(&snapshots);

	(void)state;
	forest_mm(model, 1);
	forest_vma(model, 16, 4, forest_root(model, 10));
	forest_mm(model, 2);
	forest_vma(model, 20, 4, forest_root(model, 11));
	assert_int_equal(snapshots_analyse(&snapshots)->findings.count, 0);
}

struct bent {
	struct model *model;
	struct model_vma *left, *right;
};

static uint32_t text(struct model *model, const char *bytes)
{
	uint32_t offset;

	assert_int_equal(model_add_text(model, bytes, (uint32_t)strlen(bytes), &offset), 0);
	return offset;
}

static void nothing(struct bent *bent)
{
	(void)bent;
}

static void soft_dirty(struct bent *bent)
{
	bent->left->flags |= 0x08000000;
}

static void maybe_guard(struct bent *bent)
{
	bent->right->flags |= 0x800;
}

static void same_name_twice(struct bent *bent)
{
	bent->left->name = text(bent->model, "heap");
	bent->right->name = text(bent->model, "heap");
}

static void same_file(struct bent *bent)
{
	bent->left->file = bent->right->file = 0;
}

static void anon_pgoff_of_kernels_without(struct bent *bent)
{
	bent->model->origin.has_anon_pgoff = false;
	bent->right->anon_pgoff = 5;
}

static void one_unfaulted(struct bent *bent)
{
	bent->right->active = MODEL_NONE;
	bent->right->avc_count = 0;
}

static void one_anon_vma(struct bent *bent)
{
	bent->right->active = bent->left->active;
}

static void a_gap(struct bent *bent)
{
	bent->right->start += FOREST_PAGE;
	bent->right->pgoff++;
	bent->right->anon_pgoff++;
}

static void a_flag(struct bent *bent)
{
	bent->right->flags ^= 2;
}

static void a_high_flag(struct bent *bent)
{
	bent->left->flags |= 1ull << 42;
}

static void one_file(struct bent *bent)
{
	bent->right->file = 0;
}

static void two_files(struct bent *bent)
{
	bent->left->file = 1;
	bent->right->file = 0;
}

static void a_gap_in_pgoff(struct bent *bent)
{
	bent->right->pgoff++;
}

static void the_same_pgoff(struct bent *bent)
{
	bent->right->pgoff = bent->left->pgoff;
}

static void a_gap_in_anon_pgoff(struct bent *bent)
{
	bent->right->anon_pgoff++;
}

static void one_name(struct bent *bent)
{
	bent->left->name = text(bent->model, "heap");
}

static void two_names(struct bent *bent)
{
	bent->left->name = text(bent->model, "heap");
	bent->right->name = text(bent->model, "heap2");
}

static void left_policy(struct bent *bent)
{
	bent->left->policy = true;
}

static void both_policies(struct bent *bent)
{
	bent->left->policy = bent->right->policy = true;
}

static void set_both(struct bent *bent, uint64_t flag)
{
	bent->left->flags |= flag;
	bent->right->flags |= flag;
}

static void uffd_missing(struct bent *bent)
{
	set_both(bent, 0x200);
}

static void uffd_wp(struct bent *bent)
{
	set_both(bent, 0x1000);
}

static void pfnmap(struct bent *bent)
{
	set_both(bent, 0x400);
}

static void io(struct bent *bent)
{
	set_both(bent, 0x4000);
}

static void dontexpand(struct bent *bent)
{
	set_both(bent, 0x40000);
}

static void mixedmap(struct bent *bent)
{
	set_both(bent, 0x10000000);
}

static const struct {
	const char *what;
	void (*bend)(struct bent *bent);
	bool blocked;
} merges[] = {
	{"nothing", nothing, true},
	{"soft-dirty", soft_dirty, true},
	{"maybe-guard", maybe_guard, true},
	{"the same name", same_name_twice, true},
	{"the same file", same_file, true},
	{"anon_pgoff before 7.3", anon_pgoff_of_kernels_without, true},
	{"unfaulted", one_unfaulted, false},
	{"the same anon_vma", one_anon_vma, false},
	{"a gap", a_gap, false},
	{"a flag", a_flag, false},
	{"a flag above 32 bits", a_high_flag, false},
	{"a file", one_file, false},
	{"two files", two_files, false},
	{"pgoff", a_gap_in_pgoff, false},
	{"the same pgoff", the_same_pgoff, false},
	{"anon_pgoff", a_gap_in_anon_pgoff, false},
	{"a name", one_name, false},
	{"two names", two_names, false},
	{"a policy", left_policy, false},
	{"policies", both_policies, false},
	{"userfaultfd missing", uffd_missing, false},
	{"userfaultfd wp", uffd_wp, false},
	{"VM_PFNMAP", pfnmap, false},
	{"VM_IO", io, false},
	{"VM_DONTEXPAND", dontexpand, false},
	{"VM_MIXEDMAP", mixedmap, false},
};

/* Neighbours on two roots, as of 7.3, with one difference more. */
static void what_prevents_a_merge_by_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(merges) / sizeof(merges[0]); i++) {
		struct model *model = snapshots_next(&snapshots);
		uint32_t a = forest_root(model, 10), b = forest_root(model, 11), file;
		struct bent bent = {.model = model};
		uint32_t found;

		model->origin.has_anon_pgoff = true;
		assert_int_equal(model_add_file(model, 1, 1, &file), 0);
		assert_int_equal(model_add_file(model, 1, 2, &file), 0);
		forest_mm(model, 1);
		forest_vma(model, 16, 4, a);
		forest_vma(model, 20, 4, b);
		bent.left = &model->vmas[0];
		bent.right = &model->vmas[1];
		bent.left->flags = bent.right->flags = 0x73;
		bent.left->anon_pgoff = 16;
		bent.right->anon_pgoff = 20;
		merges[i].bend(&bent);
		assert_int_equal(merge_blocked(model, bent.left, bent.right), merges[i].blocked);
		found = findings_of(snapshots_analyse(&snapshots), FINDING_MERGE_BLOCKED);
		if (found != merges[i].blocked)
			fail_msg("%s: %u", merges[i].what, found);
	}
}

/* root [idle]: two children, and a root counts itself. a [idle] has one child b,
 * whose process and its child keep both. */
static void idle_anon_vmas_and_who_keeps_them(void **state)
{
	struct model *model = snapshots_next(&snapshots);
	uint32_t root = forest_root(model, 10), a = forest_child(model, 11, root);
	uint32_t b = forest_child(model, 12, a), c = forest_child(model, 13, b);
	const struct analysis *analysis;

	(void)state;
	forest_mm(model, 1);
	forest_vma(model, 16, 4, b, a, root);
	forest_vma(model, 24, 4, b, a, root);
	forest_mm(model, 2);
	forest_vma(model, 16, 4, c, b, a, root);
	analysis = snapshots_analyse(&snapshots);
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
	struct model *model = snapshots_next(&snapshots);
	uint32_t lost = forest_root(model, 10), raced = forest_root(model, 11);

	(void)state;
	forest_mm(model, 1);
	forest_vma(model, 16, 4, lost);
	forest_vma(model, 24, 4, raced);
	model->anon_vmas[lost].num_active_vmas = 0; /* nothing was read */
	model->anon_vmas[lost].described = false;
	model->anon_vmas[raced].num_active_vmas = 0; /* but a VMA has it active */
	assert_int_equal(findings_of(snapshots_analyse(&snapshots), FINDING_IDLE_ANON_VMA), 0);

	model = snapshots_next(&snapshots);
	model->origin.split_counters = false;
	forest_root(model, 10);
	assert_int_equal(findings_of(snapshots_analyse(&snapshots), FINDING_IDLE_ANON_VMA), 0);
}

/* Chains of 1 ... 4 under one root, and of 3 under another, in two mms. */
static void deep_chains_of_each_mm_and_root(void **state)
{
	struct model *model = snapshots_next(&snapshots);
	uint32_t at[4], other[3];
	const struct analysis *analysis;

	(void)state;
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
	snapshots.options.deep_chain = 2;
	analysis = snapshots_analyse(&snapshots);
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
	(void)state;
	fill_deep(snapshots_next(&snapshots), ANALYSIS_DEEP_CHAIN);
	assert_int_equal(findings_of(snapshots_analyse(&snapshots), FINDING_DEEP_CHAIN), 0);
	fill_deep(snapshots_next(&snapshots), ANALYSIS_DEEP_CHAIN + 1);
	assert_int_equal(findings_of(snapshots_analyse(&snapshots), FINDING_DEEP_CHAIN), 1);
	/* another threshold makes nothing of the snapshot before worth anything */
	snapshots.options.deep_chain = ANALYSIS_DEEP_CHAIN + 1;
	fill_deep(snapshots_next(&snapshots), ANALYSIS_DEEP_CHAIN + 1);
	assert_int_equal(findings_of(snapshots_analyse(&snapshots), FINDING_DEEP_CHAIN), 0);
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
	const struct analysis *analysis;

	(void)state;
	snapshots.options.wide_rmap = 5;
	fill_wide(snapshots_next(&snapshots), 3);
	assert_int_equal(findings_of(snapshots_analyse(&snapshots), FINDING_WIDE_RMAP), 0);
	fill_wide(snapshots_next(&snapshots), 4);
	analysis = snapshots_analyse(&snapshots);
	assert_int_equal(findings_of(analysis, FINDING_WIDE_RMAP), 1);
	ASSERT_FINDING(finding_of(analysis, FINDING_WIDE_RMAP, 0), .kind = FINDING_WIDE_RMAP,
		       .anon_vma = 10, .root = 10, .size = 5, .details = {6, 4 * 5 + 2}, .avcs = 5,
		       .bytes = 5 * AVC_BYTES);
}

static void a_wide_lock(void **state)
{
	const struct analysis *analysis;

	(void)state;
	snapshots.options.wide_lock = 5;
	fill_wide(snapshots_next(&snapshots), 3);
	assert_int_equal(findings_of(snapshots_analyse(&snapshots), FINDING_WIDE_LOCK), 0);
	fill_wide(snapshots_next(&snapshots), 4);
	analysis = snapshots_analyse(&snapshots);
	assert_int_equal(findings_of(analysis, FINDING_WIDE_LOCK), 1);
	ASSERT_FINDING(finding_of(analysis, FINDING_WIDE_LOCK, 0), .kind = FINDING_WIDE_LOCK,
		       .anon_vma = 10, .root = 10, .size = 5, .details = {1, 5}, .vmas = 5,
		       .anon_vmas = 5, .avcs = 9, .bytes = 5 * ANON_VMA_BYTES + 9 * AVC_BYTES);
	assert_int_equal(finding_of(analysis, FINDING_WIDE_LOCK, 0)->in_mm, MODEL_NONE);
}

static void thresholds_that_are_not_given(void **state)
{
	const struct analysis *analysis;

	(void)state;
	fill_wide(snapshots_next(&snapshots), ANALYSIS_WIDE_LOCK - 2);
	assert_int_equal(snapshots_analyse(&snapshots)->findings.count, 0);
	fill_wide(snapshots_next(&snapshots), ANALYSIS_WIDE_LOCK - 1);
	analysis = snapshots_analyse(&snapshots);
	assert_int_equal(analysis->options.deep_chain, ANALYSIS_DEEP_CHAIN);
	assert_int_equal(findings_of(analysis, FINDING_WIDE_RMAP), 1);
	assert_int_equal(findings_of(analysis, FINDING_WIDE_LOCK), 1);
}

static const struct {
	struct finding finding;
	const char *text;
} sentences[] = {
	{{.kind = FINDING_FORK_SPLIT,
	  .anon_vma = 7,
	  .size = 2,
	  .details = {1, 1},
	  .anon_vmas = 1,
	  .bytes = 104},
	 "fork() allocated 2 sibling anon_vmas for VMAs that shared anon_vma #7 in the parent; one "
	 "would do, so 1 anon_vma (104 bytes) could have been saved. Policy khlebnikov_v2 would "
	 "have saved up to 1; the split blocks 1 merge now."},
	{{.kind = FINDING_FORK_SPLIT,
	  .anon_vma = 7,
	  .size = 3,
	  .details = {0, 0},
	  .anon_vmas = 2,
	  .bytes = 208},
	 "fork() allocated 3 sibling anon_vmas for VMAs that shared anon_vma #7 in the parent; one "
	 "would do, so 2 anon_vmas (208 bytes) could have been saved. Policy khlebnikov_v2 would "
	 "have saved none; the split blocks 0 merges now."},
	{{.kind = FINDING_MERGE_BLOCKED,
	  .vm_start = 0x7f0000001000,
	  .size = 1,
	  .details = {0x7f0000003000},
	  .vmas = 1,
	  .avcs = 1,
	  .bytes = 256},
	 "2 neighbouring VMAs from 0x7f0000001000 to 0x7f0000003000 differ in nothing but their "
	 "active anon_vma, which keeps them from merging; as one VMA they would need 1 VMA and 1 "
	 "AVC fewer (256 bytes)."},
	{{.kind = FINDING_MERGE_BLOCKED,
	  .vm_start = 0x1000,
	  .size = 2,
	  .details = {0x4000},
	  .vmas = 2,
	  .avcs = 4,
	  .bytes = 640},
	 "3 neighbouring VMAs from 0x1000 to 0x4000 differ in nothing but their active anon_vma, "
	 "which keeps them from merging; as one VMA they would need 2 VMAs and 4 AVCs fewer (640 "
	 "bytes)."},
	{{.kind = FINDING_IDLE_ANON_VMA,
	  .anon_vma = 7,
	  .root = 3,
	  .size = 1,
	  .details = {1, 1},
	  .anon_vmas = 1,
	  .avcs = 1},
	 "No VMA has anon_vma #7 active; 1 VMA in 1 address space keeps it through 1 AVC, because "
	 "pages of its former owner may still be mapped there. The next fork() of one of them may "
	 "reuse it."},
	{{.kind = FINDING_IDLE_ANON_VMA,
	  .anon_vma = 7,
	  .root = 3,
	  .size = 3,
	  .details = {2, 0},
	  .anon_vmas = 1,
	  .avcs = 3},
	 "No VMA has anon_vma #7 active; 3 VMAs in 2 address spaces keep it through 3 AVCs, "
	 "because pages of its former owner may still be mapped there. fork() cannot reuse it "
	 "while its num_children is 2 or more."},
	{{.kind = FINDING_IDLE_ANON_VMA,
	  .anon_vma = 3,
	  .root = 3,
	  .size = 2,
	  .details = {2, 0},
	  .anon_vmas = 1,
	  .avcs = 2},
	 "No VMA has anon_vma #3 active; 2 VMAs in 2 address spaces keep it through 2 AVCs, "
	 "because pages of its former owner may still be mapped there. fork() cannot reuse it "
	 "while its num_children, which counts a root itself, is 2 or more."},
	{{.kind = FINDING_IDLE_ANON_VMA, .anon_vma = 3, .root = 3, .details = {0, 1}, .anon_vmas = 1},
	 "No VMA has anon_vma #3 active, and none that was seen links to it."},
	{{.kind = FINDING_DEEP_CHAIN,
	  .anon_vma = 3,
	  .root = 3,
	  .vm_start = 0x10000,
	  .size = 9,
	  .details = {1, 8},
	  .avcs = 1,
	  .bytes = 64},
	 "The VMA at 0x10000 links to 9 anon_vmas; 1 VMA of this address space under root #3 "
	 "exceeds 8, by 1 AVC (64 bytes) in all. Each fork() copies every link under the root's "
	 "rwsem."},
	{{.kind = FINDING_DEEP_CHAIN,
	  .anon_vma = 3,
	  .root = 3,
	  .vm_start = 0x10000,
	  .size = 12,
	  .details = {2, 8},
	  .avcs = 5,
	  .bytes = 320},
	 "The VMA at 0x10000 links to 12 anon_vmas; 2 VMAs of this address space under root #3 "
	 "exceed 8, by 5 AVCs (320 bytes) in all. Each fork() copies every link under the root's "
	 "rwsem."},
	{{.kind = FINDING_WIDE_RMAP, .anon_vma = 3, .size = 1, .details = {1, 1}},
	 "A reverse-map walk from a page of anon_vma #3 visits up to 1 VMA, 1.0 on average over "
	 "its 1 page offset."},
	{{.kind = FINDING_WIDE_RMAP, .anon_vma = 3, .size = 65, .details = {4, 90}},
	 "A reverse-map walk from a page of anon_vma #3 visits up to 65 VMAs, 22.5 on average over "
	 "its 4 page offsets."},
	{{.kind = FINDING_WIDE_RMAP, .anon_vma = 3},
	 "A reverse-map walk from a page of anon_vma #3 visits up to 0 VMAs, 0.0 on average over "
	 "its 0 page offsets."},
	{{.kind = FINDING_WIDE_LOCK,
	  .anon_vma = 3,
	  .root = 3,
	  .size = 1,
	  .vmas = 1,
	  .anon_vmas = 1,
	  .avcs = 1},
	 "The rwsem of root #3 covers 1 address space: 1 anon_vma, 1 AVC and 1 VMA in 1 "
	 "generation. Each fork, exit, split and merge of one of them takes it for writing, and "
	 "makes the others and all reverse-map walks wait."},
	{{.kind = FINDING_WIDE_LOCK,
	  .anon_vma = 3,
	  .root = 3,
	  .size = 64,
	  .vmas = 65,
	  .anon_vmas = 66,
	  .avcs = 130,
	  .details = {1, 64}},
	 "The rwsem of root #3 covers 64 address spaces: 66 anon_vmas, 130 AVCs and 65 VMAs in 2 "
	 "generations. Each fork, exit, split and merge of one of them takes it for writing, and "
	 "makes the others and all reverse-map walks wait."},
	{{.kind = FINDING_INVARIANT, .rule = 6, .anon_vma = 3, .size = 2, .details = {3, 5}},
	 "num_active_vmas is the number of VMAs that have the anon_vma active. Expected 3, "
	 "observed 5: read in two snapshots, and no race explains it."},
	{{.kind = FINDING_INVARIANT, .rule = 99, .details = {0, 1}},
	 "An unknown rule does not hold. Expected 0, observed 1: read in two snapshots, and no "
	 "race explains it."},
};

static void each_kind_in_words(void **state)
{
	bool told[FINDING_KIND_COUNT] = {false};

	(void)state;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		char line[1024];
		int size = finding_explain(&sentences[i].finding, line, sizeof(line));

		assert_string_equal(line, sentences[i].text);
		assert_int_equal(size, strlen(line));
		told[sentences[i].finding.kind] = true;
	}
	for (int kind = 0; kind < FINDING_KIND_COUNT; kind++)
		assert_true(told[kind]);
}

static void a_sentence_that_does_not_fit_is_cut(void **state)
{
	char line[8];

	(void)state;
	assert_true(finding_explain(&sentences[0].finding, line, sizeof(line)) > 100);
	assert_string_equal(line, "fork() ");
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
	uint32_t kinds[FINDING_KIND_COUNT] = {0};

	(void)state;
	snapshots.options = (struct analysis_options){.deep_chain = 1,
						      .wide_rmap = 1,
						      .wide_lock = 1,
						      .policy_known = true,
						      .policy = FORK_COUNTERS};
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct world *world = world_create(seed);

		for (uint32_t step = 0; step < 25; step++) {
			const struct findings *findings;

			world_step(world);
			world_show(world, snapshots_next(&snapshots));
			findings = &snapshots_analyse(&snapshots)->findings;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(runs_of_blocked_merges),
		TEST(a_run_ends_with_its_mm),
		TEST(what_prevents_a_merge_by_itself),
		TEST(idle_anon_vmas_and_who_keeps_them),
		TEST(what_is_not_idle),
		TEST(deep_chains_of_each_mm_and_root),
		TEST(a_chain_of_the_threshold_is_not_deep),
		TEST(a_wide_reverse_map),
		TEST(a_wide_lock),
		TEST(thresholds_that_are_not_given),
		TEST(each_kind_in_words),
		TEST(a_sentence_that_does_not_fit_is_cut),
		TEST(the_table_of_kinds),
		TEST(what_is_added_finds_its_place),
		TEST(findings_of_any_world),
	};

	return cmocka_run_group_tests_name("topology/findings", tests, NULL, NULL);
}
