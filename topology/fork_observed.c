/* SPDX-License-Identifier: GPL-2.0-only */
#include "fork_observed.h"

#include <stdbool.h>
#include <string.h>

enum order {
	ORDER_UNKNOWN, /* not a chain of one tree, closed under parent */
	ORDER_NEWEST_FIRST,
	ORDER_BROKEN,
};

static bool holds(const uint32_t *chain, uint32_t first, uint32_t end, uint32_t anon_vma)
{
	for (uint32_t i = first; i < end; i++)
		if (chain[i] == anon_vma)
			return true;
	return false;
}

/* From the tail, where a chain that was reversed shows it at once. In one that
 * was not, the parent is mostly the next link. */
static enum order order_of(const struct model *model, const uint32_t *chain, uint32_t count)
{
	for (uint32_t i = count; i-- > 0;) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[chain[i]];

		if (!anon_vma->described)
			return ORDER_UNKNOWN;
		if (i == count - 1 && anon_vma->parent == chain[i])
			continue; /* the root */
		if (holds(chain, i + 1, count, anon_vma->parent))
			continue;
		return holds(chain, 0, i, anon_vma->parent) ? ORDER_BROKEN : ORDER_UNKNOWN;
	}
	return ORDER_NEWEST_FIRST;
}

static bool is_steady(const struct model_mm *mm)
{
	return !mm->torn && !mm->cut;
}

static const struct model_vma *vma_at(const struct model *model, const struct model_mm *mm,
				      uint64_t start)
{
	uint32_t low = mm->vma_first, end = mm->vma_first + mm->vma_count, high = end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->vmas[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && model->vmas[low].start == start ? &model->vmas[low] : NULL;
}

/* The VMA at the same address in the mm of the living parent process, or NULL. */
static const struct model_vma *source_of(const struct model *model, const struct model_vma *vma)
{
	uint32_t owner = model->mms[vma->mm].owner, process = MODEL_NONE, mm = MODEL_NONE;

	if (owner != MODEL_NONE)
		process = model_find_process(model, model->processes[owner].ppid);
	if (process != MODEL_NONE)
		mm = model->processes[process].mm;
	return mm != MODEL_NONE && is_steady(&model->mms[mm]) ?
		       vma_at(model, &model->mms[mm], vma->start) :
		       NULL;
}

/* Whether the chain is a new anon_vma in front of the parent's chain as it is. */
static bool is_kept(const struct model *model, const struct model_vma *vma)
{
	const uint32_t *chain = model_chain(model, vma);
	const struct model_vma *source;

	if (chain[0] != vma->active)
		return false;
	source = source_of(model, vma);
	return source && source->active == model->anon_vmas[vma->active].parent &&
	       source->avc_count == vma->avc_count - 1 &&
	       memcmp(model_chain(model, source), chain + 1, source->avc_count * sizeof(*chain)) ==
		       0;
}

static enum fork_policy judge(const struct fork_observed *observed)
{
	/* Not the first witness but the majority: a freed anon_vma may come back
	 * at its address within one walk, and then one chain in many is wrong. */
	if (observed->kept == observed->reversed)
		return FORK_POLICY_COUNT;
	return observed->kept > observed->reversed ? FORK_COUNTERS : FORK_REVERSED;
}

static void observe_mm(const struct model *model, const struct model_mm *mm,
		       struct fork_observed *observed)
{
	for (uint32_t v = mm->vma_first; v < mm->vma_first + mm->vma_count; v++) {
		const struct model_vma *vma = &model->vmas[v];
		enum order order;

		if (vma->avc_count < 2)
			continue;
		order = order_of(model, model_chain(model, vma), vma->avc_count);
		if (order == ORDER_BROKEN)
			observed->reversed++;
		else if (order == ORDER_NEWEST_FIRST && vma->avc_count > 2 && is_kept(model, vma))
			observed->kept++;
	}
}

void fork_observe(const struct model *model, struct fork_observed *ret_observed)
{
	*ret_observed = (struct fork_observed){.policy = FORK_DEGREE};
	if (!model->origin.split_counters)
		return; /* the lists were never reversed then */
	for (uint32_t i = 0; i < model->mm_count; i++)
		if (is_steady(&model->mms[i]))
			observe_mm(model, &model->mms[i], ret_observed);
	ret_observed->policy = judge(ret_observed);
}
