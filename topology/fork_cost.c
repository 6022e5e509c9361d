/* SPDX-License-Identifier: GPL-2.0-only */
#include "fork_cost.h"

#include <errno.h>

/* One fork being counted. */
struct counting {
	const struct model *model;
	const struct fork_undo *undo;
	struct marks *deltas; /* what the fork added to the counters of an anon_vma */
	enum fork_policy policy;
};

void fork_counter_clear(struct fork_counter *counter)
{
	marks_clear(&counter->deltas);
}

/* Whatever the fork adds, a child or an active VMA, makes an anon_vma that was
 * reusable with one child or none less so; so one sum of both is enough. */
static void add_delta(struct counting *counting, uint32_t anon_vma)
{
	marks_set(counting->deltas, anon_vma, marks_get(counting->deltas, anon_vma) + 1);
}

/* Counters are read while others fork and exit, so there may be fewer children
 * than were seen. */
static uint64_t children_left(const struct counting *counting, uint32_t index)
{
	uint64_t children = counting->model->anon_vmas[index].num_children, undone = 0;

	if (counting->undo && counting->undo->children)
		undone = marks_get(counting->undo->children, index);
	return children > undone ? children - undone : 0;
}

static bool reusable(const struct counting *counting, uint32_t index, uint32_t source_active)
{
	const struct model_anon_vma *anon_vma = &counting->model->anon_vmas[index];

	if (!anon_vma->described) /* nothing is known of it */
		return false;
	if (counting->policy == FORK_DEGREE) /* the sum of both is in num_children */
		return index != source_active &&
		       children_left(counting, index) + anon_vma->num_active_vmas +
				       marks_get(counting->deltas, index) <
			       2;
	if (anon_vma->num_active_vmas)
		return false;
	/* one that this fork made active is no longer idle; only an active anon_vma
	 * gets children, and such a one is not here */
	return children_left(counting, index) < 2 && !marks_has(counting->deltas, index);
}

static uint32_t find_reusable(const struct counting *counting, const struct model_vma *vma)
{
	const uint32_t *chain = model_chain(counting->model, vma);
	bool from_head = counting->policy == FORK_REVERSED;

	for (uint32_t i = 0; i < vma->avc_count; i++) {
		uint32_t anon_vma = chain[from_head ? i : vma->avc_count - 1 - i];

		if (reusable(counting, anon_vma, vma->active))
			return anon_vma;
	}
	return MODEL_NONE;
}

static void count_vma(struct counting *counting, const struct model_vma *vma,
		      struct fork_cost *cost)
{
	uint32_t reused;

	if (vma->flags & FORK_VM_DONTCOPY)
		return;
	cost->vmas++;
	if (vma->active == MODEL_NONE || (vma->flags & FORK_VM_WIPEONFORK))
		return;
	cost->avcs += vma->avc_count;
	reused = find_reusable(counting, vma);
	if (reused != MODEL_NONE) {
		add_delta(counting, reused);
		return;
	}
	cost->anon_vmas++;
	cost->avcs++;
	if (counting->policy == FORK_DEGREE)
		add_delta(counting, vma->active);
}

int fork_cost_count(struct fork_counter *counter, const struct model *model, uint32_t mm,
		    enum fork_policy policy, const struct fork_undo *undo, struct fork_cost *cost)
{
	struct counting counting = {
		.model = model,
		.undo = undo,
		.deltas = &counter->deltas,
		.policy = policy,
	};
	const struct model_mm *parent = &model->mms[mm];

	*cost = (struct fork_cost){0};
	if (marks_reserve(&counter->deltas, model->anon_vma_count))
		return -ENOMEM;
	for (uint32_t i = 0; i < parent->vma_count; i++)
		if (!undo || !undo->merged || !undo->merged[i])
			count_vma(&counting, &model->vmas[parent->vma_first + i], cost);
	return 0;
}
