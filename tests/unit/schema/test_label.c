/* SPDX-License-Identifier: GPL-2.0-only */
/* label: what a snapshot may be called. */
#include "schema/label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_are_labels(void **state)
{
	(void)state;
	static const char *const labels[] = {
		"a",	"before the deploy", "v1.2.3", "17a", "-1", "h\xc3\xa9", "Latest",
		"late", "\xf0\x9f\xa7\xaa",
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		assert_null(label_refuse(labels[i], strlen(labels[i])));
}

static void what_is_read_as_something_else_is_not(void **state)
{
	(void)state;
	static const char *const others[] = {
		"17", "0", "latest", "latest~1", "latest one", "label:x", "12:30", " a", "a ",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_non_null(label_refuse(others[i], strlen(others[i])));
}

static void the_size_has_limits(void **state)
{
	(void)state;
	char label[LABEL_SIZE_MAX + 1];

	memset(label, 'x', sizeof(label));
	assert_null(label_refuse(label, LABEL_SIZE_MAX));
	assert_non_null(label_refuse(label, LABEL_SIZE_MAX + 1));
	assert_non_null(label_refuse(label, 0));
}

static void what_is_no_text_is_refused(void **state)
{
	(void)state;
	static const char *const bytes[] = {
		"a\nb",		"\x1b[1m",  "\x7f",	    "\xc2\x9b",	    "\xff",
		"\xc3",		"\xc0\xaf", "\xed\xa0\x80", "\xe2\x80\xa8", "\xf4\x90\x80\x80",
		"\xe0\x80\x80", "\xe2\x82", "\xf0\x9f\xa7", "a\xc3(",
	};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		assert_non_null(label_refuse(bytes[i], strlen(bytes[i])));
	assert_non_null(label_refuse("a\0b", 3));
	/* U+202E and U+2066, which turn what stands after them */
	assert_non_null(label_refuse((const char[]){'\xe2', '\x80', '\xae'}, 3));
	assert_non_null(label_refuse((const char[]){'\xe2', '\x81', '\xa6'}, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_labels),
		cmocka_unit_test(what_is_read_as_something_else_is_not),
		cmocka_unit_test(the_size_has_limits),
		cmocka_unit_test(what_is_no_text_is_refused),
	};

	return cmocka_run_group_tests_name("schema/label", tests, NULL, NULL);
}
