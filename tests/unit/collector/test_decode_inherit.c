/* SPDX-License-Identifier: GPL-2.0-only */
/* decode_inherit: what an incremental walk takes over from the walk before. */
#include "collector/decode.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/decode_fixture.h"

static void first_walk(struct decode_fixture *fixture)
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
	begin_next_walk(fixture);
	/* so that indexes differ from those of the walk before */
	stream_process(&fixture->stream, 50, OTHER_MM, OTHER);
}

static struct record_visit_end *quiet_visit(struct decode_fixture *fixture)
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
	struct decode_fixture *fixture = *state;
	const struct model_anon_vma *child;
	const struct model_vma *vma;
	const struct model_mm *mm;

	first_walk(fixture);
	quiet_visit(fixture);
	stream_end(&fixture->stream);
	decode_next_walk(fixture);

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
	struct decode_fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT)->refcount = 4;
	stream_end(&fixture->stream);
	decode_next_walk(fixture);
	assert_int_equal(fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)].refcount, 4);
	assert_false(fixture->model.anon_vmas[anon_vma_of(fixture, CHILD)].moved);
}

/* An mm that is walked in full because it changed still leaves descriptions
 * out that did not. */
static void a_full_visit_inherits_descriptions(void **state)
{
	struct decode_fixture *fixture = *state;

	first_walk(fixture);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_vma(&fixture->stream, 16, 5, CHILD, ROOT);
	stream_visit_end(&fixture->stream);
	stream_end(&fixture->stream);
	decode_next_walk(fixture);
	assert_false(fixture->model.mms[1].unchanged);
	assert_below(fixture, CHILD, ROOT, ROOT);
}

/* Of what the walk before knew, nobody links to OTHER any more: what was behind
 * it has another index now. */
static void what_nobody_links_to_any_more_is_gone(void **state)
{
	struct decode_fixture *fixture = *state;
	const struct model_vma *vma;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 50, OTHER_MM, OTHER);
	stream_process(&fixture->stream, 100, MM, CHILD);
	stream_anon_vma(&fixture->stream, CHILD, ROOT, ROOT);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT);
	stream_end(&fixture->stream);
	begin_next_walk(fixture);
	quiet_visit(fixture)->vma_count = 1;
	stream_process(&fixture->stream, 70, THIRD_MM, FOURTH);
	stream_end(&fixture->stream);
	decode_next_walk(fixture);
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
	struct decode_fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture);
	stream_anon_vma(&fixture->stream, CHILD, CHILD, CHILD);
	stream_end(&fixture->stream);
	decode_next_walk(fixture);
	assert_below(fixture, CHILD, CHILD, CHILD);
	assert_below(fixture, ROOT, ROOT, ROOT);
}

static void edges_that_turn_in_a_circle_only_now(void **state)
{
	struct decode_fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, CHILD);
	stream_end(&fixture->stream);
	decode_next_walk(fixture); /* which sees that the model is safe */
	assert_false(fixture->model.anon_vmas[anon_vma_of(fixture, ROOT)].described);
}

/* That counters moved in one walk says nothing of the next. */
static void what_moved_in_the_walk_before(void **state)
{
	struct decode_fixture *fixture = *state;

	stream_begin(&fixture->stream);
	stream_process(&fixture->stream, 100, MM, ROOT);
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT)->refcount = 1;
	stream_anon_vma(&fixture->stream, ROOT, ROOT, ROOT)->refcount = 2;
	stream_end(&fixture->stream);
	begin_next_walk(fixture);
	assert_true(fixture->previous.anon_vmas[0].moved);
	quiet_visit(fixture)->vma_count = 1;
	stream_end(&fixture->stream);
	decode_next_walk(fixture);
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

static void full_visit(struct decode_fixture *fixture, const struct finding *finding)
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
	decode_next_walk(fixture);
	assert_int_equal(fixture->model.mm_count, 2);
	assert_int_equal(fixture->model.mms[1].previous, 0);
	assert_int_equal(fixture->model.mms[1].vma_count, 2 + finding->more_vmas);
	assert_int_equal(fixture->model.avc_count, 1 + 2);
	stream_reset(stream);
}

static void a_full_visit_that_finds_nothing_new(void **state)
{
	struct decode_fixture *fixture = *state;

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
	struct decode_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]); i++) {
		first_walk(fixture);
		full_visit(fixture, &findings[i]);
		if (fixture->model.mms[1].unchanged)
			fail_msg("finding %zu", i);
	}
}

static void assert_quiet_visit_is_walked_again(struct decode_fixture *fixture)
{
	stream_end(&fixture->stream);
	decode_next_walk(fixture);
	assert_int_equal(fixture->decoder.retry_count, 1);
	assert_true(fixture->decoder.retries[0].mm == MM);
	assert_int_equal(fixture->model.mm_count, 1);
	stream_reset(&fixture->stream);
}

static void a_quiet_visit_with_more_chains(void **state)
{
	struct decode_fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture)->linked_count++;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_with_more_vmas(void **state)
{
	struct decode_fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture)->vma_count++;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_that_moved(void **state)
{
	struct decode_fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture)->bits |= RECORD_VISIT_MOVED;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_with_vmas(void **state)
{
	struct decode_fixture *fixture = *state;
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
	struct decode_fixture *fixture = *state;
	struct record_visit_end *end;

	stream_begin(&fixture->stream);
	stream_task(&fixture->stream, 100, MM);
	stream_mm(&fixture->stream);
	stream_plain_vma(&fixture->stream, 16, 1);
	end = stream_visit_end(&fixture->stream);
	end->bits = RECORD_VISIT_MOVED | RECORD_VISIT_LAST_ATTEMPT;
	stream_end(&fixture->stream);
	begin_next_walk(fixture);
	stream_process(&fixture->stream, 50, OTHER_MM, OTHER);
	end = quiet_visit(fixture);
	end->vma_count = 1;
	end->linked_count = 0;
	assert_quiet_visit_is_walked_again(fixture);
}

static void a_quiet_visit_of_an_mm_that_is_new(void **state)
{
	struct decode_fixture *fixture = *state;
	struct record_visit_end *end;

	stream_begin(&fixture->stream);
	stream_end(&fixture->stream);
	begin_next_walk(fixture);
	stream_process(&fixture->stream, 50, OTHER_MM, OTHER);
	end = quiet_visit(fixture);
	end->vma_count = end->linked_count = 0;
	assert_quiet_visit_is_walked_again(fixture);
}

/* Outside an incremental walk a quiet visit says nothing. */
static void a_quiet_visit_in_a_full_walk(void **state)
{
	struct decode_fixture *fixture = *state;

	first_walk(fixture);
	quiet_visit(fixture);
	((struct record_begin *)fixture->stream.bytes)->walk = 0;
	assert_quiet_visit_is_walked_again(fixture);
}

static void keys_of_another_boot_name_other_objects(void **state)
{
	struct decode_fixture *fixture = *state;

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
	decode_next_walk(fixture);
	assert_int_equal(fixture->model.mms[0].previous, MODEL_NONE);
	assert_int_equal(fixture->model.anon_vmas[0].previous, MODEL_NONE);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, decode_fixture_setup, decode_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests_name("collector/decode_inherit", tests, NULL, NULL);
}
