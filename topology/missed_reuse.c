/* SPDX-License-Identifier: GPL-2.0-only */
#include "missed_reuse.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

/* One distinct active non-root anon_vma of the mm at hand. */
struct missed_scratch {
	uint32_t parent;
	uint32_t anon_vma;
	uint32_t vma; /* first VMA that has it active */
};

static int by_parent_then_anon_vma(const void *left, const void *right)
{
	const struct missed_scratch *a = left, *b = right;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	if (a->anon_vma != b->anon_vma)
		return a->anon_vma < b->anon_vma ? -1 : 1;
	return a->vma < b->vma ? -1 : a->vma > b->vma;
}

static int by_parent_then_vma(const void *left, const void *right)
{
	const struct missed_scratch *a = left, *b = right;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	return a->vma < b->vma ? -1 : a->vma > b->vma;
}

/* The distinct active non-root anon_vmas of an mm, by parent, then address. */
static int collect(struct missed_reuse *missed, const struct model *model,
		   const struct model_mm *mm, uint32_t *ret_count)
{
	uint32_t count = 0, distinct = 0;
	struct missed_scratch *scratch;
	bool sorted = true;
	int rc = table_reserve((void **)&missed->scratch, &missed->scratch_capacity, mm->vma_count,
			       sizeof(*missed->scratch));

	if (rc)
		return rc;
	scratch = missed->scratch;
	for (uint32_t v = mm->vma_first; v < mm->vma_first + mm->vma_count; v++) {
		uint32_t active = model->vmas[v].active;

		if (active == MODEL_NONE || model->anon_vmas[active].parent == active)
			continue;
		scratch[count] = (struct missed_scratch){
			.parent = model->anon_vmas[active].parent,
			.anon_vma = active,
			.vma = v,
		};
		if (count && by_parent_then_anon_vma(&scratch[count - 1], &scratch[count]) > 0)
			sorted = false;
		count++;
	}
	if (!sorted)
		qsort(scratch, count, sizeof(*scratch), by_parent_then_anon_vma);
	for (uint32_t i = 0; i < count; i++)
		if (distinct == 0 || scratch[distinct - 1].anon_vma != scratch[i].anon_vma)
			scratch[distinct++] = scratch[i];
	*ret_count = distinct;
	return 0;
}

static bool in_order_of_vmas(const struct missed_scratch *first, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (first[i - 1].vma > first[i].vma)
			return false;
	return true;
}

static int add_group(struct missed_reuse *missed, uint32_t mm, struct missed_scratch *first,
		     uint32_t count)
{
	int rc = table_reserve((void **)&missed->groups, &missed->group_capacity,
			       missed->group_count + 1, sizeof(*missed->groups));

	if (!rc)
		rc = table_reserve((void **)&missed->members, &missed->member_capacity,
				   missed->member_count + count, sizeof(*missed->members));
	if (rc)
		return rc;
	if (!in_order_of_vmas(first, count))
		qsort(first, count, sizeof(*first), by_parent_then_vma);
	missed->groups[missed->group_count++] = (struct missed_group){
		.mm = mm,
		.parent = first->parent,
		.member_first = missed->member_count,
		.member_count = count,
	};
	for (uint32_t i = 0; i < count; i++)
		missed->members[missed->member_count++] = first[i].anon_vma;
	return 0;
}

static int add_groups_of(struct missed_reuse *missed, const struct model *model, uint32_t mm)
{
	uint32_t count;
	int rc = collect(missed, model, &model->mms[mm], &count);

	for (uint32_t first = 0, next; !rc && first < count; first = next) {
		for (next = first + 1; next < count; next++)
			if (missed->scratch[next].parent != missed->scratch[first].parent)
				break;
		if (next - first > 1)
			rc = add_group(missed, mm, missed->scratch + first, next - first);
	}
	return rc;
}

static int find(struct missed_reuse *missed, const struct model *model, uint32_t first,
		uint32_t end)
{
	int rc = 0;

	missed->group_count = 0;
	missed->member_count = 0;
	for (uint32_t mm = first; !rc && mm < end; mm++)
		rc = add_groups_of(missed, model, mm);
	if (rc) {
		missed->group_count = 0;
		missed->member_count = 0;
	}
	return rc;
}

int missed_reuse_find(struct missed_reuse *missed, const struct model *model)
{
	return find(missed, model, 0, model->mm_count);
}

int missed_reuse_find_in(struct missed_reuse *missed, const struct model *model, uint32_t mm)
{
	return find(missed, model, mm, mm + 1);
}

void missed_reuse_clear(struct missed_reuse *missed)
{
	free(missed->groups);
	free(missed->members);
	free(missed->scratch);
	*missed = (struct missed_reuse){0};
}
