/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const valid[] = {
	"",
	"a",
	"\x7f",
	"\xc2\x80",
	"\xdf\xbf",
	"\xe0\xa0\x80",
	"\xed\x9f\xbf",
	"\xee\x80\x80",
	"\xef\xbf\xbf",
	"\xf0\x90\x80\x80",
	"\xf4\x8f\xbf\xbf",
	"a\xc3\xa9z",
};

/* Each with the number of replacements that the Unicode standard wants. */
static const struct {
	const char *bytes;
	int replacements;
} invalid[] = {
	{"\x80", 1},
	{"\xbf\xbf", 2},
	{"\xc0\x80", 2},
	{"\xc1\xbf", 2},
	{"\xc2", 1},
	{"\xe0\x80\x80", 3},
	{"\xe0\x9f\xbf", 3},
	{"\xed\xa0\x80", 3},
	{"\xed\xbf\xbf", 3},
	{"\xe2\x82", 1},
	{"\xf0\x80\x80\x80", 4},
	{"\xf0\x9f\xa7", 1},
	{"\xf4\x90\x80\x80", 4},
	{"\xf5\x80\x80\x80", 4},
	{"\xff\xfe", 2},
	{"\xf0\x9f\xf0\x9f", 2},
	{"\xe2\x82\xe2\x82", 2},
};

static void well_formed_text_is_valid_and_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		struct buffer buffer = {0};
		char *text;

		assert_true(utf8_is_valid(valid[i], strlen(valid[i])));
		utf8_clean(&buffer, valid[i], strlen(valid[i]));
		text = buffer_take_text(&buffer);
		assert_string_equal(text, valid[i]);
		free(text);
	}
}

static void each_maximal_wrong_part_is_replaced_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		struct buffer buffer = {0};
		struct buffer expected = {0};
		char *text;
		char *wanted;

		assert_false(utf8_is_valid(invalid[i].bytes, strlen(invalid[i].bytes)));
		utf8_clean(&buffer, invalid[i].bytes, strlen(invalid[i].bytes));
		for (int k = 0; k < invalid[i].replacements; k++)
			buffer_text(&expected, UTF8_REPLACEMENT);
		text = buffer_take_text(&buffer);
		wanted = buffer_take_text(&expected);
		assert_string_equal(text, wanted);
		free(text);
		free(wanted);
	}
}

static void what_was_cleaned_is_valid_for_any_three_bytes(void **state)
{
	(void)state;
	static const unsigned char interesting[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
						    0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed,
						    0xef, 0xf0, 0xf4, 0xf5, 0xff};
	const size_t n = sizeof(interesting);

	for (size_t i = 0; i < n * n * n; i++) {
		char bytes[3] = {(char)interesting[i % n], (char)interesting[i / n % n],
				 (char)interesting[i / n / n]};
		struct buffer buffer = {0};

		utf8_clean(&buffer, bytes, sizeof(bytes));
		assert_true(utf8_is_valid(buffer.bytes, buffer.size));
		buffer_clear(&buffer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_text_is_valid_and_stays),
		cmocka_unit_test(each_maximal_wrong_part_is_replaced_once),
		cmocka_unit_test(what_was_cleaned_is_valid_for_any_three_bytes),
	};

	return cmocka_run_group_tests_name("server/utf8", tests, NULL, NULL);
}
