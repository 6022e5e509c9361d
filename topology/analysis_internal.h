/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * analysis_internal: what the analysis_* modules share. Nobody else includes
 * this.
 */
#ifndef VMASCOPE_TOPOLOGY_ANALYSIS_INTERNAL_H
#define VMASCOPE_TOPOLOGY_ANALYSIS_INTERNAL_H

#include "analysis.h"
#include "marks.h"
#include "missed_reuse.h"
#include "neighbour_saving.h"

/* What has to be done for an mm. */
enum {
	MM_CHANGED = 1, /* its VMAs or chains are not those of the snapshot before */
	MM_IN_CHANGED_TREE = 2,
};

/* What has to be done for a tree. */
enum {
	TREE_CHANGED = 1, /* what links to it, or a counter */
	TREE_IN_FLIGHT = 2, /* an mm of it is new or gone */
};

/* What the VMAs show of an anon_vma of a changed tree. */
struct observed {
	uint32_t active_vmas;
	uint32_t children;
	uint32_t descendants; /* of a root */
	uint32_t hidden_children; /* of a root: that counters in its tree tell of, but
				     no VMA links to */
	uint32_t first_active; /* VMA, or MODEL_NONE */
	bool sets_differ; /* VMAs that have it active do not link to the same */
	bool read_again; /* any VMA that has it active was */
};

struct analyser {
	uint8_t *mm_work; /* MM_* of each mm */
	uint8_t *tree_work; /* TREE_* of each tree */
	uint32_t *tree_now; /* tree of the analysis before -> tree, or MODEL_NONE */
	uint32_t *mm_now; /* mm of the model before -> mm, or MODEL_NONE */
	uint32_t *place; /* of each anon_vma among those of changed trees, or
			    MODEL_NONE; these by place: */
	struct observed *observed;
	uint32_t *linked_first; /* VMAs linked to it: */
	uint32_t *linked; /* linked[linked_first[i] ... linked_first[i + 1] - 1] */
	uint32_t placed; /* anon_vmas with a place */
	uint8_t *merged; /* VMAs of one mm; see struct fork_undo */
	struct marks in_chain; /* anon_vmas of one chain */
	struct marks of_mm; /* anon_vmas of one mm, for one question after the other */
	struct marks trees; /* trees of one mm */
	struct missed_reuse missed; /* of one mm */
	struct neighbour_saving neighbours; /* of missed */
	struct fork_counter fork_counter;
	struct rmap_sweep sweep;
	struct deep_chains *deep; /* of one mm, by tree */
	uint32_t mm_work_capacity, tree_work_capacity, tree_now_capacity, mm_now_capacity;
	uint32_t place_capacity, observed_capacity, linked_first_capacity, linked_capacity;
	uint32_t merged_capacity;
	uint32_t deep_capacity;
};

/* One analysis being made. */
struct analysing {
	struct analyser *analyser;
	const struct model *before; /* an empty model where there is none */
	const struct analysis *known; /* of before, likewise */
	struct model *model;
	struct analysis *analysis;
};

/* fork() and clone list a chain as its source does; not so from 7.0 on. */
static inline bool analysis_keeps_order(const struct analysis_options *options)
{
	return options->policy_known && options->policy != FORK_REVERSED;
}

/* Lists the trees, those of each mm, and finds out what has to be done.
 * analysis_scope.c */
int analysis_find_scope(struct analysing *analysing);
/* Rollups, findings, disagreements and fork costs of the mms that changed.
 * analysis_mm.c */
int analysis_of_mms(struct analysing *analysing);
/* Fork costs of the others, as far as counters in changed trees can move them. */
int analysis_of_forks(struct analysing *analysing);
/* What excuses that a rule about chains does not hold for a VMA, but for being
 * seen once. */
enum invariant_excuse analysis_excuse_in_mm(const struct model *model, enum invariant rule,
					    const struct model_vma *vma);
/* Rollups, findings and disagreements of the trees that changed.
 * analysis_tree.c */
int analysis_of_trees(struct analysing *analysing);
/* Gives back what analysis_of_trees needed, which after a full analysis is a good
 * part of what the model needs. */
void analysis_release_trees(struct analyser *analyser);

/* Adds a finding whose ids and indices are those of mm and tree, each may be
 * MODEL_NONE. 0 or -ENOMEM. */
int analysis_add_finding(struct analysing *analysing, enum finding_kind kind, uint32_t mm,
			 uint32_t tree, struct finding **ret_finding);
/* Adds a disagreement found in an mm (vma is one of its VMAs) ... */
int analysis_disagree_in_mm(struct analysing *analysing, enum invariant rule, uint32_t vma,
			    uint64_t expected, uint64_t observed);
/* ... or in the tree of an anon_vma; the caller fills in the rest. */
int analysis_disagree_in_tree(struct analysing *analysing, uint32_t anon_vma,
			      struct disagreement disagreement);

#endif
