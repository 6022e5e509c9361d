/* SPDX-License-Identifier: GPL-2.0-only */
#include "forest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void forest_origin(struct model *model)
{
	model->origin = (struct model_origin){
		.taken_ns = 1000000000,
		.page_size = FOREST_PAGE,
		.vma_bytes = 192,
		.anon_vma_bytes = 104,
		.avc_bytes = 64,
		.split_counters = true,
		.boot_id = "00000000-0000-4000-8000-000000000001",
		.release = "6.18.0",
		.machine = "x86_64",
		.host = "forest",
	};
}

uint32_t forest_process(struct model *model, int32_t tgid, uint32_t mm)
{
	struct model_process *process;
	uint32_t index;

	assert_int_equal(model_add_process(model, tgid, &index), 0);
	process = &model->processes[index];
	process->start_ns = (uint64_t)tgid * 1000;
	process->exec_id = 1;
	process->ppid = 1;
	process->mm = mm;
	snprintf(process->comm, sizeof(process->comm), "p%d", tgid);
	if (model->mms[mm].owner == MODEL_NONE)
		model->mms[mm].owner = index;
	return index;
}

uint32_t forest_mm(struct model *model, uint64_t key)
{
	uint32_t index;

	assert_int_equal(model_add_mm(model, key, &index), 0);
	return index;
}

static uint32_t add_anon_vma(struct model *model, uint64_t key)
{
	uint32_t index;

	assert_int_equal(model_add_anon_vma(model, key, &index), 0);
	model->anon_vmas[index].described = true;
	model->anon_vmas[index].refcount = 1;
	return index;
}

uint32_t forest_root(struct model *model, uint64_t key)
{
	uint32_t index = add_anon_vma(model, key);

	model->anon_vmas[index].root = index;
	model->anon_vmas[index].parent = index;
	model->anon_vmas[index].num_children = 1; /* anon_vma_alloc(): itself */
	return index;
}

uint32_t forest_child(struct model *model, uint64_t key, uint32_t parent)
{
	uint32_t index = add_anon_vma(model, key);

	model->anon_vmas[index].root = model->anon_vmas[parent].root;
	model->anon_vmas[index].parent = parent;
	model->anon_vmas[parent].num_children++;
	model->anon_vmas[model->anon_vmas[parent].root].refcount++;
	return index;
}

uint32_t forest_vma_of(struct model *model, uint64_t page, uint64_t pages, const uint32_t *chain,
		       uint32_t count)
{
	uint32_t mm = model->mm_count - 1, index;
	struct model_vma *vma;

	assert_true(model->mm_count > 0);
	assert_int_equal(model_add_vma(model, mm, &index), 0);
	vma = &model->vmas[index];
	vma->start = page * FOREST_PAGE;
	vma->end = (page + pages) * FOREST_PAGE;
	vma->pgoff = page;
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(model_add_avc(model, chain[i]), 0);
	vma->avc_count = count;
	if (count) {
		vma->active = chain[0];
		model->anon_vmas[chain[0]].num_active_vmas++;
	}
	model->mms[mm].vma_count++;
	model->mms[mm].map_count++;
	return index;
}

uint32_t forest_plain_vma(struct model *model, uint64_t page, uint64_t pages)
{
	return forest_vma_of(model, page, pages, NULL, 0);
}

void forest_name_objects(struct model *now, const struct model *before)
{
	for (uint32_t i = 0; i < now->process_count; i++) {
		now->processes[i].id = (uint32_t)now->processes[i].tgid;
		now->processes[i].previous = model_find_process(before, now->processes[i].tgid);
	}
	for (uint32_t i = 0; i < now->mm_count; i++) {
		now->mms[i].id = (uint32_t)now->mms[i].key;
		now->mms[i].previous = model_find_mm(before, now->mms[i].key);
	}
	for (uint32_t i = 0; i < now->anon_vma_count; i++) {
		now->anon_vmas[i].id = (uint32_t)now->anon_vmas[i].key;
		now->anon_vmas[i].previous = model_find_anon_vma(before, now->anon_vmas[i].key);
	}
	for (uint32_t i = 0; i < now->file_count; i++) {
		now->files[i].id = (uint32_t)now->files[i].ino;
		now->files[i].previous = model_find_file(before, now->files[i].dev,
							 now->files[i].ino);
	}
}
