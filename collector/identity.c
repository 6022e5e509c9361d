/* SPDX-License-Identifier: GPL-2.0-only */
#include "identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct matching {
	const struct model *before;
	struct model *now;
	bool by_key;
	uint8_t *confirmed; /* of anon_vmas of now: a linked VMA continues; once
			       settled: it continues itself */
	uint32_t *claimed; /* of anon_vmas of before: by which of now */
	uint8_t *taken; /* of mms of before */
};

static void match_files(struct matching *matching)
{
	struct model *now = matching->now;

	for (uint32_t i = 0; i < now->file_count; i++) {
		struct model_file *file = &now->files[i];

		file->previous = model_find_file(matching->before, file->dev, file->ino);
		file->id = file->previous == MODEL_NONE ?
				   0 :
				   matching->before->files[file->previous].id;
	}
}

static void match_processes(struct matching *matching)
{
	const struct model *before = matching->before;
	struct model *now = matching->now;

	for (uint32_t i = 0; i < now->process_count; i++) {
		struct model_process *process = &now->processes[i];
		uint32_t previous = model_find_process(before, process->tgid);

		process->previous = MODEL_NONE;
		if (previous == MODEL_NONE ||
		    before->processes[previous].start_ns != process->start_ns)
			continue;
		process->previous = previous;
		process->id = before->processes[previous].id;
	}
}

/* An mm continues when any process that had it has it still. */
static void match_mms(struct matching *matching)
{
	const struct model *before = matching->before;
	struct model *now = matching->now;

	for (uint32_t i = 0; i < now->mm_count; i++)
		now->mms[i].previous = MODEL_NONE;
	for (uint32_t i = 0; i < now->process_count; i++) {
		const struct model_process *process = &now->processes[i], *old;
		struct model_mm *mm = &now->mms[process->mm];

		if (process->previous == MODEL_NONE || mm->previous != MODEL_NONE)
			continue;
		old = &before->processes[process->previous];
		if (old->exec_id != process->exec_id || matching->taken[old->mm] ||
		    (matching->by_key && before->mms[old->mm].key != mm->key))
			continue;
		matching->taken[old->mm] = 1;
		mm->previous = old->mm;
		mm->id = before->mms[old->mm].id;
	}
}

static bool overlap(const struct model_vma *left, const struct model_vma *right, uint32_t page_size)
{
	uint64_t left_pages = (left->end - left->start) / page_size;
	uint64_t right_pages = (right->end - right->start) / page_size;

	if (left->start < right->end && right->start < left->end)
		return true;
	return left->pgoff < right->pgoff + right_pages && right->pgoff < left->pgoff + left_pages;
}

static bool in_chain(const struct model *model, const struct model_vma *vma, uint32_t anon_vma)
{
	const uint32_t *chain = model_chain(model, vma);

	for (uint32_t i = 0; i < vma->avc_count; i++)
		if (chain[i] == anon_vma)
			return true;
	return false;
}

/* Both VMAs are of one mm and overlap: what both chains hold is confirmed. */
static void confirm_by_key(struct matching *matching, const struct model_vma *old,
			   const struct model_vma *vma)
{
	const uint32_t *old_chain = model_chain(matching->before, old);
	const uint32_t *chain = model_chain(matching->now, vma);
	bool aligned = old->avc_count == vma->avc_count;

	for (uint32_t i = 0; i < vma->avc_count; i++) {
		uint32_t previous = matching->now->anon_vmas[chain[i]].previous;

		if (matching->confirmed[chain[i]] || previous == MODEL_NONE)
			continue;
		if ((aligned && old_chain[i] == previous) ||
		    in_chain(matching->before, old, previous))
			matching->confirmed[chain[i]] = 1;
	}
}

/* Without addresses: equal places in chains of equal length. A second opinion
 * that differs from the first takes both back. */
static void confirm_by_place(struct matching *matching, const struct model_vma *old,
			     const struct model_vma *vma)
{
	const uint32_t *old_chain = model_chain(matching->before, old);
	const uint32_t *chain = model_chain(matching->now, vma);

	if (old->avc_count != vma->avc_count)
		return;
	for (uint32_t i = 0; i < vma->avc_count; i++) {
		struct model_anon_vma *anon_vma = &matching->now->anon_vmas[chain[i]];
		uint32_t *claimed = &matching->claimed[old_chain[i]];

		if (anon_vma->previous == old_chain[i] && *claimed == chain[i])
			continue;
		if (anon_vma->previous != MODEL_NONE || *claimed != MODEL_NONE) {
			matching->confirmed[chain[i]] = 0;
			if (*claimed != MODEL_NONE)
				matching->confirmed[*claimed] = 0;
			continue;
		}
		anon_vma->previous = old_chain[i];
		*claimed = chain[i];
		matching->confirmed[chain[i]] = 1;
	}
}

static void confirm(struct matching *matching, const struct model_vma *old,
		    const struct model_vma *vma)
{
	if (matching->by_key)
		confirm_by_key(matching, old, vma);
	else
		confirm_by_place(matching, old, vma);
}

/* VMAs of both lists are sorted by address and do not overlap each other. */
static void confirm_overlapping(struct matching *matching, const struct model_mm *old_mm,
				const struct model_mm *mm)
{
	const struct model_vma *vma, *end, *old, *old_end;

	if (!mm->vma_count || !old_mm->vma_count)
		return;
	vma = matching->now->vmas + mm->vma_first;
	end = vma + mm->vma_count;
	old = matching->before->vmas + old_mm->vma_first;
	old_end = old + old_mm->vma_count;
	while (vma < end && old < old_end) {
		if (old->start < vma->end && vma->start < old->end)
			confirm(matching, old, vma);
		if (old->end < vma->end)
			old++;
		else
			vma++;
	}
}

static bool all_confirmed(const struct matching *matching, const struct model_vma *vma)
{
	const uint32_t *chain = model_chain(matching->now, vma);

	for (uint32_t i = 0; i < vma->avc_count; i++)
		if (!matching->confirmed[chain[i]])
			return false;
	return true;
}

/* VMAs that moved keep their page offsets. Looked for only where addresses
 * left something open, which is rare. */
static void confirm_moved(struct matching *matching, const struct model_mm *old_mm,
			  const struct model_mm *mm)
{
	const struct model *before = matching->before;

	for (uint32_t v = mm->vma_first; v < mm->vma_first + mm->vma_count; v++) {
		const struct model_vma *vma = &matching->now->vmas[v];

		if (all_confirmed(matching, vma))
			continue;
		for (uint32_t o = old_mm->vma_first; o < old_mm->vma_first + old_mm->vma_count; o++)
			if (before->vmas[o].active != MODEL_NONE &&
			    in_chain(matching->now, vma, vma->active) &&
			    before->vmas[o].active ==
				    matching->now->anon_vmas[vma->active].previous &&
			    overlap(&before->vmas[o], vma, matching->now->origin.page_size))
				confirm(matching, &before->vmas[o], vma);
	}
}

/* The chains of an unchanged mm are copies of those it had. */
static void confirm_all(struct matching *matching, const struct model_mm *mm)
{
	const struct model *now = matching->now;
	uint32_t links = model_link_count(now, mm);
	uint32_t first = links ? now->vmas[mm->vma_first].avc_first : 0;

	for (uint32_t i = first; i < first + links; i++)
		matching->confirmed[now->avcs[i]] = 1;
}

static void confirm_anon_vmas(struct matching *matching)
{
	const struct model *now = matching->now;

	for (uint32_t i = 0; i < now->mm_count; i++) {
		const struct model_mm *mm = &now->mms[i];

		if (mm->previous == MODEL_NONE)
			continue;
		if (mm->unchanged && matching->by_key)
			confirm_all(matching, mm);
		else
			confirm_overlapping(matching, &matching->before->mms[mm->previous], mm);
	}
	for (uint32_t i = 0; matching->by_key && i < now->mm_count; i++) {
		const struct model_mm *mm = &now->mms[i];

		if (mm->previous != MODEL_NONE && !mm->unchanged)
			confirm_moved(matching, &matching->before->mms[mm->previous], mm);
	}
}

/* Whether an anon_vma and its root and parent are the same as before. */
static bool edge_continues(const struct matching *matching, uint32_t index)
{
	const struct model_anon_vma *anon_vma = &matching->now->anon_vmas[index];
	const struct model_anon_vma *old;

	if (!matching->confirmed[index] || anon_vma->previous == MODEL_NONE)
		return false;
	old = &matching->before->anon_vmas[anon_vma->previous];
	return matching->now->anon_vmas[anon_vma->root].previous == old->root &&
	       matching->now->anon_vmas[anon_vma->parent].previous == old->parent;
}

/* Settles an anon_vma after its ancestors, which are on the path above it. */
static void settle_path(struct matching *matching, const uint32_t *path, uint32_t length)
{
	while (length > 0) {
		uint32_t index = path[--length];
		struct model_anon_vma *anon_vma = &matching->now->anon_vmas[index];

		if (edge_continues(matching, index))
			anon_vma->id = matching->before->anon_vmas[anon_vma->previous].id;
		else
			anon_vma->previous = MODEL_NONE;
		matching->confirmed[index] = anon_vma->previous != MODEL_NONE;
	}
}

/* An anon_vma whose parent turned out to be new is new itself, and so on down:
 * each is settled after its parent. */
static int settle_anon_vmas(struct matching *matching)
{
	struct model *now = matching->now;
	uint32_t *path = malloc((now->anon_vma_count + 1ul) * sizeof(*path));
	uint8_t *settled = calloc(now->anon_vma_count + 1ul, 1);
	int rc = path && settled ? 0 : -ENOMEM;

	for (uint32_t i = 0; !rc && i < now->anon_vma_count; i++) {
		uint32_t length = 0;

		for (uint32_t at = i; !settled[at]; at = now->anon_vmas[at].parent) {
			settled[at] = 1;
			path[length++] = at;
		}
		settle_path(matching, path, length);
	}
	free(path);
	free(settled);
	return rc;
}

static bool links_continue(const struct matching *matching, const struct model_mm *mm)
{
	const struct model *now = matching->now;
	uint32_t links = model_link_count(now, mm);
	uint32_t first = links ? now->vmas[mm->vma_first].avc_first : 0;

	for (uint32_t i = first; i < first + links; i++)
		if (!matching->confirmed[now->avcs[i]])
			return false;
	return true;
}

static bool files_continue(const struct model *now, const struct model_mm *mm)
{
	for (uint32_t v = mm->vma_first; v < mm->vma_first + mm->vma_count; v++)
		if (now->vmas[v].file != MODEL_NONE && !now->files[now->vmas[v].file].id)
			return false;
	return true;
}

static bool has_new_files(const struct model *now)
{
	for (uint32_t i = 0; i < now->file_count; i++)
		if (!now->files[i].id)
			return true;
	return false;
}

/* What was copied from the model before must be compared after all where an
 * anon_vma did not continue, which is rare. */
static void check_unchanged(struct matching *matching)
{
	struct model *now = matching->now;
	bool new_anon_vmas = memchr(matching->confirmed, 0, now->anon_vma_count);
	bool new_files = has_new_files(now);

	for (uint32_t i = 0; i < now->mm_count; i++) {
		struct model_mm *mm = &now->mms[i];

		if (mm->unchanged)
			mm->unchanged = mm->previous != MODEL_NONE &&
					(!new_anon_vmas || links_continue(matching, mm)) &&
					(!new_files || files_continue(now, mm));
	}
}

static int match(struct matching *matching)
{
	const struct model *before = matching->before;
	struct model *now = matching->now;

	matching->confirmed = calloc(now->anon_vma_count + 1ul, 1);
	matching->taken = calloc(before->mm_count + 1ul, 1);
	if (!matching->by_key) {
		matching->claimed = malloc((before->anon_vma_count + 1ul) * sizeof(uint32_t));
		if (matching->claimed)
			memset(matching->claimed, 0xff, /* MODEL_NONE */
			       (before->anon_vma_count + 1ul) * sizeof(uint32_t));
	}
	if (!matching->confirmed || !matching->taken || (!matching->by_key && !matching->claimed))
		return -ENOMEM;
	match_files(matching);
	match_processes(matching);
	match_mms(matching);
	confirm_anon_vmas(matching);
	if (settle_anon_vmas(matching))
		return -ENOMEM;
	check_unchanged(matching);
	return 0;
}

static void forget_previous(struct model *now)
{
	for (uint32_t i = 0; i < now->anon_vma_count; i++)
		now->anon_vmas[i].previous = MODEL_NONE;
	for (uint32_t i = 0; i < now->mm_count; i++) {
		now->mms[i].previous = MODEL_NONE;
		now->mms[i].unchanged = false;
	}
}

static void name_new_objects(struct model *now, struct store_sequences *next)
{
	for (uint32_t i = 0; i < now->file_count; i++)
		if (now->files[i].id == 0)
			now->files[i].id = next->file++;
	for (uint32_t i = 0; i < now->process_count; i++)
		if (now->processes[i].id == 0)
			now->processes[i].id = next->process++;
	for (uint32_t i = 0; i < now->mm_count; i++)
		if (now->mms[i].id == 0)
			now->mms[i].id = next->mm++;
	for (uint32_t i = 0; i < now->anon_vma_count; i++)
		if (now->anon_vmas[i].id == 0)
			now->anon_vmas[i].id = next->anon_vma++;
}

int identity_assign(const struct model *before, bool before_has_keys, struct model *now,
		    struct store_sequences *next)
{
	struct matching matching = {.before = before, .now = now, .by_key = before_has_keys};
	int rc = 0;

	if (!before || strcmp(before->origin.boot_id, now->origin.boot_id) != 0) {
		forget_previous(now);
	} else {
		if (!before_has_keys)
			forget_previous(now);
		rc = match(&matching);
	}
	if (!rc)
		name_new_objects(now, next);
	free(matching.confirmed);
	free(matching.claimed);
	free(matching.taken);
	return rc;
}
