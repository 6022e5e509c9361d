/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/lookup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"

static struct history history;
static struct request request;
static struct call call;
static struct problem problem;

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	memset(&history, 0, sizeof(history));
	history_open(&history, scratch_path("test.db"));
	request = (struct request){0};
	problem = (struct problem){0};
	call = (struct call){.request = &request, .store = history.store, .snapshot = 1};
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

static void fill(void)
{
	struct model *model = history_next(&history);
	uint32_t root = forest_root(model, 7);

	forest_process(model, 10, forest_mm(model, 3));
	forest_vma(model, 16, 1, root);
	forest_plain_vma(model, 32, 1);
	history_write(&history, NULL);
}

static void a_process_is_found_by_its_pid(void **state)
{
	struct lookup_process process;

	(void)state;
	fill();
	request.values[PARAM_PID].integer = 10;
	assert_int_equal(lookup_process(&call, &process, &problem), 0);
	assert_int_equal(process.pid, 10);
	assert_int_equal(process.process_id, 10);
	assert_int_equal(process.mm_id, 3);
	assert_int_equal(process.vmas, 2);
	assert_int_equal(process.avcs, 1);
	assert_string_equal(process.comm, "p10");
}

static void a_process_that_is_not_there_is_a_problem(void **state)
{
	struct lookup_process process = {.pid = 77};

	(void)state;
	fill();
	request.values[PARAM_PID].integer = 11;
	assert_int_equal(lookup_process(&call, &process, &problem), -EPROTO);
	assert_int_equal(problem.status, 404);
	assert_non_null(strstr(problem.detail, "Snapshot 1 has no process 11"));
	assert_int_equal(process.pid, 77);
}

static int take_vmas(void *context, const void *row)
{
	*(int64_t *)context = ((const struct store_tree_row *)row)->vmas;
	return 0;
}

static int refuse(void *context, const void *row)
{
	(void)context;
	(void)row;
	return -ENOMEM;
}

static void a_tree_is_visited_or_a_problem(void **state)
{
	int64_t vmas = -1;

	(void)state;
	fill();
	request.values[PARAM_ROOT].integer = 8;
	assert_int_equal(lookup_tree(&call, take_vmas, &vmas, &problem), -EPROTO);
	assert_int_equal(problem.status, 404);
	assert_non_null(strstr(problem.detail, "Snapshot 1 has no tree 8"));
	assert_int_equal(vmas, -1);
	request.values[PARAM_ROOT].integer = 7;
	assert_int_equal(lookup_tree(&call, take_vmas, &vmas, &problem), 0);
	assert_int_equal(vmas, 1);
	assert_int_equal(lookup_tree(&call, refuse, NULL, &problem), -ENOMEM);
}

static void a_text_is_cut_to_its_room(void **state)
{
	char room[4] = "xxx";

	(void)state;
	lookup_copy_text(&(struct store_text){"abcdef", 6}, room, sizeof(room));
	assert_string_equal(room, "abc");
	lookup_copy_text(&(struct store_text){"abc", 3}, room, sizeof(room));
	assert_string_equal(room, "abc");
	lookup_copy_text(&(struct store_text){"ab", 2}, room, sizeof(room));
	assert_string_equal(room, "ab");
	lookup_copy_text(&(struct store_text){NULL, 0}, room, sizeof(room));
	assert_string_equal(room, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_is_found_by_its_pid),
		TEST(a_process_that_is_not_there_is_a_problem),
		TEST(a_tree_is_visited_or_a_problem),
		TEST(a_text_is_cut_to_its_room),
	};

	return cmocka_run_group_tests_name("server/lookup", tests, NULL, NULL);
}
