/* SPDX-License-Identifier: GPL-2.0-only */
#include "collector/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"

/* Keys: addresses in a walk. */
enum {
	MM = 0x1000,
	CHILD_MM = 0x2000,
	ROOT = 0x100,
	CHILD = 0x200,
	SECOND = 0x300,
	THIRD = 0x400,
};

struct fixture {
	struct model before, now;
	struct store_sequences next;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.next = {1, 1, 1, 1}};
	forest_origin(&fixture.before);
	forest_origin(&fixture.now);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_clear(&fixture->before);
	model_clear(&fixture->now);
	return 0;
}

static void name_before(struct fixture *fixture)
{
	assert_int_equal(identity_assign(NULL, false, &fixture->before, &fixture->next), 0);
}

/* As decode leaves it: anon_vmas with the key of an earlier one point at it. */
static void assign_by_key(struct fixture *fixture)
{
	for (uint32_t i = 0; i < fixture->now.anon_vma_count; i++)
		fixture->now.anon_vmas[i].previous =
			model_find_anon_vma(&fixture->before, fixture->now.anon_vmas[i].key);
	assert_int_equal(identity_assign(&fixture->before, true, &fixture->now, &fixture->next), 0);
}

/* As after a restart: what was read back from the store has other keys. */
static void assign_by_place(struct fixture *fixture)
{
	assert_int_equal(identity_assign(&fixture->before, false, &fixture->now, &fixture->next),
			 0);
}

static uint32_t id_before(const struct fixture *fixture, uint64_t key)
{
	uint32_t index = model_find_anon_vma(&fixture->before, key);

	assert_int_not_equal(index, MODEL_NONE);
	return fixture->before.anon_vmas[index].id;
}

static const struct model_anon_vma *anon_vma_now(const struct fixture *fixture, uint64_t key)
{
	uint32_t index = model_find_anon_vma(&fixture->now, key);

	assert_int_not_equal(index, MODEL_NONE);
	return &fixture->now.anon_vmas[index];
}

static void assert_continues(const struct fixture *fixture, uint64_t key)
{
	const struct model_anon_vma *now = anon_vma_now(fixture, key);

	assert_int_equal(now->id, id_before(fixture, key));
	assert_int_equal(now->previous, model_find_anon_vma(&fixture->before, key));
}

static void assert_new(const struct fixture *fixture, uint64_t key)
{
	const struct model_anon_vma *now = anon_vma_now(fixture, key);

	assert_int_equal(now->previous, MODEL_NONE);
	for (uint32_t i = 0; i < fixture->before.anon_vma_count; i++)
		assert_int_not_equal(now->id, fixture->before.anon_vmas[i].id);
	assert_int_not_equal(now->id, 0);
}

/* tgid 10 with [ROOT] at page 16; tgid 20 with [CHILD, ROOT] there and
 * [SECOND, ROOT] at page 32. */
static void family(struct model *model)
{
	uint32_t root = forest_root(model, ROOT);
	uint32_t child = forest_child(model, CHILD, root);
	uint32_t second = forest_child(model, SECOND, root);

	forest_process(model, 10, forest_mm(model, MM));
	forest_vma(model, 16, 4, root);
	forest_vma(model, 32, 4, root);
	forest_process(model, 20, forest_mm(model, CHILD_MM));
	forest_vma(model, 16, 4, child, root);
	forest_vma(model, 32, 4, second, root);
}

static void everything_is_new_at_first(void **state)
{
	struct fixture *fixture = *state;
	uint32_t file;

	family(&fixture->before);
	assert_int_equal(model_add_file(&fixture->before, 1, 2, &file), 0);
	fixture->next = (struct store_sequences){
		.process = 5,
		.mm = 6,
		.anon_vma = 7,
		.file = 8,
	};
	name_before(fixture);
	assert_int_equal(fixture->before.processes[0].id, 5);
	assert_int_equal(fixture->before.processes[1].id, 6);
	assert_int_equal(fixture->before.mms[0].id, 6);
	assert_int_equal(fixture->before.mms[1].id, 7);
	assert_int_equal(fixture->before.anon_vmas[0].id, 7);
	assert_int_equal(fixture->before.anon_vmas[2].id, 9);
	assert_int_equal(fixture->before.files[0].id, 8);
	assert_int_equal(fixture->next.process, 7);
	assert_int_equal(fixture->next.mm, 8);
	assert_int_equal(fixture->next.anon_vma, 10);
	assert_int_equal(fixture->next.file, 9);
}

static void another_boot_has_nothing_in_common(void **state)
{
	struct fixture *fixture = *state;

	family(&fixture->before);
	name_before(fixture);
	family(&fixture->now);
	fixture->now.origin.boot_id[0]++;
	fixture->now.mms[0].unchanged = true;
	assign_by_key(fixture);
	assert_new(fixture, ROOT);
	assert_new(fixture, CHILD);
	assert_int_equal(fixture->now.mms[0].previous, MODEL_NONE);
	assert_int_equal(fixture->now.mms[0].id, 3);
	assert_false(fixture->now.mms[0].unchanged);
	assert_int_equal(fixture->now.processes[0].id, 3);
}

static void an_equal_model_keeps_every_name(void **state)
{
	struct fixture *fixture = *state;
	struct store_sequences before;

	family(&fixture->before);
	name_before(fixture);
	before = fixture->next;
	family(&fixture->now);
	assign_by_key(fixture);
	assert_memory_equal(&fixture->next, &before, sizeof(before));
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(fixture->now.processes[i].id, fixture->before.processes[i].id);
		assert_int_equal(fixture->now.processes[i].previous, i);
		assert_int_equal(fixture->now.mms[i].id, fixture->before.mms[i].id);
		assert_int_equal(fixture->now.mms[i].previous, i);
	}
	assert_continues(fixture, ROOT);
	assert_continues(fixture, CHILD);
	assert_continues(fixture, SECOND);
}

static void the_order_in_a_model_means_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;
	uint32_t root, child, second;

	family(&fixture->before);
	name_before(fixture);
	second = forest_root(now, SECOND);
	child = forest_root(now, CHILD);
	root = forest_root(now, ROOT);
	now->anon_vmas[child].root = now->anon_vmas[child].parent = root;
	now->anon_vmas[second].root = now->anon_vmas[second].parent = root;
	forest_process(now, 20, forest_mm(now, CHILD_MM));
	forest_vma(now, 16, 4, child, root);
	forest_vma(now, 32, 4, second, root);
	forest_process(now, 10, forest_mm(now, MM));
	forest_vma(now, 16, 4, root);
	assign_by_key(fixture);
	assert_int_equal(now->processes[0].id, fixture->before.processes[1].id);
	assert_int_equal(now->mms[1].id, fixture->before.mms[0].id);
	assert_continues(fixture, ROOT);
	assert_continues(fixture, CHILD);
	assert_continues(fixture, SECOND);
}

static void a_number_used_again_is_another_process(void **state)
{
	struct fixture *fixture = *state;

	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	name_before(fixture);
	forest_process(&fixture->now, 10, forest_mm(&fixture->now, MM));
	fixture->now.processes[0].start_ns++;
	assign_by_key(fixture);
	assert_int_equal(fixture->now.processes[0].previous, MODEL_NONE);
	assert_int_equal(fixture->now.processes[0].id, 2);
	assert_int_equal(fixture->now.mms[0].previous, MODEL_NONE);
	assert_int_equal(fixture->now.mms[0].id, 2);
}

/* exec keeps the process and replaces its mm, maybe at the same address. */
static void an_exec_is_another_mm(void **state)
{
	struct fixture *fixture = *state;

	family(&fixture->before);
	name_before(fixture);
	family(&fixture->now);
	fixture->now.processes[1].exec_id = 2;
	assign_by_key(fixture);
	assert_int_equal(fixture->now.processes[1].id, fixture->before.processes[1].id);
	assert_int_equal(fixture->now.mms[1].previous, MODEL_NONE);
	assert_int_equal(fixture->now.mms[1].id, 3);
	assert_continues(fixture, ROOT); /* through the parent's VMAs */
	assert_new(fixture, CHILD); /* the same address by chance */
	assert_new(fixture, SECOND);
}

static void an_mm_at_another_address_is_another(void **state)
{
	struct fixture *fixture = *state;

	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	name_before(fixture);
	forest_process(&fixture->now, 10, forest_mm(&fixture->now, CHILD_MM));
	assign_by_key(fixture);
	assert_int_equal(fixture->now.mms[0].id, 2);
}

/* While a vfork child borrows the mm, two processes have it; then the child
 * calls exec, or the parent is gone and the child has it alone. */
static void an_mm_continues_with_any_of_its_processes(void **state)
{
	struct fixture *fixture = *state;
	uint32_t mm = forest_mm(&fixture->before, MM);

	forest_process(&fixture->before, 10, mm);
	forest_process(&fixture->before, 20, mm);
	name_before(fixture);
	forest_process(&fixture->now, 20, forest_mm(&fixture->now, MM));
	assign_by_key(fixture);
	assert_int_equal(fixture->now.mms[0].id, 1);
	assert_int_equal(fixture->now.mms[0].previous, 0);
}

static void a_vfork_child_that_called_exec_has_its_own_mm(void **state)
{
	struct fixture *fixture = *state;
	uint32_t mm = forest_mm(&fixture->before, MM);

	forest_process(&fixture->before, 10, mm);
	forest_process(&fixture->before, 20, mm);
	name_before(fixture);
	/* the child is found first, without having moved its exec_id */
	forest_process(&fixture->now, 20, forest_mm(&fixture->now, CHILD_MM));
	forest_process(&fixture->now, 10, forest_mm(&fixture->now, MM));
	assign_by_key(fixture);
	assert_int_equal(fixture->now.mms[1].id, 1);
	assert_int_equal(fixture->now.mms[0].id, 2);
}

static void one_mm_is_not_continued_twice(void **state)
{
	struct fixture *fixture = *state;
	uint32_t mm = forest_mm(&fixture->before, MM);

	forest_process(&fixture->before, 10, mm);
	forest_process(&fixture->before, 20, mm);
	name_before(fixture);
	/* without keys nothing tells which of the two it is: the first */
	forest_process(&fixture->now, 10, forest_mm(&fixture->now, 0));
	forest_process(&fixture->now, 20, forest_mm(&fixture->now, 0));
	assign_by_place(fixture);
	assert_int_equal(fixture->now.mms[0].id, 1);
	assert_int_equal(fixture->now.mms[1].id, 2);
}

static void a_file_is_its_device_and_inode(void **state)
{
	struct fixture *fixture = *state;
	uint32_t index;

	assert_int_equal(model_add_file(&fixture->before, 1, 2, &index), 0);
	assert_int_equal(model_add_file(&fixture->before, 1, 3, &index), 0);
	name_before(fixture);
	assert_int_equal(model_add_file(&fixture->now, 1, 3, &index), 0);
	assert_int_equal(model_add_file(&fixture->now, 2, 2, &index), 0);
	assign_by_key(fixture);
	assert_int_equal(fixture->now.files[0].id, 2);
	assert_int_equal(fixture->now.files[0].previous, 1);
	assert_int_equal(fixture->now.files[1].id, 3);
	assert_int_equal(fixture->now.files[1].previous, MODEL_NONE);
}

/* Freed and allocated again in between: the same address, but no VMA that
 * overlaps one that was linked to it. */
static void a_recycled_address_is_a_new_anon_vma(void **state)
{
	struct fixture *fixture = *state;

	forest_root(&fixture->before, ROOT);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, 0);
	name_before(fixture);
	forest_root(&fixture->now, ROOT);
	forest_process(&fixture->now, 10, forest_mm(&fixture->now, MM));
	forest_vma(&fixture->now, 64, 4, 0);
	assign_by_key(fixture);
	assert_new(fixture, ROOT);
}

static void a_recycled_address_in_another_process(void **state)
{
	struct fixture *fixture = *state;

	forest_root(&fixture->before, ROOT);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, 0);
	name_before(fixture);
	forest_root(&fixture->now, ROOT);
	forest_process(&fixture->now, 20, forest_mm(&fixture->now, CHILD_MM));
	forest_vma(&fixture->now, 16, 4, 0);
	assign_by_key(fixture);
	assert_new(fixture, ROOT);
}

/* The range is the same, but the VMA was linked to another one. */
static void a_vma_of_the_range_that_was_linked_elsewhere(void **state)
{
	struct fixture *fixture = *state;

	forest_root(&fixture->before, ROOT);
	forest_root(&fixture->before, SECOND);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, 0);
	forest_vma(&fixture->before, 32, 4, 1);
	name_before(fixture);
	forest_root(&fixture->now, ROOT);
	forest_process(&fixture->now, 10, forest_mm(&fixture->now, MM));
	forest_vma(&fixture->now, 32, 4, 0);
	assign_by_key(fixture);
	assert_new(fixture, ROOT);
}

static void a_vma_that_grew_shrank_or_split_continues(void **state)
{
	static const struct {
		uint64_t page, pages;
	} shapes[] = {{16, 4}, {12, 5}, {19, 9}, {17, 2}, {1, 100}};
	struct fixture *fixture = *state;

	forest_root(&fixture->before, ROOT);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, 0);
	name_before(fixture);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		model_reset(&fixture->now);
		forest_origin(&fixture->now);
		forest_root(&fixture->now, ROOT);
		forest_process(&fixture->now, 10, forest_mm(&fixture->now, MM));
		forest_vma(&fixture->now, shapes[i].page, shapes[i].pages, 0);
		assign_by_key(fixture);
		assert_continues(fixture, ROOT);
	}
}

/* mremap moves the addresses and keeps the page offsets. */
static void a_moved_vma_keeps_its_anon_vma(void **state)
{
	struct fixture *fixture = *state;
	uint32_t vma;

	forest_root(&fixture->before, ROOT);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, 0);
	name_before(fixture);
	forest_root(&fixture->now, ROOT);
	forest_process(&fixture->now, 10, forest_mm(&fixture->now, MM));
	vma = forest_vma(&fixture->now, 6400, 4, 0);
	fixture->now.vmas[vma].pgoff = 16;
	assign_by_key(fixture);
	assert_continues(fixture, ROOT);
}

/* Where only one of many VMAs is left, it is enough. */
static void one_continuing_vma_is_enough(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;
	uint32_t root, child;

	family(&fixture->before);
	name_before(fixture);
	root = forest_root(now, ROOT);
	child = forest_child(now, CHILD, root);
	forest_process(now, 20, forest_mm(now, CHILD_MM)); /* the parent exited */
	forest_vma(now, 17, 1, child, root);
	assign_by_key(fixture);
	assert_continues(fixture, ROOT);
	assert_continues(fixture, CHILD);
}

static void a_new_root_makes_all_below_it_new(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;
	uint32_t root, child, third;

	root = forest_root(&fixture->before, ROOT);
	child = forest_child(&fixture->before, CHILD, root);
	third = forest_child(&fixture->before, THIRD, child);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, third, child);
	forest_vma(&fixture->before, 32, 4, root);
	name_before(fixture);
	root = forest_root(now, ROOT);
	child = forest_child(now, CHILD, root);
	third = forest_child(now, THIRD, child);
	forest_process(now, 10, forest_mm(now, MM));
	forest_vma(now, 16, 4, third, child);
	forest_vma(now, 64, 4, root); /* nothing of it was there before */
	assign_by_key(fixture);
	assert_new(fixture, ROOT);
	assert_new(fixture, CHILD);
	assert_new(fixture, THIRD);
}

static void another_parent_makes_it_new(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;
	uint32_t root, child, second;

	family(&fixture->before);
	name_before(fixture);
	root = forest_root(now, ROOT);
	child = forest_child(now, CHILD, root);
	second = forest_child(now, SECOND, child);
	forest_process(now, 10, forest_mm(now, MM));
	forest_vma(now, 16, 4, root);
	forest_process(now, 20, forest_mm(now, CHILD_MM));
	forest_vma(now, 16, 4, child, root);
	forest_vma(now, 32, 4, second, root);
	assign_by_key(fixture);
	assert_continues(fixture, CHILD);
	assert_new(fixture, SECOND);
}

/* The store gives ids in the place of addresses. */
static void keys_become_ids(struct model *model)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		model->anon_vmas[i].key = model->anon_vmas[i].id;
	for (uint32_t i = 0; i < model->mm_count; i++)
		model->mms[i].key = model->mms[i].id;
}

static void names_survive_a_restart(void **state)
{
	struct fixture *fixture = *state;
	struct store_sequences before;

	family(&fixture->before);
	name_before(fixture);
	before = fixture->next;
	keys_become_ids(&fixture->before);
	family(&fixture->now);
	assign_by_place(fixture);
	assert_memory_equal(&fixture->next, &before, sizeof(before));
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(fixture->now.anon_vmas[i].id, fixture->before.anon_vmas[i].id);
		assert_int_equal(fixture->now.anon_vmas[i].previous, i);
	}
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(fixture->now.mms[i].id, fixture->before.mms[i].id);
}

static void what_a_restart_finds_changed_is_new(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;
	uint32_t root, child, third;

	family(&fixture->before);
	name_before(fixture);
	keys_become_ids(&fixture->before);
	root = forest_root(now, ROOT);
	child = forest_child(now, CHILD, root);
	third = forest_child(now, THIRD, root);
	forest_process(now, 10, forest_mm(now, MM));
	forest_vma(now, 16, 4, root);
	forest_vma(now, 32, 4, root);
	forest_process(now, 20, forest_mm(now, CHILD_MM));
	forest_vma(now, 16, 4, child, root);
	forest_vma(now, 64, 4, third, root); /* where nothing was */
	assign_by_place(fixture);
	assert_int_equal(now->anon_vmas[root].id, 1);
	assert_int_equal(now->anon_vmas[child].id, 2);
	assert_int_equal(now->anon_vmas[third].id, 4);
	assert_int_equal(now->anon_vmas[third].previous, MODEL_NONE);
}

/* A chain that is longer or shorter says nothing about places. */
static void chains_of_other_length_are_no_evidence(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;
	uint32_t root, child;

	root = forest_root(&fixture->before, ROOT);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, root);
	name_before(fixture);
	keys_become_ids(&fixture->before);
	root = forest_root(now, ROOT);
	child = forest_child(now, CHILD, root);
	forest_process(now, 10, forest_mm(now, MM));
	forest_vma(now, 16, 4, child, root);
	assign_by_place(fixture);
	assert_int_equal(now->anon_vmas[root].previous, MODEL_NONE);
	assert_int_equal(now->anon_vmas[root].id, 2);
}

/* Two VMAs that disagree about which one it was: neither is believed. */
static void conflicting_places_make_it_new(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;

	forest_root(&fixture->before, ROOT);
	forest_root(&fixture->before, SECOND);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, 0);
	forest_vma(&fixture->before, 32, 4, 1);
	name_before(fixture);
	keys_become_ids(&fixture->before);
	forest_root(now, THIRD);
	forest_process(now, 10, forest_mm(now, MM));
	forest_vma(now, 16, 4, 0);
	forest_vma(now, 32, 4, 0);
	assign_by_place(fixture);
	assert_int_equal(now->anon_vmas[0].previous, MODEL_NONE);
	assert_int_equal(now->anon_vmas[0].id, 3);
}

static void two_that_claim_the_same_are_both_new(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;

	forest_root(&fixture->before, ROOT);
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, 0);
	forest_vma(&fixture->before, 32, 4, 0);
	name_before(fixture);
	keys_become_ids(&fixture->before);
	forest_root(now, SECOND);
	forest_root(now, THIRD);
	forest_process(now, 10, forest_mm(now, MM));
	forest_vma(now, 16, 4, 0);
	forest_vma(now, 32, 4, 1);
	assign_by_place(fixture);
	assert_int_equal(now->anon_vmas[0].id, 2);
	assert_int_equal(now->anon_vmas[1].id, 3);
}

static void addresses_mean_nothing_after_a_restart(void **state)
{
	struct fixture *fixture = *state;

	forest_root(&fixture->before, 2); /* will be id 1 */
	forest_root(&fixture->before, 1); /* will be id 2 */
	forest_process(&fixture->before, 10, forest_mm(&fixture->before, MM));
	forest_vma(&fixture->before, 16, 4, 0);
	forest_vma(&fixture->before, 32, 4, 1);
	name_before(fixture);
	/* numbers of a recording that happen to look like ids, swapped */
	forest_root(&fixture->now, 2);
	forest_root(&fixture->now, 1);
	forest_process(&fixture->now, 10, forest_mm(&fixture->now, MM));
	forest_vma(&fixture->now, 16, 4, 0);
	forest_vma(&fixture->now, 32, 4, 1);
	fixture->now.anon_vmas[0].previous = 1; /* as a decoder would have it */
	assign_by_place(fixture);
	assert_int_equal(fixture->now.anon_vmas[0].id, 1);
	assert_int_equal(fixture->now.anon_vmas[1].id, 2);
}

static void an_mm_that_continues_stays_unchanged(void **state)
{
	struct fixture *fixture = *state;

	family(&fixture->before);
	name_before(fixture);
	family(&fixture->now);
	fixture->now.mms[0].unchanged = fixture->now.mms[1].unchanged = true;
	assign_by_key(fixture);
	assert_true(fixture->now.mms[0].unchanged);
	assert_true(fixture->now.mms[1].unchanged);
}

static void an_mm_with_a_new_anon_vma_is_compared_after_all(void **state)
{
	struct fixture *fixture = *state;
	struct model *now = &fixture->now;
	uint32_t root, child, second;

	family(&fixture->before);
	name_before(fixture);
	root = forest_root(now, ROOT);
	child = forest_child(now, CHILD, root);
	second = forest_child(now, SECOND, child); /* was below the root */
	forest_process(now, 10, forest_mm(now, MM));
	forest_vma(now, 16, 4, root);
	forest_vma(now, 32, 4, root);
	forest_process(now, 20, forest_mm(now, CHILD_MM));
	forest_vma(now, 16, 4, child, root);
	forest_vma(now, 32, 4, second, root);
	now->mms[0].unchanged = now->mms[1].unchanged = true;
	assign_by_key(fixture);
	assert_true(now->mms[0].unchanged);
	assert_false(now->mms[1].unchanged);
}

static void an_mm_that_does_not_continue_is_compared_after_all(void **state)
{
	struct fixture *fixture = *state;

	family(&fixture->before);
	name_before(fixture);
	family(&fixture->now);
	fixture->now.mms[0].unchanged = fixture->now.mms[1].unchanged = true;
	fixture->now.processes[1].exec_id++;
	assign_by_key(fixture);
	assert_true(fixture->now.mms[0].unchanged);
	assert_false(fixture->now.mms[1].unchanged);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_is_new_at_first),
		TEST(another_boot_has_nothing_in_common),
		TEST(an_equal_model_keeps_every_name),
		TEST(the_order_in_a_model_means_nothing),
		TEST(a_number_used_again_is_another_process),
		TEST(an_exec_is_another_mm),
		TEST(an_mm_at_another_address_is_another),
		TEST(an_mm_continues_with_any_of_its_processes),
		TEST(a_vfork_child_that_called_exec_has_its_own_mm),
		TEST(one_mm_is_not_continued_twice),
		TEST(a_file_is_its_device_and_inode),
		TEST(a_recycled_address_is_a_new_anon_vma),
		TEST(a_recycled_address_in_another_process),
		TEST(a_vma_of_the_range_that_was_linked_elsewhere),
		TEST(a_vma_that_grew_shrank_or_split_continues),
		TEST(a_moved_vma_keeps_its_anon_vma),
		TEST(one_continuing_vma_is_enough),
		TEST(a_new_root_makes_all_below_it_new),
		TEST(another_parent_makes_it_new),
		TEST(names_survive_a_restart),
		TEST(what_a_restart_finds_changed_is_new),
		TEST(chains_of_other_length_are_no_evidence),
		TEST(conflicting_places_make_it_new),
		TEST(two_that_claim_the_same_are_both_new),
		TEST(addresses_mean_nothing_after_a_restart),
		TEST(an_mm_that_continues_stays_unchanged),
		TEST(an_mm_with_a_new_anon_vma_is_compared_after_all),
		TEST(an_mm_that_does_not_continue_is_compared_after_all),
	};

	return cmocka_run_group_tests_name("collector/identity", tests, NULL, NULL);
}
