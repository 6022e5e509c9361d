/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/model.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MANY 10000u
#define UNTOUCHED 12345u

static int setup(void **state)
{
	static struct model model;

	model_init(&model);
	*state = &model;
	return 0;
}

static int teardown(void **state)
{
	model_clear(*state);
	return 0;
}

static uint32_t add_mm(struct model *model, uint64_t key)
{
	uint32_t index = UNTOUCHED;

	assert_int_equal(model_add_mm(model, key, &index), 0);
	return index;
}

static uint32_t add_vma(struct model *model, uint32_t mm)
{
	uint32_t index = UNTOUCHED;

	assert_int_equal(model_add_vma(model, mm, &index), 0);
	return index;
}

static uint32_t add_anon_vma(struct model *model, uint64_t key)
{
	uint32_t index = UNTOUCHED;

	assert_int_equal(model_add_anon_vma(model, key, &index), 0);
	return index;
}

static uint32_t add_file(struct model *model, uint32_t dev, uint64_t ino)
{
	uint32_t index = UNTOUCHED;

	assert_int_equal(model_add_file(model, dev, ino, &index), 0);
	return index;
}

static uint32_t add_text(struct model *model, const char *bytes, uint32_t size)
{
	uint32_t offset = UNTOUCHED;

	assert_int_equal(model_add_text(model, bytes, size, &offset), 0);
	return offset;
}

static void an_empty_model_finds_nothing(void **state)
{
	const struct model *model = *state;

	assert_int_equal(model_find_process(model, 1), MODEL_NONE);
	assert_int_equal(model_find_mm(model, 1), MODEL_NONE);
	assert_int_equal(model_find_anon_vma(model, 1), MODEL_NONE);
	assert_int_equal(model_find_file(model, 0, 0), MODEL_NONE);
	assert_string_equal(model_text(model, 0), "");
}

static void a_process_starts_without_mm_and_exe(void **state)
{
	struct model *model = *state;
	uint32_t index = UNTOUCHED;

	assert_int_equal(model_add_process(model, 42, &index), 0);
	assert_int_equal(index, 0);
	assert_int_equal(model->processes[0].tgid, 42);
	assert_int_equal(model->processes[0].mm, MODEL_NONE);
	assert_int_equal(model->processes[0].exe, MODEL_NONE);
	assert_int_equal(model_find_process(model, 42), 0);
	assert_int_equal(model_find_process(model, 43), MODEL_NONE);
}

/* A process of another pid namespace has no number here. */
static void processes_without_number_are_kept_but_not_indexed(void **state)
{
	struct model *model = *state;
	uint32_t index = UNTOUCHED;

	assert_int_equal(model_add_process(model, 0, &index), 0);
	assert_int_equal(model_add_process(model, 0, &index), 0);
	assert_int_equal(model_add_process(model, -1, &index), 0);
	assert_int_equal(model->process_count, 3);
	assert_int_equal(model_find_process(model, 0), MODEL_NONE);
	assert_int_equal(model_find_process(model, -1), MODEL_NONE);
}

static void vmas_and_chains_are_slices(void **state)
{
	struct model *model = *state;
	uint32_t own = add_anon_vma(model, 0x10);
	uint32_t root = add_anon_vma(model, 0x20);
	uint32_t mm;
	uint32_t vma;

	add_vma(model, add_mm(model, 1));
	assert_int_equal(model_add_avc(model, root), 0);
	mm = add_mm(model, 2);
	assert_int_equal(model->mms[mm].vma_first, 1);
	assert_int_equal(model->mms[mm].owner, MODEL_NONE);
	vma = add_vma(model, mm);
	assert_int_equal(model->vmas[vma].mm, mm);
	assert_int_equal(model->vmas[vma].file, MODEL_NONE);
	assert_int_equal(model->vmas[vma].active, MODEL_NONE);
	assert_int_equal(model->vmas[vma].avc_first, 1);
	assert_int_equal(model_add_avc(model, own), 0);
	assert_int_equal(model_add_avc(model, root), 0);
	model->vmas[vma].avc_count = 2;
	assert_int_equal(model_chain(model, &model->vmas[vma])[0], own);
	assert_int_equal(model_chain(model, &model->vmas[vma])[1], root);
}

static void what_is_appended_is_a_copy(void **state)
{
	const struct model_vma vmas[] = {
		{.start = 1, .end = 2, .active = 5, .avc_first = 7, .avc_count = 1},
		{.start = 3, .end = 4, .active = MODEL_NONE, .avc_first = 8},
		{.start = 5, .end = 6, .active = 5, .avc_first = 8, .avc_count = 2},
	};
	const uint32_t avcs[] = {5, 6, 5};
	struct model *model = *state;

	add_vma(model, add_mm(model, 1));
	assert_int_equal(model_append_vmas(model, vmas, 0), 0);
	assert_int_equal(model_append_avcs(model, avcs, 0), 0);
	assert_int_equal(model_append_vmas(model, vmas, 3), 0);
	assert_int_equal(model_append_avcs(model, avcs, 3), 0);
	assert_int_equal(model->vma_count, 4);
	assert_int_equal(model->avc_count, 3);
	assert_memory_equal(&model->vmas[1], vmas, sizeof(vmas));
	assert_memory_equal(model->avcs, avcs, sizeof(avcs));
}

static void links_of_an_mm(void **state)
{
	struct model *model = *state;
	uint32_t mm = add_mm(model, 1);

	assert_int_equal(model_link_count(model, &model->mms[mm]), 0);
	for (uint32_t i = 0; i < 3; i++) {
		add_vma(model, mm);
		for (uint32_t k = 0; k < i; k++)
			assert_int_equal(model_add_avc(model, k), 0);
		model->vmas[i].avc_count = i;
	}
	model->mms[mm].vma_count = 1;
	assert_int_equal(model_link_count(model, &model->mms[mm]), 0);
	model->mms[mm].vma_count = 3;
	assert_int_equal(model_link_count(model, &model->mms[mm]), 3);
	model->mms[mm].vma_first = 2;
	model->mms[mm].vma_count = 1;
	assert_int_equal(model_link_count(model, &model->mms[mm]), 2);
}

static void copied_anon_vmas_keep_their_indexes(void **state)
{
	struct model *model = *state, copy = {0};
	const struct model_anon_vma *anon_vma;

	add_anon_vma(model, 0x10);
	add_anon_vma(model, 0x20);
	model->anon_vmas[1] = (struct model_anon_vma){
		.key = 0x20,
		.row = 1,
		.state_row = 2,
		.num_children = 3,
		.refcount = 4,
		.id = 5,
		.root = 0,
		.parent = 0,
		.previous = 7,
		.described = true,
		.moved = true,
		.settled = true,
	};
	assert_int_equal(model_copy_anon_vmas(&copy, model), 0);
	assert_int_equal(copy.anon_vma_count, 2);
	assert_int_equal(model_find_anon_vma(&copy, 0x10), 0);
	assert_int_equal(model_find_anon_vma(&copy, 0x20), 1);
	assert_int_equal(copy.anon_vmas[0].root, MODEL_NONE);
	anon_vma = &copy.anon_vmas[1];
	assert_int_equal(anon_vma->previous, 1);
	assert_int_equal(anon_vma->root, 0);
	assert_int_equal(anon_vma->num_children, 3);
	assert_int_equal(anon_vma->refcount, 4);
	assert_true(anon_vma->described);
	assert_true(anon_vma->settled);
	assert_false(anon_vma->moved);
	assert_int_equal(anon_vma->id, 0);
	assert_int_equal(anon_vma->row, 0);
	assert_int_equal(anon_vma->state_row, 0);
	model_clear(&copy);
}

static void an_anon_vma_starts_undescribed(void **state)
{
	struct model *model = *state;
	uint32_t index = add_anon_vma(model, 0xffff888100000068ULL);

	assert_int_equal(model_find_anon_vma(model, 0xffff888100000068ULL), index);
	assert_int_equal(model->anon_vmas[index].root, MODEL_NONE);
	assert_int_equal(model->anon_vmas[index].parent, MODEL_NONE);
	assert_false(model->anon_vmas[index].described);
	assert_false(model_is_root(model, index));
	model->anon_vmas[index].root = index;
	assert_true(model_is_root(model, index));
}

static void key_0_is_an_object_without_index_entry(void **state)
{
	struct model *model = *state;

	assert_int_equal(add_anon_vma(model, 0), 0);
	assert_int_equal(add_anon_vma(model, 0), 1);
	assert_int_equal(add_mm(model, 0), 0);
	assert_int_equal(model_find_anon_vma(model, 0), MODEL_NONE);
	assert_int_equal(model_find_mm(model, 0), MODEL_NONE);
}

static void indexes_survive_growth(void **state)
{
	struct model *model = *state;

	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t mm = add_mm(model, i + 1);

		assert_int_equal(mm, i);
		assert_int_equal(add_vma(model, mm), i);
		assert_int_equal(add_anon_vma(model, i + 1), i);
		assert_int_equal(model_add_avc(model, i), 0);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(model_find_mm(model, i + 1), i);
		assert_int_equal(model_find_anon_vma(model, i + 1), i);
		assert_int_equal(model->vmas[i].mm, i);
		assert_int_equal(model->avcs[i], i);
	}
}

static void files_are_told_apart_by_device_and_inode(void **state)
{
	struct model *model = *state;
	uint32_t first = add_file(model, 0xfe00000, 7);
	uint32_t other_device = add_file(model, 0xfe00001, 7);
	uint32_t other_inode = add_file(model, 0xfe00000, 8);

	assert_int_equal(model_find_file(model, 0xfe00000, 7), first);
	assert_int_equal(model_find_file(model, 0xfe00001, 7), other_device);
	assert_int_equal(model_find_file(model, 0xfe00000, 8), other_inode);
	assert_int_equal(model_find_file(model, 0xfe00001, 8), MODEL_NONE);
}

/* The key of the file index drops the lowest bit of a product, so two inodes
 * whose products are 2 and 3 share it. */
static void files_that_share_a_key_are_both_found(void **state)
{
	struct model *model = *state;
	const uint64_t inverse = 0xf1de83e19937733dULL; /* of the multiplier, mod 2^64 */
	uint32_t even = add_file(model, 0, 2 * inverse);
	uint32_t odd = add_file(model, 0, 3 * inverse);

	assert_int_equal(model->file_by_inode.count, 1);
	assert_int_equal(model_find_file(model, 0, 2 * inverse), even);
	assert_int_equal(model_find_file(model, 0, 3 * inverse), odd);
}

static void text_is_terminated_and_offset_0_is_empty(void **state)
{
	struct model *model = *state;
	uint32_t path = add_text(model, "/lib/x.so", 9);
	uint32_t empty = add_text(model, "", 0);
	uint32_t part = add_text(model, "abcdef", 3);

	assert_string_equal(model_text(model, path), "/lib/x.so");
	assert_string_equal(model_text(model, empty), "");
	assert_string_equal(model_text(model, part), "abc");
	assert_string_equal(model_text(model, 0), "");
	assert_int_not_equal(path, 0);
}

static void text_of_size_0_may_come_from_nowhere(void **state)
{
	assert_string_equal(model_text(*state, add_text(*state, NULL, 0)), "");
}

static void text_too_large_changes_nothing(void **state)
{
	struct model *model = *state;
	uint32_t offset = UNTOUCHED;
	uint32_t size;

	add_text(model, "x", 1);
	size = model->text_size;
	assert_int_equal(model_add_text(model, "y", UINT32_MAX, &offset), -EOVERFLOW);
	assert_int_equal(model_add_text(model, "y", UINT32_MAX - 2, &offset), -EOVERFLOW);
	assert_int_equal(offset, UNTOUCHED);
	assert_int_equal(model->text_size, size);
	assert_string_equal(model_text(model, 1), "x");
}

/* A table at its limit refuses one more. The counts lie; nothing is allocated
 * or written before the check. */
static void a_full_table_refuses_and_changes_nothing(void **state)
{
	struct model full = {
		.process_count = MODEL_NONE - 1,
		.process_capacity = MODEL_NONE - 1,
		.vma_count = MODEL_NONE - 1,
		.vma_capacity = MODEL_NONE - 1,
		.avc_count = MODEL_NONE - 1,
		.avc_capacity = MODEL_NONE - 1,
	};
	uint32_t index = UNTOUCHED;

	(void)state;
	assert_int_equal(model_add_process(&full, 1, &index), -EOVERFLOW);
	assert_int_equal(model_add_vma(&full, 0, &index), -EOVERFLOW);
	assert_int_equal(model_add_avc(&full, 0), -EOVERFLOW);
	assert_int_equal(index, UNTOUCHED);
	assert_int_equal(full.vma_count, MODEL_NONE - 1);
	assert_null(full.vmas);
	model_find_process(&full, 1);
	assert_int_equal(full.process_by_tgid.count, 0);
}

static void reset_forgets_everything_and_keeps_the_memory(void **state)
{
	struct model *model = *state;
	uint32_t index = UNTOUCHED;

	assert_int_equal(model_add_process(model, 5, &index), 0);
	add_vma(model, add_mm(model, 1));
	add_anon_vma(model, 2);
	add_file(model, 3, 4);
	add_text(model, "x", 1);
	assert_int_equal(model_add_avc(model, 0), 0);
	model->origin.taken_ns = 1;

	const struct model_vma *vmas = model->vmas;

	model_reset(model);
	assert_int_equal(model->process_count + model->mm_count + model->vma_count +
				 model->avc_count + model->anon_vma_count + model->file_count +
				 model->text_size,
			 0);
	assert_int_equal(model->origin.taken_ns, 0);
	assert_ptr_equal(model->vmas, vmas);
	assert_int_equal(model_find_process(model, 5), MODEL_NONE);
	assert_int_equal(model_find_mm(model, 1), MODEL_NONE);
	assert_int_equal(model_find_anon_vma(model, 2), MODEL_NONE);
	assert_int_equal(model_find_file(model, 3, 4), MODEL_NONE);
}

static void objects_added_after_a_reset_are_zeroed(void **state)
{
	struct model *model = *state;
	uint32_t index = add_anon_vma(model, 1);

	memset(&model->anon_vmas[index], 0xff, sizeof(model->anon_vmas[index]));
	model_reset(model);
	index = add_anon_vma(model, 1);
	assert_int_equal(model->anon_vmas[index].refcount, 0);
	assert_int_equal(model->anon_vmas[index].id, 0);
	assert_false(model->anon_vmas[index].described);
	assert_int_equal(add_text(model, "", 0), 1);
}

static void clear_may_be_called_twice_and_the_model_works_again(void **state)
{
	struct model *model = *state;

	add_mm(model, 1);
	model_clear(model);
	model_clear(model);
	assert_null(model->mms);
	assert_int_equal(add_mm(model, 1), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_model_finds_nothing),
		TEST(a_process_starts_without_mm_and_exe),
		TEST(processes_without_number_are_kept_but_not_indexed),
		TEST(vmas_and_chains_are_slices),
		TEST(what_is_appended_is_a_copy),
		TEST(links_of_an_mm),
		TEST(copied_anon_vmas_keep_their_indexes),
		TEST(an_anon_vma_starts_undescribed),
		TEST(key_0_is_an_object_without_index_entry),
		TEST(indexes_survive_growth),
		TEST(files_are_told_apart_by_device_and_inode),
		TEST(files_that_share_a_key_are_both_found),
		TEST(text_is_terminated_and_offset_0_is_empty),
		TEST(text_of_size_0_may_come_from_nowhere),
		TEST(text_too_large_changes_nothing),
		TEST(a_full_table_refuses_and_changes_nothing),
		TEST(reset_forgets_everything_and_keeps_the_memory),
		TEST(objects_added_after_a_reset_are_zeroed),
		TEST(clear_may_be_called_twice_and_the_model_works_again),
	};

	return cmocka_run_group_tests_name("topology/model", tests, NULL, NULL);
}
