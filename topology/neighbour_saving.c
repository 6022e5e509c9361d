/* SPDX-License-Identifier: GPL-2.0-only */
#include "neighbour_saving.h"

#include <stdlib.h>

#include "table.h"

/* VMAs with an inherited chain that follow each other, all linked to the parent
 * of a group. */
struct saving_run {
	uint32_t last; /* number of the last of them; 0 = there was none yet */
	uint32_t member; /* anon_vma of the group that one of them has active, or MODEL_NONE */
};

struct counting {
	const struct model *model;
	struct neighbour_saving *saving;
	struct marks *group_of;
	struct marks *joined; /* member -> another that it shares with; itself: none */
	uint32_t now; /* number of the inherited VMA at hand, from 1 */
};

/* The one that stands for all that the member shares with. */
static uint32_t stands_for(struct marks *joined, uint32_t member)
{
	if (!marks_has(joined, member))
		marks_set(joined, member, member);
	while (joined->values[member] != member) {
		joined->values[member] = joined->values[joined->values[member]];
		member = joined->values[member];
	}
	return member;
}

/* Whether they did not share before. */
static bool join(struct marks *joined, uint32_t left, uint32_t right)
{
	left = stands_for(joined, left);
	right = stands_for(joined, right);
	joined->values[left] = right;
	return left != right;
}

/* The VMA at hand is linked to an anon_vma: where that is the parent of a group,
 * the group's run goes on, or another begins. */
static void go_on(struct counting *counting, uint32_t anon_vma)
{
	struct saving_run *run;

	if (!marks_has(counting->group_of, anon_vma))
		return;
	run = &counting->saving->runs[counting->group_of->values[anon_vma]];
	if (run->last + 1 < counting->now)
		run->member = MODEL_NONE;
	run->last = counting->now;
}

static void add_member(struct counting *counting, uint32_t member, uint32_t group)
{
	struct saving_run *run = &counting->saving->runs[group];

	if (run->member != MODEL_NONE)
		counting->saving->saved[group] += join(counting->joined, run->member, member);
	run->member = member;
}

static void add_vma(struct counting *counting, const struct model_vma *vma)
{
	const uint32_t *chain = model_chain(counting->model, vma);
	uint32_t parent;

	if (vma->active == MODEL_NONE)
		return;
	parent = counting->model->anon_vmas[vma->active].parent;
	if (parent == vma->active)
		return;
	counting->now++;
	go_on(counting, parent); /* a torn chain may lack it */
	for (uint32_t i = 0; i < vma->avc_count; i++)
		go_on(counting, chain[i]);
	if (marks_has(counting->group_of, parent))
		add_member(counting, vma->active, counting->group_of->values[parent]);
}

static int begin(struct neighbour_saving *saving, const struct missed_reuse *missed,
		 struct marks *group_of)
{
	int rc = table_reserve((void **)&saving->saved, &saving->saved_capacity,
			       missed->group_count, sizeof(*saving->saved));

	if (!rc)
		rc = table_reserve((void **)&saving->runs, &saving->run_capacity,
				   missed->group_count, sizeof(*saving->runs));
	marks_forget(group_of);
	for (uint32_t i = 0; !rc && i < missed->group_count; i++) {
		saving->saved[i] = 0;
		saving->runs[i] = (struct saving_run){.member = MODEL_NONE};
		marks_set(group_of, missed->groups[i].parent, i);
	}
	return rc;
}

int neighbour_saving_count(struct neighbour_saving *saving, const struct model *model,
			   const struct missed_reuse *missed, struct marks *group_of,
			   struct marks *joined)
{
	struct counting counting = {
		.model = model,
		.saving = saving,
		.group_of = group_of,
		.joined = joined,
	};
	const struct model_mm *mm;
	int rc = begin(saving, missed, group_of);

	if (rc || missed->group_count == 0)
		return rc;
	marks_forget(joined);
	mm = &model->mms[missed->groups[0].mm];
	for (uint32_t v = mm->vma_first; v < mm->vma_first + mm->vma_count; v++)
		add_vma(&counting, &model->vmas[v]);
	return 0;
}

void neighbour_saving_clear(struct neighbour_saving *saving)
{
	free(saving->saved);
	free(saving->runs);
	*saving = (struct neighbour_saving){0};
}
