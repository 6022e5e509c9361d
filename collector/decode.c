/* SPDX-License-Identifier: GPL-2.0-only */
#include "decode.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode_inherit.h"
#include "decode_internal.h"

int decode_bad(struct decoder *decoder, const char *format, ...)
{
	va_list args;
	int length = snprintf(decoder->error, sizeof(decoder->error),
			      "record %llu: ", (unsigned long long)decoder->record_count);

	va_start(args, format);
	vsnprintf(decoder->error + length, sizeof(decoder->error) - (size_t)length, format, args);
	va_end(args);
	return -EBADMSG;
}

void decoder_start(struct decoder *decoder, struct model *model, const struct model *previous)
{
	decoder->model = model;
	decoder->previous = previous;
	decoder->error[0] = '\0';
	decoder->retry_count = 0;
	decoder->retried_count = 0;
	decoder->task_count = 0;
	decoder->stale_count = 0;
	key_map_reset(&decoder->task_by_tgid);
	key_map_reset(&decoder->cgroup_paths);
	key_map_reset(&decoder->retried);
	decoder->record_count = 0;
	decoder->begun = decoder->ended = decoder->incremental = false;
	decoder->edges_moved = false;
	decoder->in_visit = decoder->in_chain = false;
	decoder->name = 0;
	model_reset(model);
}

void decoder_clear(struct decoder *decoder)
{
	free(decoder->retries);
	free(decoder->tasks);
	free(decoder->reach);
	free(decoder->marks);
	free(decoder->from_previous_file);
	free(decoder->stale);
	key_map_clear(&decoder->task_by_tgid);
	key_map_clear(&decoder->cgroup_paths);
	key_map_clear(&decoder->retried);
	*decoder = (struct decoder){0};
}

bool decoder_has_mm(const struct decoder *decoder, uint64_t key)
{
	return model_find_mm(decoder->model, key) != MODEL_NONE;
}

static int add_anon_vma(struct decoder *decoder, uint64_t key, uint32_t *ret_index)
{
	struct model *model = decoder->model;
	uint32_t index = model->anon_vma_count;
	int rc = table_reserve((void **)&decoder->marks, &decoder->mark_capacity, index + 1ull, 1);

	if (!rc)
		rc = model_add_anon_vma(model, key, &index);
	if (rc)
		return rc;
	decoder->marks[index] = 0;
	decoder->edges_moved = true;
	if (decoder->previous)
		model->anon_vmas[index].previous = model_find_anon_vma(decoder->previous, key);
	*ret_index = index;
	return 0;
}

int decode_intern_anon_vma(struct decoder *decoder, uint64_t key, uint32_t *ret_index)
{
	uint32_t index = model_find_anon_vma(decoder->model, key);
	int rc = index == MODEL_NONE ? add_anon_vma(decoder, key, &index) : 0;

	if (rc)
		return rc;
	decoder->marks[index] |= DECODE_NAMED;
	*ret_index = index;
	return 0;
}

int decode_intern_file(struct decoder *decoder, uint32_t dev, uint64_t ino, uint32_t *ret_index)
{
	*ret_index = model_find_file(decoder->model, dev, ino);
	return *ret_index == MODEL_NONE ? model_add_file(decoder->model, dev, ino, ret_index) : 0;
}

static int take_begin(struct decoder *decoder, const struct record_begin *record)
{
	struct model_origin *origin = &decoder->model->origin;
	const struct model *previous = decoder->previous;

	if (decoder->begun)
		return decode_bad(decoder, "a second beginning inside one walk");
	if (record->page_size < 1024 || (record->page_size & (record->page_size - 1)))
		return decode_bad(decoder, "page size %u", record->page_size);
	decoder->begun = true;
	decoder->incremental = record->walk & RECORD_WALK_INCREMENTAL;
	*origin = (struct model_origin){
		.taken_ns = record->taken_ns,
		.boottime_ns = record->boottime_ns,
		.page_size = record->page_size,
		.vma_bytes = record->vma_bytes,
		.anon_vma_bytes = record->anon_vma_bytes,
		.avc_bytes = record->avc_bytes,
		.tree_tgid = (int32_t)record->tree_tgid,
		.split_counters = record->kernel & RECORD_KERNEL_SPLIT_COUNTERS,
		.has_anon_pgoff = record->kernel & RECORD_KERNEL_ANON_PGOFF,
	};
	snprintf(origin->boot_id, sizeof(origin->boot_id), "%.*s", (int)sizeof(record->boot_id) - 1,
		 record->boot_id);
	snprintf(origin->release, sizeof(origin->release), "%.*s", (int)sizeof(record->release) - 1,
		 record->release);
	snprintf(origin->machine, sizeof(origin->machine), "%.*s", (int)sizeof(record->machine) - 1,
		 record->machine);
	snprintf(origin->host, sizeof(origin->host), "%.*s", (int)sizeof(record->host) - 1,
		 record->host);

	/* keys of another boot name other objects */
	if (previous && strcmp(previous->origin.boot_id, origin->boot_id) != 0)
		decoder->previous = NULL;
	if (decoder->incremental && !decoder->previous)
		return decode_bad(decoder, "an incremental walk without the walk before it");
	return decoder->incremental ? decode_inherit_anon_vmas(decoder) : 0;
}

static int take_task(struct decoder *decoder, const struct record_task *record)
{
	uint32_t index;
	int rc;

	if (record->tgid <= 0 || record->tid <= 0)
		return decode_bad(decoder, "a task without a number");
	index = key_map_find(&decoder->task_by_tgid, (uint64_t)record->tgid);
	if (index == KEY_MAP_NONE) {
		index = decoder->task_count;
		rc = table_reserve((void **)&decoder->tasks, &decoder->task_capacity, index + 1,
				   sizeof(*decoder->tasks));
		if (!rc)
			rc = key_map_put(&decoder->task_by_tgid, (uint64_t)record->tgid, index);
		if (rc)
			return rc;
		decoder->task_count++;
	}
	/* seen twice, through two threads or across an exec: the later is true */
	decoder->tasks[index].record = *record;
	return 0;
}

/* Another root or parent: the memory was freed and is another anon_vma now. */
static bool same_description(const struct model_anon_vma *anon_vma, uint32_t root, uint32_t parent,
			     const struct record_anon_vma *record)
{
	return anon_vma->root == root && anon_vma->parent == parent &&
	       anon_vma->num_children == record->num_children &&
	       anon_vma->num_active_vmas == record->num_active_vmas &&
	       anon_vma->refcount == record->refcount;
}

static int take_anon_vma(struct decoder *decoder, const struct record_anon_vma *record)
{
	uint32_t index, root, parent;
	int rc;

	if (record->anon_vma == 0)
		return decode_bad(decoder, "an anon_vma without a key");
	rc = decode_intern_anon_vma(decoder, record->anon_vma, &index);
	if (rc)
		return rc;
	/* a root or parent of 0 is read from memory that was just reused */
	root = parent = index;
	if (record->root)
		rc = decode_intern_anon_vma(decoder, record->root, &root);
	if (!rc && record->parent)
		rc = decode_intern_anon_vma(decoder, record->parent, &parent);
	if (rc)
		return rc;

	struct model_anon_vma *anon_vma = &decoder->model->anon_vmas[index];
	bool described = record->root != 0 && record->parent != 0;

	if (decoder->marks[index] & DECODE_DESCRIBED &&
	    !same_description(anon_vma, root, parent, record))
		anon_vma->moved = true;
	if (anon_vma->described != described || anon_vma->root != root ||
	    anon_vma->parent != parent)
		decoder->edges_moved = true;
	decoder->marks[index] |= DECODE_LOOKED_AT | DECODE_DESCRIBED;
	anon_vma->described = described;
	anon_vma->root = root;
	anon_vma->parent = parent;
	anon_vma->refcount = record->refcount;
	anon_vma->num_children = record->num_children;
	anon_vma->num_active_vmas = record->num_active_vmas;
	anon_vma->rwsem_count = record->rwsem_count;
	return 0;
}

static int take_file(struct decoder *decoder, const struct record_file *record)
{
	struct model_file *file;
	uint32_t index, size = record->path_size;
	int rc;

	if (size == 0 || size > record->head.size - sizeof(*record) || record->path[size - 1])
		return decode_bad(decoder, "a path of %u bytes", size);
	rc = decode_intern_file(decoder, record->dev, record->ino, &index);
	if (rc)
		return rc;
	file = &decoder->model->files[index];
	if (file->path)
		return 0;
	return model_add_text(decoder->model, record->path, (uint32_t)strnlen(record->path, size),
			      &file->path);
}

static int take_cgroup(struct decoder *decoder, const struct record_cgroup *record)
{
	uint32_t offset, size = record->path_size;
	int rc;

	if (size == 0 || size > record->head.size - sizeof(*record) || record->path[size - 1] ||
	    record->cgroup == 0)
		return decode_bad(decoder, "a cgroup path of %u bytes", size);
	rc = model_add_text(decoder->model, record->path, (uint32_t)strnlen(record->path, size),
			    &offset);
	return rc ? rc : key_map_put(&decoder->cgroup_paths, record->cgroup, offset);
}

/* Size of each record without its variable part, and of one element of that. */
static const struct record_shape {
	uint16_t fixed;
	bool variable;
} shapes[RECORD_TYPE_MAX] = {
	[RECORD_BEGIN] = {sizeof(struct record_begin), false},
	[RECORD_TASK] = {sizeof(struct record_task), false},
	[RECORD_MM] = {sizeof(struct record_mm), false},
	[RECORD_VMA_NAME] = {sizeof(struct record_vma_name), false},
	[RECORD_VMA] = {sizeof(struct record_vma), true},
	[RECORD_CHAIN] = {sizeof(struct record_chain), true},
	[RECORD_ANON_VMA] = {sizeof(struct record_anon_vma), false},
	[RECORD_FILE] = {sizeof(struct record_file), true},
	[RECORD_VISIT_END] = {sizeof(struct record_visit_end), false},
	[RECORD_CGROUP] = {sizeof(struct record_cgroup), true},
	[RECORD_END] = {sizeof(struct record_end), false},
	[RECORD_MM_ADDRESS] = {sizeof(struct record_mm_address), false},
};

static int check_shape(struct decoder *decoder, const struct record_head *head, size_t size)
{
	const struct record_shape *shape;
	size_t links = 0;

	if (size < sizeof(*head) || head->size != size || size % 8 != 0)
		return decode_bad(decoder, "%zu bytes do not hold a record", size);
	if (head->type == 0 || head->type >= RECORD_TYPE_MAX)
		return decode_bad(decoder, "type %u is not known", head->type);
	shape = &shapes[head->type];
	if (size < shape->fixed || (!shape->variable && size != shape->fixed))
		return decode_bad(decoder, "type %u in %zu bytes", head->type, size);
	if (head->type == RECORD_VMA)
		links = ((const struct record_vma *)head)->chain_count;
	if (head->type == RECORD_CHAIN)
		links = ((const struct record_chain *)head)->chain_count;
	if (links && size != shape->fixed + links * sizeof(record_u64))
		return decode_bad(decoder, "%zu links in %zu bytes", links, size);
	if (!decoder->begun && head->type != RECORD_BEGIN)
		return decode_bad(decoder, "the stream does not start with its beginning");
	if (decoder->ended)
		return decode_bad(decoder, "a record after the end");
	return 0;
}

static int take(struct decoder *decoder, const struct record_head *head)
{
	switch ((enum record_type)head->type) {
	case RECORD_BEGIN:
		return take_begin(decoder, (const struct record_begin *)head);
	case RECORD_TASK:
		return take_task(decoder, (const struct record_task *)head);
	case RECORD_MM:
		return decode_take_mm(decoder, (const struct record_mm *)head);
	case RECORD_MM_ADDRESS:
		decoder->mm_address = *(const struct record_mm_address *)head;
		return 0;
	case RECORD_VMA_NAME:
		return decode_take_vma_name(decoder, (const struct record_vma_name *)head);
	case RECORD_VMA:
		return decode_take_vma(decoder, (const struct record_vma *)head);
	case RECORD_CHAIN:
		return decode_take_chain(decoder, (const struct record_chain *)head);
	case RECORD_ANON_VMA:
		return take_anon_vma(decoder, (const struct record_anon_vma *)head);
	case RECORD_FILE:
		return take_file(decoder, (const struct record_file *)head);
	case RECORD_VISIT_END:
		return decode_take_visit_end(decoder, (const struct record_visit_end *)head);
	case RECORD_CGROUP:
		return take_cgroup(decoder, (const struct record_cgroup *)head);
	case RECORD_END:
		decoder->ended = true;
		return 0;
	case RECORD_TYPE_MAX:
		break;
	}
	return -EBADMSG;
}

int decoder_feed(struct decoder *decoder, const void *record, size_t size)
{
	int rc;

	decoder->record_count++;
	rc = check_shape(decoder, record, size);
	return rc ? rc : take(decoder, record);
}

int decoder_finish(struct decoder *decoder)
{
	if (!decoder->ended)
		return decode_bad(decoder, "the stream breaks off before its end");
	if (decoder->in_visit)
		decode_drop_visit(decoder);
	return decode_finish(decoder);
}
