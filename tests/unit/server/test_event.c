/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/event.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"

static struct history history;
static struct buffer buffer;
static char *text;

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	memset(&history, 0, sizeof(history));
	history_open(&history, scratch_path("test.db"));
	return 0;
}

static int teardown(void **state)
{
	free(text);
	text = NULL;
	buffer_clear(&buffer);
	history_close(&history);
	return scratch_teardown(state);
}

static const char *taken(void)
{
	free(text);
	text = buffer_take_text(&buffer);
	assert_non_null(text);
	return text;
}

/* Process 20 has two anon_vmas below the one it could share: a finding. */
static void fill(struct model *model, bool with_child)
{
	uint32_t root = forest_root(model, 1);

	forest_process(model, 10, forest_mm(model, 10));
	forest_vma(model, 16, 1, root);
	forest_vma(model, 18, 1, root);
	if (!with_child)
		return;
	forest_process(model, 20, forest_mm(model, 20));
	forest_vma(model, 16, 1, forest_child(model, 100, root), root);
	forest_vma(model, 18, 1, forest_child(model, 101, root), root);
}

static void write_snapshot(bool with_child, const char *label)
{
	fill(history_next(&history), with_child);
	history_write(&history, label);
}

static void a_snapshot_tells_what_is_new_and_what_is_gone(void **state)
{
	(void)state;
	write_snapshot(false, NULL);
	write_snapshot(true, "two\nlines\x01");
	write_snapshot(false, NULL);
	assert_int_equal(event_snapshot(&buffer, history.store, 2), 0);
	taken();
	assert_ptr_equal(strstr(text, "event: snapshot\nid: 2\ndata: {\"id\":2,"), text);
	assert_non_null(strstr(text, "\"label\":\"two\\u000alines\\u0001\""));
	assert_non_null(strstr(text, "\"new\":{\"count\":1,"));
	assert_non_null(strstr(text, "\"kind\":\"fork_split\""));
	assert_non_null(strstr(text, "\"pid\":20,"));
	assert_non_null(
		strstr(text, "\"resolved\":{\"count\":0,\"bytes\":0,\"largest\":[]}}}\n\n"));
	assert_int_equal(event_snapshot(&buffer, history.store, 3), 0);
	taken();
	assert_non_null(strstr(text, "\"new\":{\"count\":0,"));
	assert_non_null(strstr(text, "\"resolved\":{\"count\":1,"));
	assert_non_null(strstr(text, "\"pid\":20,"));
}

/* One line of data, whatever is in it. */
static void an_event_has_no_line_of_its_own(void **state)
{
	int lines = 0;

	(void)state;
	write_snapshot(true, "\n\r\n\ndata: x\n");
	database_exec(scratch_path("test.db"),
		      "UPDATE process SET comm = CAST(x'0a0a0d646174613a0aff' AS TEXT)");
	assert_int_equal(event_snapshot(&buffer, history.store, 1), 0);
	taken();
	for (const char *at = text; *at; at++) {
		assert_int_not_equal(*at, '\r');
		lines += *at == '\n';
	}
	assert_int_equal(lines, 4);
}

static void no_such_snapshot_leaves_the_buffer_as_it_was(void **state)
{
	(void)state;
	buffer_text(&buffer, "x");
	assert_int_equal(event_snapshot(&buffer, history.store, 1), -ENOENT);
	assert_int_equal(buffer.size, 1);
}

static void the_others_are_short(void **state)
{
	(void)state;
	event_gap(&buffer, 3, 900);
	assert_string_equal(taken(), "event: gap\nid: 900\ndata: {\"first\":3,\"last\":900}\n\n");
	event_reset(&buffer, 0);
	assert_string_equal(taken(), "event: reset\nid: 0\ndata: {\"snapshot\":null}\n\n");
	event_reset(&buffer, 7);
	assert_string_equal(taken(), "event: reset\nid: 7\ndata: {\"snapshot\":7}\n\n");
	event_collector(&buffer, true);
	assert_string_equal(taken(), "event: collector\ndata: {\"state\":\"back\"}\n\n");
	event_collector(&buffer, false);
	assert_string_equal(taken(), "event: collector\ndata: {\"state\":\"gone\"}\n\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_snapshot_tells_what_is_new_and_what_is_gone),
		TEST(an_event_has_no_line_of_its_own),
		TEST(no_such_snapshot_leaves_the_buffer_as_it_was),
		TEST(the_others_are_short),
	};

	return cmocka_run_group_tests_name("server/event", tests, NULL, NULL);
}
