/* SPDX-License-Identifier: GPL-2.0-only */
#include "fork_cost.h"

#include <errno.h>

/* One fork being counted. */
struct counting {
	const struct model *model;
	const struct fork_undo *undo;
	struct key_map *deltas; /* anon_vma + 1 -> what the fork added to its counters */
	enum fork_policy policy;
};

void fork_counter_clear(struct fork_counter *counter)
{
	key_map_clear(&counter->deltas);
}

static uint32_t find_or_0(const struct key_map *map, uint32_t anon_vma)
{
	uint32_t value = map ? key_map_find(map, anon_vma + 1ull) : KEY_MAP_NONE;

	return value == KEY_MAP_NONE ? 0 : value;
}

/* Whatever the fork adds, a child or an active VMA, makes an anon_vma that was
 * reusable with one child or none less so; so one sum of both is enough. */
static int add_delta(struct counting *counting, uint32_t anon_vma)
{
	return key_map_put(counting->deltas, anon_vma + 1ull,
			   find_or_0(counting->deltas, anon_vma) + 1);
}

static bool reusable(const struct counting *counting, uint32_t index, uint32_t source_active)
{
	const struct model_anon_vma *anon_vma = &counting->model->anon_vmas[index];
	uint64_t active = anon_vma->num_active_vmas, children = anon_vma->num_children;

	if (!anon_vma->described) /* nothing is known of it */
		return false;
	if (counting->policy == FORK_DEGREE) /* the sum of both is in num_children */
		return index != source_active &&
		       children + active + find_or_0(counting->deltas, index) < 2;
	if (active)
		return false;
	children -= find_or_0(counting->undo ? counting->undo->children : NULL, index);
	/* one that this fork made active is no longer idle; only an active anon_vma
	 * gets children, and such a one is not here */
	return children < 2 && find_or_0(counting->deltas, index) == 0;
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

static int count_vma(struct counting *counting, const struct model_vma *vma, struct fork_cost *cost)
{
	uint32_t reused;

	if (vma->flags & FORK_VM_DONTCOPY)
		return 0;
	cost->vmas++;
	if (vma->active == MODEL_NONE || (vma->flags & FORK_VM_WIPEONFORK))
		return 0;
	cost->avcs += vma->avc_count;
	reused = find_reusable(counting, vma);
	if (reused != MODEL_NONE)
		return add_delta(counting, reused);
	cost->anon_vmas++;
	cost->avcs++;
	return counting->policy == FORK_DEGREE ? add_delta(counting, vma->active) : 0;
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
	int rc = 0;

	*cost = (struct fork_cost){0};
	key_map_reset(&counter->deltas);
	for (uint32_t i = 0; !rc && i < parent->vma_count; i++)
		if (!undo || !undo->merged || !undo->merged[i])
			rc = count_vma(&counting, &model->vmas[parent->vma_first + i], cost);
	return rc;
}
