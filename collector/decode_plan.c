/* SPDX-License-Identifier: GPL-2.0-only */
#include "decode_plan.h"

#include <errno.h>
#include <stdlib.h>

#include "decode_internal.h"

/* Marks the anon_vmas linked to mms of the previous model that are gone or were
 * not quiet. */
static void mark_linked_to_changed(const struct decoder *decoder, uint8_t *wanted)
{
	const struct model *before = decoder->previous;

	for (uint32_t i = 0; i < before->mm_count; i++) {
		const struct model_mm *mm = &before->mms[i];
		uint32_t now = model_find_mm(decoder->model, mm->key), first, links;

		if (now != MODEL_NONE && decoder->model->mms[now].unchanged)
			continue;
		links = model_link_count(before, mm);
		first = links ? before->vmas[mm->vma_first].avc_first : 0;
		for (uint32_t a = first; a < first + links; a++)
			wanted[before->avcs[a]] = 1;
	}
}

/* From marks on the previous model to the list of anon_vmas of the new one that
 * are still there and were not looked at. */
static int list_stale(struct decoder *decoder, const uint8_t *wanted)
{
	const struct model *before = decoder->previous;

	decoder->stale_count = 0;
	for (uint32_t i = 0; i < before->anon_vma_count; i++) {
		if ((decoder->marks[i] & (DECODE_NAMED | DECODE_LOOKED_AT)) != DECODE_NAMED ||
		    (!wanted[i] && before->anon_vmas[i].settled))
			continue;
		if (table_reserve((void **)&decoder->stale, &decoder->stale_capacity,
				  decoder->stale_count + 1ull, sizeof(*decoder->stale)))
			return -ENOMEM;
		decoder->stale[decoder->stale_count++] = i; /* the same in both */
	}
	return 0;
}

/* Takes marks off what the mm links to; the number of marks taken off. */
static uint32_t cover(const struct model *model, const struct model_mm *mm, uint8_t *open)
{
	uint32_t links = model_link_count(model, mm), covered = 0;
	uint32_t first = links ? model->vmas[mm->vma_first].avc_first : 0;

	for (uint32_t i = first; i < first + links; i++) {
		covered += open[model->avcs[i]];
		open[model->avcs[i]] = 0;
	}
	return covered;
}

/* Greedy: an mm is taken when it links to anything that is still open. */
static int choose_mms(struct decoder *decoder, uint8_t *open)
{
	const struct model *model = decoder->model;
	uint32_t left = decoder->stale_count;

	for (uint32_t i = 0; i < decoder->stale_count; i++)
		open[decoder->stale[i]] = 1;
	for (uint32_t i = 0; i < model->mm_count && left; i++) {
		uint32_t covered = model->mms[i].unchanged ? cover(model, &model->mms[i], open) : 0;

		if (!covered)
			continue;
		left -= covered;
		if (table_reserve((void **)&decoder->retries, &decoder->retry_capacity,
				  decoder->retry_count + 1ull, sizeof(*decoder->retries)))
			return -ENOMEM;
		decoder->retries[decoder->retry_count++] = decoder->reach[i];
	}
	return 0;
}

int decode_plan(struct decoder *decoder)
{
	uint8_t *wanted, *open;
	int rc;

	decoder->retry_count = 0;
	decoder->stale_count = 0;
	if (!decoder->incremental)
		return 0;
	wanted = calloc(decoder->previous->anon_vma_count + 1ul, 1);
	open = calloc(decoder->model->anon_vma_count + 1ul, 1);
	rc = wanted && open ? 0 : -ENOMEM;
	if (!rc) {
		mark_linked_to_changed(decoder, wanted);
		rc = list_stale(decoder, wanted);
	}
	if (!rc)
		rc = choose_mms(decoder, open);
	free(wanted);
	free(open);
	return rc;
}

/* What the model shows of an anon_vma's counters. */
struct observed {
	uint32_t active_vmas;
	uint32_t children;
	uint32_t descendants; /* of a root */
};

static void observe(const struct model *model, struct observed *observed)
{
	for (uint32_t v = 0; v < model->vma_count; v++)
		if (model->vmas[v].active != MODEL_NONE)
			observed[model->vmas[v].active].active_vmas++;
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		/* a root counts itself as a child (__anon_vma_prepare) */
		observed[model->anon_vmas[i].parent].children++;
		if (model->anon_vmas[i].root != i)
			observed[model->anon_vmas[i].root].descendants++;
	}
}

static bool explains(const struct model *model, const struct model_anon_vma *anon_vma,
		     const struct observed *observed)
{
	/* degree mixes both and is not worth telling apart */
	return model->origin.split_counters && anon_vma->described && !anon_vma->moved &&
	       anon_vma->num_active_vmas == observed->active_vmas &&
	       anon_vma->num_children == observed->children &&
	       anon_vma->refcount == 1 + observed->descendants;
}

int decode_settle(struct model *model)
{
	struct observed *observed = calloc(model->anon_vma_count + 1ul, sizeof(*observed));

	if (!observed)
		return -ENOMEM;
	observe(model, observed);
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		model->anon_vmas[i].settled = explains(model, &model->anon_vmas[i], &observed[i]);
	/* counters of a torn mm's anon_vmas may fit by accident, but it will not be
	 * quiet in the next walk either: its visit was not one */
	free(observed);
	return 0;
}
