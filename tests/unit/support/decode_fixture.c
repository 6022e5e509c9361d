/* SPDX-License-Identifier: GPL-2.0-only */
#include "decode_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

int decode_fixture_setup(void **state)
{
	static struct decode_fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	*state = &fixture;
	return 0;
}

int decode_fixture_teardown(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_clear(&fixture->stream);
	decoder_clear(&fixture->decoder);
	model_clear(&fixture->model);
	model_clear(&fixture->previous);
	return 0;
}

/* What decode.h promises of every model that comes out. */
static void assert_safe(const struct model *model)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[i];
		uint32_t at = i;

		assert_true(anon_vma->root < model->anon_vma_count);
		assert_true(anon_vma->parent < model->anon_vma_count);
		assert_true(model_is_root(model, anon_vma->root));
		for (uint32_t steps = 0; at != anon_vma->root; steps++) {
			assert_true(steps < model->anon_vma_count);
			at = model->anon_vmas[at].parent;
			assert_int_equal(model->anon_vmas[at].root, anon_vma->root);
		}
		assert_int_equal(model->anon_vmas[anon_vma->root].parent, anon_vma->root);
	}
	for (uint32_t i = 0; i < model->avc_count; i++)
		assert_true(model->avcs[i] < model->anon_vma_count);
	for (uint32_t i = 0; i < model->process_count; i++)
		assert_true(model->processes[i].mm < model->mm_count);
}

void decode_walk(struct decode_fixture *fixture)
{
	int rc = stream_decode(&fixture->stream, &fixture->decoder, &fixture->model, NULL);

	if (rc)
		fail_msg("%d: %s", rc, fixture->decoder.error);
	assert_safe(&fixture->model);
}

void begin_next_walk(struct decode_fixture *fixture)
{
	int rc = stream_decode(&fixture->stream, &fixture->decoder, &fixture->previous, NULL);

	if (rc)
		fail_msg("%d: %s", rc, fixture->decoder.error);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream)->walk = RECORD_WALK_INCREMENTAL;
}

void decode_next_walk(struct decode_fixture *fixture)
{
	int rc = stream_decode(&fixture->stream, &fixture->decoder, &fixture->model,
			       &fixture->previous);

	if (rc)
		fail_msg("%d: %s", rc, fixture->decoder.error);
	assert_safe(&fixture->model);
}

uint32_t anon_vma_of(const struct decode_fixture *fixture, uint64_t key)
{
	uint32_t index = model_find_anon_vma(&fixture->model, key);

	assert_int_not_equal(index, MODEL_NONE);
	return index;
}

const char *name_of(const struct decode_fixture *fixture, uint32_t vma)
{
	return model_text(&fixture->model, fixture->model.vmas[vma].name);
}

void assert_below(const struct decode_fixture *fixture, uint64_t key, uint64_t parent,
		  uint64_t root)
{
	const struct model_anon_vma *anon_vma =
		&fixture->model.anon_vmas[anon_vma_of(fixture, key)];

	assert_true(anon_vma->described);
	assert_int_equal(anon_vma->root, anon_vma_of(fixture, root));
	assert_int_equal(anon_vma->parent, anon_vma_of(fixture, parent));
}
