/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMAs of one address space are appended to the model while its visit lasts
 * and stay there only if the visit held still.
 */
#include <errno.h>
#include <string.h>

#include "decode_inherit.h"
#include "decode_internal.h"

int decode_take_mm(struct decoder *decoder, const struct record_mm *record)
{
	if (record->mm == 0)
		return decode_bad(decoder, "an address space without a key");
	if (decoder->in_visit)
		return decode_bad(decoder, "a visit begins inside another");
	decoder->in_chain = false;
	decoder->unsteady = false;
	decoder->name = 0;
	if (decoder_has_mm(decoder, record->mm))
		return 0; /* through another thread; its records are passed over */
	decoder->in_visit = true;
	decoder->visit = record->head.visit;
	decoder->vma_mark = decoder->model->vma_count;
	decoder->avc_mark = decoder->model->avc_count;
	decoder->mm = (struct model_mm){
		.key = record->mm,
		.address = decoder->mm_address.mm == record->mm ? decoder->mm_address.address : 0,
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
			decoder->marks[anon_vma] |= DECODE_LOOKED_AT;
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
			return decode_bad(decoder, "a link to nothing");
		rc = decode_intern_anon_vma(decoder, keys[i], &anon_vma);
		if (!rc)
			rc = model_add_avc(model, anon_vma);
		if (rc)
			return rc;
		decoder->marks[anon_vma] |= DECODE_LOOKED_AT;
	}
	model->vmas[model->vma_count - 1].avc_count += count;
	decoder->in_chain = !(bits & RECORD_VMA_LAST);
	if (bits & RECORD_VMA_CHAIN_CUT)
		decoder->mm.cut = true;
	if (bits & RECORD_VMA_FOREIGN_AVC)
		model->vmas[model->vma_count - 1].foreign_avc = true;
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
	if (decoder->name && decoder->named_start == record->start)
		vma->name = decoder->name;
	decoder->name = 0;
	if (record->bits & RECORD_VMA_FILE)
		rc = decode_intern_file(decoder, record->dev, record->ino, &vma->file);
	if (!rc && record->anon_vma)
		rc = decode_intern_anon_vma(decoder, record->anon_vma, &vma->active);
	/* __anon_vma_prepare() publishes vma->anon_vma before it links the AVC */
	if (record->anon_vma && record->chain_count == 0)
		decoder->unsteady = true;
	return rc;
}

int decode_take_vma_name(struct decoder *decoder, const struct record_vma_name *record)
{
	if (!in_this_visit(decoder, &record->head))
		return 0;
	decoder->named_start = record->start;
	return model_add_text(decoder->model, record->name,
			      (uint32_t)strnlen(record->name, sizeof(record->name)),
			      &decoder->name);
}

int decode_take_vma(struct decoder *decoder, const struct record_vma *record)
{
	struct model *model = decoder->model;
	uint32_t index;
	int rc;

	if (!in_this_visit(decoder, &record->head))
		return pass_over(decoder, record->chain, record->chain_count);
	if (record->start >= record->end)
		return decode_bad(decoder, "a VMA that ends before it starts");
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

int decode_take_chain(struct decoder *decoder, const struct record_chain *record)
{
	const struct model *model = decoder->model;

	if (!in_this_visit(decoder, &record->head))
		return pass_over(decoder, record->chain, record->chain_count);
	if (!decoder->in_chain) {
		/* belongs to a VMA that was passed over as unsteady */
		if (decoder->unsteady)
			return 0;
		return decode_bad(decoder, "a chain that continues no VMA");
	}
	if (record->start != model->vmas[model->vma_count - 1].start ||
	    record->first != model->vmas[model->vma_count - 1].avc_count)
		return decode_bad(decoder, "a chain that continues another VMA");
	return take_links(decoder, record->chain, record->chain_count, record->bits);
}

void decode_drop_visit(struct decoder *decoder)
{
	decoder->model->vma_count = decoder->vma_mark;
	decoder->model->avc_count = decoder->avc_mark;
}

static int retry(struct decoder *decoder, const struct record_visit_end *record)
{
	int rc = table_reserve((void **)&decoder->retries, &decoder->retry_capacity,
			       decoder->retry_count + 1, sizeof(*decoder->retries));

	decode_drop_visit(decoder);
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

/* What the accepted VMAs link to. */
static void mark_linked(struct decoder *decoder)
{
	const struct model *model = decoder->model;

	for (uint32_t i = decoder->avc_mark; i < model->avc_count; i++)
		decoder->marks[model->avcs[i]] |= DECODE_NAMED | DECODE_LINKED;
	for (uint32_t v = decoder->vma_mark; v < model->vma_count; v++)
		if (model->vmas[v].active != MODEL_NONE)
			decoder->marks[model->vmas[v].active] |= DECODE_NAMED | DECODE_LINKED;
}

static int accept_mm(struct decoder *decoder, const struct record_visit_end *record, bool torn)
{
	struct model *model = decoder->model;
	uint32_t index;
	int rc = table_reserve((void **)&decoder->reach, &decoder->reach_capacity,
			       model->mm_count + 1, sizeof(*decoder->reach));

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
	mark_linked(decoder);
	return 0;
}

static int accept_unchanged(struct decoder *decoder, const struct record_visit_end *record,
			    uint32_t before)
{
	int rc = decode_inherit_mm(decoder, before);

	if (rc)
		return rc;
	decoder->mm.unchanged = true;
	decoder->mm.cut = decoder->previous->mms[before].cut;
	return accept_mm(decoder, record, false);
}

static uint32_t find_before(const struct decoder *decoder, uint64_t key)
{
	return decoder->incremental ? model_find_mm(decoder->previous, key) : MODEL_NONE;
}

/* It has to have found as many VMAs and chains as there were. */
static int end_quiet_visit(struct decoder *decoder, const struct record_visit_end *record)
{
	uint32_t before = find_before(decoder, record->mm);
	const struct model_mm *mm;

	if (before == MODEL_NONE || decoder->model->vma_count != decoder->vma_mark)
		return retry(decoder, record);
	mm = &decoder->previous->mms[before];
	if (record->bits & RECORD_VISIT_MOVED || mm->torn || mm->vma_count != record->vma_count ||
	    mm->linked_count != record->linked_count)
		return retry(decoder, record);
	decoder->mm.unread = true;
	return accept_unchanged(decoder, record, before);
}

static int end_full_visit(struct decoder *decoder, const struct record_visit_end *record)
{
	uint32_t decoded = decoder->model->vma_count - decoder->vma_mark;
	bool steady = !decoder->unsteady && !decoder->in_chain &&
		      !(record->bits & RECORD_VISIT_MOVED) && decoded == record->vma_count &&
		      decoded == record->map_count;
	uint32_t before;

	if (!steady && !(record->bits & RECORD_VISIT_LAST_ATTEMPT))
		return retry(decoder, record);
	/* what was written to and is as it was spares the later stages their work */
	before = steady ? find_before(decoder, record->mm) : MODEL_NONE;
	if (before == MODEL_NONE || !decode_is_as_before(decoder, before))
		return accept_mm(decoder, record, !steady);
	decode_drop_visit(decoder);
	return accept_unchanged(decoder, record, before);
}

int decode_take_visit_end(struct decoder *decoder, const struct record_visit_end *record)
{
	if (!in_this_visit(decoder, &record->head))
		return 0;
	if (record->mm != decoder->mm.key)
		return decode_bad(decoder, "a visit that ends in another address space");
	decoder->in_visit = false;
	if (record->bits & RECORD_VISIT_QUIET)
		return end_quiet_visit(decoder, record);
	return end_full_visit(decoder, record);
}
