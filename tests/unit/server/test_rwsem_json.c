/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/rwsem_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer buffer;
static struct json_writer json;

static int setup(void **state)
{
	(void)state;
	json_start(&json, &buffer);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_clear(&buffer);
	return 0;
}

static void assert_json(const char *expected)
{
	char *text = buffer_take_text(&buffer);

	assert_string_equal(text, expected);
	free(text);
}

static const struct {
	uint64_t count;
	const char *json;
} counts[] = {
	{0, "{\"state\":\"idle\",\"readers\":0,\"waiters\":false,\"count\":\"0x0\"}"},
	{0x1, "{\"state\":\"writer\",\"readers\":0,\"waiters\":false,\"count\":\"0x1\"}"},
	{0x7, "{\"state\":\"writer\",\"readers\":0,\"waiters\":true,\"count\":\"0x7\"}"},
	{0x100, "{\"state\":\"readers\",\"readers\":1,\"waiters\":false,\"count\":\"0x100\"}"},
	{0x302, "{\"state\":\"readers\",\"readers\":3,\"waiters\":true,\"count\":\"0x302\"}"},
	/* handed off to a waiter, and not taken yet */
	{0x6, "{\"state\":\"idle\",\"readers\":0,\"waiters\":true,\"count\":\"0x6\"}"},
	/* too many readers were counted; the sign is none of them */
	{0x8000000000000100, "{\"state\":\"readers\",\"readers\":1,\"waiters\":false,"
			     "\"count\":\"0x8000000000000100\"}"},
};

static void a_count_says_who_holds_the_lock(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		json_start(&json, &buffer);
		rwsem_json_write(&json, counts[i].count);
		assert_json(counts[i].json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_count_says_who_holds_the_lock, setup, teardown),
	};

	return cmocka_run_group_tests_name("server/rwsem_json", tests, NULL, NULL);
}
