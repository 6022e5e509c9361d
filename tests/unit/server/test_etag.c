/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/etag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char tag[] = "\"0123456789abcdef\"";

static void a_list_that_names_it_matches(void **state)
{
	(void)state;
	assert_true(etag_matches("\"0123456789abcdef\"", tag));
	assert_true(etag_matches("W/\"0123456789abcdef\"", tag));
	assert_true(etag_matches(" \"x\" ,\t\"0123456789abcdef\" ", tag));
	assert_true(etag_matches("\"x\",W/\"0123456789abcdef\",\"y\"", tag));
	assert_true(etag_matches("*", tag));
	assert_true(etag_matches(" *\t", tag));
}

static void others_do_not(void **state)
{
	(void)state;
	assert_false(etag_matches(NULL, tag));
	assert_false(etag_matches("", tag));
	assert_false(etag_matches(", ,", tag));
	assert_false(etag_matches("0123456789abcdef", tag));
	assert_false(etag_matches("\"0123456789abcde\"", tag));
	assert_false(etag_matches("\"0123456789abcdef", tag));
	assert_false(etag_matches("\"0123456789abcdef\"x", tag));
	assert_false(etag_matches("w/\"0123456789abcdef\"", tag));
	assert_false(etag_matches("**", tag));
	assert_false(etag_matches("W/*", tag));
	assert_false(etag_matches("\"x\", *", tag));
	assert_false(etag_matches("*, \"x\"", tag));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_that_names_it_matches),
		cmocka_unit_test(others_do_not),
	};

	return cmocka_run_group_tests_name("server/etag", tests, NULL, NULL);
}
