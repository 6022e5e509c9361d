/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * expect: asserts what a stored snapshot says about a scenario.
 *
 * Topologies are written down with letters for anon_vmas: the chain "BA" is
 * the head B, then A. Which stored anon_vma a letter means is found by the
 * comparison itself; two letters never mean the same one.
 */
#ifndef VMASCOPE_TESTS_LIVE_EXPECT_H
#define VMASCOPE_TESTS_LIVE_EXPECT_H

#include <stddef.h>
#include <stdint.h>

#include "collect.h"
#include "scenario.h"
#include "topology/model.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct expected_vma {
	int actor;
	unsigned int region;
	unsigned int page; /* within the region */
	unsigned int pages;
	char active; /* 0: never faulted */
	const char *chain; /* "" for an empty one */
};

struct expected_anon_vma {
	char name;
	char parent; /* its own name for a root */
	unsigned int children;
	unsigned int active;
	unsigned int refcount;
};

/*
 * The regions named by `vmas` hold exactly these VMAs, and the trees they are
 * in exactly these anon_vmas with exactly these counters and no other VMA.
 * List an address space that several actors share once.
 */
void expect_topology(const struct model *model, const struct scenario *scenario,
		     const struct expected_vma *vmas, size_t vma_count,
		     const struct expected_anon_vma *anon_vmas, size_t anon_vma_count);

/* The same for arrays. */
#define EXPECT_TOPOLOGY(model, scenario, vmas, anon_vmas) \
	expect_topology(model, scenario, vmas, ARRAY_SIZE(vmas), anon_vmas, ARRAY_SIZE(anon_vmas))

/*
 * What must hold in a quiet snapshot whose trees are all inside it, as those
 * of a scenario are (kernel.md 2.2, 1-8): chains and counters agree, nothing is
 * torn, cut or undescribed, every mm has map_count VMAs.
 */
void expect_sound(const struct model *model);

/* The rollups of snapshot, mm and tree rows are what the stored VMAs and
 * anon_vmas add up to. */
void expect_rollups(const struct database *database, int64_t snapshot, const struct model *model);

/* Each fails the test when there is not exactly one. */
uint32_t expect_process(const struct model *model, pid_t pid);
const struct model_mm *expect_mm(const struct model *model, pid_t pid);
/* The VMA that starts at the address. */
const struct model_vma *expect_vma(const struct model *model, pid_t pid, unsigned long start);
/* Active anon_vma of the VMA that starts at the address; MODEL_NONE if none. */
uint32_t expect_active(const struct model *model, pid_t pid, unsigned long start);
/* Number of VMAs of the process that overlap the range. */
uint32_t count_vmas(const struct model *model, pid_t pid, unsigned long start, unsigned long end);

/*
 * How anon_vma_clone() orders the part of a chain that is inherited. Kernels
 * before 7.0 keep it, later ones reverse it on every clone, which also changes
 * the anon_vma that a fork finds first for reuse. Found by observation, once.
 */
enum chain_order {
	CHAIN_KEPT,
	CHAIN_REVERSED
};
enum chain_order observed_chain_order(void);

#endif
