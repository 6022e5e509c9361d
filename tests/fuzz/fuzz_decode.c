/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any byte string gives a model that is safe to follow, or a clear error.
 *
 * The input is one or more walks, record after record. A walk that decodes is
 * the previous model of the next one, so incremental walks are reached too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/decode.h"
#include "collector/decode_plan.h"
#include "collector/identity.h"
#include "collector/record.h"
#include "topology/index.h"
#include "topology/missed_reuse.h"
#include "topology/summary.h"

/* More than any record; shorter inputs mutate better anyway. */
#define INPUT_MAX (1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                      \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

static bool index_or_none(uint32_t index, uint32_t count)
{
	return index == MODEL_NONE || index < count;
}

static void check_text(const struct model *model, uint32_t offset)
{
	REQUIRE(offset == 0 || offset < model->text_size);
	REQUIRE(offset == 0 || memchr(model->text + offset, 0, model->text_size - offset));
}

static void check_processes(const struct model *model)
{
	for (uint32_t i = 0; i < model->process_count; i++) {
		const struct model_process *process = &model->processes[i];

		REQUIRE(index_or_none(process->mm, model->mm_count));
		REQUIRE(index_or_none(process->exe, model->file_count));
		REQUIRE(memchr(process->comm, 0, sizeof(process->comm)));
		check_text(model, process->cgroup_path);
	}
}

static void check_vma(const struct model *model, const struct model_vma *vma, uint32_t mm)
{
	REQUIRE(vma->mm == mm);
	REQUIRE(vma->start < vma->end);
	REQUIRE(index_or_none(vma->file, model->file_count));
	REQUIRE(index_or_none(vma->active, model->anon_vma_count));
	check_text(model, vma->name);
	REQUIRE((uint64_t)vma->avc_first + vma->avc_count <= model->avc_count);
	for (uint32_t i = 0; i < vma->avc_count; i++)
		REQUIRE(model_chain(model, vma)[i] < model->anon_vma_count);
}

static void check_mms(const struct model *model)
{
	for (uint32_t i = 0; i < model->mm_count; i++) {
		const struct model_mm *mm = &model->mms[i];

		REQUIRE(index_or_none(mm->owner, model->process_count));
		REQUIRE((uint64_t)mm->vma_first + mm->vma_count <= model->vma_count);
		for (uint32_t k = 0; k < mm->vma_count; k++) {
			const struct model_vma *vma = &model->vmas[mm->vma_first + k];

			check_vma(model, vma, i);
			REQUIRE(k == 0 || vma[-1].end <= vma->start);
		}
	}
}

/* A walk up the parents ends at the root, in fewer steps than there are
 * anon_vmas. */
static void check_anon_vma(const struct model *model, uint32_t index)
{
	const uint32_t root = model->anon_vmas[index].root;
	uint32_t steps = 0;

	REQUIRE(root < model->anon_vma_count);
	REQUIRE(model_is_root(model, root));
	REQUIRE(model->anon_vmas[root].parent == root);
	for (uint32_t i = index; i != root; i = model->anon_vmas[i].parent) {
		REQUIRE(model->anon_vmas[i].parent < model->anon_vma_count);
		REQUIRE(model->anon_vmas[i].root == root);
		REQUIRE(steps++ < model->anon_vma_count);
	}
}

static void check_model(const struct model *model)
{
	check_processes(model);
	check_mms(model);
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		check_anon_vma(model, i);
	for (uint32_t i = 0; i < model->file_count; i++)
		check_text(model, model->files[i].path);
}

/* What the stages behind the decoder make of the model. */
struct analysis {
	struct missed_reuse missed;
	struct summary summary;
	struct index index;
	struct store_sequences sequences;
};

static void check_ids(const struct model *model, const struct model *before)
{
	const uint32_t mms = before ? before->mm_count : 0;
	const uint32_t anon_vmas = before ? before->anon_vma_count : 0;

	for (uint32_t i = 0; i < model->mm_count; i++) {
		REQUIRE(model->mms[i].id);
		REQUIRE(index_or_none(model->mms[i].previous, mms));
	}
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[i];

		REQUIRE(anon_vma->id);
		REQUIRE(index_or_none(anon_vma->previous, anon_vmas));
		REQUIRE(anon_vma->previous == MODEL_NONE ||
			before->anon_vmas[anon_vma->previous].id == anon_vma->id);
	}
}

static void check_summary(const struct summary *summary, const struct model *model)
{
	uint32_t in_trees = 0, vmas = 0;

	for (uint32_t i = 0; i < summary->tree_count; i++) {
		REQUIRE(model_is_root(model, summary->trees[i].root));
		REQUIRE(index_or_none(summary->trees[i].process, model->process_count));
		in_trees += summary->trees[i].anon_vmas;
	}
	for (uint32_t i = 0; i < model->mm_count; i++)
		vmas += summary->mms[i].vmas;
	REQUIRE(in_trees == model->anon_vma_count);
	REQUIRE(vmas == model->vma_count);
}

static uint32_t count_roots(const struct model *model)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		count += model_is_root(model, i);
	return count;
}

static void check_index(const struct index *index, const struct model *model)
{
	uint32_t links = 0, children = 0;

	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		REQUIRE(index->depth[i] < model->anon_vma_count);
		REQUIRE(index->by_depth[i] < model->anon_vma_count);
		links += index_count(&index->linked, i);
		children += index_count(&index->children, i);
		for (uint32_t k = 0; k < index_count(&index->linked, i); k++)
			REQUIRE(index_items(&index->linked, i)[k] < model->vma_count);
	}
	REQUIRE(links == model->avc_count);
	REQUIRE(children + count_roots(model) == model->anon_vma_count);
}

static void analyse(struct analysis *analysis, struct model *model, const struct model *before)
{
	REQUIRE(identity_assign(before, before != NULL, model, &analysis->sequences) == 0);
	check_ids(model, before);
	REQUIRE(missed_reuse_find(&analysis->missed, model) == 0);
	REQUIRE(summary_build(&analysis->summary, model, &analysis->missed) == 0);
	check_summary(&analysis->summary, model);
	REQUIRE(index_build(&analysis->index, model) == 0);
	check_index(&analysis->index, model);
}

static uint16_t record_type(const uint8_t *record)
{
	struct record_head head;

	memcpy(&head, record, sizeof(head));
	return head.type;
}

/* Bytes of the next record as its head says, or all that is left. */
static size_t record_size(const uint8_t *data, size_t left)
{
	struct record_head head;

	if (left < sizeof(head))
		return left;
	memcpy(&head, data, sizeof(head));
	return head.size < sizeof(head) || head.size > left ? left : head.size;
}

/* Feeds one walk, up to and with RECORD_END. 0 when a model came out. */
static int decode_walk(struct decoder *decoder, const uint8_t *data, size_t size, size_t *ret_used)
{
	size_t used = 0;
	bool ended = false;
	int rc = 0;

	while (!rc && !ended && used < size) {
		size_t length = record_size(data + used, size - used);

		ended = length >= sizeof(struct record_head) &&
			record_type(data + used) == RECORD_END;
		/* as the walk does when all mms were visited, or at any other time */
		if (ended && decoder->begun)
			rc = decode_plan(decoder);
		if (rc)
			break;
		rc = decoder_feed(decoder, data + used, length);
		used += length;
	}
	if (!rc)
		rc = decoder_finish(decoder);
	*ret_used = used;
	return rc;
}

static void decode_all(const uint8_t *data, size_t size)
{
	struct model models[2] = {0};
	struct analysis analysis = {.sequences = {1, 1, 1, 1}};
	struct decoder decoder = {0};
	unsigned int walk = 0;

	while (size) {
		struct model *model = &models[walk % 2];
		struct model *before = walk ? &models[(walk + 1) % 2] : NULL;
		size_t used;
		int rc;

		decoder_start(&decoder, model, before);
		rc = decode_walk(&decoder, data, size, &used);
		if (rc) {
			REQUIRE(rc == -EBADMSG || rc == -ENOMEM);
			REQUIRE(rc != -EBADMSG || decoder.error[0]);
			break;
		}
		check_model(model);
		analyse(&analysis, model, before);
		data += used;
		size -= used;
		walk++;
	}
	missed_reuse_clear(&analysis.missed);
	summary_clear(&analysis.summary);
	index_clear(&analysis.index);
	decoder_clear(&decoder);
	model_clear(&models[0]);
	model_clear(&models[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* records are aligned as in the ring, and a read past the end is seen */
	uint8_t *copy;

	if (size > INPUT_MAX)
		return -1;
	copy = malloc(size ? size : 1);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	decode_all(copy, size);
	free(copy);
	return 0;
}
