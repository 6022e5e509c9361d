/* SPDX-License-Identifier: GPL-2.0-only */
#include "decode_inherit.h"

#include <errno.h>
#include <string.h>

#include "decode_internal.h"

int decode_inherit_anon_vmas(struct decoder *decoder)
{
	const struct model *previous = decoder->previous;
	uint32_t files = previous->file_count;

	if (table_reserve((void **)&decoder->marks, &decoder->mark_capacity,
			  previous->anon_vma_count, sizeof(*decoder->marks)) ||
	    table_reserve((void **)&decoder->from_previous_file,
			  &decoder->from_previous_file_capacity, files, sizeof(uint32_t)))
		return -ENOMEM;
	if (previous->anon_vma_count)
		memset(decoder->marks, 0, previous->anon_vma_count);
	for (uint32_t i = 0; i < files; i++)
		decoder->from_previous_file[i] = MODEL_NONE;
	return model_copy_anon_vmas(decoder->model, previous);
}

static bool is_same_file(const struct decoder *decoder, uint32_t before, uint32_t now)
{
	const struct model_file *old, *file;

	if (before == MODEL_NONE || now == MODEL_NONE)
		return before == now;
	old = &decoder->previous->files[before];
	file = &decoder->model->files[now];
	return old->dev == file->dev && old->ino == file->ino;
}

/* An anon_vma has the same index in both models until the walk is decoded. */
static bool is_same_vma(const struct decoder *decoder, const struct model_vma *before,
			const struct model_vma *now)
{
	return before->start == now->start && before->end == now->end &&
	       before->pgoff == now->pgoff && before->anon_pgoff == now->anon_pgoff &&
	       before->flags == now->flags && before->policy == now->policy &&
	       before->foreign_avc == now->foreign_avc && before->active == now->active &&
	       before->avc_count == now->avc_count &&
	       is_same_file(decoder, before->file, now->file) &&
	       strcmp(model_text(decoder->previous, before->name),
		      model_text(decoder->model, now->name)) == 0;
}

bool decode_is_as_before(const struct decoder *decoder, uint32_t before)
{
	const struct model *previous = decoder->previous, *model = decoder->model;
	const struct model_mm *mm = &previous->mms[before];
	uint32_t links = model->avc_count - decoder->avc_mark;

	if (mm->torn || mm->cut != decoder->mm.cut ||
	    mm->vma_count != model->vma_count - decoder->vma_mark ||
	    model_link_count(previous, mm) != links)
		return false;
	for (uint32_t i = 0; i < mm->vma_count; i++)
		if (!is_same_vma(decoder, &previous->vmas[mm->vma_first + i],
				 &model->vmas[decoder->vma_mark + i]))
			return false;
	return links == 0 ||
	       memcmp(previous->avcs + previous->vmas[mm->vma_first].avc_first,
		      model->avcs + decoder->avc_mark, links * sizeof(*model->avcs)) == 0;
}

static int inherit_file(struct decoder *decoder, uint32_t before, uint32_t *ret_index)
{
	const struct model_file *file;
	int rc;

	*ret_index = decoder->from_previous_file[before];
	if (*ret_index != MODEL_NONE)
		return 0;
	file = &decoder->previous->files[before];
	rc = decode_intern_file(decoder, file->dev, file->ino, ret_index);
	if (!rc)
		decoder->from_previous_file[before] = *ret_index;
	return rc;
}

/* Names and files are few and have indexes of their own in every model. */
static int inherit_names(struct decoder *decoder, struct model_vma *vma)
{
	int rc = 0;

	if (vma->name) {
		const char *name = model_text(decoder->previous, vma->name);

		rc = model_add_text(decoder->model, name, (uint32_t)strlen(name), &vma->name);
	}
	if (!rc && vma->file != MODEL_NONE)
		rc = inherit_file(decoder, vma->file, &vma->file);
	return rc;
}

int decode_inherit_mm(struct decoder *decoder, uint32_t before)
{
	const struct model *previous = decoder->previous;
	const struct model_mm *mm = &previous->mms[before];
	uint32_t links = model_link_count(previous, mm), avc_first, moved_by;
	struct model *model = decoder->model;
	int rc;

	if (mm->vma_count == 0)
		return 0;
	avc_first = previous->vmas[mm->vma_first].avc_first;
	moved_by = model->avc_count - avc_first; /* modulo 2^32, as it is used */
	rc = model_append_vmas(model, previous->vmas + mm->vma_first, mm->vma_count);
	if (!rc && links)
		rc = model_append_avcs(model, previous->avcs + avc_first, links);
	for (uint32_t v = model->vma_count - mm->vma_count; !rc && v < model->vma_count; v++) {
		struct model_vma *vma = &model->vmas[v];

		vma->mm = model->mm_count;
		vma->avc_first += moved_by;
		rc = inherit_names(decoder, vma);
	}
	return rc;
}
