/* SPDX-License-Identifier: GPL-2.0-only */
#include "collector/decode.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/stream.h"

#define MM 0xffff888100001000ull
#define OTHER_MM 0xffff888100002000ull
#define THIRD_MM 0xffff888100003000ull

/* Keys of anon_vmas. */
#define ROOT 0xffff888200000068ull
#define CHILD 0xffff8882000000d0ull
#define OTHER 0xffff888200000138ull
#define FOURTH 0xffff8882000001a0ull

struct fixture {
	struct stream stream;
	struct decoder decoder;
	struct model model, previous;
};

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	stream_clear(&fixture->stream);
	decoder_clear(&fixture->decoder);
	model_clear(&fixture->model);
	model_clear(&fixture->previous);
	return 0;
}

/* What the header promises of every model that comes out. */
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

static void decode(struct fixture *fixture)
{
	int rc = stream_decode(&fixture->stream, &fixture->decoder, &fixture->model, NULL);

	if (rc)
		fail_msg("%d: %s", rc, fixture->decoder.error);
	assert_safe(&fixture->model);
}

/* Decodes what stands in the stream as the walk before and begins another. */
static void next_walk(struct fixture *fixture)
{
	int rc = stream_decode(&fixture->stream, &fixture->decoder, &fixture->previous, NULL);

	if (rc)
		fail_msg("%d: %s", rc, fixture->decoder.error);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream)->walk = RECORD_WALK_INCREMENTAL;
}

static void decode_next(struct fixture *fixture)
{
	int rc = stream_decode(&fixture->stream, &fixture->decoder, &fixture->model,
			       &fixture->previous);

	if (rc)
		fail_msg("%d: %s", rc, fixture->decoder.error);
	assert_safe(&fixture->model);
}

static void assert_refused(struct fixture *fixture, const char *sentence)
{
	assert_int_equal(stream_decode(&fixture->stream, &fixture->decoder, &fixture->model, NULL),
			 -EBADMSG);
	if (!strstr(fixture->decoder.error, sentence))
		fail_msg("'%s' does not say '%s'", fixture->decoder.error, sentence);
}

static uint32_t anon_vma_of(const struct fixture *fixture, uint64_t key)
{
	uint32_t index = model_find_anon_vma(&fixture->model, key);

	assert_int_not_equal(index, MODEL_NONE);
	return index;
}

static void a_walk_of_nothing_is_an_empty_model(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.process_count + fixture->model.mm_count, 0);
}

static void the_beginning_describes_the_machine(void **state)
{
	struct fixture *fixture = *state;
	struct record_begin *begin = stream_begin(&fixture->stream);
	const struct model_origin *origin = &fixture->model.origin;

	begin->tree_tgid = 77;
	begin->kernel |= RECORD_KERNEL_ANON_PGOFF;
	memset(begin->release, 'r', sizeof(begin->release)); /* no NUL anywhere */
	stream_end(&fixture->stream);
	decode(fixture);
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
	struct fixture *fixture = *state;
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
	decode(fixture);

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
	struct fixture *fixture = *state;
	struct record_task *task;

	stream_begin(&fixture->stream);
	task = stream_task(&fixture->stream, 100, MM);
	memcpy(task->comm, "sh\0garbage", 10);
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_memory_equal(fixture->model.processes[0].comm, "sh\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void an_mm_with_all_its_fields(void **state)
{
	struct fixture *fixture = *state;
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
	decode(fixture);

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
	struct fixture *fixture = *state;
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
	decode(fixture);

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
	struct fixture *fixture = *state;
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
	decode(fixture);

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

/* Ring records of different visits may be mixed with what describes objects. */
static const char *name_of(const struct fixture *fixture, uint32_t vma)
{
	return model_text(&fixture->model, fixture->model.vmas[vma].name);
}

static void a_name_belongs_to_the_vma_that_follows(void **state)
{
	struct fixture *fixture = *state;

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
	decode(fixture);
	assert_string_equal(name_of(fixture, 0), "[anon:a]");
	assert_string_equal(name_of(fixture, 1), "");
	assert_int_equal(strlen(name_of(fixture, 2)), RECORD_NAME_MAX);
	assert_string_equal(name_of(fixture, 3), "");
	assert_string_equal(name_of(fixture, 4), "");
}

static void a_name_does_not_reach_into_another_visit(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma_name(&fixture->stream, 16, "lost");
	stream_visit_end(&fixture->stream);
	stream_process(&fixture->stream, 101, OTHER_MM, ROOT);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.mm_count, 2);
	assert_string_equal(name_of(fixture, 0), "");
}

static void a_name_of_another_visit_is_passed_over(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma_name(&fixture->stream, 16, "lost")->head.visit = 99;
	stream_plain_vma(&fixture->stream, 16, 1);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_string_equal(name_of(fixture, 0), "");
}

static void descriptions_may_stand_anywhere(void **state)
{
	struct fixture *fixture = *state;

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
	decode(fixture);
	assert_true(fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)].described);
	assert_int_equal(fixture->model.file_count, 1);
	assert_string_equal(model_text(&fixture->model, fixture->model.files[0].path), "/lib/x");
}

static void counters_that_moved_are_marked(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_process(&fixture->stream, 101, OTHER_MM, OTHER);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT)->num_active_vmas = 2;
	stream_anon_vma(&fixture->stream, OTHER, OTHER, OTHER)->rwsem_count = 1;
	stream_end(&fixture->stream);
	decode(fixture);
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
	struct fixture *fixture = *state;
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
		decode(fixture);
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
	struct fixture *fixture = *state;
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
	decode(fixture);
	assert_int_equal(fixture->decoder.retry_count, 0);
	assert_int_equal(fixture->model.mms[0].vma_count, 3);
	assert_false(fixture->model.mms[0].torn);
	assert_int_equal(fixture->model.vmas[1].avc_count, 3 * RECORD_CHAIN_MAX);
	assert_int_equal(fixture->model.avc_count, 3 * RECORD_CHAIN_MAX);
}

static void a_cut_chain_is_marked(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_task(&fixture->stream, 101, OTHER_MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, OTHER)->bits |= RECORD_VMA_CHAIN_CUT;
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_false(fixture->model.mms[0].cut);
	assert_true(fixture->model.mms[1].cut);
	assert_false(fixture->model.mms[1].torn);
}

static void an_avc_of_another_vma_is_marked(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 101, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT)->bits |= RECORD_VMA_FOREIGN_AVC;
	stream_vma(&fixture->stream, 32, 1, ROOT);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_true(fixture->model.vmas[0].foreign_avc);
	assert_false(fixture->model.vmas[1].foreign_avc);
}

static void a_moved_visit_is_walked_again(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM)->tid = 105;
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, OTHER);
	stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_MOVED;
	((struct record_visit_end *)(fixture->stream.bytes + fixture->stream.last))->tid = 105;
	decoder_start(&fixture->decoder, &fixture->model, NULL);
	assert_int_equal(stream_feed(&fixture->stream, &fixture->decoder), 0);
	assert_int_equal(fixture->decoder.retry_count, 1);
	assert_int_equal(fixture->decoder.retried_count, 1);
	assert_true(fixture->decoder.retries[0].mm == MM);
	assert_int_equal(fixture->decoder.retries[0].tid, 105);
	assert_int_equal(fixture->decoder.retries[0].tgid, 100);
	assert_false(decoder_has_mm(&fixture->decoder, MM));

	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_true(decoder_has_mm(&fixture->decoder, MM));
	assert_int_equal(fixture->decoder.retried_count, 1);
	assert_int_equal(fixture->model.mm_count, 1);
	assert_false(fixture->model.mms[0].torn);
	assert_int_equal(fixture->model.vma_count, 1);
	/* what only the abandoned visit linked to is gone */
	assert_int_equal(model_find_anon_vma(&fixture->model, OTHER), MODEL_NONE);
	assert_int_equal(fixture->model.anon_vma_count, 1);
}

static void retries_of_one_mm_are_counted_once(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	for (int i = 0; i < 2; i++) {
		stream_mm(&fixture->stream);
		stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_MOVED;
	}
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->decoder.retry_count, 2);
	assert_int_equal(fixture->decoder.retried_count, 1);
	assert_int_equal(fixture->model.mm_count, 0);
	assert_int_equal(fixture->model.process_count, 0); /* nothing of it is known */
}

static void the_last_attempt_is_kept_and_torn(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT);
	stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_MOVED | RECORD_VISIT_LAST_ATTEMPT;
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->decoder.retry_count, 0);
	assert_true(fixture->model.mms[0].torn);
	assert_int_equal(fixture->model.mms[0].vma_count, 1);
	assert_int_equal(fixture->model.process_count, 1);
}

static void a_last_attempt_that_held_still_is_not_torn(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_LAST_ATTEMPT;
	stream_end(&fixture->stream);
	decode(fixture);
	assert_false(fixture->model.mms[0].torn);
}

static void begin_unsteady(struct fixture *fixture)
{
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 4);
}

static void assert_unsteady(struct fixture *fixture, uint32_t vmas, uint32_t map_count)
{
	struct record_visit_end *end = stream_visit_end(&fixture->stream);

	end->vma_count = vmas;
	end->map_count = map_count;
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->decoder.retry_count, 1);
	assert_int_equal(fixture->model.mm_count, 0);
	assert_int_equal(fixture->model.vma_count, 0);
	assert_int_equal(fixture->model.avc_count, 0);
}

static void what_does_not_fit_together_is_walked_again(void **state)
{
	struct fixture *fixture = *state;

	begin_unsteady(fixture); /* fewer came through than were looked at */
	assert_unsteady(fixture, 2, 2);
	begin_unsteady(fixture); /* fewer were looked at than there are */
	assert_unsteady(fixture, 1, 2);
	begin_unsteady(fixture);
	assert_unsteady(fixture, 2, 1);

	begin_unsteady(fixture); /* one grew into the next while nobody looked */
	stream_vma(&fixture->stream, 19, 4, ROOT);
	assert_unsteady(fixture, 2, 2);

	begin_unsteady(fixture); /* the same, and its chain goes on */
	stream_vma(&fixture->stream, 19, 4, ROOT)->bits = 0;
	stream_chain(&fixture->stream, 19, 1, (const uint64_t[]){OTHER}, 1);
	assert_unsteady(fixture, 1, 1);

	begin_unsteady(fixture); /* __anon_vma_prepare() between two stores */
	stream_plain_vma(&fixture->stream, 32, 1)->anon_vma = ROOT;
	assert_unsteady(fixture, 2, 2);

	begin_unsteady(fixture); /* a chain without its end */
	stream_vma(&fixture->stream, 32, 1, ROOT)->bits = 0;
	assert_unsteady(fixture, 2, 2);
}

/* A whole file of a --record made while processes came and went ends so. */
static void a_visit_without_end_is_dropped(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_task(&fixture->stream, 101, OTHER_MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 1, 1, OTHER);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.vma_count, 1);
	assert_int_equal(fixture->model.avc_count, 1);
	assert_int_equal(fixture->model.process_count, 1);
	assert_int_equal(fixture->model.anon_vma_count, 1);
}

static void records_of_another_visit_are_passed_over(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 1);
	stream_vma(&fixture->stream, 17, 1, ROOT)->head.visit = 99;
	stream_chain(&fixture->stream, 17, 1, (const uint64_t[]){ROOT}, 1)->head.visit = 99;
	stream_visit_end(&fixture->stream)->head.visit = 99;
	fixture->stream.vmas = 1;
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.mms[0].vma_count, 1);
	assert_false(fixture->model.mms[0].torn);
}

/* CLONE_VM without CLONE_THREAD, or vfork: the mm is visited twice. */
static void two_processes_share_an_mm(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 200, MM, ROOT);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.vma_count, 1);
	assert_int_equal(fixture->model.process_count, 2);
	assert_int_equal(fixture->model.processes[0].mm, 0);
	assert_int_equal(fixture->model.processes[1].mm, 0);
	/* the older one gives the mm its identity */
	assert_int_equal(fixture->model.processes[fixture->model.mms[0].owner].tgid, 100);
}

static void an_mm_seen_through_two_threads_is_one_process(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_task(&fixture->stream, 100, MM)->tid = 101;
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 4, ROOT);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.process_count, 1);
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.vma_count, 1);
}

/* Between two reads the process called exec: the later mm is its own. */
static void an_exec_between_two_visits(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_task(&fixture->stream, 100, OTHER_MM)->exec_id = 2;
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.process_count, 1);
	assert_int_equal(fixture->model.processes[0].exec_id, 2);
	assert_true(fixture->model.mms[fixture->model.processes[0].mm].key == OTHER_MM);
	assert_int_equal(fixture->model.mms[model_find_mm(&fixture->model, MM)].owner, MODEL_NONE);
}

static void an_exec_within_a_visit(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 1);
	stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_MOVED;
	stream_process(&fixture->stream, 100, OTHER_MM, ROOT);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.process_count, 1);
	assert_true(fixture->model.mms[0].key == OTHER_MM);
}

static void an_exe_that_nobody_described_is_none(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM)->exe_ino = 42;
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.processes[0].exe, MODEL_NONE);
}

/* One VMA that links to all four, and what the test says of each. */
static void four_anon_vmas(struct fixture *fixture)
{
	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT, CHILD, OTHER, FOURTH);
	stream_visit_end(&fixture->stream);
}

static void assert_alone(const struct fixture *fixture, uint64_t key)
{
	const struct model_anon_vma *anon_vma =
		&fixture->model.anon_vmas[anon_vma_of(fixture, key)];

	assert_false(anon_vma->described);
	assert_int_equal(anon_vma->root, anon_vma_of(fixture, key));
	assert_int_equal(anon_vma->parent, anon_vma_of(fixture, key));
}

static void assert_below(const struct fixture *fixture, uint64_t key, uint64_t parent,
			 uint64_t root)
{
	const struct model_anon_vma *anon_vma =
		&fixture->model.anon_vmas[anon_vma_of(fixture, key)];

	assert_true(anon_vma->described);
	assert_int_equal(anon_vma->root, anon_vma_of(fixture, root));
	assert_int_equal(anon_vma->parent, anon_vma_of(fixture, parent));
}

static void an_anon_vma_that_nobody_described_stands_alone(void **state)
{
	struct fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, OTHER, 0, ROOT); /* memory just reused */
	stream_end(&fixture->stream);
	decode(fixture);
	assert_below(fixture, ROOT, ROOT, ROOT);
	assert_below(fixture, CHILD, ROOT, ROOT);
	assert_alone(fixture, OTHER);
	assert_alone(fixture, FOURTH);
}

static void an_unknown_parent_makes_its_children_stand_alone(void **state)
{
	struct fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, 0x1111); /* never described */
	stream_anon_vma(&fixture->stream, OTHER, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, FOURTH, 0x2222, 0x2222);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_alone(fixture, CHILD);
	assert_below(fixture, OTHER, ROOT, ROOT);
	assert_int_equal(fixture->model.anon_vmas[anon_vma_of(fixture, FOURTH)].described, true);
	assert_alone(fixture, 0x2222);
}

static void cycles_stand_alone(void **state)
{
	struct fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, OTHER);
	stream_anon_vma(&fixture->stream, OTHER, ROOT, CHILD);
	stream_anon_vma(&fixture->stream, FOURTH, ROOT, CHILD); /* hangs below */
	stream_end(&fixture->stream);
	decode(fixture);
	assert_below(fixture, ROOT, ROOT, ROOT);
	assert_alone(fixture, CHILD);
	assert_alone(fixture, OTHER);
	assert_alone(fixture, FOURTH);
}

static void a_root_that_is_no_root(void **state)
{
	struct fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, OTHER, CHILD, CHILD); /* CHILD is no root */
	stream_anon_vma(&fixture->stream, FOURTH, ROOT, FOURTH); /* half a root */
	stream_end(&fixture->stream);
	decode(fixture);
	assert_below(fixture, CHILD, ROOT, ROOT);
	assert_alone(fixture, OTHER);
	assert_alone(fixture, FOURTH);
}

/* The parent's memory was freed and given to another tree in between. */
static void a_parent_of_another_tree(void **state)
{
	struct fixture *fixture = *state;

	four_anon_vmas(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, OTHER, OTHER, OTHER);
	stream_anon_vma(&fixture->stream, CHILD, OTHER, OTHER);
	stream_anon_vma(&fixture->stream, FOURTH, ROOT, CHILD);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_below(fixture, CHILD, OTHER, OTHER);
	assert_alone(fixture, FOURTH);
}

/* The same, seen from a VMA that links to the youngest and its root only: what
 * is kept for the sake of edges must not name what is dropped. */
static void a_parent_of_another_tree_that_no_vma_links_to(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, FOURTH, ROOT);
	stream_visit_end(&fixture->stream);
	stream_anon_vma(&fixture->stream, OTHER, OTHER, OTHER);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, CHILD, OTHER, ROOT);
	stream_anon_vma(&fixture->stream, FOURTH, ROOT, CHILD);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_alone(fixture, FOURTH);
}

/* A parent that no VMA links to any more is kept for the edge. */
static void an_unlinked_parent_is_kept(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, OTHER);
	stream_visit_end(&fixture->stream);
	stream_anon_vma(&fixture->stream, FOURTH, FOURTH, FOURTH); /* of nobody */
	stream_anon_vma(&fixture->stream, OTHER, ROOT, CHILD);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->model.anon_vma_count, 3);
	assert_below(fixture, OTHER, CHILD, ROOT);
	assert_below(fixture, CHILD, ROOT, ROOT);
	assert_int_equal(model_find_anon_vma(&fixture->model, FOURTH), MODEL_NONE);
}

/* Deeper than any stack, children first as a walk shows them. */
static void a_hundred_thousand_generations(void **state)
{
	struct fixture *fixture = *state;
	const uint32_t deep = 100000;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, deep);
	stream_visit_end(&fixture->stream);
	for (uint32_t key = deep; key > 0; key--)
		stream_anon_vma(&fixture->stream, key, 1, key > 1 ? key - 1 : 1);
	stream_end(&fixture->stream);
	assert_int_equal(stream_decode(&fixture->stream, &fixture->decoder, &fixture->model, NULL),
			 0);
	assert_int_equal(fixture->model.anon_vma_count, deep);
	for (uint32_t i = 0; i < deep; i++)
		if (!fixture->model.anon_vmas[i].described)
			fail_msg("anon_vma %u", i);
}

static void first_walk(struct fixture *fixture)
{
	struct record_vma *vma;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma_name(&fixture->stream, 8, "named");
	stream_plain_vma(&fixture->stream, 8, 1);
	vma = stream_vma(&fixture->stream, 16, 4, CHILD, ROOT);
	vma->bits |= RECORD_VMA_FILE;
	vma->dev = 5;
	vma->ino = 6;
	stream_visit_end(&fixture->stream);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT)->refcount = 3;
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_end(&fixture->stream);
	next_walk(fixture);
	/* so that indexes differ from those of the walk before */
	stream_process(&fixture->stream, 50, OTHER_MM, OTHER);
}

static struct record_visit_end *quiet_visit(struct fixture *fixture)
{
	struct record_visit_end *end;

	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream)->anon_rss_pages = 9;
	end = stream_visit_end(&fixture->stream);
	end->bits = RECORD_VISIT_QUIET;
	end->vma_count = end->map_count = 2;
	end->linked_count = 1;
	return end;
}

static void a_quiet_visit_takes_over_what_was_there(void **state)
{
	struct fixture *fixture = *state;
	const struct model_anon_vma *child;
	const struct model_vma *vma;
	const struct model_mm *mm;

	first_walk(fixture);
	quiet_visit(fixture);
	stream_end(&fixture->stream);
	decode_next(fixture);

	assert_int_equal(fixture->decoder.retry_count, 0);
	mm = &fixture->model.mms[1];
	assert_true(mm->key == MM);
	assert_true(mm->unchanged);
	assert_true(mm->unread);
	assert_int_equal(mm->previous, 0);
	assert_int_equal(mm->usage.anon_rss_pages, 9); /* read now, not then */
	assert_int_equal(mm->vma_count, 2);
	assert_int_equal(mm->linked_count, 1);
	vma = &fixture->model.vmas[mm->vma_first + 1];
	assert_int_equal(vma->mm, 1);
	assert_int_equal(vma->start, 16 * STREAM_PAGE);
	assert_string_equal(name_of(fixture, mm->vma_first), "named");
	assert_string_equal(name_of(fixture, mm->vma_first + 1), "");
	assert_int_equal(fixture->model.files[vma->file].ino, 6);
	assert_int_equal(vma->active, anon_vma_of(fixture, CHILD));
	assert_int_equal(vma->avc_count, 2);
	assert_int_equal(model_chain(&fixture->model, vma)[1], anon_vma_of(fixture, ROOT));
	assert_int_equal(fixture->model.vmas[mm->vma_first].active, MODEL_NONE);
	assert_int_equal(fixture->model.vmas[mm->vma_first].file, MODEL_NONE);

	/* nobody described them in this walk */
	assert_below(fixture, CHILD, ROOT, ROOT);
	child = &fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)];
	assert_int_equal(child->refcount, 3);
	assert_int_equal(child->previous, model_find_anon_vma(&fixture->previous, CHILD));
}

static void a_description_of_now_wins_over_the_walk_before(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT)->refcount = 4;
	stream_end(&fixture->stream);
	decode_next(fixture);
	assert_int_equal(fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)].refcount, 4);
	assert_false(fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)].moved);
}

/* An mm that is walked in full because it changed still leaves descriptions
 * out that did not. */
static void a_full_visit_inherits_descriptions(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 5, CHILD, ROOT);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_next(fixture);
	assert_false(fixture->model.mms[1].unchanged);
	assert_below(fixture, CHILD, ROOT, ROOT);
}

/* Of what the walk before knew, nobody links to OTHER any more: what was behind
 * it has another index now. */
static void what_nobody_links_to_any_more_is_gone(void **state)
{
	struct fixture *fixture = *state;
	const struct model_vma *vma;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 50, OTHER_MM, OTHER);
	stream_process(&fixture->stream, 100, MM, CHILD);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_end(&fixture->stream);
	next_walk(fixture);
	quiet_visit(fixture)->vma_count = 1;
	stream_process(&fixture->stream, 70, THIRD_MM, FOURTH);
	stream_end(&fixture->stream);
	decode_next(fixture);
	assert_int_equal(fixture->decoder.retry_count, 0);
	assert_int_equal(fixture->model.anon_vma_count, 3);
	assert_int_equal(model_find_anon_vma(&fixture->model, OTHER), MODEL_NONE);
	assert_int_equal(model_find_mm(&fixture->model, OTHER_MM), MODEL_NONE);
	assert_below(fixture, CHILD, ROOT, ROOT);
	vma = &fixture->model.vmas[fixture->model.mms[0].vma_first];
	assert_int_equal(vma->active, anon_vma_of(fixture, CHILD));
	assert_int_equal(model_chain(&fixture->model, vma)[0], anon_vma_of(fixture, CHILD));
	assert_int_equal(fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)].previous,
			 model_find_anon_vma(&fixture->previous, CHILD));
	assert_int_equal(fixture->model.anon_vmas[anon_vma_of(fixture, FOURTH)].previous,
			 MODEL_NONE);
}

/* The memory of an anon_vma was freed and is another one's now. */
static void an_anon_vma_with_another_parent(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture);
	stream_anon_vma(&fixture->stream, CHILD, CHILD, CHILD);
	stream_end(&fixture->stream);
	decode_next(fixture);
	assert_below(fixture, CHILD, CHILD, CHILD);
	assert_below(fixture, ROOT, ROOT, ROOT);
}

static void edges_that_turn_in_a_circle_only_now(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, CHILD);
	stream_end(&fixture->stream);
	decode_next(fixture); /* which sees that the model is safe */
	assert_false(fixture->model.anon_vmas[anon_vma_of(fixture, ROOT)].described);
}

/* That counters moved in one walk says nothing of the next. */
static void what_moved_in_the_walk_before(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT)->refcount = 1;
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT)->refcount = 2;
	stream_end(&fixture->stream);
	next_walk(fixture);
	assert_true(fixture->previous.anon_vmas[0].moved);
	quiet_visit(fixture)->vma_count = 1;
	stream_end(&fixture->stream);
	decode_next(fixture);
	assert_int_equal(fixture->decoder.retry_count, 0);
	assert_false(fixture->model.anon_vmas[anon_vma_of(fixture, ROOT)].moved);
}

/* What a full visit finds; 0 and NULL leave it as the first walk found it. */
struct finding {
	uint64_t start, pages, first_link, second_link, active, flags, pgoff, anon_pgoff, ino;
	const char *name;
	uint32_t more_vmas;
	uint16_t bits;
};

static void full_visit(struct fixture *fixture, const struct finding *finding)
{
	struct stream *stream = &fixture->stream;
	struct record_vma *vma;

	stream_task(stream, 100, MM);
	stream_mm(stream);
	stream_vma_name(stream, 8, finding->name ? finding->name : "named");
	stream_plain_vma(stream, 8, 1);
	vma = stream_vma(stream, finding->start ? finding->start : 16,
			 finding->pages ? finding->pages : 4,
			 finding->first_link ? finding->first_link : CHILD,
			 finding->second_link ? finding->second_link : ROOT);
	vma->bits |= RECORD_VMA_FILE | finding->bits;
	vma->dev = 5;
	vma->ino = finding->ino ? finding->ino : 6;
	vma->vm_flags += finding->flags;
	vma->pgoff += finding->pgoff;
	vma->anon_pgoff += finding->anon_pgoff;
	if (finding->active)
		vma->anon_vma = finding->active;
	for (uint32_t i = 0; i < finding->more_vmas; i++)
		stream_plain_vma(stream, 32 + i, 1);
	stream_visit_end(stream);
	stream_end(stream);
	decode_next(fixture);
	assert_int_equal(fixture->model.mm_count, 2);
	assert_int_equal(fixture->model.mms[1].previous, 0);
	assert_int_equal(fixture->model.mms[1].vma_count, 2 + finding->more_vmas);
	assert_int_equal(fixture->model.avc_count, 1 + 2);
	stream_reset(stream);
}

static void a_full_visit_that_finds_nothing_new(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	fixture->previous.vmas[1].row = 9;
	full_visit(fixture, &(struct finding){0});
	assert_true(fixture->model.mms[1].unchanged);
	assert_false(fixture->model.mms[1].unread);
	assert_int_equal(fixture->model.vmas[fixture->model.mms[1].vma_first + 1].row, 9);
	assert_string_equal(name_of(fixture, fixture->model.mms[1].vma_first), "named");
	assert_below(fixture, CHILD, ROOT, ROOT);
}

static void a_full_visit_that_finds_something_new(void **state)
{
	static const struct finding findings[] = {
		{.start = 17},
		{.pages = 5},
		{.first_link = FOURTH},
		{.second_link = FOURTH},
		{.active = ROOT},
		{.flags = 1},
		{.pgoff = 1},
		{.anon_pgoff = 1},
		{.ino = 7},
		{.name = "renamed"},
		{.more_vmas = 1},
		{.bits = RECORD_VMA_POLICY},
		{.bits = RECORD_VMA_CHAIN_CUT},
		{.bits = RECORD_VMA_FOREIGN_AVC},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]); i++) {
		first_walk(fixture);
		full_visit(fixture, &findings[i]);
		if (fixture->model.mms[1].unchanged)
			fail_msg("finding %zu", i);
	}
}

static void assert_quiet_visit_is_walked_again(struct fixture *fixture)
{
	stream_end(&fixture->stream);
	decode_next(fixture);
	assert_int_equal(fixture->decoder.retry_count, 1);
	assert_true(fixture->decoder.retries[0].mm == MM);
	assert_int_equal(fixture->model.mm_count, 1);
	stream_reset(&fixture->stream);
}

static void a_quiet_visit_with_more_chains(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture)->linked_count++;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_with_more_vmas(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture)->vma_count++;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_that_moved(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture)->bits |= RECORD_VISIT_MOVED;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_with_vmas(void **state)
{
	struct fixture *fixture = *state;
	struct record_visit_end *end;

	first_walk(fixture);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 8, 1);
	end = stream_visit_end(&fixture->stream);
	end->bits = RECORD_VISIT_QUIET;
	end->vma_count = 2;
	end->linked_count = 1;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_of_an_mm_that_was_torn(void **state)
{
	struct fixture *fixture = *state;
	struct record_visit_end *end;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 1);
	end = stream_visit_end(&fixture->stream);
	end->bits = RECORD_VISIT_MOVED | RECORD_VISIT_LAST_ATTEMPT;
	stream_end(&fixture->stream);
	next_walk(fixture);
	stream_process(&fixture->stream, 50, OTHER_MM, OTHER);
	end = quiet_visit(fixture);
	end->vma_count = 1;
	end->linked_count = 0;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_of_an_mm_that_is_new(void **state)
{
	struct fixture *fixture = *state;
	struct record_visit_end *end;

	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	next_walk(fixture);
	stream_process(&fixture->stream, 50, OTHER_MM, OTHER);
	end = quiet_visit(fixture);
	end->vma_count = end->linked_count = 0;
	assert_quiet_visit_is_walked_again(fixture);
}

/* Outside an incremental walk a quiet visit says nothing. */
static void a_quiet_visit_in_a_full_walk(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture);
	((struct record_begin *)fixture->stream.bytes)->walk = 0;
	assert_quiet_visit_is_walked_again(fixture);
}

static void keys_of_another_boot_name_other_objects(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	stream_end(&fixture->stream);
	((struct record_begin *)fixture->stream.bytes)->boot_id[0]++;
	assert_int_equal(stream_decode(&fixture->stream, &fixture->decoder, &fixture->model,
				       &fixture->previous),
			 -EBADMSG);
	assert_non_null(strstr(fixture->decoder.error, "without the walk before it"));

	((struct record_begin *)fixture->stream.bytes)->walk = 0;
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream)->boot_id[0]++;
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_end(&fixture->stream);
	decode_next(fixture);
	assert_int_equal(fixture->model.mms[0].previous, MODEL_NONE);
	assert_int_equal(fixture->model.anon_vmas[0].previous, MODEL_NONE);
}

static void an_incremental_walk_alone(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream)->walk = RECORD_WALK_INCREMENTAL;
	assert_refused(fixture, "an incremental walk without the walk before it");
}

static void no_beginning(void **state)
{
	struct fixture *fixture = *state;

	assert_refused(fixture, "breaks off before its end");
	stream_end(&fixture->stream);
	assert_refused(fixture, "does not start with its beginning");
}

static void two_beginnings(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_begin(&fixture->stream);
	assert_refused(fixture, "record 2: a second beginning");
}

static void a_page_size_that_is_none(void **state)
{
	static const uint32_t sizes[] = {0, 1, 512, 4095, 4097, UINT32_MAX};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream)->page_size = sizes[i];
		assert_refused(fixture, "page size");
	}
}

static void no_end(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	assert_refused(fixture, "breaks off before its end");
}

static void something_after_the_end(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	assert_refused(fixture, "a record after the end");
}

static void types_that_are_not_known(void **state)
{
	static const uint16_t types[] = {0, RECORD_TYPE_MAX, UINT16_MAX};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream);
		stream_end(&fixture->stream)->head.type = types[i];
		assert_refused(fixture, "is not known");
	}
}

/* Feeds one record of a good stream with a wrong size. */
static void assert_size_refused(struct fixture *fixture, const void *record, size_t size,
				size_t head_size)
{
	_Alignas(8) uint8_t copy[8192] = {0};

	assert_true(size <= sizeof(copy));
	memcpy(copy, record, size);
	((struct record_head *)copy)->size = (uint16_t)head_size;
	decoder_start(&fixture->decoder, &fixture->model, NULL);
	assert_int_equal(decoder_feed(&fixture->decoder, fixture->stream.bytes,
				      sizeof(struct record_begin)),
			 0);
	assert_int_equal(decoder_feed(&fixture->decoder, copy, size), -EBADMSG);
	assert_true(fixture->decoder.error[0] != '\0');
}

static void sizes_that_do_not_fit(void **state)
{
	struct fixture *fixture = *state;
	struct stream *stream = &fixture->stream;

	stream_begin(stream);
	stream_task(stream, 100, MM);
	stream_mm(stream);
	stream_vma_name(stream, 16, "name");
	stream_vma(stream, 16, 1, CHILD, ROOT);
	stream_chain(stream, 16, 2, (const uint64_t[]){OTHER, FOURTH}, 2);
	stream_visit_end(stream);
	stream_anon_vma(stream, ROOT, ROOT, ROOT);
	stream_file(stream, 5, 6, "/lib/x");
	stream_cgroup(stream, 5, "/x");
	stream_end(stream);
	stream_end(stream); /* so that 8 bytes more can be read */
	for (size_t at = sizeof(struct record_begin);
	     at + sizeof(struct record_end) < stream->size;) {
		const struct record_head *head = (const void *)(stream->bytes + at);
		bool path = head->type == RECORD_FILE || head->type == RECORD_CGROUP;

		assert_size_refused(fixture, head, head->size, head->size - 8u);
		assert_size_refused(fixture, head, head->size, head->size + 8u);
		assert_size_refused(fixture, head, head->size - 8u, head->size - 8u);
		assert_size_refused(fixture, head, head->size - 1u, head->size - 1u);
		assert_size_refused(fixture, head, 4, head->size);
		assert_size_refused(fixture, head, 0, 0);
		if (!path) /* padding behind a path is the rule */
			assert_size_refused(fixture, head, head->size + 8u, head->size + 8u);
		at += head->size;
	}
}

static void tasks_without_a_number(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 0, MM)->tid = 1;
	assert_refused(fixture, "a task without a number");
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM)->tid = -1;
	assert_refused(fixture, "a task without a number");
}

static void visits_that_overlap(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_mm(&fixture->stream);
	assert_refused(fixture, "record 4: a visit begins inside another");
}

static void an_mm_without_a_key(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, 0);
	stream_mm(&fixture->stream);
	assert_refused(fixture, "an address space without a key");
}

static void a_visit_that_ends_elsewhere(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream)->mm = OTHER_MM;
	assert_refused(fixture, "ends in another address space");
}

static void vmas_that_end_before_they_start(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 0);
	assert_refused(fixture, "a VMA that ends before it starts");
}

static void links_to_nothing(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT, 0);
	assert_refused(fixture, "a link to nothing");
}

static void chains_that_continue_nothing(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_chain(&fixture->stream, 16, 0, (const uint64_t[]){ROOT}, 1);
	assert_refused(fixture, "continues no VMA");

	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT); /* is at its end */
	stream_chain(&fixture->stream, 16, 1, (const uint64_t[]){ROOT}, 1);
	assert_refused(fixture, "continues no VMA");
}

static void chains_that_continue_another_vma(void **state)
{
	struct fixture *fixture = *state;

	for (int wrong_place = 0; wrong_place < 2; wrong_place++) {
		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream);
		stream_task(&fixture->stream, 100, MM);
		stream_mm(&fixture->stream);
		stream_vma(&fixture->stream, 16, 1, ROOT)->bits = 0;
		stream_chain(&fixture->stream, wrong_place ? 16 : 17, wrong_place ? 2 : 1,
			     (const uint64_t[]){ROOT}, 1);
		assert_refused(fixture, "continues another VMA");
	}
}

static void an_anon_vma_without_a_key(void **state)
{
	struct fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_anon_vma(&fixture->stream, 0, ROOT, ROOT);
	assert_refused(fixture, "an anon_vma without a key");
}

static void paths_that_do_not_end(void **state)
{
	static const uint32_t sizes[] = {0, 1, 6, 9, 4096, UINT32_MAX};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream);
		stream_file(&fixture->stream, 5, 6, "/lib/xy")->path_size = sizes[i];
		assert_refused(fixture, "a path of");
		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream);
		stream_cgroup(&fixture->stream, 6, "/a/b/cd")->path_size = sizes[i];
		assert_refused(fixture, "a cgroup path of");
	}
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_cgroup(&fixture->stream, 0, "/a");
	assert_refused(fixture, "a cgroup path of");
}

static void a_decoder_is_used_again_after_an_error(void **state)
{
	struct fixture *fixture = *state;

	visits_that_overlap(state);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_string_equal(fixture->decoder.error, "");
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.process_count, 1);
}

static void nothing_of_a_walk_is_left_in_the_next(void **state)
{
	struct fixture *fixture = *state;

	a_moved_visit_is_walked_again(state);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	decode(fixture);
	assert_int_equal(fixture->decoder.retry_count + fixture->decoder.retried_count, 0);
	assert_int_equal(fixture->model.process_count + fixture->model.mm_count +
				 fixture->model.anon_vma_count,
			 0);
	decoder_clear(&fixture->decoder);
	decoder_clear(&fixture->decoder);
	decode(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(a_moved_visit_is_walked_again),
		TEST(retries_of_one_mm_are_counted_once),
		TEST(the_last_attempt_is_kept_and_torn),
		TEST(a_last_attempt_that_held_still_is_not_torn),
		TEST(what_does_not_fit_together_is_walked_again),
		TEST(a_visit_without_end_is_dropped),
		TEST(records_of_another_visit_are_passed_over),
		TEST(two_processes_share_an_mm),
		TEST(an_mm_seen_through_two_threads_is_one_process),
		TEST(an_exec_between_two_visits),
		TEST(an_exec_within_a_visit),
		TEST(an_exe_that_nobody_described_is_none),
		TEST(an_anon_vma_that_nobody_described_stands_alone),
		TEST(an_unknown_parent_makes_its_children_stand_alone),
		TEST(cycles_stand_alone),
		TEST(a_root_that_is_no_root),
		TEST(a_parent_of_another_tree),
		TEST(a_parent_of_another_tree_that_no_vma_links_to),
		TEST(an_unlinked_parent_is_kept),
		TEST(a_hundred_thousand_generations),
		TEST(a_quiet_visit_takes_over_what_was_there),
		TEST(a_description_of_now_wins_over_the_walk_before),
		TEST(a_full_visit_inherits_descriptions),
		TEST(what_nobody_links_to_any_more_is_gone),
		TEST(an_anon_vma_with_another_parent),
		TEST(edges_that_turn_in_a_circle_only_now),
		TEST(what_moved_in_the_walk_before),
		TEST(a_full_visit_that_finds_nothing_new),
		TEST(a_full_visit_that_finds_something_new),
		TEST(a_quiet_visit_with_more_chains),
		TEST(a_quiet_visit_with_more_vmas),
		TEST(a_quiet_visit_that_moved),
		TEST(a_quiet_visit_with_vmas),
		TEST(a_quiet_visit_of_an_mm_that_was_torn),
		TEST(a_quiet_visit_of_an_mm_that_is_new),
		TEST(a_quiet_visit_in_a_full_walk),
		TEST(keys_of_another_boot_name_other_objects),
		TEST(an_incremental_walk_alone),
		TEST(no_beginning),
		TEST(two_beginnings),
		TEST(a_page_size_that_is_none),
		TEST(no_end),
		TEST(something_after_the_end),
		TEST(types_that_are_not_known),
		TEST(sizes_that_do_not_fit),
		TEST(tasks_without_a_number),
		TEST(visits_that_overlap),
		TEST(an_mm_without_a_key),
		TEST(a_visit_that_ends_elsewhere),
		TEST(vmas_that_end_before_they_start),
		TEST(links_to_nothing),
		TEST(chains_that_continue_nothing),
		TEST(chains_that_continue_another_vma),
		TEST(an_anon_vma_without_a_key),
		TEST(paths_that_do_not_end),
		TEST(a_decoder_is_used_again_after_an_error),
		TEST(nothing_of_a_walk_is_left_in_the_next),
	};

	return cmocka_run_group_tests_name("collector/decode", tests, NULL, NULL);
}
