/* SPDX-License-Identifier: GPL-2.0-only */
#include "decode.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode_finish.h"
#include "record.h"

static int bad(struct decoder *decoder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int bad(struct decoder *decoder, const char *format, ...)
{
	va_list args;
	int length = snprintf(decoder->error, sizeof(decoder->error),
			      "record %llu: ", (unsigned long long)decoder->record_count);

	va_start(args, format);
	vsnprintf(decoder->error + length, sizeof(decoder->error) - (size_t)length, format, args);
	va_end(args);
	return -EBADMSG;
}

/* Bits of decoder.looked_at. */
enum {
	LOOKED_AT = 1,
	DESCRIBED_NOW = 2
};

static int grow(void **table, uint32_t *capacity, uint32_t wanted, size_t size)
{
	uint64_t larger = *capacity + *capacity / 2ull + 64;

	if (wanted <= *capacity)
		return 0;
	if (larger < wanted)
		larger = wanted;

	void *grown = realloc(*table, larger * size);

	if (!grown)
		return -ENOMEM;
	*table = grown;
	*capacity = (uint32_t)larger;
	return 0;
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
	decoder->in_visit = decoder->in_chain = false;
	model_reset(model);
}

void decoder_clear(struct decoder *decoder)
{
	free(decoder->retries);
	free(decoder->tasks);
	free(decoder->reach);
	free(decoder->looked_at);
	free(decoder->from_previous);
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

/* The anon_vma with this key; a new one takes over what the previous model
 * knows of the key, which holds until this walk says otherwise. */
static int intern_anon_vma(struct decoder *decoder, uint64_t key, uint32_t *ret_index)
{
	struct model *model = decoder->model;
	uint32_t index = model_find_anon_vma(model, key), before;
	int rc;

	if (index != MODEL_NONE) {
		*ret_index = index;
		return 0;
	}
	rc = grow((void **)&decoder->looked_at, &decoder->looked_at_capacity,
		  model->anon_vma_count + 1, 1);
	if (!rc)
		rc = model_add_anon_vma(model, key, &index);
	if (rc)
		return rc;
	decoder->looked_at[index] = 0;
	before = decoder->previous ? model_find_anon_vma(decoder->previous, key) : MODEL_NONE;
	if (before != MODEL_NONE) {
		model->anon_vmas[index].previous = before;
		decoder->from_previous[before] = index;
	}
	*ret_index = index;
	return 0;
}

static int intern_file(struct decoder *decoder, uint32_t dev, uint64_t ino, uint32_t *ret_index)
{
	*ret_index = model_find_file(decoder->model, dev, ino);
	return *ret_index == MODEL_NONE ? model_add_file(decoder->model, dev, ino, ret_index) : 0;
}

/* Nothing of the previous model is taken over yet. */
static int forget_previous(struct decoder *decoder)
{
	uint32_t anon_vmas = decoder->previous->anon_vma_count;
	uint32_t files = decoder->previous->file_count;

	if (grow((void **)&decoder->from_previous, &decoder->from_previous_capacity, anon_vmas,
		 sizeof(uint32_t)) ||
	    grow((void **)&decoder->from_previous_file, &decoder->from_previous_file_capacity,
		 files, sizeof(uint32_t)))
		return -ENOMEM;
	for (uint32_t i = 0; i < anon_vmas; i++)
		decoder->from_previous[i] = MODEL_NONE;
	for (uint32_t i = 0; i < files; i++)
		decoder->from_previous_file[i] = MODEL_NONE;
	return 0;
}

static int take_begin(struct decoder *decoder, const struct record_begin *record)
{
	struct model_origin *origin = &decoder->model->origin;
	const struct model *previous = decoder->previous;

	if (decoder->begun)
		return bad(decoder, "a second beginning inside one walk");
	if (record->page_size < 1024 || (record->page_size & (record->page_size - 1)))
		return bad(decoder, "page size %u", record->page_size);
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
		return bad(decoder, "an incremental walk without the walk before it");
	return decoder->previous ? forget_previous(decoder) : 0;
}

static int take_task(struct decoder *decoder, const struct record_task *record)
{
	uint32_t index;
	int rc;

	if (record->tgid <= 0 || record->tid <= 0)
		return bad(decoder, "a task without a number");
	index = key_map_find(&decoder->task_by_tgid, (uint64_t)record->tgid);
	if (index == KEY_MAP_NONE) {
		index = decoder->task_count;
		rc = grow((void **)&decoder->tasks, &decoder->task_capacity, index + 1,
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

static int take_mm(struct decoder *decoder, const struct record_mm *record)
{
	if (record->mm == 0)
		return bad(decoder, "an address space without a key");
	if (decoder->in_visit)
		return bad(decoder, "a visit begins inside another");
	decoder->in_chain = false;
	decoder->unsteady = false;
	if (decoder_has_mm(decoder, record->mm))
		return 0; /* through another thread; its records are passed over */
	decoder->in_visit = true;
	decoder->visit = record->head.visit;
	decoder->vma_mark = decoder->model->vma_count;
	decoder->avc_mark = decoder->model->avc_count;
	decoder->mm = (struct model_mm){
		.key = record->mm,
		.total_pages = record->total_pages,
		.data_pages = record->data_pages,
		.stack_pages = record->stack_pages,
		.exec_pages = record->exec_pages,
		.locked_pages = record->locked_pages,
		.tree_height = record->tree_height,
		.usage =
			{
				.file_rss_pages = record->file_rss_pages,
				.anon_rss_pages = record->anon_rss_pages,
				.shmem_rss_pages = record->shmem_rss_pages,
				.swap_pages = record->swap_pages,
				.pgtables_bytes = record->pgtables_bytes,
			},
	};
	return 0;
}

static bool in_this_visit(const struct decoder *decoder, const struct record_head *head)
{
	return decoder->in_visit && head->visit == decoder->visit;
}

/* Links of an mm that is known already: it is walked again for its anon_vmas,
 * of which those that did not move are not described. */
static int pass_over(struct decoder *decoder, const uint64_t *keys, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t anon_vma = model_find_anon_vma(decoder->model, keys[i]);

		if (anon_vma != MODEL_NONE)
			decoder->looked_at[anon_vma] |= LOOKED_AT;
	}
	return 0;
}

/* Appends chain entries to the last VMA. */
static int take_links(struct decoder *decoder, const uint64_t *keys, uint32_t count, uint32_t bits)
{
	struct model *model = decoder->model;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t anon_vma;
		int rc;

		if (keys[i] == 0)
			return bad(decoder, "a link to nothing");
		rc = intern_anon_vma(decoder, keys[i], &anon_vma);
		if (!rc)
			rc = model_add_avc(model, anon_vma);
		if (rc)
			return rc;
		decoder->looked_at[anon_vma] |= LOOKED_AT;
	}
	model->vmas[model->vma_count - 1].avc_count += count;
	decoder->in_chain = !(bits & RECORD_VMA_LAST);
	if (bits & RECORD_VMA_CHAIN_CUT)
		decoder->mm.cut = true;
	return 0;
}

static int fill_vma(struct decoder *decoder, struct model_vma *vma, const struct record_vma *record)
{
	int rc = 0;

	vma->start = record->start;
	vma->end = record->end;
	vma->pgoff = record->pgoff;
	vma->anon_pgoff = record->anon_pgoff;
	vma->flags = record->vm_flags;
	vma->policy = record->bits & RECORD_VMA_POLICY;
	if (record->bits & RECORD_VMA_FILE)
		rc = intern_file(decoder, record->dev, record->ino, &vma->file);
	if (!rc && record->anon_vma)
		rc = intern_anon_vma(decoder, record->anon_vma, &vma->active);
	/* __anon_vma_prepare() publishes vma->anon_vma before it links the AVC */
	if (record->anon_vma && record->chain_count == 0)
		decoder->unsteady = true;
	return rc;
}

static int take_vma(struct decoder *decoder, const struct record_vma *record)
{
	struct model *model = decoder->model;
	uint32_t index;
	int rc;

	if (!in_this_visit(decoder, &record->head))
		return pass_over(decoder, record->chain, record->chain_count);
	if (record->start >= record->end)
		return bad(decoder, "a VMA that ends before it starts");
	if (decoder->in_chain) {
		/* the ring filled inside this chain and the VMA is shown again */
		model->vma_count--;
		model->avc_count = model->vmas[model->vma_count].avc_first;
		decoder->in_chain = false;
	}
	/* a VMA that grew or merged while the lock was dropped */
	if (model->vma_count > decoder->vma_mark &&
	    record->start < model->vmas[model->vma_count - 1].end) {
		decoder->unsteady = true;
		return 0;
	}
	rc = model_add_vma(model, model->mm_count, &index);
	if (!rc)
		rc = fill_vma(decoder, &model->vmas[index], record);
	if (!rc)
		rc = take_links(decoder, record->chain, record->chain_count, record->bits);
	return rc;
}

static int take_chain(struct decoder *decoder, const struct record_chain *record)
{
	const struct model *model = decoder->model;

	if (!in_this_visit(decoder, &record->head))
		return pass_over(decoder, record->chain, record->chain_count);
	if (!decoder->in_chain) {
		/* belongs to a VMA that was passed over as unsteady */
		if (decoder->unsteady)
			return 0;
		return bad(decoder, "a chain that continues no VMA");
	}
	if (record->start != model->vmas[model->vma_count - 1].start ||
	    record->first != model->vmas[model->vma_count - 1].avc_count)
		return bad(decoder, "a chain that continues another VMA");
	return take_links(decoder, record->chain, record->chain_count, record->bits);
}

static void drop_visit(struct decoder *decoder)
{
	decoder->model->vma_count = decoder->vma_mark;
	decoder->model->avc_count = decoder->avc_mark;
}

static int retry(struct decoder *decoder, const struct record_visit_end *record)
{
	int rc = grow((void **)&decoder->retries, &decoder->retry_capacity,
		      decoder->retry_count + 1, sizeof(*decoder->retries));

	drop_visit(decoder);
	if (!rc && key_map_find(&decoder->retried, record->mm) == KEY_MAP_NONE) {
		rc = key_map_put(&decoder->retried, record->mm, 1);
		decoder->retried_count++;
	}
	if (rc)
		return rc;
	decoder->retries[decoder->retry_count++] = (struct decode_retry){
		.mm = record->mm,
		.tid = record->tid,
		.tgid = record->tgid,
	};
	return 0;
}

/* Takes an anon_vma over from the previous model. */
static int inherit_anon_vma(struct decoder *decoder, uint32_t before, uint32_t *ret_index)
{
	if (before == MODEL_NONE)
		return 0;
	*ret_index = decoder->from_previous[before];
	if (*ret_index != MODEL_NONE)
		return 0;
	return intern_anon_vma(decoder, decoder->previous->anon_vmas[before].key, ret_index);
}

static int inherit_file(struct decoder *decoder, uint32_t before, uint32_t *ret_index)
{
	const struct model_file *file;
	int rc;

	if (before == MODEL_NONE)
		return 0;
	*ret_index = decoder->from_previous_file[before];
	if (*ret_index != MODEL_NONE)
		return 0;
	file = &decoder->previous->files[before];
	rc = intern_file(decoder, file->dev, file->ino, ret_index);
	if (!rc)
		decoder->from_previous_file[before] = *ret_index;
	return rc;
}

static int inherit_vma(struct decoder *decoder, const struct model_vma *before)
{
	const struct model *previous = decoder->previous;
	const uint32_t *chain = model_chain(previous, before);
	struct model *model = decoder->model;
	uint32_t index, anon_vma;
	int rc = model_add_vma(model, model->mm_count, &index);

	if (rc)
		return rc;

	struct model_vma *vma = &model->vmas[index];
	uint32_t avc_first = vma->avc_first;

	*vma = *before;
	vma->mm = model->mm_count;
	vma->avc_first = avc_first;
	rc = inherit_file(decoder, before->file, &vma->file);
	if (!rc)
		rc = inherit_anon_vma(decoder, before->active, &vma->active);
	for (uint32_t i = 0; !rc && i < before->avc_count; i++) {
		rc = inherit_anon_vma(decoder, chain[i], &anon_vma);
		if (!rc)
			rc = model_add_avc(model, anon_vma);
	}
	return rc;
}

/* A quiet visit that found as many VMAs and chains as the walk before. */
static int inherit_mm(struct decoder *decoder, uint32_t before)
{
	const struct model_mm *mm = &decoder->previous->mms[before];
	int rc = 0;

	for (uint32_t v = mm->vma_first; !rc && v < mm->vma_first + mm->vma_count; v++)
		rc = inherit_vma(decoder, &decoder->previous->vmas[v]);
	decoder->mm.unchanged = true;
	decoder->mm.cut = mm->cut;
	return rc;
}

static int accept_mm(struct decoder *decoder, const struct record_visit_end *record, bool torn)
{
	struct model *model = decoder->model;
	uint32_t index;
	int rc = grow((void **)&decoder->reach, &decoder->reach_capacity, model->mm_count + 1,
		      sizeof(*decoder->reach));

	if (!rc)
		rc = model_add_mm(model, decoder->mm.key, &index);
	if (rc)
		return rc;
	decoder->reach[index] = (struct decode_retry){
		.mm = record->mm,
		.tid = record->tid,
		.tgid = record->tgid,
	};

	struct model_mm *mm = &model->mms[index];

	*mm = decoder->mm;
	mm->owner = MODEL_NONE;
	mm->previous = decoder->previous ? model_find_mm(decoder->previous, mm->key) : MODEL_NONE;
	mm->vma_first = decoder->vma_mark;
	mm->vma_count = model->vma_count - decoder->vma_mark;
	mm->map_count = record->map_count;
	mm->torn = torn;
	mm->linked_count = record->linked_count;
	return 0;
}

static int end_quiet_visit(struct decoder *decoder, const struct record_visit_end *record)
{
	uint32_t before = decoder->incremental ? model_find_mm(decoder->previous, record->mm) :
						 MODEL_NONE;
	const struct model_mm *mm;
	int rc;

	if (before == MODEL_NONE || decoder->model->vma_count != decoder->vma_mark)
		return retry(decoder, record);
	mm = &decoder->previous->mms[before];
	if (record->bits & RECORD_VISIT_MOVED || mm->torn || mm->vma_count != record->vma_count ||
	    mm->linked_count != record->linked_count)
		return retry(decoder, record);
	rc = inherit_mm(decoder, before);
	return rc ? rc : accept_mm(decoder, record, false);
}

static int end_full_visit(struct decoder *decoder, const struct record_visit_end *record)
{
	uint32_t decoded = decoder->model->vma_count - decoder->vma_mark;
	bool steady = !decoder->unsteady && !decoder->in_chain &&
		      !(record->bits & RECORD_VISIT_MOVED) && decoded == record->vma_count &&
		      decoded == record->map_count;

	if (!steady && !(record->bits & RECORD_VISIT_LAST_ATTEMPT))
		return retry(decoder, record);
	return accept_mm(decoder, record, !steady);
}

static int take_visit_end(struct decoder *decoder, const struct record_visit_end *record)
{
	if (!in_this_visit(decoder, &record->head))
		return 0;
	if (record->mm != decoder->mm.key)
		return bad(decoder, "a visit that ends in another address space");
	decoder->in_visit = false;
	if (record->bits & RECORD_VISIT_QUIET)
		return end_quiet_visit(decoder, record);
	return end_full_visit(decoder, record);
}

static bool same_counters(const struct model_anon_vma *anon_vma,
			  const struct record_anon_vma *record)
{
	return anon_vma->num_children == record->num_children &&
	       anon_vma->num_active_vmas == record->num_active_vmas &&
	       anon_vma->refcount == record->refcount;
}

static int take_anon_vma(struct decoder *decoder, const struct record_anon_vma *record)
{
	uint32_t index, root, parent;
	int rc;

	if (record->anon_vma == 0)
		return bad(decoder, "an anon_vma without a key");
	rc = intern_anon_vma(decoder, record->anon_vma, &index);
	/* a root or parent of 0 is read from memory that was just reused */
	root = parent = index;
	if (!rc && record->root)
		rc = intern_anon_vma(decoder, record->root, &root);
	if (!rc && record->parent)
		rc = intern_anon_vma(decoder, record->parent, &parent);
	if (rc)
		return rc;

	struct model_anon_vma *anon_vma = &decoder->model->anon_vmas[index];

	if (decoder->looked_at[index] & DESCRIBED_NOW && !same_counters(anon_vma, record))
		anon_vma->moved = true;
	decoder->looked_at[index] = LOOKED_AT | DESCRIBED_NOW;
	anon_vma->described = record->root != 0 && record->parent != 0;
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
		return bad(decoder, "a path of %u bytes", size);
	rc = intern_file(decoder, record->dev, record->ino, &index);
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
		return bad(decoder, "a cgroup path of %u bytes", size);
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
	[RECORD_VMA] = {sizeof(struct record_vma), true},
	[RECORD_CHAIN] = {sizeof(struct record_chain), true},
	[RECORD_ANON_VMA] = {sizeof(struct record_anon_vma), false},
	[RECORD_FILE] = {sizeof(struct record_file), true},
	[RECORD_VISIT_END] = {sizeof(struct record_visit_end), false},
	[RECORD_CGROUP] = {sizeof(struct record_cgroup), true},
	[RECORD_END] = {sizeof(struct record_end), false},
};

static int check_shape(struct decoder *decoder, const struct record_head *head, size_t size)
{
	const struct record_shape *shape;
	size_t links = 0;

	if (size < sizeof(*head) || head->size != size || size % 8 != 0)
		return bad(decoder, "%zu bytes do not hold a record", size);
	if (head->type == 0 || head->type >= RECORD_TYPE_MAX)
		return bad(decoder, "type %u is not known", head->type);
	shape = &shapes[head->type];
	if (size < shape->fixed || (!shape->variable && size != shape->fixed))
		return bad(decoder, "type %u in %zu bytes", head->type, size);
	if (head->type == RECORD_VMA)
		links = ((const struct record_vma *)head)->chain_count;
	if (head->type == RECORD_CHAIN)
		links = ((const struct record_chain *)head)->chain_count;
	if (links && size != shape->fixed + links * sizeof(record_u64))
		return bad(decoder, "%zu links in %zu bytes", links, size);
	if (!decoder->begun && head->type != RECORD_BEGIN)
		return bad(decoder, "the stream does not start with its beginning");
	if (decoder->ended)
		return bad(decoder, "a record after the end");
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
		return take_mm(decoder, (const struct record_mm *)head);
	case RECORD_VMA:
		return take_vma(decoder, (const struct record_vma *)head);
	case RECORD_CHAIN:
		return take_chain(decoder, (const struct record_chain *)head);
	case RECORD_ANON_VMA:
		return take_anon_vma(decoder, (const struct record_anon_vma *)head);
	case RECORD_FILE:
		return take_file(decoder, (const struct record_file *)head);
	case RECORD_VISIT_END:
		return take_visit_end(decoder, (const struct record_visit_end *)head);
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
		return bad(decoder, "the stream breaks off before its end");
	if (decoder->in_visit)
		drop_visit(decoder);
	return decode_finish(decoder);
}
