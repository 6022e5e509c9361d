/* SPDX-License-Identifier: GPL-2.0-only */
/* decode_visit: visits that are walked again, and whose an mm is. */
#include "collector/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/decode_fixture.h"

static void a_moved_visit_is_walked_again(void **state)
{
	struct decode_fixture *fixture = *state;

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
	decode_walk(fixture);
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
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	for (int i = 0; i < 2; i++) {
		stream_mm(&fixture->stream);
		stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_MOVED;
	}
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->decoder.retry_count, 2);
	assert_int_equal(fixture->decoder.retried_count, 1);
	assert_int_equal(fixture->model.mm_count, 0);
	assert_int_equal(fixture->model.process_count, 0); /* nothing of it is known */
}

static void the_last_attempt_is_kept_and_torn(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT);
	stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_MOVED | RECORD_VISIT_LAST_ATTEMPT;
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->decoder.retry_count, 0);
	assert_true(fixture->model.mms[0].torn);
	assert_int_equal(fixture->model.mms[0].vma_count, 1);
	assert_int_equal(fixture->model.process_count, 1);
}

static void a_last_attempt_that_held_still_is_not_torn(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_LAST_ATTEMPT;
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_false(fixture->model.mms[0].torn);
}

static void begin_unsteady(struct decode_fixture *fixture)
{
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 4);
}

static void assert_unsteady(struct decode_fixture *fixture, uint32_t vmas, uint32_t map_count)
{
	struct record_visit_end *end = stream_visit_end(&fixture->stream);

	end->vma_count = vmas;
	end->map_count = map_count;
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->decoder.retry_count, 1);
	assert_int_equal(fixture->model.mm_count, 0);
	assert_int_equal(fixture->model.vma_count, 0);
	assert_int_equal(fixture->model.avc_count, 0);
}

static void what_does_not_fit_together_is_walked_again(void **state)
{
	struct decode_fixture *fixture = *state;

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
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_task(&fixture->stream, 101, OTHER_MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 1, 1, OTHER);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.vma_count, 1);
	assert_int_equal(fixture->model.avc_count, 1);
	assert_int_equal(fixture->model.process_count, 1);
	assert_int_equal(fixture->model.anon_vma_count, 1);
}

static void records_of_another_visit_are_passed_over(void **state)
{
	struct decode_fixture *fixture = *state;

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
	decode_walk(fixture);
	assert_int_equal(fixture->model.mms[0].vma_count, 1);
	assert_false(fixture->model.mms[0].torn);
}

/* CLONE_VM without CLONE_THREAD, or vfork: the mm is visited twice. */
static void two_processes_share_an_mm(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 200, MM, ROOT);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_end(&fixture->stream);
	decode_walk(fixture);
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
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_task(&fixture->stream, 100, MM)->tid = 101;
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 4, ROOT);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->model.process_count, 1);
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.vma_count, 1);
}

/* Between two reads the process called exec: the later mm is its own. */
static void an_exec_between_two_visits(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_task(&fixture->stream, 100, OTHER_MM)->exec_id = 2;
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->model.process_count, 1);
	assert_int_equal(fixture->model.processes[0].exec_id, 2);
	assert_true(fixture->model.mms[fixture->model.processes[0].mm].key == OTHER_MM);
	assert_int_equal(fixture->model.mms[model_find_mm(&fixture->model, MM)].owner, MODEL_NONE);
}

static void an_exec_within_a_visit(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 1);
	stream_visit_end(&fixture->stream)->bits = RECORD_VISIT_MOVED;
	stream_process(&fixture->stream, 100, OTHER_MM, ROOT);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.process_count, 1);
	assert_true(fixture->model.mms[0].key == OTHER_MM);
}

static void an_exe_that_nobody_described_is_none(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM)->exe_ino = 42;
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->model.processes[0].exe, MODEL_NONE);
}

static void nothing_of_a_walk_is_left_in_the_next(void **state)
{
	struct decode_fixture *fixture = *state;

	a_moved_visit_is_walked_again(state);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_int_equal(fixture->decoder.retry_count + fixture->decoder.retried_count, 0);
	assert_int_equal(fixture->model.process_count + fixture->model.mm_count +
				 fixture->model.anon_vma_count,
			 0);
	decoder_clear(&fixture->decoder);
	decoder_clear(&fixture->decoder);
	decode_walk(fixture);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, decode_fixture_setup, decode_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		TEST(nothing_of_a_walk_is_left_in_the_next),
	};

	return cmocka_run_group_tests_name("collector/decode_visit", tests, NULL, NULL);
}
