/* SPDX-License-Identifier: GPL-2.0-only */
#include "made_up.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND_NS 1000000000u
#define START_NS (1795219200ull * SECOND_NS)

static void must(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "bench: %s: %d\n", what, rc);
	exit(1);
}

void made_up_open(struct made_up *made_up, const char *path)
{
	struct store_error error;

	*made_up = (struct made_up){.sequences = {1, 1, 1, 1, 1}, .taken_ns = START_NS};
	must(analyser_new(&made_up->analyser), "memory");
	if (store_open_write(path, &made_up->store, &error))
		must(-1, error.text);
}

void made_up_close(struct made_up *made_up)
{
	store_close(&made_up->store);
	analyser_free(&made_up->analyser);
	for (unsigned int i = 0; i < 2; i++) {
		model_clear(&made_up->models[i]);
		analysis_clear(&made_up->analyses[i]);
	}
}

struct model *made_up_next(struct made_up *made_up)
{
	struct model *model = &made_up->models[made_up->now];

	model_reset(model);
	made_up->taken_ns += SECOND_NS;
	model->origin = (struct model_origin){
		.taken_ns = made_up->taken_ns,
		.page_size = MADE_UP_PAGE,
		.vma_bytes = 192,
		.anon_vma_bytes = 104,
		.avc_bytes = 64,
		.split_counters = true,
		.boot_id = "00000000-0000-4000-8000-000000000000",
		.release = "6.18.0",
		.machine = "x86_64",
		.host = "bench",
	};
	return model;
}

static void name_objects(struct model *now, const struct model *before)
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
}

void made_up_write(struct made_up *made_up)
{
	static const struct model nothing;
	unsigned int now = made_up->now;
	const struct analysis_options options = {0};
	const struct store_snapshot snapshot = {0};
	struct store_state before = {0};
	struct store_state after = {&made_up->models[now], &made_up->analyses[now]};
	struct analysed known;
	int64_t id;

	if (made_up->any)
		before = (struct store_state){&made_up->models[!now], &made_up->analyses[!now]};
	known = (struct analysed){before.model, before.analysis};
	name_objects(after.model, before.model ? before.model : &nothing);
	must(analysis_build(made_up->analyser, &options, made_up->any ? &known : NULL, after.model,
			    after.analysis),
	     "the analysis");
	must(store_write_snapshot(made_up->store, &snapshot, &before, &after, &made_up->sequences,
				  &id),
	     "writing a snapshot");
	made_up->now = !now;
	made_up->any = true;
}

void made_up_process(struct model *model, int32_t tgid, int32_t ppid)
{
	uint32_t mm, process;

	must(model_add_mm(model, (uint64_t)tgid, &mm), "memory");
	must(model_add_process(model, tgid, &process), "memory");
	model->processes[process].mm = mm;
	model->processes[process].ppid = ppid;
	model->processes[process].exec_id = 1;
	model->processes[process].start_ns = (uint64_t)tgid * 1000;
	snprintf(model->processes[process].comm, MODEL_COMM_SIZE, "%s", ppid ? "worker" : "master");
	model->mms[mm].owner = process;
}

static uint32_t add_anon_vma(struct model *model, uint64_t number)
{
	uint32_t i;

	must(model_add_anon_vma(model, number, &i), "memory");
	model->anon_vmas[i].described = true;
	model->anon_vmas[i].refcount = 1;
	model->anon_vmas[i].root = i;
	model->anon_vmas[i].parent = i;
	return i;
}

uint32_t made_up_root(struct model *model, uint64_t number)
{
	uint32_t root = add_anon_vma(model, number);

	model->anon_vmas[root].num_children = 1; /* itself */
	return root;
}

uint32_t made_up_child(struct model *model, uint64_t number, uint32_t parent)
{
	uint32_t child = add_anon_vma(model, number);

	model->anon_vmas[child].parent = parent;
	model->anon_vmas[child].root = model->anon_vmas[parent].root;
	model->anon_vmas[parent].num_children++;
	model->anon_vmas[model->anon_vmas[parent].root].refcount++;
	return child;
}

void made_up_vma(struct model *model, uint64_t page, uint64_t pages, uint64_t flags,
		 const uint32_t *chain, uint32_t count)
{
	struct model_vma *vma;
	uint32_t i;

	must(model_add_vma(model, model->mm_count - 1, &i), "memory");
	for (uint32_t k = 0; k < count; k++)
		must(model_add_avc(model, chain[k]), "memory");
	vma = &model->vmas[i];
	vma->start = page * MADE_UP_PAGE;
	vma->end = (page + pages) * MADE_UP_PAGE;
	vma->pgoff = page;
	vma->flags = flags;
	vma->avc_count = count;
	if (count) {
		vma->active = chain[0];
		model->anon_vmas[chain[0]].num_active_vmas++;
	}
	model->mms[model->mm_count - 1].vma_count++;
	model->mms[model->mm_count - 1].map_count++;
}
