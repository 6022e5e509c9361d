/* SPDX-License-Identifier: GPL-2.0-only */
#include "collector/decode_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/stream.h"

#define DAEMON 0x1000
#define WORKER 0x2000
#define STRANGER 0x3000

#define ROOT 0x100
#define CHILD 0x200
#define OTHER 0x300

struct fixture {
	struct stream stream;
	struct decoder decoder;
	struct model before, now;
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
	model_clear(&fixture->before);
	model_clear(&fixture->now);
	return 0;
}

static void visit(struct stream *stream, int32_t tgid, uint64_t mm, uint64_t first, uint64_t second)
{
	stream_task(stream, tgid, mm);
	stream_mm(stream);
	if (second)
		stream_vma(stream, 16, 4, first, second);
	else
		stream_vma(stream, 16, 4, first);
	stream_visit_end(stream);
}

static void quiet(struct stream *stream, int32_t tgid, uint64_t mm)
{
	struct record_visit_end *end;

	stream_task(stream, tgid, mm);
	stream_mm(stream);
	end = stream_visit_end(stream);
	end->bits = RECORD_VISIT_QUIET;
	end->vma_count = end->map_count = end->linked_count = 1;
}

static void describe(struct stream *stream, uint64_t key, uint64_t root, uint64_t children,
		     uint32_t refcount)
{
	struct record_anon_vma *record = stream_anon_vma(stream, key, root, root);

	record->num_children = children;
	record->refcount = refcount;
}

/* A daemon, its worker, and a process that has nothing to do with them; the
 * counters are what a kernel has for them. */
static void first_walk(struct fixture *fixture)
{
	struct stream *stream = &fixture->stream;

	stream_begin(stream);
	visit(stream, 10, DAEMON, ROOT, 0);
	visit(stream, 20, WORKER, CHILD, ROOT);
	visit(stream, 30, STRANGER, OTHER, 0);
	describe(stream, ROOT, ROOT, 2, 2);
	describe(stream, CHILD, ROOT, 0, 1);
	describe(stream, OTHER, OTHER, 1, 1);
	stream_end(stream);
	assert_int_equal(stream_decode(stream, &fixture->decoder, &fixture->before, NULL), 0);
	stream_reset(stream);
	stream_begin(stream)->walk = RECORD_WALK_INCREMENTAL;
}

static void plan(struct fixture *fixture, uint32_t mms)
{
	decoder_start(&fixture->decoder, &fixture->now, &fixture->before);
	assert_int_equal(stream_feed(&fixture->stream, &fixture->decoder), 0);
	assert_int_equal(decode_plan(&fixture->decoder), 0);
	assert_int_equal(fixture->decoder.retry_count, mms);
}

static bool settled(const struct model *model, uint64_t key)
{
	return model->anon_vmas[model_find_anon_vma(model, key)].settled;
}

static void counters_that_the_links_explain_are_settled(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	assert_true(settled(&fixture->before, ROOT));
	assert_true(settled(&fixture->before, CHILD));
	assert_true(settled(&fixture->before, OTHER));
}

static void counters_that_nobody_explains_are_not_settled(void **state)
{
	static const struct {
		uint64_t active, children;
		uint32_t refcount;
	} wrong[] = {{2, 1, 1}, {0, 1, 1}, {1, 2, 1}, {1, 1, 2}};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct record_anon_vma *record;

		stream_reset(&fixture->stream);
		stream_begin(&fixture->stream);
		visit(&fixture->stream, 30, STRANGER, OTHER, 0);
		record = stream_anon_vma(&fixture->stream, OTHER, OTHER, OTHER);
		record->num_active_vmas = wrong[i].active;
		record->num_children = wrong[i].children;
		record->refcount = wrong[i].refcount;
		stream_end(&fixture->stream);
		assert_int_equal(stream_decode(&fixture->stream, &fixture->decoder,
					       &fixture->before, NULL),
				 0);
		assert_false(settled(&fixture->before, OTHER));
	}
}

static void where_all_is_quiet_nothing_is_looked_at(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet(&fixture->stream, 10, DAEMON);
	quiet(&fixture->stream, 20, WORKER);
	quiet(&fixture->stream, 30, STRANGER);
	plan(fixture, 0);
}

/* The worker exited: the root's counters moved, and the daemon leads to it. */
static void what_an_mm_that_is_gone_linked_to(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet(&fixture->stream, 10, DAEMON);
	quiet(&fixture->stream, 30, STRANGER);
	plan(fixture, 1);
	assert_int_equal(fixture->decoder.retries[0].mm, DAEMON);
	assert_int_equal(fixture->decoder.retries[0].tgid, 10);
}

/* A full visit looks at the links it has; those it had are another matter. */
static void what_an_mm_that_changed_linked_to(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet(&fixture->stream, 10, DAEMON);
	visit(&fixture->stream, 20, WORKER, CHILD, 0); /* no link to the root any more */
	quiet(&fixture->stream, 30, STRANGER);
	plan(fixture, 1);
	assert_int_equal(fixture->decoder.retries[0].mm, DAEMON);
}

static void what_was_looked_at_is_not_looked_at_again(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	quiet(&fixture->stream, 10, DAEMON);
	visit(&fixture->stream, 20, WORKER, CHILD, ROOT);
	quiet(&fixture->stream, 30, STRANGER);
	plan(fixture, 0);
}

static void what_was_not_settled_is_looked_at(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	fixture->before.anon_vmas[model_find_anon_vma(&fixture->before, OTHER)].settled = false;
	quiet(&fixture->stream, 10, DAEMON);
	quiet(&fixture->stream, 20, WORKER);
	quiet(&fixture->stream, 30, STRANGER);
	plan(fixture, 1);
	assert_int_equal(fixture->decoder.retries[0].mm, STRANGER);
}

/* Walking it again shows its links without a change, which is enough. */
static void a_second_look_at_a_known_mm_settles_it(void **state)
{
	struct fixture *fixture = *state;
	uint32_t root;

	first_walk(fixture);
	quiet(&fixture->stream, 10, DAEMON);
	plan(fixture, 1);
	visit(&fixture->stream, 10, DAEMON, ROOT, 0);
	stream_end(&fixture->stream);
	decoder_start(&fixture->decoder, &fixture->now, &fixture->before);
	assert_int_equal(stream_feed(&fixture->stream, &fixture->decoder), 0);
	assert_int_equal(decoder_finish(&fixture->decoder), 0);
	root = model_find_anon_vma(&fixture->now, ROOT);
	assert_false(fixture->now.anon_vmas[root].moved);
	assert_int_equal(fixture->now.mm_count, 1);
	assert_int_equal(fixture->now.vma_count, 1);
}

/* It was to be looked at, but its process was gone before. */
static void what_could_not_be_looked_at_is_marked(void **state)
{
	struct fixture *fixture = *state;
	uint32_t root;

	first_walk(fixture);
	quiet(&fixture->stream, 10, DAEMON);
	quiet(&fixture->stream, 30, STRANGER);
	plan(fixture, 1);
	stream_reset(&fixture->stream);
	stream_end(&fixture->stream);
	assert_int_equal(stream_feed(&fixture->stream, &fixture->decoder), 0);
	assert_int_equal(decoder_finish(&fixture->decoder), 0);
	root = model_find_anon_vma(&fixture->now, ROOT);
	assert_true(fixture->now.anon_vmas[root].moved);
	assert_false(settled(&fixture->now, ROOT));
	assert_true(settled(&fixture->now, OTHER));
}

static void a_full_walk_needs_no_plan(void **state)
{
	struct fixture *fixture = *state;

	first_walk(fixture);
	stream_reset(&fixture->stream);
	stream_begin(&fixture->stream);
	visit(&fixture->stream, 30, STRANGER, OTHER, 0);
	plan(fixture, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counters_that_the_links_explain_are_settled),
		TEST(counters_that_nobody_explains_are_not_settled),
		TEST(where_all_is_quiet_nothing_is_looked_at),
		TEST(what_an_mm_that_is_gone_linked_to),
		TEST(what_an_mm_that_changed_linked_to),
		TEST(what_was_looked_at_is_not_looked_at_again),
		TEST(what_was_not_settled_is_looked_at),
		TEST(a_second_look_at_a_known_mm_settles_it),
		TEST(what_could_not_be_looked_at_is_marked),
		TEST(a_full_walk_needs_no_plan),
	};

	return cmocka_run_group_tests_name("collector/decode_plan", tests, NULL, NULL);
}
