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

/* What was not described by an incremental walk is as the walk before it saw
 * it; its root and parent are described likewise, or were seen there too. */
static void inherit_descriptions(struct decoder *decoder)
{
	struct model *model = decoder->model;

	for (uint32_t i = 0; decoder->incremental && i < model->anon_vma_count; i++) {
		struct model_anon_vma *anon_vma = &model->anon_vmas[i];
		const struct model_anon_vma *before;

		if (anon_vma->described || anon_vma->previous == MODEL_NONE)
			continue;
		before = &decoder->previous->anon_vmas[anon_vma->previous];
		anon_vma->root = decoder->from_previous[before->root];
		anon_vma->parent = decoder->from_previous[before->parent];
		anon_vma->described = before->described && anon_vma->root != MODEL_NONE &&
				      anon_vma->parent != MODEL_NONE;
		anon_vma->refcount = before->refcount;
		anon_vma->num_children = before->num_children;
		anon_vma->num_active_vmas = before->num_active_vmas;
		anon_vma->rwsem_count = before->rwsem_count;
	}
}

/* What was to be looked at again but could not be: its VMAs were all taken over
 * and the process through which they can be reached is gone. */
static void mark_stale(struct decoder *decoder)
{
	for (uint32_t i = 0; i < decoder->stale_count; i++) {
		uint32_t anon_vma = decoder->stale[i];

		if (!decoder->looked_at[anon_vma])
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

/* Marks what a VMA links to and the ancestors of that. */
static void mark_linked(const struct model *model, uint8_t *linked)
{
	for (uint32_t i = 0; i < model->avc_count; i++)
		linked[model->avcs[i]] = 1;
	for (uint32_t v = 0; v < model->vma_count; v++)
		if (model->vmas[v].active != MODEL_NONE)
			linked[model->vmas[v].active] = 1;
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		uint32_t at = i;

		if (linked[i] != 1)
			continue;
		linked[model->anon_vmas[i].root] |= 1;
		while (!linked[model->anon_vmas[at].parent]) {
			at = model->anon_vmas[at].parent;
			linked[at] = 2;
		}
	}
}

static uint32_t number_linked(const uint8_t *linked, uint32_t count, uint32_t *new_index)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++)
		new_index[i] = linked[i] ? kept++ : MODEL_NONE;
	return kept;
}

static int renumber(struct model *model, const uint32_t *new_index, uint32_t kept)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		if (new_index[i] == MODEL_NONE)
			continue;

		struct model_anon_vma *to = &model->anon_vmas[new_index[i]];

		*to = model->anon_vmas[i];
		to->root = new_index[to->root];
		to->parent = new_index[to->parent];
	}
	model->anon_vma_count = kept;
	for (uint32_t i = 0; i < model->avc_count; i++)
		model->avcs[i] = new_index[model->avcs[i]];
	for (uint32_t v = 0; v < model->vma_count; v++)
		if (model->vmas[v].active != MODEL_NONE)
			model->vmas[v].active = new_index[model->vmas[v].active];
	key_map_reset(&model->anon_vma_by_key);
	for (uint32_t i = 0; i < kept; i++) {
		int rc = key_map_put(&model->anon_vma_by_key, model->anon_vmas[i].key, i);

		if (rc)
			return rc;
	}
	return 0;
}

/* Visits that were dropped leave anon_vmas behind that no VMA links to. */
static int drop_unlinked(struct model *model)
{
	uint32_t count = model->anon_vma_count, kept;
	uint8_t *linked = calloc(count + 1ul, 1);
	uint32_t *new_index = malloc((count + 1ul) * sizeof(*new_index));
	int rc = linked && new_index ? 0 : -ENOMEM;

	if (!rc) {
		mark_linked(model, linked);
		kept = number_linked(linked, count, new_index);
		if (kept != count)
			rc = renumber(model, new_index, kept);
	}
	free(linked);
	free(new_index);
	return rc;
}

int decode_finish(struct decoder *decoder)
{
	int rc;

	inherit_descriptions(decoder);
	mark_stale(decoder);
	rc = make_edges_safe(decoder->model);
	if (!rc)
		rc = drop_unlinked(decoder->model);
	if (!rc)
		rc = decode_settle(decoder->model);
	if (!rc)
		rc = add_processes(decoder);
	return rc;
}
