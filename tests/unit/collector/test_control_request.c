/* SPDX-License-Identifier: GPL-2.0-only */
/* control_request: lines of the control protocol, good, bad and hostile. */
#include "collector/control_request.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct control_request request;
static struct control_problem problem;

static int read_bytes(const char *line, size_t size)
{
	problem = (struct control_problem){0};
	return control_request_read(line, size, &request, &problem);
}

static int read_line(const char *line)
{
	return read_bytes(line, strlen(line));
}

static void commands_are_read(void **state)
{
	(void)state;
	assert_int_equal(read_line("{\"command\":\"snapshot\",\"label\":\"h\\u00e9\"}"), 0);
	assert_int_equal(request.command, CONTROL_SNAPSHOT);
	assert_string_equal(request.label, "h\xc3\xa9");
	assert_int_equal(read_line(" { \"label\" : null , \"command\" : \"snapshot\" } \r"), 0);
	assert_string_equal(request.label, "");
	assert_int_equal(read_line("{\"command\":\"label\",\"snapshot\":9007199254740991,"
				   "\"label\":null}"),
			 0);
	assert_int_equal(request.command, CONTROL_LABEL);
	assert_int_equal(request.snapshot, 9007199254740991);
	assert_int_equal(read_line("{\"command\":\"unpin\",\"snapshot\":1}"), 0);
	assert_int_equal(request.command, CONTROL_UNPIN);
	assert_int_equal(read_line("{\"command\":\"status\"}"), 0);
	assert_int_equal(request.command, CONTROL_STATUS);
	assert_int_equal(request.snapshot, 0);
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"",
		" ",
		"x",
		"null",
		"[]",
		"\"status\"",
		"{}",
		"{\"command\":\"status\"",
		"{\"command\":\"status\"} x",
		"{\"command\":\"status\"}{}",
		"{\"command\":\"STATUS\"}",
		"{\"Command\":\"status\"}",
		"{\"command\":1}",
		"{\"command\":\"status\",\"command\":\"status\"}",
		"{\"command\":\"status\",\"snapshot\":1}",
		"{\"command\":\"snapshot\",\"snapshot\":1}",
		"{\"command\":\"snapshot\",\"label\":1}",
		"{\"command\":\"snapshot\",\"label\":\"\"}",
		"{\"command\":\"snapshot\",\"label\":\"17\"}",
		"{\"command\":\"snapshot\",\"label\":\"a\\u0000b\"}",
		"{\"command\":\"snapshot\",\"label\":\"a\\nb\"}",
		"{\"command\":\"snapshot\",\"label\":\"\xff\"}",
		"{\"command\":\"snapshot\",\"label\":\"a\",\"label\":\"b\"}",
		"{\"command\":\"label\",\"snapshot\":1}",
		"{\"command\":\"label\",\"label\":\"a\"}",
		"{\"command\":\"pin\"}",
		"{\"command\":\"pin\",\"snapshot\":0}",
		"{\"command\":\"pin\",\"snapshot\":-1}",
		"{\"command\":\"pin\",\"snapshot\":1.5}",
		"{\"command\":\"pin\",\"snapshot\":1e300}",
		"{\"command\":\"pin\",\"snapshot\":\"1\"}",
		"{\"command\":\"pin\",\"snapshot\":1,\"label\":null}",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (read_line(lines[i]) != -EINVAL)
			fail_msg("taken: %s", lines[i]);
		assert_int_equal(problem.status, 400);
		assert_int_equal(problem.detail[strlen(problem.detail) - 1], '.');
	}
	assert_int_equal(read_bytes("{\"command\":\"status\"\0}", 21), -EINVAL);
}

static void depth_and_length_are_no_danger(void **state)
{
	(void)state;
	static char deep[4096];

	memset(deep, '[', sizeof(deep));
	assert_int_equal(read_bytes(deep, sizeof(deep)), -EINVAL);
	memset(deep, '{', sizeof(deep));
	assert_int_equal(read_bytes(deep, sizeof(deep)), -EINVAL);
	for (size_t i = 0; i < sizeof(deep); i++) /* not terminated anywhere */
		assert_int_equal(read_bytes("{\"command\":\"status\"}", i % 20), -EINVAL);
}

static void answers_are_lines(void **state)
{
	(void)state;
	char answer[CONTROL_ANSWER_SIZE];
	struct control_status status = {.interval_ms = 10000, .next_in_ms = -1, .replaying = true};
	size_t size;

	size = control_answer_done(answer, 17);
	assert_int_equal(size, strlen(answer));
	assert_string_equal(answer, "{\"ok\":true,\"snapshot\":17}\n");
	control_answer_status(answer, &status);
	assert_non_null(strstr(answer, "\"replaying\":true,\"interval_ms\":10000,\"snapshot\":null,"
				       "\"next_in_ms\":null}\n"));
	status.snapshot = 3;
	status.next_in_ms = 0;
	control_answer_status(answer, &status);
	assert_non_null(strstr(answer, "\"snapshot\":3,\"next_in_ms\":0}\n"));
}

/* Whatever a reason holds, it stays one line of JSON that fits. */
static void a_problem_is_a_line_too(void **state)
{
	(void)state;
	char answer[CONTROL_ANSWER_SIZE];
	struct control_problem wild = {.status = 500};
	size_t size;

	memset(wild.detail, '\n', sizeof(wild.detail) - 1);
	size = control_answer_problem(answer, &wild);
	assert_int_equal(size, strlen(answer));
	assert_ptr_equal(strchr(answer, '\n'), answer + size - 1);
	memset(wild.detail, '\x01', sizeof(wild.detail) - 1);
	size = control_answer_problem(answer, &wild);
	assert_int_equal(size, strlen(answer));
	assert_ptr_equal(strchr(answer, '\n'), answer + size - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_read),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(depth_and_length_are_no_danger),
		cmocka_unit_test(answers_are_lines),
		cmocka_unit_test(a_problem_is_a_line_too),
	};

	return cmocka_run_group_tests_name("collector/control_request", tests, NULL, NULL);
}
