/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/head_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A head in the library's buffer, from the version on: each colon, CR and LF that it
 * understood is a NUL. */
#define START "HTTP/1.1\0\0"

/* Where the texts of two headers are in it. */
struct places {
	size_t name, value, other_name, other_value;
};

static const char *end_of(const char *head, size_t count, struct places at)
{
	const struct wire_header headers[] = {
		{.name = head + at.name, .value = head + at.value},
		{.name = head + at.other_name, .value = head + at.other_value},
	};

	return head_lines_end(head, headers, count);
}

static void lines_that_lie_end_to_end_are_all_there_is(void **state)
{
	(void)state;
	static const char none[] = START "\0\0";
	static const char two[] = START "X\0 a\0\0Yz\0b\0\0\0\0";
	static const char blank[] = START "X\0\0\0Y\0 \t\0\0\0\0";

	assert_ptr_equal(end_of(none, 0, (struct places){0}), none + sizeof(none) - 1);
	assert_ptr_equal(end_of(two, 2, (struct places){10, 13, 16, 19}), two + sizeof(two) - 1);
	assert_ptr_equal(end_of(blank, 2, (struct places){10, 12, 14, 18}),
			 blank + sizeof(blank) - 1);
}

static void a_nul_in_a_value_is_a_gap(void **state)
{
	(void)state;
	static const char first[] = START "X\0 a\0b\0\0Y\0c\0\0\0\0";
	static const char last[] = START "X\0 a\0\0Y\0 0\0"
					 "50\0\0\0\0";

	assert_null(end_of(first, 2, (struct places){10, 13, 18, 20}));
	assert_null(end_of(last, 2, (struct places){10, 13, 16, 19}));
}

static void a_line_that_ends_with_lf_alone_is_refused(void **state)
{
	(void)state;
	static const char version[] = "HTTP/1.1\0X\0a\0\0\0\0";
	static const char first[] = START "X\0a\0Y\0b\0\0\0\0";
	static const char last[] = START "X\0a\0\0Y\0b\0\0\0GET";

	assert_null(end_of(version, 1, (struct places){9, 11, 0, 0}));
	assert_null(end_of(first, 2, (struct places){10, 12, 14, 16}));
	assert_null(end_of(last, 2, (struct places){10, 12, 15, 17}));
}

/* The library puts a folded line's text behind the name, somewhere else. */
static void a_folded_line_is_a_gap(void **state)
{
	(void)state;
	static const char first[] = START "X\0a\0\0 b\0\0Y\0c\0\0\0\0Xb";
	static const char last[] = START "Y\0c\0\0X\0a\0\0 b\0\0\0\0Xb";

	assert_null(end_of(first, 2, (struct places){23, 12, 19, 21}));
	assert_null(end_of(last, 2, (struct places){10, 12, 23, 17}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_lie_end_to_end_are_all_there_is),
		cmocka_unit_test(a_nul_in_a_value_is_a_gap),
		cmocka_unit_test(a_line_that_ends_with_lf_alone_is_refused),
		cmocka_unit_test(a_folded_line_is_a_gap),
	};

	return cmocka_run_group_tests_name("server/head_lines", tests, NULL, NULL);
}
