/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmap_cost: how many VMAs a reverse-map walk has to visit.
 *
 * A walk from a page of anon_vma X visits the VMAs linked to X whose range of
 * page offsets holds the page's (rmap_walk_anon, anon_vma_interval_tree_foreach).
 * The range is [vm_pgoff, vm_pgoff + pages), from 7.3 on that of the anon page
 * offset. It is an upper bound: walks end early when all mappings are found.
 *
 * Which anon_vma a page belongs to cannot be seen in the topology. Two figures
 * are given: over the page offsets that any linked VMA covers, and over the
 * pages that VMAs which have X active would own if each had written all of its
 * pages. Under the latter, Rik van Riel's 2010 workload (N children rewrite all
 * pages of their parent) costs 2 - 1/(N + 1) on average.
 *
 * Before 2010 one anon_vma served the whole family and every page visited every
 * VMA of it: the number of VMAs of the tree.
 */
#ifndef VMASCOPE_TOPOLOGY_RMAP_COST_H
#define VMASCOPE_TOPOLOGY_RMAP_COST_H

#include <stdint.h>

#include "index.h"
#include "model.h"

struct rmap_cost {
	uint32_t max_visits; /* for one page */
	uint64_t covered_pages; /* page offsets that any linked VMA covers */
	uint64_t covered_visits; /* visits from one page at each of them */
	uint64_t written_pages; /* pages of the VMAs that have it active */
	uint64_t written_visits; /* visits from all of those */
};

/* Room for the sweep line. All zero bytes is empty. */
struct rmap_sweep {
	struct rmap_event *events;
	uint32_t capacity;
};

/* The cost of an anon_vma from the VMAs that are linked to it, each listed once.
 * 0 or -ENOMEM. */
int rmap_cost_compute(struct rmap_sweep *sweep, const struct model *model, uint32_t anon_vma,
		      const uint32_t *linked, uint32_t count, struct rmap_cost *cost);
void rmap_sweep_clear(struct rmap_sweep *sweep);

/* All zero bytes is empty. */
struct rmap_costs {
	struct rmap_cost *anon_vmas; /* one for each anon_vma of the model */
	struct rmap_cost total; /* max of all, sums of the rest */
	struct rmap_sweep sweep;
	uint32_t capacity;
};

/* 0 or -ENOMEM (empty then); an older result is replaced. */
int rmap_costs_compute(struct rmap_costs *costs, const struct model *model,
		       const struct index *index);
void rmap_costs_clear(struct rmap_costs *costs);

/* Adds the cost of one part to that of a whole. */
void rmap_cost_add(struct rmap_cost *whole, const struct rmap_cost *part);

#endif
