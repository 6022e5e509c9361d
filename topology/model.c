/* SPDX-License-Identifier: GPL-2.0-only */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define RESERVE(model, table, singular, extra)                                 \
	table_reserve((void **)&(model)->table, &(model)->singular##_capacity, \
		      (uint64_t)(model)->singular##_count + (extra), sizeof(*(model)->table))

static uint64_t inode_key(uint32_t dev, uint64_t ino)
{
	/* the low bit keeps it from being 0, which a key_map does not take */
	return ((ino * 0x9e3779b97f4a7c15ULL) ^ ((uint64_t)dev << 32)) | 1;
}

void model_init(struct model *model)
{
	*model = (struct model){0};
}

void model_reset(struct model *model)
{
	model->origin = (struct model_origin){0};
	model->process_count = 0;
	model->mm_count = 0;
	model->vma_count = 0;
	model->avc_count = 0;
	model->anon_vma_count = 0;
	model->file_count = 0;
	model->text_size = 0;
	key_map_reset(&model->anon_vma_by_key);
	key_map_reset(&model->mm_by_key);
	key_map_reset(&model->process_by_tgid);
	key_map_reset(&model->file_by_inode);
}

void model_clear(struct model *model)
{
	free(model->processes);
	free(model->mms);
	free(model->vmas);
	free(model->avcs);
	free(model->anon_vmas);
	free(model->files);
	free(model->text);
	key_map_clear(&model->anon_vma_by_key);
	key_map_clear(&model->mm_by_key);
	key_map_clear(&model->process_by_tgid);
	key_map_clear(&model->file_by_inode);
	model_init(model);
}

int model_add_process(struct model *model, int32_t tgid, uint32_t *ret_index)
{
	int rc = RESERVE(model, processes, process, 1);

	if (!rc && tgid > 0)
		rc = key_map_put(&model->process_by_tgid, (uint64_t)tgid, model->process_count);
	if (rc)
		return rc;
	*ret_index = model->process_count++;
	model->processes[*ret_index] = (struct model_process){
		.tgid = tgid,
		.previous = MODEL_NONE,
		.exe = MODEL_NONE,
		.mm = MODEL_NONE,
	};
	return 0;
}

int model_add_mm(struct model *model, uint64_t key, uint32_t *ret_index)
{
	int rc = RESERVE(model, mms, mm, 1);

	if (!rc && key)
		rc = key_map_put(&model->mm_by_key, key, model->mm_count);
	if (rc)
		return rc;
	*ret_index = model->mm_count++;
	model->mms[*ret_index] = (struct model_mm){
		.key = key,
		.previous = MODEL_NONE,
		.owner = MODEL_NONE,
		.vma_first = model->vma_count,
	};
	return 0;
}

int model_add_vma(struct model *model, uint32_t mm, uint32_t *ret_index)
{
	int rc = RESERVE(model, vmas, vma, 1);

	if (rc)
		return rc;
	*ret_index = model->vma_count++;
	model->vmas[*ret_index] = (struct model_vma){
		.mm = mm,
		.file = MODEL_NONE,
		.active = MODEL_NONE,
		.avc_first = model->avc_count,
	};
	return 0;
}

int model_add_avc(struct model *model, uint32_t anon_vma)
{
	int rc = RESERVE(model, avcs, avc, 1);

	if (rc)
		return rc;
	model->avcs[model->avc_count++] = anon_vma;
	return 0;
}

int model_add_anon_vma(struct model *model, uint64_t key, uint32_t *ret_index)
{
	int rc = RESERVE(model, anon_vmas, anon_vma, 1);

	if (!rc && key)
		rc = key_map_put(&model->anon_vma_by_key, key, model->anon_vma_count);
	if (rc)
		return rc;
	*ret_index = model->anon_vma_count++;
	model->anon_vmas[*ret_index] = (struct model_anon_vma){
		.key = key,
		.root = MODEL_NONE,
		.parent = MODEL_NONE,
		.previous = MODEL_NONE,
	};
	return 0;
}

int model_add_file(struct model *model, uint32_t dev, uint64_t ino, uint32_t *ret_index)
{
	int rc = RESERVE(model, files, file, 1);

	/* Two inodes may share a key; the later one is then found by the scan in
	 * model_find_file. */
	if (!rc && key_map_find(&model->file_by_inode, inode_key(dev, ino)) == KEY_MAP_NONE)
		rc = key_map_put(&model->file_by_inode, inode_key(dev, ino), model->file_count);
	if (rc)
		return rc;
	*ret_index = model->file_count++;
	model->files[*ret_index] = (struct model_file){
		.dev = dev,
		.ino = ino,
		.previous = MODEL_NONE,
	};
	return 0;
}

int model_add_text(struct model *model, const char *bytes, uint32_t size, uint32_t *ret_offset)
{
	bool first = model->text_size == 0;
	int rc;

	if (size > MODEL_NONE - 2)
		return -EOVERFLOW;
	rc = table_reserve((void **)&model->text, &model->text_capacity,
			   model->text_size + 2ull + size, 1);
	if (rc)
		return rc;
	if (first)
		model->text[model->text_size++] = '\0';
	*ret_offset = model->text_size;
	if (size)
		memcpy(model->text + model->text_size, bytes, size);
	model->text_size += size;
	model->text[model->text_size++] = '\0';
	return 0;
}

int model_append_vmas(struct model *model, const struct model_vma *vmas, uint32_t count)
{
	int rc = count ? RESERVE(model, vmas, vma, count) : 0;

	if (rc || !count)
		return rc;
	memcpy(model->vmas + model->vma_count, vmas, count * sizeof(*vmas));
	model->vma_count += count;
	return 0;
}

int model_append_avcs(struct model *model, const uint32_t *avcs, uint32_t count)
{
	int rc = count ? RESERVE(model, avcs, avc, count) : 0;

	if (rc || !count)
		return rc;
	memcpy(model->avcs + model->avc_count, avcs, count * sizeof(*avcs));
	model->avc_count += count;
	return 0;
}

int model_copy_anon_vmas(struct model *model, const struct model *from)
{
	uint32_t count = from->anon_vma_count;
	int rc = RESERVE(model, anon_vmas, anon_vma, count);

	if (!rc)
		rc = key_map_copy(&model->anon_vma_by_key, &from->anon_vma_by_key);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < count; i++) {
		struct model_anon_vma *anon_vma = &model->anon_vmas[i];

		*anon_vma = from->anon_vmas[i];
		anon_vma->previous = i;
		anon_vma->id = 0;
		anon_vma->row = anon_vma->state_row = 0;
		anon_vma->moved = false;
	}
	model->anon_vma_count = count;
	return 0;
}

uint32_t model_find_process(const struct model *model, int32_t tgid)
{
	return tgid > 0 ? key_map_find(&model->process_by_tgid, (uint64_t)tgid) : MODEL_NONE;
}

uint32_t model_find_mm(const struct model *model, uint64_t key)
{
	return key_map_find(&model->mm_by_key, key);
}

uint32_t model_find_anon_vma(const struct model *model, uint64_t key)
{
	return key_map_find(&model->anon_vma_by_key, key);
}

static bool is_inode(const struct model_file *file, uint32_t dev, uint64_t ino)
{
	return file->dev == dev && file->ino == ino;
}

uint32_t model_find_file(const struct model *model, uint32_t dev, uint64_t ino)
{
	uint32_t first = key_map_find(&model->file_by_inode, inode_key(dev, ino));

	if (first == MODEL_NONE || is_inode(&model->files[first], dev, ino))
		return first;
	for (uint32_t i = first + 1; i < model->file_count; i++)
		if (is_inode(&model->files[i], dev, ino))
			return i;
	return MODEL_NONE;
}

uint32_t model_older_process(const struct model *model, uint32_t left, uint32_t right)
{
	uint64_t left_ns, right_ns;

	if (left == MODEL_NONE || right == MODEL_NONE)
		return left == MODEL_NONE ? right : left;
	left_ns = model->processes[left].start_ns;
	right_ns = model->processes[right].start_ns;
	if (left_ns != right_ns)
		return left_ns < right_ns ? left : right;
	return left < right ? left : right;
}
