/* SPDX-License-Identifier: GPL-2.0-only */
/* tokens: the file, and what a token may. */
#include "server/tokens.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../support/scratch.h"

#define READER "reader-0123456789abcdef"
#define WRITER "writer-0123456789abcdef"

static struct tokens tokens;
static char error[TOKENS_ERROR_SIZE];
static char path[512];

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	snprintf(path, sizeof(path), "%s", scratch_path("tokens"));
	tokens_start(&tokens, path);
	return 0;
}

static int teardown(void **state)
{
	tokens_stop(&tokens);
	return scratch_teardown(state);
}

static int load(const char *text)
{
	scratch_write("tokens", text, strlen(text));
	assert_int_equal(chmod(path, 0600), 0);
	error[0] = '\0';
	return tokens_load(&tokens, error);
}

/* Status for a request with that header; 0: may. */
static int ask(const char *authorization, enum token_scope scope)
{
	const struct wire_header header = {"authorization", authorization, strlen(authorization)};
	const struct wire_request wire = {.headers = &header, .header_count = 1};
	struct problem problem = {0};
	int rc;

	rc = tokens_check(&tokens, &wire, scope, &problem);
	assert_int_equal(rc, problem.status ? -EPROTO : 0);
	assert_null(strstr(problem.detail, "0123456789abcdef"));
	return problem.status;
}

static void a_token_may_what_its_line_says(void **state)
{
	(void)state;
	assert_int_equal(load("# people\n\n  \nread " READER "\n\twrite\t" WRITER " \r\n"), 0);
	assert_int_equal(ask("Bearer " READER, TOKEN_READ), 0);
	assert_int_equal(ask("bearer  " READER, TOKEN_READ), 0);
	assert_int_equal(ask("Bearer " READER, TOKEN_WRITE), 403);
	assert_int_equal(ask("Bearer " WRITER, TOKEN_READ), 0);
	assert_int_equal(ask("Bearer " WRITER, TOKEN_WRITE), 0);
}

static void others_may_nothing(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"",
		"Bearer",
		"Bearer ",
		READER,
		"Basic " READER,
		"Bearer " READER "x",
		"Bearer reader-0123456789abcde",
		"Bearer Reader-0123456789abcdef",
		"Bearer " READER " " READER,
		"Bearer xxxxxxxxxxxxxxxxxxxxxxx",
	};
	char longer[TOKEN_SIZE_MAX + 32];

	assert_int_equal(load("read " READER "\n"), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(ask(wrong[i], TOKEN_READ), 401);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "Bearer ", 7);
	assert_int_equal(ask(longer, TOKEN_READ), 401);
}

static void there_is_one_header(void **state)
{
	(void)state;
	const struct wire_header headers[] = {{"Authorization", "Bearer " READER, 30},
					      {"Authorization", "Bearer " READER, 30}};
	const struct wire_request none = {.header_count = 0};
	const struct wire_request two = {.headers = headers, .header_count = 2};
	struct problem problem = {0};

	assert_int_equal(load("read " READER "\n"), 0);
	assert_int_equal(tokens_check(&tokens, &none, TOKEN_READ, &problem), -EPROTO);
	assert_int_equal(problem.status, 401);
	assert_int_equal(tokens_check(&tokens, &two, TOKEN_READ, &problem), -EPROTO);
}

static void a_bad_file_is_refused_without_its_tokens_in_the_reason(void **state)
{
	(void)state;
	static const char *const files[] = {
		"",
		"# nothing\n",
		READER "\n",
		"read\n",
		"admin " READER "\n",
		"read short-0123456\n",
		"read " READER " more\n",
		"read r\xc3\xa9" READER "\n",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(load(files[i]), -EINVAL);
		assert_non_null(strstr(error, path));
		assert_null(strstr(error, "0123456"));
	}
	assert_int_equal(load("# a\nread short\n"), -EINVAL);
	assert_non_null(strstr(error, "line 2 of"));
}

static void the_limit_is_said(void **state)
{
	(void)state;
	static const char line[] = "read " READER "\n";
	char text[(TOKENS_MAX + 1) * sizeof(line)];
	size_t size = 0;

	for (int i = 0; i < TOKENS_MAX; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s", line);
	assert_int_equal(load(text), 0);
	snprintf(text + size, sizeof(text) - size, "%s", line);
	assert_int_equal(load(text), -EINVAL);
	assert_non_null(strstr(error, "line 65"));
}

static void a_file_that_others_can_read_is_refused(void **state)
{
	(void)state;
	static const mode_t modes[] = {0604, 0644, 0602, 0620, 0601};

	assert_int_equal(load("read " READER "\n"), 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(tokens_load(&tokens, error), -EPERM);
		assert_non_null(strstr(error, "chmod 600"));
	}
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(tokens_load(&tokens, error), 0);
}

static void what_was_read_stays_when_the_next_is_bad(void **state)
{
	(void)state;
	assert_int_equal(load("read " READER "\n"), 0);
	assert_int_equal(load("nonsense\n"), -EINVAL);
	assert_int_equal(ask("Bearer " READER, TOKEN_READ), 0);
	assert_int_equal(load("read " WRITER "\n"), 0);
	assert_int_equal(ask("Bearer " READER, TOKEN_READ), 401);
	assert_int_equal(ask("Bearer " WRITER, TOKEN_READ), 0);
}

static void what_is_no_file_is_said(void **state)
{
	(void)state;
	assert_int_equal(tokens_load(&tokens, error), -ENOENT);
	tokens.path = scratch_dir();
	assert_int_equal(tokens_load(&tokens, error), -EINVAL);
	tokens.path = path;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_may_what_its_line_says),
		TEST(others_may_nothing),
		TEST(there_is_one_header),
		TEST(a_bad_file_is_refused_without_its_tokens_in_the_reason),
		TEST(the_limit_is_said),
		TEST(a_file_that_others_can_read_is_refused),
		TEST(what_was_read_stays_when_the_next_is_bad),
		TEST(what_is_no_file_is_said),
	};

	return cmocka_run_group_tests_name("server/tokens", tests, NULL, NULL);
}
