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
#include "topology/analysis.h"
#include "topology/index.h"

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

/* What the stages behind the decoder make of the models. */
struct stages {
	struct analyser *analyser;
	struct analysis known[2]; /* each from the one before, as the collector does */
	struct analysis alone; /* from the model alone */
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

/* Every rule is either held or excused by what may excuse it, wherever it was
 * checked. */
static void check_invariants(const struct analysis *analysis)
{
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		const struct invariant_result *result = &analysis->invariants[rule - 1];
		uint32_t may = invariant_info(rule)->excuses | 1u << EXCUSE_NONE;
		uint32_t sum = result->held;

		for (int excuse = 0; excuse < EXCUSE_COUNT; excuse++) {
			REQUIRE(!result->by_excuse[excuse] || may & 1u << excuse);
			sum += result->by_excuse[excuse];
		}
		REQUIRE(sum == result->checked);
	}
}

static void check_analysis(const struct analysis *analysis, const struct model *model)
{
	uint32_t in_trees = 0, vmas = 0;

	for (uint32_t i = 0; i < analysis->tree_count; i++) {
		REQUIRE(model_is_root(model, analysis->trees[i].root));
		REQUIRE(index_or_none(analysis->trees[i].process, model->process_count));
		in_trees += analysis->trees[i].anon_vmas;
	}
	for (uint32_t i = 0; i < model->mm_count; i++)
		vmas += analysis->mms[i].vmas;
	REQUIRE(in_trees == model->anon_vma_count);
	REQUIRE(vmas == model->vma_count);
	check_invariants(analysis);
	for (uint32_t i = 1; i < analysis->findings.count; i++)
		REQUIRE(finding_compare(&analysis->findings.items[i - 1],
					&analysis->findings.items[i]) < 0);
	/* what khlebnikov_v2 saves is of what could be saved */
	for (uint32_t i = 0; i < analysis->findings.count; i++)
		REQUIRE(analysis->findings.items[i].kind != FINDING_FORK_SPLIT ||
			analysis->findings.items[i].details[0] <=
				analysis->findings.items[i].anon_vmas);
}

static bool same_tree(struct tree_summary left, struct tree_summary right)
{
	left.row = right.row = 0;
	left.previous = right.previous = MODEL_NONE;
	return left.object_bytes == right.object_bytes &&
	       memcmp(&left.rmap, &right.rmap, sizeof(left.rmap)) == 0 &&
	       memcmp(&left.root, &right.root,
		      offsetof(struct tree_summary, torn) - offsetof(struct tree_summary, root)) ==
		       0 &&
	       left.torn == right.torn;
}

static bool same_finding(struct finding left, struct finding right)
{
	left.row = right.row = 0;
	left.id = right.id = 0;
	return memcmp(&left, &right, sizeof(left)) == 0;
}

/* What was taken over from the snapshot before is what is found without it. Only
 * violations need two snapshots. */
static void check_taken_over(const struct analysis *known, const struct analysis *alone,
			     const struct model *model)
{
	uint32_t i = 0;

	for (uint32_t mm = 0; mm < model->mm_count; mm++)
		REQUIRE(memcmp(&known->mms[mm], &alone->mms[mm], sizeof(*known->mms)) == 0);
	REQUIRE(known->tree_count == alone->tree_count);
	for (uint32_t tree = 0; tree < known->tree_count; tree++)
		REQUIRE(same_tree(known->trees[tree], alone->trees[tree]));
	for (uint32_t anon_vma = 0; anon_vma < model->anon_vma_count; anon_vma++)
		REQUIRE(known->depth[anon_vma] == alone->depth[anon_vma]);
	REQUIRE(known->disagreements.count == alone->disagreements.count);
	for (; i < alone->findings.count; i++) /* violations are the last kind */
		REQUIRE(i < known->findings.count &&
			same_finding(known->findings.items[i], alone->findings.items[i]));
	for (; i < known->findings.count; i++)
		REQUIRE(known->findings.items[i].kind == FINDING_INVARIANT);
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

static void analyse(struct stages *stages, struct model *models, unsigned int walk)
{
	static const struct analysis_options options = {.deep_chain = 2,
							.wide_rmap = 2,
							.wide_lock = 2,
							.policy_known = true,
							.policy = FORK_COUNTERS};
	struct model *model = &models[walk % 2], *before = walk ? &models[(walk + 1) % 2] : NULL;
	struct analysis *known = &stages->known[walk % 2];
	struct analysed last = {before, &stages->known[(walk + 1) % 2]};

	REQUIRE(identity_assign(before, before != NULL, model, &stages->sequences) == 0);
	check_ids(model, before);
	REQUIRE(analysis_build(stages->analyser, &options, before ? &last : NULL, model, known) ==
		0);
	REQUIRE(analysis_build(stages->analyser, &options, NULL, model, &stages->alone) == 0);
	check_analysis(known, model);
	check_taken_over(known, &stages->alone, model);
	REQUIRE(index_build(&stages->index, model) == 0);
	check_index(&stages->index, model);
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
	struct stages stages = {.sequences = {1, 1, 1, 1, 1}};
	struct decoder decoder = {0};
	unsigned int walk = 0;

	REQUIRE(analyser_new(&stages.analyser) == 0);
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
		analyse(&stages, models, walk);
		data += used;
		size -= used;
		walk++;
	}
	analyser_free(&stages.analyser);
	analysis_clear(&stages.known[0]);
	analysis_clear(&stages.known[1]);
	analysis_clear(&stages.alone);
	index_clear(&stages.index);
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
