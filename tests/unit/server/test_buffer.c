/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/buffer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void appends_follow_each_other(void **state)
{
	(void)state;
	struct buffer buffer = {0};
	char *text;

	buffer_append(&buffer, "abc", 2);
	buffer_text(&buffer, "-");
	buffer_format(&buffer, "%d%s", 42, "!");
	buffer_append(&buffer, NULL, 0);
	text = buffer_take_text(&buffer);
	assert_string_equal(text, "ab-42!");
	assert_null(buffer.bytes);
	free(text);
}

static void any_byte_is_kept(void **state)
{
	(void)state;
	struct buffer buffer = {0};

	buffer_append(&buffer, "\0\xff\0", 3);
	assert_int_equal(buffer.size, 3);
	assert_memory_equal(buffer.bytes, "\0\xff\0", 3);
	buffer_clear(&buffer);
	buffer_clear(&buffer);
}

static void it_grows_past_what_a_format_needs(void **state)
{
	(void)state;
	struct buffer buffer = {0};
	char block[1000];

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 1000; i++)
		buffer_format(&buffer, "%.*s", (int)sizeof(block), block);
	assert_int_equal(buffer.size, 1000000);
	buffer_clear(&buffer);
}

static void without_memory_it_says_so_and_stays_so(void **state)
{
	(void)state;
	struct buffer buffer = {0};

	buffer_text(&buffer, "a");
	assert_null(buffer_reserve(&buffer, SIZE_MAX - 8));
	assert_int_equal(buffer.error, -ENOMEM);
	buffer_text(&buffer, "b");
	assert_int_equal(buffer.size, 1);
	assert_null(buffer_take_text(&buffer));
	assert_int_equal(buffer.error, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_follow_each_other),
		cmocka_unit_test(any_byte_is_kept),
		cmocka_unit_test(it_grows_past_what_a_format_needs),
		cmocka_unit_test(without_memory_it_says_so_and_stays_so),
	};

	return cmocka_run_group_tests_name("server/buffer", tests, NULL, NULL);
}
