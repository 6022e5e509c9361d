/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * findings: what is worth a developer's look in a snapshot.
 *
 * A finding names its subject by ids, so that it means the same thing in every
 * snapshot: its key is (kind, rule, mm, anon_vma, vm_start), without vm_start for
 * deep_chain, and a list holds each key once, in that order. What it measures, and what the objects it
 * counts are, differs by kind and stands in finding_kinds.
 *
 * Sizes in bytes are slab object sizes of the walked kernel.
 */
#ifndef VMASCOPE_TOPOLOGY_FINDINGS_H
#define VMASCOPE_TOPOLOGY_FINDINGS_H

#include <stddef.h>
#include <stdint.h>

/* Stored; new kinds go to the end. */
enum finding_kind {
	FINDING_FORK_SPLIT,
	FINDING_MERGE_BLOCKED,
	FINDING_IDLE_ANON_VMA,
	FINDING_DEEP_CHAIN,
	FINDING_WIDE_RMAP,
	FINDING_WIDE_LOCK,
	FINDING_INVARIANT,
	FINDING_KIND_COUNT,
};

#define FINDING_DETAILS 2

struct finding_kind_info {
	const char *name; /* as users write it */
	const char *title;
	const char *rule; /* one sentence: when there is one */
	const char *objects; /* what vmas, anon_vmas, avcs and bytes count */
	const char *size; /* name of what it measures */
	const char *size_means;
	const char *details[FINDING_DETAILS]; /* names, or NULL */
	const char *detail_means[FINDING_DETAILS];
};
/* Indexed by enum finding_kind. */
extern const struct finding_kind_info finding_kinds[FINDING_KIND_COUNT];

struct finding {
	uint64_t row; /* of the store, 0 = not written */
	uint32_t id; /* the same while its key continues; 0 = not assigned yet */
	uint32_t in_mm; /* index of the mm it was found in, or MODEL_NONE */
	uint32_t in_tree; /* index of the tree, likewise */
	enum finding_kind kind;
	uint32_t rule; /* of FINDING_INVARIANT, else 0 */
	uint32_t mm; /* ids; 0 = none */
	uint32_t anon_vma;
	uint32_t root;
	uint32_t vmas; /* objects */
	uint32_t anon_vmas;
	uint32_t avcs;
	uint64_t vm_start; /* 0 = no VMA in particular */
	uint64_t bytes;
	uint64_t size;
	uint64_t details[FINDING_DETAILS];
};

/* All zero bytes is empty. */
struct findings {
	struct finding *items;
	uint32_t count, capacity;
};

/* A zeroed finding at the end of the list; 0, -ENOMEM or -EOVERFLOW. */
int findings_add(struct findings *findings, struct finding **ret_finding);
/* Brings items [sorted, count) to their places among [0, sorted), which are in
 * order. 0 or -ENOMEM. */
int findings_sort(struct findings *findings, uint32_t sorted);
void findings_clear(struct findings *findings);

/* < 0, 0 or > 0 by key. */
int finding_compare(const struct finding *left, const struct finding *right);

/*
 * Writes the sentence that explains a finding, without a newline. Returns what
 * snprintf() does: the length it has or would have.
 */
int finding_explain(const struct finding *finding, char *text, size_t size);

#endif
