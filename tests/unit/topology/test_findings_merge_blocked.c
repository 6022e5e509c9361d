/* SPDX-License-Identifier: GPL-2.0-only */
/* findings: runs of VMAs that only their anon_vmas keep apart, and what else keeps them apart. */
#include "topology/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/expected_finding.h"
#include "../support/forest.h"
#include "../support/snapshots.h"
#include "topology/merge.h"

#define VMA_BYTES 192u
#define AVC_BYTES 64u

static void runs_of_blocked_merges(void **state)
{
	struct snapshots *snapshots = *state;
	static const uint64_t pages[] = {16, 20, 24, 28, 40, 44, 60};
	struct model *model = snapshots_next(snapshots);
	const struct analysis *analysis;

	forest_mm(model, 1);
	for (uint32_t i = 0; i < 7; i++)
		forest_vma(model, pages[i], 4, forest_root(model, 10 + i));
	analysis = snapshots_analyse(snapshots);
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
	struct snapshots *snapshots = *state;
	struct model *model = snapshots_next(snapshots);

	forest_mm(model, 1);
	forest_vma(model, 16, 4, forest_root(model, 10));
	forest_mm(model, 2);
	forest_vma(model, 20, 4, forest_root(model, 11));
	assert_int_equal(snapshots_analyse(snapshots)->findings.count, 0);
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
	struct snapshots *snapshots = *state;

	for (size_t i = 0; i < sizeof(merges) / sizeof(merges[0]); i++) {
		struct model *model = snapshots_next(snapshots);
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
		found = findings_of(snapshots_analyse(snapshots), FINDING_MERGE_BLOCKED);
		if (found != merges[i].blocked)
			fail_msg("%s: %u", merges[i].what, found);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, snapshots_setup, snapshots_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(runs_of_blocked_merges),
		TEST(a_run_ends_with_its_mm),
		TEST(what_prevents_a_merge_by_itself),
	};

	return cmocka_run_group_tests_name("topology/findings_merge_blocked", tests, NULL, NULL);
}
