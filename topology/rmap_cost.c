/* SPDX-License-Identifier: GPL-2.0-only */
#include "rmap_cost.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

/* The sweep line meets the start or the end of ranges of VMAs. */
struct rmap_event {
	uint64_t at; /* page offset */
	int64_t linked; /* VMAs that begin, less those that end */
	int64_t active; /* those of them that have the anon_vma active */
};

void rmap_sweep_clear(struct rmap_sweep *sweep)
{
	free(sweep->events);
	*sweep = (struct rmap_sweep){0};
}

void rmap_costs_clear(struct rmap_costs *costs)
{
	free(costs->anon_vmas);
	rmap_sweep_clear(&costs->sweep);
	*costs = (struct rmap_costs){0};
}

void rmap_cost_add(struct rmap_cost *whole, const struct rmap_cost *part)
{
	if (part->max_visits > whole->max_visits)
		whole->max_visits = part->max_visits;
	whole->covered_pages += part->covered_pages;
	whole->covered_visits += part->covered_visits;
	whole->written_pages += part->written_pages;
	whole->written_visits += part->written_visits;
}

static uint64_t first_page(const struct model *model, const struct model_vma *vma)
{
	return model->origin.has_anon_pgoff ? vma->anon_pgoff : vma->pgoff;
}

static uint64_t page_count(const struct model *model, const struct model_vma *vma)
{
	return (vma->end - vma->start) / model->origin.page_size;
}

static int by_offset(const void *left, const void *right)
{
	const struct rmap_event *a = left, *b = right;

	return a->at < b->at ? -1 : a->at > b->at;
}

static void add_stretch(struct rmap_cost *cost, uint64_t pages, uint64_t linked, uint64_t active)
{
	if (linked == 0)
		return;
	if (linked > cost->max_visits)
		cost->max_visits = (uint32_t)linked;
	cost->covered_pages += pages;
	cost->covered_visits += pages * linked;
	cost->written_pages += pages * active;
	cost->written_visits += pages * active * linked;
}

static bool in_order(const struct rmap_event *events, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (events[i - 1].at > events[i].at)
			return false;
	return true;
}

static void sweep_events(struct rmap_cost *cost, struct rmap_event *events, uint32_t count)
{
	int64_t linked = 0, active = 0;

	if (!in_order(events, count))
		qsort(events, count, sizeof(*events), by_offset);
	for (uint32_t i = 0; i < count; i++) {
		linked += events[i].linked;
		active += events[i].active;
		if (i + 1 < count && events[i + 1].at > events[i].at)
			add_stretch(cost, events[i + 1].at - events[i].at, (uint64_t)linked,
				    (uint64_t)active);
	}
}

/* The place of a range in the list: that of an equal one at or after `guess`, or
 * the end. */
static uint32_t place_range(const struct rmap_event *events, uint32_t used, uint32_t guess,
			    uint64_t first, uint64_t end)
{
	for (uint32_t i = guess; i < guess + 4 && i < used; i += 2)
		if (events[i].at == first && events[i + 1].at == end)
			return i;
	return used;
}

/*
 * The events of all ranges; their number. Processes forked from one another
 * have the same ranges, and linked lists those of each in order of address, so
 * the range that follows the last is tried first: a thousand workers cost what
 * one does.
 */
static uint32_t list_events(struct rmap_event *events, const struct model *model, uint32_t anon_vma,
			    const uint32_t *linked, uint32_t count)
{
	uint32_t used = 0, at = 0, mm = MODEL_NONE;

	for (uint32_t i = 0; i < count; i++) {
		const struct model_vma *vma = &model->vmas[linked[i]];
		uint64_t first = first_page(model, vma), end = first + page_count(model, vma);
		bool active = vma->active == anon_vma;

		at = place_range(events, used, vma->mm == mm ? at + 2 : 0, first, end);
		mm = vma->mm;
		if (at == used) {
			events[used++] = (struct rmap_event){.at = first};
			events[used++] = (struct rmap_event){.at = end};
		}
		events[at].linked++;
		events[at].active += active;
		events[at + 1].linked--;
		events[at + 1].active -= active;
	}
	return used;
}

int rmap_cost_compute(struct rmap_sweep *sweep, const struct model *model, uint32_t anon_vma,
		      const uint32_t *linked, uint32_t count, struct rmap_cost *cost)
{
	int rc;

	*cost = (struct rmap_cost){0};
	if (count == 1) { /* most anon_vmas */
		const struct model_vma *vma = &model->vmas[linked[0]];

		add_stretch(cost, page_count(model, vma), 1, vma->active == anon_vma);
		return 0;
	}
	rc = table_reserve((void **)&sweep->events, &sweep->capacity, 2ull * count,
			   sizeof(*sweep->events));
	if (!rc && count)
		sweep_events(cost, sweep->events,
			     list_events(sweep->events, model, anon_vma, linked, count));
	return rc;
}

int rmap_costs_compute(struct rmap_costs *costs, const struct model *model,
		       const struct index *index)
{
	int rc = table_reserve((void **)&costs->anon_vmas, &costs->capacity, model->anon_vma_count,
			       sizeof(*costs->anon_vmas));

	costs->total = (struct rmap_cost){0};
	for (uint32_t i = 0; !rc && i < model->anon_vma_count; i++) {
		rc = rmap_cost_compute(&costs->sweep, model, i, index_items(&index->linked, i),
				       index_count(&index->linked, i), &costs->anon_vmas[i]);
		rmap_cost_add(&costs->total, &costs->anon_vmas[i]);
	}
	if (rc)
		rmap_costs_clear(costs);
	return rc;
}
