/* SPDX-License-Identifier: GPL-2.0-only */
#include "findings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "invariants.h"
#include "table.h"

const struct finding_kind_info finding_kinds[FINDING_KIND_COUNT] = {
	[FINDING_FORK_SPLIT] =
		{
			.name = "fork_split",
			.title = "Missed reuse at fork",
			.rule = "Active anon_vmas of one process that have the same parent: "
				"fork() gave VMAs that shared an anon_vma one each.",
			.objects = "anon_vmas that sharing would have saved",
			.size = "group_size",
			.size_means = "anon_vmas in the group",
			.details = {"khlebnikov_v2_saves", "blocked_merges"},
			.detail_means = {"those that policy khlebnikov_v2 would have saved, at most",
					 "merges that only the split prevents"},
		},
	[FINDING_MERGE_BLOCKED] =
		{
			.name = "merge_blocked",
			.title = "Merge blocked",
			.rule = "Neighbouring VMAs alike in everything that a merge compares, "
				"but with different active anon_vmas.",
			.objects = "VMAs that merging would save, and their chains",
			.size = "blocked_merges",
			.size_means = "merges in this run of neighbours",
			.details = {"vm_end"},
			.detail_means = {"where the run ends"},
		},
	[FINDING_IDLE_ANON_VMA] =
		{
			.name = "idle_anon_vma",
			.title = "Idle anon_vma",
			.rule = "No VMA has it active, but VMAs of descendants are linked to it.",
			.objects = "it and the links to it",
			.size = "linked_vmas",
			.size_means = "VMAs that keep it",
			.details = {"linked_mms", "reusable"},
			.detail_means = {"address spaces that keep it",
					 "1 when the next fork() below it may reuse it"},
		},
	[FINDING_DEEP_CHAIN] =
		{
			.name = "deep_chain",
			.title = "Deep chain",
			.rule = "Chains longer than the threshold, in one address space under one "
				"root.",
			.objects = "links beyond the threshold",
			.size = "longest_chain",
			.size_means = "AVCs of the longest",
			.details = {"deep_vmas", "threshold"},
			.detail_means = {"VMAs with such a chain", "longest that is no finding"},
		},
	[FINDING_WIDE_RMAP] =
		{
			.name = "wide_rmap",
			.title = "Wide reverse map",
			.rule = "A walk from a page of this anon_vma may visit at least the "
				"threshold of VMAs.",
			.objects = "links to it",
			.size = "max_visits",
			.size_means = "VMAs visited for one page, at most",
			.details = {"covered_pages", "covered_visits"},
			.detail_means = {"page offsets that any linked VMA covers",
					 "visits from one page at each of them"},
		},
	[FINDING_WIDE_LOCK] =
		{
			.name = "wide_lock",
			.title = "Wide lock",
			.rule = "One root rwsem covers at least the threshold of address spaces.",
			.objects = "all under the lock; bytes without its VMAs",
			.size = "mms",
			.size_means = "address spaces under the root's rwsem",
			.details = {"depth", "threshold"},
			.detail_means = {"generations below the root", "fewest that is a finding"},
		},
	[FINDING_INVARIANT] =
		{
			.name = "invariant",
			.title = "Invariant violated",
			.rule = "What the kernel relies on does not hold, and no race explains it.",
			.objects = "nothing",
			.size = "difference",
			.size_means = "between expected and observed",
			.details = {"expected", "observed"},
			.detail_means = {"by the rule", "in the snapshot"},
		},
};

int findings_add(struct findings *findings, struct finding **ret_finding)
{
	int rc = table_reserve((void **)&findings->items, &findings->capacity,
			       findings->count + 1ull, sizeof(*findings->items));

	if (rc)
		return rc;
	*ret_finding = &findings->items[findings->count++];
	**ret_finding = (struct finding){0};
	return 0;
}

void findings_clear(struct findings *findings)
{
	free(findings->items);
	*findings = (struct findings){0};
}

int finding_compare(const struct finding *left, const struct finding *right)
{
	int rc = compare_numbers(left->kind, right->kind);

	rc = rc ? rc : compare_numbers(left->rule, right->rule);
	rc = rc ? rc : compare_numbers(left->mm, right->mm);
	rc = rc ? rc : compare_numbers(left->anon_vma, right->anon_vma);
	/* of deep chains, where the longest is changes with every VMA that comes */
	if (rc || left->kind == FINDING_DEEP_CHAIN)
		return rc;
	return compare_numbers(left->vm_start, right->vm_start);
}

static int by_key(const void *left, const void *right)
{
	return finding_compare(left, right);
}

static bool is_sorted(const struct finding *items, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (finding_compare(&items[i - 1], &items[i]) > 0)
			return false;
	return true;
}

/* Brings each kind together, in the order of adding, which most often is that of
 * the keys already. */
static void sort_into(struct finding *sorted, const struct finding *items, uint32_t count)
{
	uint32_t first[FINDING_KIND_COUNT + 1] = {0}, next[FINDING_KIND_COUNT];

	for (uint32_t i = 0; i < count; i++)
		first[items[i].kind + 1]++;
	for (int kind = 0; kind < FINDING_KIND_COUNT; kind++) {
		first[kind + 1] += first[kind];
		next[kind] = first[kind];
	}
	for (uint32_t i = 0; i < count; i++)
		sorted[next[items[i].kind]++] = items[i];
	for (int kind = 0; kind < FINDING_KIND_COUNT; kind++)
		if (!is_sorted(sorted + first[kind], first[kind + 1] - first[kind]))
			qsort(sorted + first[kind], first[kind + 1] - first[kind], sizeof(*sorted),
			      by_key);
}

int findings_sort(struct findings *findings, uint32_t sorted)
{
	uint32_t added = findings->count - sorted, to = findings->count, from = sorted;
	struct finding *copy;

	if (added == 0 || is_sorted(findings->items, findings->count))
		return 0;
	copy = malloc(added * sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	sort_into(copy, findings->items + sorted, added);
	/* from the end, so that nothing is overwritten before it was moved */
	while (added > 0)
		if (from > 0 && finding_compare(&findings->items[from - 1], &copy[added - 1]) > 0)
			findings->items[--to] = findings->items[--from];
		else
			findings->items[--to] = copy[--added];
	free(copy);
	return 0;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static int explain_fork_split(const struct finding *finding, char *text, size_t size)
{
	char by_v2[32] = "none";

	if (finding->details[0])
		snprintf(by_v2, sizeof(by_v2), "up to %" PRIu64, finding->details[0]);
	return snprintf(
		text, size,
		"fork() allocated %" PRIu64 " sibling anon_vmas for VMAs that shared anon_vma #%u "
		"in the parent; one would do, so %u anon_vma%s (%" PRIu64 " bytes) could have been "
		"saved. Policy khlebnikov_v2 would have saved %s; the split blocks %" PRIu64
		" merge%s now.",
		finding->size, finding->anon_vma, finding->anon_vmas, plural(finding->anon_vmas),
		finding->bytes, by_v2, finding->details[1], plural(finding->details[1]));
}

static int explain_merge_blocked(const struct finding *finding, char *text, size_t size)
{
	return snprintf(text, size,
			"%" PRIu64 " neighbouring VMAs from 0x%" PRIx64 " to 0x%" PRIx64
			" differ in nothing but their active anon_vma, which keeps them from "
			"merging; as one VMA they would need %u VMA%s and %u AVC%s fewer (%" PRIu64
			" bytes).",
			finding->size + 1, finding->vm_start, finding->details[0], finding->vmas,
			plural(finding->vmas), finding->avcs, plural(finding->avcs),
			finding->bytes);
}

/* What fork() could make of it. */
static const char *explain_reuse(const struct finding *finding)
{
	if (finding->details[1])
		return "The next fork() of one of them may reuse it.";
	if (finding->anon_vma == finding->root)
		return "fork() cannot reuse it while its num_children, which counts a root "
		       "itself, is 2 or more.";
	return "fork() cannot reuse it while its num_children is 2 or more.";
}

static int explain_idle(const struct finding *finding, char *text, size_t size)
{
	if (finding->size == 0)
		return snprintf(text, size,
				"No VMA has anon_vma #%u active, and none that was seen links to "
				"it.",
				finding->anon_vma);
	return snprintf(text, size,
			"No VMA has anon_vma #%u active; %" PRIu64 " VMA%s in %" PRIu64
			" address space%s keep%s it through %u AVC%s, because pages of its former "
			"owner may still be mapped there. %s",
			finding->anon_vma, finding->size, plural(finding->size),
			finding->details[0], plural(finding->details[0]),
			finding->size == 1 ? "s" : "", finding->avcs, plural(finding->avcs),
			explain_reuse(finding));
}

static int explain_deep_chain(const struct finding *finding, char *text, size_t size)
{
	return snprintf(text, size,
			"The VMA at 0x%" PRIx64 " links to %" PRIu64 " anon_vmas; %" PRIu64
			" VMA%s of this address space under root #%u "
			"exceed%s %" PRIu64 ", by %u AVC%s (%" PRIu64
			" bytes) in all. Each fork() copies every link under the root's rwsem.",
			finding->vm_start, finding->size, finding->details[0],
			plural(finding->details[0]), finding->root,
			finding->details[0] == 1 ? "s" : "", finding->details[1], finding->avcs,
			plural(finding->avcs), finding->bytes);
}

static int explain_wide_rmap(const struct finding *finding, char *text, size_t size)
{
	return snprintf(text, size,
			"A reverse-map walk from a page of anon_vma #%u visits up to %" PRIu64
			" VMA%s, %.1f on average over its %" PRIu64 " page offset%s.",
			finding->anon_vma, finding->size, plural(finding->size),
			(double)finding->details[1] /
				(double)(finding->details[0] ? finding->details[0] : 1),
			finding->details[0], plural(finding->details[0]));
}

static int explain_wide_lock(const struct finding *finding, char *text, size_t size)
{
	return snprintf(text, size,
			"The rwsem of root #%u covers %" PRIu64 " address space%s: %u anon_vma%s, "
			"%u AVC%s and %u VMA%s in %" PRIu64 " generation%s. Each fork, exit, split "
			"and merge of one of them takes it for writing, and makes the others and "
			"all reverse-map walks wait.",
			finding->anon_vma, finding->size, plural(finding->size), finding->anon_vmas,
			plural(finding->anon_vmas), finding->avcs, plural(finding->avcs),
			finding->vmas, plural(finding->vmas), finding->details[0] + 1,
			finding->details[0] ? "s" : "");
}

static int explain_invariant(const struct finding *finding, char *text, size_t size)
{
	const struct invariant_info *info = invariant_info(finding->rule);

	return snprintf(text, size,
			"%s Expected %" PRIu64 ", observed %" PRIu64
			": read in two snapshots, and no race explains it.",
			info ? info->rule : "An unknown rule does not hold.", finding->details[0],
			finding->details[1]);
}

int finding_explain(const struct finding *finding, char *text, size_t size)
{
	static int (*const explain[FINDING_KIND_COUNT])(const struct finding *, char *, size_t) = {
		[FINDING_FORK_SPLIT] = explain_fork_split,
		[FINDING_MERGE_BLOCKED] = explain_merge_blocked,
		[FINDING_IDLE_ANON_VMA] = explain_idle,
		[FINDING_DEEP_CHAIN] = explain_deep_chain,
		[FINDING_WIDE_RMAP] = explain_wide_rmap,
		[FINDING_WIDE_LOCK] = explain_wide_lock,
		[FINDING_INVARIANT] = explain_invariant,
	};

	return explain[finding->kind](finding, text, size);
}
