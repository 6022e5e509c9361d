/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct options options;
static char error[OPTIONS_ERROR_SIZE];

#define READ(...)                                                                        \
	options_read((int)(sizeof((char *[]){"program", __VA_ARGS__}) / sizeof(char *)), \
		     (char *[]){"program", __VA_ARGS__, NULL}, &options, error)

static void nothing_given_is_the_defaults(void **state)
{
	(void)state;
	assert_int_equal(options_read(1, (char *[]){"program", NULL}, &options, error), 0);
	assert_int_equal(options.listen.count, 1);
	assert_string_equal(options.listen.items[0], "127.0.0.1:8080");
	assert_int_equal(options.hosts.count, 0);
	assert_null(options.token_file);
	assert_null(options.socket);
	assert_non_null(strstr(options.db, "vmascope.db"));
	assert_null(options.web_root);
	assert_false(options.help);
}

static void values_come_as_one_word_or_two(void **state)
{
	(void)state;
	assert_int_equal(READ("--db", "a.db", "--listen=[::1]:0", "--version"), 0);
	assert_string_equal(options.db, "a.db");
	assert_string_equal(options.listen.items[0], "[::1]:0");
	assert_true(options.version);
	assert_int_equal(READ("--db=", "--web-root", "--help"), 0);
	assert_string_equal(options.db, "");
	assert_string_equal(options.web_root, "--help");
}

static void some_are_given_several_times(void **state)
{
	(void)state;
	assert_int_equal(READ("--listen", "a", "--host", "x", "--listen=b", "--host=y"), 0);
	assert_int_equal(options.listen.count, 2);
	assert_string_equal(options.listen.items[1], "b");
	assert_int_equal(options.hosts.count, 2);
	assert_string_equal(options.hosts.items[0], "x");
	assert_int_equal(READ("--host=1", "--host=2", "--host=3", "--host=4", "--host=5",
			      "--host=6", "--host=7", "--host=8", "--host=9"),
			 -EINVAL);
	assert_string_equal(error, "--host is there too often; --help lists the options");
}

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	assert_int_equal(READ("--dbx"), -EINVAL);
	assert_string_equal(error, "--dbx is not an option; --help lists the options");
	assert_int_equal(READ("-h"), -EINVAL);
	assert_int_equal(READ("file"), -EINVAL);
	assert_int_equal(READ(""), -EINVAL);
	assert_int_equal(READ("--db"), -EINVAL);
	assert_string_equal(error, "--db needs a value; --help lists the options");
	assert_int_equal(READ("--version=1"), -EINVAL);
}

static void seconds_may_have_a_fraction(void **state)
{
	static const char *const refused[] = {"",    "0",   "0.0009", "-1",    " 1", "1s",   "1e3",
					      "inf", "nan", "0x1",    "1.2.3", ".",  "86401"};
	uint64_t ns = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(options_seconds(refused[i], &ns), -EINVAL);
	assert_int_equal(ns, 7);
	assert_int_equal(options_seconds("10", &ns), 0);
	assert_int_equal(ns, 10000000000);
	assert_int_equal(options_seconds("0.25", &ns), 0);
	assert_int_equal(ns, 250000000);
	assert_int_equal(options_seconds("86400", &ns), 0);
}

static void help_is_made_of_the_table(void **state)
{
	(void)state;
	struct buffer buffer = {0};
	char *text;

	options_help(&buffer);
	text = buffer_take_text(&buffer);
	assert_non_null(strstr(text, "  --db FILE "));
	assert_non_null(strstr(text, "  --listen WHERE..."));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_given_is_the_defaults),
		cmocka_unit_test(values_come_as_one_word_or_two),
		cmocka_unit_test(some_are_given_several_times),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(help_is_made_of_the_table),
		cmocka_unit_test(seconds_may_have_a_fraction),
	};

	return cmocka_run_group_tests_name("server/options", tests, NULL, NULL);
}
