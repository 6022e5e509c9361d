/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_simulator: the child that fork() would make of an address space, under
 * the rule of a kernel that was, is, or was only proposed.
 *
 * What dup_mmap() and anon_vma_fork() do for each VMA in address order: a VMA
 * with VM_DONTCOPY is left out; one with VM_WIPEONFORK, or without an anon_vma,
 * starts unfaulted; any other gets a chain and an active anon_vma by the policy.
 * Only the anon_vma side of fork is simulated.
 */
#ifndef VMASCOPE_TOPOLOGY_FORK_SIMULATOR_H
#define VMASCOPE_TOPOLOGY_FORK_SIMULATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

#define FORK_VM_DONTCOPY 0x00020000ul
#define FORK_VM_WIPEONFORK 0x02000000ul

enum fork_policy {
	FORK_SHARED, /* ... 2.6.33: parent and child share one anon_vma, no chains */
	FORK_CHAIN, /* 2.6.34, 2010: always a new anon_vma */
	FORK_DEGREE, /* 3.19, 2015: reuse an ancestor's of degree < 2 */
	FORK_YANG, /* 5.5 and 5.6, commit 4e4a9eb92133 as it ran */
	FORK_YANG_INTENDED, /* ... as its comment meant it */
	FORK_KHLEBNIKOV_V1, /* 6 January 2020, not merged */
	FORK_KHLEBNIKOV_V2, /* 7 January 2020, not merged */
	FORK_COUNTERS, /* 6.0 ... 6.18: num_active_vmas and num_children */
	FORK_REVERSED, /* 7.0: the same, lists reversed at every clone */
	FORK_POLICY_COUNT,
};

struct fork_policy_info {
	const char *name; /* as users write it */
	const char *kernels;
	const char *rule; /* one sentence */
};
/* Indexed by enum fork_policy. */
extern const struct fork_policy_info fork_policies[FORK_POLICY_COUNT];
/* FORK_POLICY_COUNT where there is no such name. */
enum fork_policy fork_policy_find(const char *name);
/* What a kernel is taken to follow while nothing that it did told: its counters
 * show as much. */
enum fork_policy fork_policy_assumed(bool split_counters);

/* A VMA of the child. An anon_vma is named by its index in the model, a new one
 * by anon_vma_count + its index in new_anon_vmas. */
struct fork_vma {
	uint32_t source; /* VMA of the parent */
	uint32_t active; /* or MODEL_NONE */
	uint32_t chain_first; /* slice of chains */
	uint32_t chain_count;
	bool reused; /* active was an idle anon_vma of an ancestor */
	bool shared; /* active is also that of an earlier VMA of the child, or of
			the parent */
};

struct fork_anon_vma {
	uint32_t parent; /* anon_vma, in the naming above */
	uint32_t root;
	uint64_t num_children;
	uint64_t num_active_vmas;
};

/* Counters of an anon_vma of the parent after the fork. */
struct fork_change {
	uint32_t anon_vma;
	uint64_t num_children;
	uint64_t num_active_vmas;
};

/* What is wrong with a child; 0 = nothing. */
#define FORK_ACTIVE_NOT_LINKED 0x1 /* pages of a VMA cannot be found */
#define FORK_LINKED_TWICE 0x2
#define FORK_NOT_CLOSED 0x4 /* a parent is missing from a chain */
#define FORK_SETS_DIFFER \
	0x8 /* same active anon_vma, other chain: merging VMAs
				 would lose links */

/* Names of the bits above: that of 1u << i is fork_violations[i]. */
#define FORK_VIOLATION_COUNT 4
extern const char *const fork_violations[FORK_VIOLATION_COUNT];

/* A child with more links is not made: nobody could look at it. No chains of one
 * mm come near; those that a damaged database tells of could. */
#define FORK_LINKS_MAX (1u << 24)

/* All zero bytes is empty. */
struct fork_child {
	struct fork_vma *vmas;
	uint32_t *chains;
	struct fork_anon_vma *new_anon_vmas;
	struct fork_change *changes; /* in order of first touch */
	uint32_t vma_count, vma_capacity;
	uint32_t chain_count, chain_capacity; /* links of all chains together */
	uint32_t new_count, new_capacity;
	uint32_t change_count, change_capacity;
	uint32_t avcs; /* allocated: the links, or none under FORK_SHARED */
	uint32_t violations; /* FORK_* bits */
	struct key_map change_of; /* anon_vma + 1 -> change */
};

/* Simulates; an older result is replaced. 0, or -ENOMEM, or -EOVERFLOW beyond
 * FORK_LINKS_MAX (empty then). */
int fork_simulate(const struct model *model, uint32_t mm, enum fork_policy policy,
		  struct fork_child *child);
void fork_child_clear(struct fork_child *child);

#endif
