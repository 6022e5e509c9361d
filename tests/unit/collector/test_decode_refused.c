/* SPDX-License-Identifier: GPL-2.0-only */
/* decode: streams that are no walk, and what is said of them. */
#include "collector/decode.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/decode_fixture.h"

static void assert_refused(struct decode_fixture *fixture, const char *sentence)
{
	assert_int_equal(stream_decode(&fixture->stream, &fixture->decoder, &fixture->model, NULL),
			 -EBADMSG);
	if (!strstr(fixture->decoder.error, sentence))
		fail_msg("'%s' does not say '%s'", fixture->decoder.error, sentence);
}

static void an_incremental_walk_alone(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream)->walk = RECORD_WALK_INCREMENTAL;
	assert_refused(fixture, "an incremental walk without the walk before it");
}

static void no_beginning(void **state)
{
	struct decode_fixture *fixture = *state;

	assert_refused(fixture, "breaks off before its end");
	stream_end(&fixture->stream);
	assert_refused(fixture, "does not start with its beginning");
}

static void two_beginnings(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_begin(&fixture->stream);
	assert_refused(fixture, "record 2: a second beginning");
}

static void a_page_size_that_is_none(void **state)
{
	static const uint32_t sizes[] = {0, 1, 512, 4095, 4097, UINT32_MAX};
	struct decode_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream)->page_size = sizes[i];
		assert_refused(fixture, "page size");
	}
}

static void no_end(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	assert_refused(fixture, "breaks off before its end");
}

static void something_after_the_end(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	assert_refused(fixture, "a record after the end");
}

static void types_that_are_not_known(void **state)
{
	static const uint16_t types[] = {0, RECORD_TYPE_MAX, UINT16_MAX};
	struct decode_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream);
		stream_end(&fixture->stream)->head.type = types[i];
		assert_refused(fixture, "is not known");
	}
}

/* Feeds one record of a good stream with a wrong size. */
static void assert_size_refused(struct decode_fixture *fixture, const void *record, size_t size,
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
	struct decode_fixture *fixture = *state;
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
	struct decode_fixture *fixture = *state;

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
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_mm(&fixture->stream);
	assert_refused(fixture, "record 4: a visit begins inside another");
}

static void an_mm_without_a_key(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, 0);
	stream_mm(&fixture->stream);
	assert_refused(fixture, "an address space without a key");
}

static void a_visit_that_ends_elsewhere(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_visit_end(&fixture->stream)->mm = OTHER_MM;
	assert_refused(fixture, "ends in another address space");
}

static void vmas_that_end_before_they_start(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 0);
	assert_refused(fixture, "a VMA that ends before it starts");
}

static void links_to_nothing(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 1, ROOT, 0);
	assert_refused(fixture, "a link to nothing");
}

static void chains_that_continue_nothing(void **state)
{
	struct decode_fixture *fixture = *state;

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
	struct decode_fixture *fixture = *state;

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
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_anon_vma(&fixture->stream, 0, ROOT, ROOT);
	assert_refused(fixture, "an anon_vma without a key");
}

static void paths_that_do_not_end(void **state)
{
	static const uint32_t sizes[] = {0, 1, 6, 9, 4096, UINT32_MAX};
	struct decode_fixture *fixture = *state;

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
	struct decode_fixture *fixture = *state;

	visits_that_overlap(state);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_end(&fixture->stream);
	decode_walk(fixture);
	assert_string_equal(fixture->decoder.error, "");
	assert_int_equal(fixture->model.mm_count, 1);
	assert_int_equal(fixture->model.process_count, 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, decode_fixture_setup, decode_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("collector/decode_refused", tests, NULL, NULL);
}
