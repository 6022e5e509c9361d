/* SPDX-License-Identifier: GPL-2.0-only */
/* findings: each kind as it is told. */
#include "topology/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_in_words),
		TEST(a_sentence_that_does_not_fit_is_cut),
	};

	return cmocka_run_group_tests_name("topology/findings_words", tests, NULL, NULL);
}
