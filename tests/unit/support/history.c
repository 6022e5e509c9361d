/* SPDX-License-Identifier: GPL-2.0-only */
#include "history.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forest.h"

#define SECOND_NS 1000000000u

void history_open(struct history *history, const char *path)
{
	struct store_error error;

	*history = (struct history){.sequences = {1000, 1001, 1002, 1003, 1004}};
	assert_int_equal(analyser_new(&history->analyser), 0);
	if (store_open_write(path, &history->store, &error))
		fail_msg("%s", error.text);
}

void history_close(struct history *history)
{
	store_close(&history->store);
	analyser_free(&history->analyser);
	for (unsigned int i = 0; i < 2; i++) {
		model_clear(&history->models[i]);
		analysis_clear(&history->analyses[i]);
	}
}

struct model *history_next(struct history *history)
{
	struct model *model = &history->models[history->now];

	model_reset(model);
	forest_origin(model);
	history->taken_ns += SECOND_NS;
	model->origin.taken_ns = history->taken_ns;
	return model;
}

struct model *history_last(struct history *history)
{
	return &history->models[!history->now];
}

int history_try(struct history *history, const char *label, int64_t *ret_id)
{
	static const struct model nothing;
	unsigned int now = history->now;
	struct analysed known = {0};
	struct store_state before = {0};
	struct store_state after = {
		.model = &history->models[now],
		.analysis = &history->analyses[now],
	};
	int rc;

	if (history->any)
		before = (struct store_state){
			.model = &history->models[!now],
			.analysis = &history->analyses[!now],
		};
	forest_name_objects(after.model, before.model ? before.model : &nothing);
	known.model = before.model;
	known.analysis = before.analysis;
	assert_int_equal(analysis_build(history->analyser, &history->options,
					history->any ? &known : NULL, after.model, after.analysis),
			 0);
	history->snapshot.label = label;
	rc = store_write_snapshot(history->store, &history->snapshot, &before, &after,
				  &history->sequences, ret_id);
	if (rc)
		return rc;
	history->now = !now;
	history->any = true;
	return 0;
}

int64_t history_write(struct history *history, const char *label)
{
	int64_t id = 0;
	int rc = history_try(history, label, &id);

	if (rc)
		fail_msg("%d: %s", rc, store_reason(history->store));
	return id;
}

static const char *path_of(const struct model *model, uint32_t file)
{
	return file == MODEL_NONE ? "-" : model_text(model, model->files[file].path);
}

static uint32_t file_id(const struct model *model, uint32_t file)
{
	return file == MODEL_NONE ? 0 : model->files[file].id;
}

static bool wanted(const struct model *model, const struct model_vma *vma, uint32_t root_id)
{
	uint32_t root;

	if (!root_id)
		return true;
	if (!vma->avc_count)
		return false;
	root = model->anon_vmas[model_chain(model, vma)[0]].root;
	return model->anon_vmas[root].id == root_id;
}

static void describe_vma(FILE *out, const struct model *model, const struct model_vma *vma)
{
	fprintf(out,
		"vma mm=%u %#" PRIx64 "-%#" PRIx64 " pgoff=%#" PRIx64 " anon_pgoff=%#" PRIx64
		" flags=%#" PRIx64 " file=%u:%s policy=%d name=%s active=%u chain=",
		model->mms[vma->mm].id, vma->start, vma->end, vma->pgoff, vma->anon_pgoff,
		vma->flags, file_id(model, vma->file), path_of(model, vma->file), vma->policy,
		model_text(model, vma->name),
		vma->active == MODEL_NONE ? 0 : model->anon_vmas[vma->active].id);
	for (uint32_t i = 0; i < vma->avc_count; i++)
		fprintf(out, "%u,", model->anon_vmas[model_chain(model, vma)[i]].id);
	fputc('\n', out);
}

static void describe_processes(FILE *out, const struct model *model, uint32_t mm)
{
	for (uint32_t i = 0; i < model->process_count; i++) {
		const struct model_process *process = &model->processes[i];

		if (process->mm != mm)
			continue;
		fprintf(out,
			"process %u tgid=%d ppid=%d uid=%u start=%" PRIu64 " exec=%" PRIu64
			" comm=%s exe=%u:%s cgroup=%" PRIu64 ":%s mm=%u\n",
			process->id, process->tgid, process->ppid, process->uid, process->start_ns,
			process->exec_id, process->comm, file_id(model, process->exe),
			path_of(model, process->exe), process->cgroup,
			model_text(model, process->cgroup_path), model->mms[mm].id);
	}
}

static void describe_mm(FILE *out, const struct model *model, uint32_t index, uint32_t root_id)
{
	const struct model_mm *mm = &model->mms[index];
	uint32_t vmas = 0;

	for (uint32_t v = mm->vma_first; v < mm->vma_first + mm->vma_count; v++) {
		if (!wanted(model, &model->vmas[v], root_id))
			continue;
		describe_vma(out, model, &model->vmas[v]);
		vmas++;
		if (v > mm->vma_first)
			assert_true(model->vmas[v - 1].end <= model->vmas[v].start);
	}
	if (root_id && !vmas)
		return;
	fprintf(out,
		"mm %u vmas=%u map_count=%u height=%u pages=%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 ",%" PRIu64 " rss=%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 " torn=%d cut=%d owner=%u\n",
		mm->id, vmas, mm->map_count, mm->tree_height, mm->total_pages, mm->data_pages,
		mm->stack_pages, mm->exec_pages, mm->locked_pages, mm->usage.file_rss_pages,
		mm->usage.anon_rss_pages, mm->usage.shmem_rss_pages, mm->usage.swap_pages,
		mm->usage.pgtables_bytes, mm->torn, mm->cut,
		mm->owner == MODEL_NONE ? 0 : model->processes[mm->owner].id);
	describe_processes(out, model, index);
}

static void describe_anon_vmas(FILE *out, const struct model *model, uint32_t root_id)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[i];
		uint32_t root = model->anon_vmas[anon_vma->root].id;

		if (root_id && root != root_id)
			continue;
		fprintf(out,
			"anon_vma %u root=%u parent=%u children=%" PRIu64 " active=%" PRIu64
			" refcount=%u rwsem=%#" PRIx64 " described=%d\n",
			anon_vma->id, root, model->anon_vmas[anon_vma->parent].id,
			anon_vma->num_children, anon_vma->num_active_vmas, anon_vma->refcount,
			anon_vma->rwsem_count, anon_vma->described);
	}
}

static void describe_files(FILE *out, const struct model *model)
{
	for (uint32_t i = 0; i < model->file_count; i++)
		fprintf(out, "file %u dev=%#x ino=%" PRIu64 " path=%s\n", model->files[i].id,
			model->files[i].dev, model->files[i].ino,
			model_text(model, model->files[i].path));
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Sorts the lines of a text. */
static char *sorted(char *text)
{
	size_t count = 0, size = strlen(text);
	char *result = calloc(size + 1, 1), *end = result;
	char **lines = NULL;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		lines = realloc(lines, (count + 1) * sizeof(*lines));
		lines[count++] = line;
	}
	if (count)
		qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; i < count; i++) {
		end = stpcpy(end, lines[i]);
		*end++ = '\n';
	}
	free(lines);
	free(text);
	return result;
}

char *history_describe(const struct model *model, uint32_t root_id)
{
	const struct model_origin *origin = &model->origin;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fprintf(out, "origin %" PRIu64 " %u %u %u %u tree=%d %d%d %s %s %s %s\n", origin->taken_ns,
		origin->page_size, origin->vma_bytes, origin->anon_vma_bytes, origin->avc_bytes,
		origin->tree_tgid, origin->split_counters, origin->has_anon_pgoff, origin->boot_id,
		origin->release, origin->machine, origin->host);
	describe_anon_vmas(out, model, root_id);
	for (uint32_t i = 0; i < model->mm_count; i++)
		describe_mm(out, model, i, root_id);
	if (!root_id)
		describe_files(out, model);
	fclose(out);
	return sorted(text);
}
