/* SPDX-License-Identifier: GPL-2.0-only */
/* decode: what each record says, and what the records of a VMA say together. */
#include "collector/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/decode_fixture.h"

static void a_walk_of_nothing_is_an_empty_model(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->model.process_count + fixture->model.mm_count, 0);
}

static void the_beginning_describes_the_machine(void **state)
{
	struct decode_fixture *fixture = *state;
	struct record_begin *begin = stream_begin(&fixture->stream);
	const struct model_origin *origin = &fixture->model.origin;

	begin->tree_tgid = 77;
	begin->kernel |= RECORD_KERNEL_ANON_PGOFF;
	memset(begin->release, 'r', sizeof(begin->release)); /* no NUL anywhere */
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(origin->taken_ns, 1000000000);
	assert_int_equal(origin->boottime_ns, 500000000);
	assert_int_equal(origin->page_size, STREAM_PAGE);
	assert_int_equal(origin->vma_bytes, 192);
	assert_int_equal(origin->anon_vma_bytes, 104);
	assert_int_equal(origin->avc_bytes, 64);
	assert_int_equal(origin->tree_tgid, 77);
	assert_true(origin->split_counters);
	assert_true(origin->has_anon_pgoff);
	assert_string_equal(origin->boot_id, "00000000-0000-4000-8000-000000000001");
	assert_int_equal(strlen(origin->release), sizeof(begin->release) - 1);
	assert_string_equal(origin->machine, "x86_64");
	assert_string_equal(origin->host, "stream");
}

static void a_process_with_all_its_fields(void **state)
{
	struct decode_fixture *fixture = *state;
	struct record_task *task;
	const struct model_process *process;

	stream_begin(&fixture->stream);
	task = stream_task(&fixture->stream, 100, MM);
	task->ppid = 7;
	task->uid = 1000;
	task->exec_id = 3;
	task->cgroup = 55;
	task->exe_dev = 0xfe00000;
	task->exe_ino = 42;
	memcpy(task->comm, "sixteen-bytes-xx", sizeof(task->comm)); /* no NUL */
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 1, 1);
	stream_visit_end(&fixture->stream);
	stream_file(&fixture->stream, 0xfe00000, 42, "/bin/task");
	stream_cgroup(&fixture->stream, 55, "/a.slice");
	stream_end(&fixture->stream);
	decode_walk(fixture);

	assert_int_equal(fixture->model.process_count, 1);
	process = &fixture->model.processes[0];
	assert_int_equal(process->tgid, 100);
	assert_int_equal(process->ppid, 7);
	assert_int_equal(process->uid, 1000);
	assert_int_equal(process->start_ns, 100000);
	assert_int_equal(process->exec_id, 3);
	assert_int_equal(process->cgroup, 55);
	assert_string_equal(process->comm, "sixteen-bytes-x");
	assert_string_equal(model_text(&fixture->model, process->cgroup_path), "/a.slice");
	assert_string_equal(model_text(&fixture->model, fixture->model.files[process->exe].path),
			    "/bin/task");
	assert_int_equal(fixture->model.mms[process->mm].owner, 0);
}

/* The store compares the whole array: what stood behind the NUL must not make
 * two equal names differ. */
static void comm_is_zero_behind_its_end(void **state)
{
	struct decode_fixture *fixture = *state;
	struct record_task *task;

	stream_begin(&fixture->stream);
	task = stream_task(&fixture->stream, 100, MM);
	memcpy(task->comm, "sh\0garbage", 10);
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_memory_equal(fixture->model.processes[0].comm, "sh\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void an_mm_with_all_its_fields(void **state)
{
	struct decode_fixture *fixture = *state;
	struct record_mm *record;
	const struct model_mm *mm;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	record = stream_mm(&fixture->stream);
	record->total_pages = 1;
	record->data_pages = 2;
	record->stack_pages = 3;
	record->exec_pages = 4;
	record->locked_pages = 5;
	record->pgtables_bytes = 6;
	record->file_rss_pages = 7;
	record->anon_rss_pages = 8;
	record->swap_pages = 9;
	record->shmem_rss_pages = 10;
	record->tree_height = 11;
	stream_plain_vma(&fixture->stream, 1, 1);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);

	mm = &fixture->model.mms[0];
	assert_int_equal(mm->key, MM);
	assert_int_equal(mm->total_pages, 1);
	assert_int_equal(mm->data_pages, 2);
	assert_int_equal(mm->stack_pages, 3);
	assert_int_equal(mm->exec_pages, 4);
	assert_int_equal(mm->locked_pages, 5);
	assert_int_equal(mm->usage.pgtables_bytes, 6);
	assert_int_equal(mm->usage.file_rss_pages, 7);
	assert_int_equal(mm->usage.anon_rss_pages, 8);
	assert_int_equal(mm->usage.swap_pages, 9);
	assert_int_equal(mm->usage.shmem_rss_pages, 10);
	assert_int_equal(mm->tree_height, 11);
	assert_int_equal(mm->vma_count, 1);
	assert_int_equal(mm->map_count, 1);
	assert_int_equal(mm->linked_count, 0);
	assert_false(mm->torn);
	assert_false(mm->cut);
}

static void a_vma_with_all_its_fields(void **state)
{
	struct decode_fixture *fixture = *state;
	struct record_vma *record;
	const struct model_vma *vma;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 8, 1);
	record = stream_vma(&fixture->stream, 16, 4, CHILD, ROOT);
	record->pgoff = 3;
	record->anon_pgoff = 4;
	record->vm_flags = 0x8000000000000073ull;
	record->bits |= RECORD_VMA_FILE | RECORD_VMA_POLICY;
	record->dev = 5;
	record->ino = 6;
	stream_visit_end(&fixture->stream);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_end(&fixture->stream);
	decode_walk(fixture);

	assert_int_equal(fixture->model.vma_count, 2);
	assert_int_equal(fixture->model.vmas[0].active, MODEL_NONE);
	assert_int_equal(fixture->model.vmas[0].file, MODEL_NONE);
	assert_int_equal(fixture->model.vmas[0].avc_count, 0);
	vma = &fixture->model.vmas[1];
	assert_int_equal(vma->start, 16 * STREAM_PAGE);
	assert_int_equal(vma->end, 20 * STREAM_PAGE);
	assert_int_equal(vma->pgoff, 3);
	assert_int_equal(vma->anon_pgoff, 4);
	assert_true(vma->flags == 0x8000000000000073ull);
	assert_true(vma->policy);
	assert_int_equal(fixture->model.files[vma->file].dev, 5);
	assert_int_equal(fixture->model.files[vma->file].ino, 6);
	assert_int_equal(vma->active, anon_vma_of(fixture, CHILD));
	assert_int_equal(vma->avc_count, 2);
	assert_int_equal(model_chain(&fixture->model, vma)[0], anon_vma_of(fixture, CHILD));
	assert_int_equal(model_chain(&fixture->model, vma)[1], anon_vma_of(fixture, ROOT));
}

static void an_anon_vma_with_all_its_fields(void **state)
{
	struct decode_fixture *fixture = *state;
	struct record_anon_vma *record;
	const struct model_anon_vma *anon_vma;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 4, CHILD, ROOT);
	stream_visit_end(&fixture->stream);
	record = stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	record->num_children = 2;
	record->num_active_vmas = 3;
	record->refcount = 4;
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT)->rwsem_count = 0x101;
	stream_end(&fixture->stream);
	decode_walk(fixture);

	anon_vma = &fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)];
	assert_true(anon_vma->described);
	assert_false(anon_vma->moved);
	assert_int_equal(anon_vma->root, anon_vma_of(fixture, ROOT));
	assert_int_equal(anon_vma->parent, anon_vma_of(fixture, ROOT));
	assert_int_equal(anon_vma->num_children, 2);
	assert_int_equal(anon_vma->num_active_vmas, 3);
	assert_int_equal(anon_vma->refcount, 4);
	assert_int_equal(fixture->model.anon_vmas[anon_vma->root].rwsem_count, 0x101);
}

static void a_name_belongs_to_the_vma_that_follows(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma_name(&fixture->stream, 8, "[anon:a]");
	stream_plain_vma(&fixture->stream, 8, 1);
	stream_plain_vma(&fixture->stream, 9, 1);
	memset(stream_vma_name(&fixture->stream, 10, "")->name, 'n', RECORD_NAME_MAX);
	stream_plain_vma(&fixture->stream, 10, 1);
	stream_vma_name(&fixture->stream, 11, "lost"); /* unmapped in between */
	stream_plain_vma(&fixture->stream, 12, 1);
	stream_plain_vma(&fixture->stream, 13, 1);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_string_equal(name_of(fixture, 0), "[anon:a]");
	assert_string_equal(name_of(fixture, 1), "");
	assert_int_equal(strlen(name_of(fixture, 2)), RECORD_NAME_MAX);
	assert_string_equal(name_of(fixture, 3), "");
	assert_string_equal(name_of(fixture, 4), "");
}

static void a_name_does_not_reach_into_another_visit(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma_name(&fixture->stream, 16, "lost");
	stream_visit_end(&fixture->stream);
	stream_process(&fixture->stream, 101, OTHER_MM, ROOT);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->model.mm_count, 2);
	assert_string_equal(name_of(fixture, 0), "");
}

static void a_name_of_another_visit_is_passed_over(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma_name(&fixture->stream, 16, "lost")->head.visit = 99;
	stream_plain_vma(&fixture->stream, 16, 1);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_string_equal(name_of(fixture, 0), "");
}

/* Ring records of different visits may be mixed with what describes objects. */
static void descriptions_may_stand_anywhere(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_file(&fixture->stream, 5, 6, "/lib/x");
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_vma(&fixture->stream, 16, 4, CHILD, ROOT);
	stream_file(&fixture->stream, 5, 6, "/lib/renamed"); /* the first one is kept */
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_true(fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)].described);
	assert_int_equal(fixture->model.file_count, 1);
	assert_string_equal(model_text(&fixture->model, fixture->model.files[0].path), "/lib/x");
}

static void counters_that_moved_are_marked(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_process(&fixture->stream, 101, OTHER_MM, OTHER);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT)->num_active_vmas = 2;
	stream_anon_vma(&fixture->stream, OTHER, OTHER, OTHER)->rwsem_count = 1;
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_true(fixture->model.anon_vmas[anon_vma_of(fixture, ROOT)].moved);
	assert_int_equal(fixture->model.anon_vmas[anon_vma_of(fixture, ROOT)].num_active_vmas, 2);
	assert_false(fixture->model.anon_vmas[anon_vma_of(fixture, OTHER)].moved);
}

static void a_chain_over_several_records(void **state)
{
	static const uint32_t lengths[] = {
		RECORD_CHAIN_MAX - 1, RECORD_CHAIN_MAX,		RECORD_CHAIN_MAX + 1,
		2 * RECORD_CHAIN_MAX, 2 * RECORD_CHAIN_MAX + 2, 5000,
	};
	struct decode_fixture *fixture = *state;
	static uint64_t chain[5000];

	for (uint32_t i = 0; i < 5000; i++)
		chain[i] = ROOT + i * 104ull;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream);
		stream_task(&fixture->stream, 100, MM);
		stream_mm(&fixture->stream);
		stream_long_vma(&fixture->stream, 16, chain, lengths[i]);
		stream_long_vma(&fixture->stream, 17, chain, 1);
		stream_visit_end(&fixture->stream);
		stream_end(&fixture->stream);
		decode_walk(fixture);
		assert_int_equal(fixture->model.mms[0].vma_count, 2);
		assert_false(fixture->model.mms[0].torn);
		assert_int_equal(fixture->model.vmas[0].avc_count, lengths[i]);
		for (uint32_t c = 0; c < lengths[i]; c++) {
			uint32_t link = model_chain(&fixture->model, &fixture->model.vmas[0])[c];

			if (fixture->model.anon_vmas[link].key != chain[c])
				fail_msg("link %u of %u", c, lengths[i]);
		}
		assert_int_equal(fixture->model.vmas[1].avc_count, 1);
	}
}

/* What was written of the VMA before the ring was full is written again. */
static void a_vma_is_shown_again_after_a_full_ring(void **state)
{
	struct decode_fixture *fixture = *state;
	static uint64_t chain[3 * RECORD_CHAIN_MAX];

	for (uint32_t i = 0; i < 3 * RECORD_CHAIN_MAX; i++)
		chain[i] = ROOT + i * 104ull;
	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 8, 1);
	stream_vma_of(&fixture->stream, 16, 1, chain, RECORD_CHAIN_MAX)->bits = 0;
	stream_vma_of(&fixture->stream, 16, 1, chain, RECORD_CHAIN_MAX)->bits = 0;
	stream_chain(&fixture->stream, 16, RECORD_CHAIN_MAX, chain + RECORD_CHAIN_MAX,
		     RECORD_CHAIN_MAX)
		->bits = 0;
	stream_long_vma(&fixture->stream, 16, chain, 3 * RECORD_CHAIN_MAX);
	stream_plain_vma(&fixture->stream, 20, 1);
	fixture->stream.vmas = 3;
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->decoder.retry_count, 0);
	assert_int_equal(fixture->model.mms[0].vma_count, 3);
	assert_false(fixture->model.mms[0].torn);
	assert_int_equal(fixture->model.vmas[1].avc_count, 3 * RECORD_CHAIN_MAX);
	assert_int_equal(fixture->model.avc_count, 3 * RECORD_CHAIN_MAX);
}

static void a_cut_chain_is_marked(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_task(&fixture->stream, 101, OTHER_MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, OTHER)->bits |= RECORD_VMA_CHAIN_CUT;
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_false(fixture->model.mms[0].cut);
	assert_true(fixture->model.mms[1].cut);
	assert_false(fixture->model.mms[1].torn);
}

static void an_avc_of_another_vma_is_marked(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 101, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT)->bits |= RECORD_VMA_FOREIGN_AVC;
	stream_vma(&fixture->stream, 32, 1, ROOT);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_true(fixture->model.vmas[0].foreign_avc);
	assert_false(fixture->model.vmas[1].foreign_avc);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, decode_fixture_setup, decode_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_walk_of_nothing_is_an_empty_model),
		TEST(the_beginning_describes_the_machine),
		TEST(a_process_with_all_its_fields),
		TEST(comm_is_zero_behind_its_end),
		TEST(an_mm_with_all_its_fields),
		TEST(a_vma_with_all_its_fields),
		TEST(an_anon_vma_with_all_its_fields),
		TEST(a_name_belongs_to_the_vma_that_follows),
		TEST(a_name_does_not_reach_into_another_visit),
		TEST(a_name_of_another_visit_is_passed_over),
		TEST(descriptions_may_stand_anywhere),
		TEST(counters_that_moved_are_marked),
		TEST(a_chain_over_several_records),
		TEST(a_vma_is_shown_again_after_a_full_ring),
		TEST(a_cut_chain_is_marked),
		TEST(an_avc_of_another_vma_is_marked),
	};

	return cmocka_run_group_tests_name("collector/decode", tests, NULL, NULL);
}
