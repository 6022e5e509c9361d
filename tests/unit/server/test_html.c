/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_html(struct buffer *html, const char *expected)
{
	char *text = buffer_take_text(html);

	assert_string_equal(text, expected);
	free(text);
}

static void text_stays_text(void **state)
{
	struct buffer html = {0};

	(void)state;
	html_text(&html, "");
	html_text(&html, "a<b>&\"'é");
	assert_html(&html, "a&lt;b&gt;&amp;&quot;&#39;é");
}

static void a_format_escapes_what_it_takes_and_nothing_else(void **state)
{
	struct buffer html = {0};

	(void)state;
	html_format(&html, "<a href=\"%s\">%s</a> 100%", "\"><script>", "%s & Co");
	assert_html(&html, "<a href=\"&quot;&gt;&lt;script&gt;\">%s &amp; Co</a> 100%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays_text),
		cmocka_unit_test(a_format_escapes_what_it_takes_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
