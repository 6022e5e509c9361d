/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * analysis: what a snapshot amounts to. Rollups per address space, per tree and
 * in all; findings; how the invariants fared.
 *
 * A tree is the hierarchy of anon_vmas under one root; a VMA is in the tree of
 * its chain (all of a chain share one root), an mm is in the trees of its VMAs.
 * Sizes are slab object sizes of the walked kernel.
 *
 * Everything is found in a part of the model: in one mm (from its VMAs and their
 * chains alone) or in one tree (from what links to it and its counters). What
 * is known of a part of the snapshot before is taken over when the part is the
 * same, so a snapshot costs what changed.
 */
#ifndef VMASCOPE_TOPOLOGY_ANALYSIS_H
#define VMASCOPE_TOPOLOGY_ANALYSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "findings.h"
#include "fork_cost.h"
#include "invariants.h"
#include "model.h"
#include "rmap_cost.h"

struct mm_summary {
	uint32_t vmas;
	uint32_t anon_vmas; /* distinct active ones */
	uint32_t avcs;
	uint32_t trees;
	uint32_t reused_vmas; /* whose active anon_vma fork() took from a dead
				 ancestor */
	uint32_t missed_groups;
	uint32_t missed_reuse; /* anon_vmas that sharing would have saved */
	uint32_t blocked_merges;
	uint32_t max_chain;
	struct fork_cost fork; /* of the next fork() */
	struct fork_cost fork_undone; /* if nothing were missed or blocked */
};

struct tree_summary {
	uint64_t object_bytes; /* of its anon_vmas and AVCs */
	uint64_t row; /* of the store, 0 = not written */
	struct rmap_cost rmap;
	uint32_t root; /* anon_vma */
	uint32_t previous; /* tree of the analysis before, or MODEL_NONE */
	uint32_t process; /* oldest in the tree, or MODEL_NONE */
	uint32_t anon_vmas;
	uint32_t idle_anon_vmas; /* without an active VMA */
	uint32_t reusable_anon_vmas; /* those of them that fork() may reuse */
	uint32_t moved_anon_vmas;
	uint32_t undescribed_anon_vmas;
	uint32_t avcs;
	uint32_t vmas;
	uint32_t reused_vmas;
	uint32_t mms;
	uint32_t depth; /* generations below the root */
	uint32_t max_chain;
	uint32_t missed_groups;
	uint32_t missed_reuse;
	bool torn; /* an mm in it is torn or has a cut chain */
};

struct analysis_totals {
	uint64_t object_bytes; /* VMAs, anon_vmas and AVCs */
	struct rmap_cost rmap; /* max of all trees, sums of the rest */
	uint64_t family_visits; /* from all written pages, before 2010: every page
				   visited every VMA of its tree */
	uint32_t processes, mms, vmas, anon_vmas, avcs, trees, files;
	uint32_t linked_vmas;
	uint32_t reused_vmas;
	uint32_t idle_anon_vmas;
	uint32_t reusable_anon_vmas;
	uint32_t missed_groups;
	uint32_t missed_reuse;
	uint32_t blocked_merges;
	uint32_t max_chain;
	uint32_t max_depth;
	uint32_t torn_mms;
	uint32_t cut_mms;
	uint32_t moved_anon_vmas;
	uint32_t undescribed_anon_vmas;
};

/* From which size on something is a finding (0 = the default), and by which rule
 * fork() works. All zero bytes is usable. */
struct analysis_options {
	uint32_t deep_chain; /* longest chain that is no finding */
	uint32_t wide_rmap; /* fewest VMAs visited that are one */
	uint32_t wide_lock; /* fewest mms that are one */
	bool policy_known;
	enum fork_policy policy; /* of the walked kernel */
};
#define ANALYSIS_DEEP_CHAIN 8
#define ANALYSIS_WIDE_RMAP 64
#define ANALYSIS_WIDE_LOCK 64

/* The trees that an mm is in: analysis.mm_trees[first ... first + count - 1] */
struct mm_tree_list {
	uint32_t first;
	uint32_t count;
};

/* All zero bytes is empty. */
struct analysis {
	struct analysis_options options; /* with defaults filled in */
	struct analysis_totals totals;
	struct mm_summary *mms; /* one for each mm of the model */
	struct tree_summary *trees;
	struct mm_tree_list *mm_tree_lists; /* one for each mm */
	uint32_t *mm_trees;
	uint32_t *tree_of; /* of each anon_vma: tree of its root, or MODEL_NONE */
	uint32_t *depth; /* of each anon_vma: generations below the root */
	struct findings findings;
	struct disagreements disagreements;
	struct invariant_result invariants[INVARIANT_COUNT]; /* by rule - 1 */
	uint32_t tree_count;
	uint32_t mm_tree_count;
	uint32_t mm_capacity, tree_capacity, mm_tree_list_capacity, mm_tree_capacity;
	uint32_t anon_vma_capacity;
};

/* Memory that analyses share one after the other. All zero bytes is empty. */
struct analyser;

int analyser_new(struct analyser **ret_analyser);
void analyser_free(struct analyser **analyser);

/* A snapshot that was analysed. */
struct analysed {
	const struct model *model;
	const struct analysis *analysis;
};

/*
 * Analyses a model whose ids are assigned. before is the snapshot that
 * `previous` of the model's objects refers to, or NULL. Marks in the model which
 * VMAs have a reused anon_vma; those of an unchanged mm carry the mark that they
 * had there. 0 or -ENOMEM (the analysis is empty then); an
 * older analysis is replaced and its memory reused.
 */
int analysis_build(struct analyser *analyser, const struct analysis_options *options,
		   const struct analysed *before, struct model *model, struct analysis *analysis);
void analysis_clear(struct analysis *analysis);

#endif
