/* SPDX-License-Identifier: GPL-2.0-only */
#include "decode_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../topology/generation.h"
#include "decode_plan.h"

static int add_process(struct decoder *decoder, const struct record_task *task)
{
	struct model *model = decoder->model;
	uint32_t mm = model_find_mm(model, task->mm), index, path;
	struct model_process *process;
	int rc;

	if (mm == MODEL_NONE)
		return 0; /* it exited or called exec before its mm could be walked */
	rc = model_add_process(model, task->tgid, &index);
	if (rc)
		return rc;
	process = &model->processes[index];
	process->start_ns = task->start_ns;
	process->exec_id = task->exec_id;
	process->cgroup = task->cgroup;
	process->ppid = task->ppid;
	process->uid = task->uid;
	process->mm = mm;
	memcpy(process->comm, task->comm, sizeof(process->comm));
	process->comm[sizeof(process->comm) - 1] = '\0';
	memset(process->comm + strlen(process->comm), 0,
	       sizeof(process->comm) - strlen(process->comm));
	if (task->exe_ino || task->exe_dev)
		process->exe = model_find_file(model, task->exe_dev, task->exe_ino);
	path = key_map_find(&decoder->cgroup_paths, task->cgroup);
	if (path != KEY_MAP_NONE)
		process->cgroup_path = path;
	model->mms[mm].owner = model_older_process(model, model->mms[mm].owner, index);
	return 0;
}

static int add_processes(struct decoder *decoder)
{
	for (uint32_t i = 0; i < decoder->task_count; i++) {
		int rc = add_process(decoder, &decoder->tasks[i].record);

		if (rc)
			return rc;
	}
	return 0;
}

/* What was to be looked at again but could not be: its VMAs were all taken over
 * and the process through which they can be reached is gone. */
static void mark_stale(struct decoder *decoder)
{
	for (uint32_t i = 0; i < decoder->stale_count; i++) {
		uint32_t anon_vma = decoder->stale[i];

		if (!(decoder->marks[anon_vma] & DECODE_LOOKED_AT))
			decoder->model->anon_vmas[anon_vma].moved = true;
	}
}

static void stand_alone(struct model *model, uint32_t index)
{
	model->anon_vmas[index].described = false;
	model->anon_vmas[index].root = index;
	model->anon_vmas[index].parent = index;
}

/* Goes up to the first anon_vma whose generation was set to 0, which is one whose
 * root is settled. Whatever names another root than that one does, and all below
 * it, stands alone. */
static void settle_root_from(struct model *model, uint32_t *depth, uint32_t start)
{
	uint32_t steps = 0, misled = 0, at = start, next, root;

	for (; depth[at] != 0; at = model->anon_vmas[at].parent)
		steps++;
	root = model->anon_vmas[at].root;
	at = start;
	for (uint32_t i = 1; i <= steps; i++, at = model->anon_vmas[at].parent)
		if (model->anon_vmas[at].root != root)
			misled = i;
	at = start;
	for (uint32_t i = 1; i <= steps; i++, at = next) {
		next = model->anon_vmas[at].parent;
		depth[at] = 0;
		if (i <= misled)
			stand_alone(model, at);
	}
}

/* Memory that was freed and reused between two reads can show edges that never
 * existed at one time: cycles, or a parent in another tree. */
static int make_edges_safe(struct model *model)
{
	uint32_t *depth = malloc((model->anon_vma_count + 1ul) * sizeof(*depth));

	if (!depth)
		return -ENOMEM;
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		if (!model->anon_vmas[i].described)
			stand_alone(model, i);
	generation_compute(model, depth);
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[i];

		if (depth[i] == MODEL_NONE || (anon_vma->parent == i) != (anon_vma->root == i)) {
			stand_alone(model, i);
			depth[i] = 0;
		}
	}
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		settle_root_from(model, depth, i);
	free(depth);
	return 0;
}

/* Marks the ancestors of what an mm links to; they need not be linked. */
static void mark_ancestors(const struct model *model, uint8_t *marks)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		uint32_t at = i;

		if (!(marks[i] & DECODE_LINKED))
			continue;
		marks[model->anon_vmas[i].root] |= DECODE_ABOVE_LINKED;
		while (!(marks[model->anon_vmas[at].parent] & DECODE_KEPT)) {
			at = model->anon_vmas[at].parent;
			marks[at] |= DECODE_ABOVE_LINKED;
		}
	}
}

static uint32_t count_marked(const uint8_t *marks, uint32_t count, uint8_t bits)
{
	uint32_t marked = 0;

	for (uint32_t i = 0; i < count; i++)
		marked += (marks[i] & bits) != 0;
	return marked;
}

static void number_kept(const uint8_t *marks, uint32_t count, uint32_t *new_index)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++)
		new_index[i] = marks[i] & DECODE_KEPT ? kept++ : MODEL_NONE;
}

static void renumber(struct model *model, const uint32_t *new_index)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		struct model_anon_vma *to = &model->anon_vmas[kept];

		if (new_index[i] == MODEL_NONE)
			continue;
		*to = model->anon_vmas[i];
		to->root = new_index[to->root];
		to->parent = new_index[to->parent];
		kept++;
	}
	model->anon_vma_count = kept;
	for (uint32_t i = 0; i < model->avc_count; i++)
		model->avcs[i] = new_index[model->avcs[i]];
	for (uint32_t v = 0; v < model->vma_count; v++)
		if (model->vmas[v].active != MODEL_NONE)
			model->vmas[v].active = new_index[model->vmas[v].active];
	key_map_renumber(&model->anon_vma_by_key, new_index);
}

/* Visits that were dropped leave anon_vmas behind that no mm links to, and so do
 * mms of the previous model that changed or are gone. */
static int drop_unlinked(struct decoder *decoder)
{
	struct model *model = decoder->model;
	uint32_t count = model->anon_vma_count, *new_index;

	if (count_marked(decoder->marks, count, DECODE_LINKED) == count)
		return 0;
	mark_ancestors(model, decoder->marks);
	if (count_marked(decoder->marks, count, DECODE_KEPT) == count)
		return 0;
	new_index = malloc(count * sizeof(*new_index));
	if (!new_index)
		return -ENOMEM;
	number_kept(decoder->marks, count, new_index);
	renumber(model, new_index);
	free(new_index);
	return 0;
}

int decode_finish(struct decoder *decoder)
{
	int rc = 0;

	mark_stale(decoder);
	/* the previous model's edges are safe */
	if (decoder->edges_moved)
		rc = make_edges_safe(decoder->model);
	if (!rc)
		rc = drop_unlinked(decoder);
	if (!rc)
		rc = decode_settle(decoder->model);
	if (!rc)
		rc = add_processes(decoder);
	return rc;
}
