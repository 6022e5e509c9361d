/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/token_stream.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../support/scratch.h"

#define READER "reader-0123456789abcdef"
#define OTHER "other-0123456789abcdef"

static struct tokens tokens;
static struct reply reply;
static int released;

static void load(const char *text)
{
	char error[TOKENS_ERROR_SIZE];

	scratch_write("tokens", text, strlen(text));
	assert_int_equal(chmod(tokens.path, 0600), 0);
	assert_int_equal(tokens_load(&tokens, error), 0);
}

static int more(void *context, struct buffer *buffer)
{
	int *left = context;

	if (*left == 0)
		return 0;
	buffer_text(buffer, "piece");
	return (*left)-- > 0;
}

static void release(void *context)
{
	(void)context;
	released++;
}

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	tokens_start(&tokens, scratch_path("tokens"));
	released = 0;
	return 0;
}

static int teardown(void **state)
{
	reply_clear(&reply);
	tokens_stop(&tokens);
	return scratch_teardown(state);
}

static void guard(int *left, const char *authorization)
{
	const struct wire_header header = {"Authorization", authorization, strlen(authorization)};
	const struct wire_request wire = {.headers = &header, .header_count = 1};

	reply_set_stream(&reply, more, release, left);
	assert_int_equal(token_stream_guard(&tokens, &wire, &reply), 0);
}

static int read_piece(void)
{
	struct buffer buffer = {0};
	int rc = reply.stream.more(reply.stream.context, &buffer);

	buffer_clear(&buffer);
	return rc;
}

static void it_is_the_stream_while_the_token_is_there(void **state)
{
	int left = 2;

	(void)state;
	load("read " READER "\n");
	guard(&left, "Bearer " READER);
	assert_int_equal(read_piece(), 1);
	load("write " READER "\nread " OTHER "\n");
	assert_int_equal(read_piece(), 1);
	assert_int_equal(read_piece(), 0);
	reply_clear(&reply);
	assert_int_equal(released, 1);
}

static void it_is_cut_off_when_the_token_is_gone(void **state)
{
	int left = 5;

	(void)state;
	load("read " READER "\nread " OTHER "\n");
	guard(&left, "Bearer " READER);
	assert_int_equal(read_piece(), 1);
	load("read " OTHER "\n");
	assert_int_equal(read_piece(), -EACCES);
	reply_clear(&reply);
	assert_int_equal(released, 1);
}

static void no_token_is_none_of_them(void **state)
{
	int left = 1;

	(void)state;
	load("read " READER "\n");
	guard(&left, "Basic " READER);
	assert_int_equal(read_piece(), -EACCES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_the_stream_while_the_token_is_there),
		TEST(it_is_cut_off_when_the_token_is_gone),
		TEST(no_token_is_none_of_them),
	};

	return cmocka_run_group_tests_name("server/token_stream", tests, NULL, NULL);
}
