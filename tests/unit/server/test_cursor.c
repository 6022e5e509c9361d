/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/cursor.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/route.h"

static struct target target;
static struct request request;
static struct problem problem;

static int teardown(void **state)
{
	(void)state;
	target_clear(&target);
	problem = (struct problem){0};
	return 0;
}

static const struct request *ask(const char *path)
{
	struct route_match match;

	target_clear(&target);
	assert_int_equal(target_parse(&target, path, &problem), 0);
	route_find("GET", &target, &match);
	assert_int_equal(request_read(&request, match.route, &target, &problem), 0);
	return &request;
}

static const struct request *ask_with(const char *path, const char *cursor)
{
	static char full[256];

	snprintf(full, sizeof(full), "%s%ccursor=%s", path, strchr(path, '?') ? '&' : '?', cursor);
	return ask(full);
}

static void without_a_cursor_there_is_none(void **state)
{
	(void)state;
	struct cursor cursor = {.key = 1};

	assert_int_equal(cursor_read(&cursor, ask("/api/v1/snapshots"), &problem), 0);
	assert_int_equal(cursor.key, 1);
}

static void what_was_written_is_read(void **state)
{
	(void)state;
	static const struct cursor cursors[] = {
		{0, 0}, {1, 2}, {-1, INT64_MIN}, {INT64_MAX, INT64_MAX}, {0x0123456789abcdef, 42}};

	for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
		char text[CURSOR_TEXT_SIZE];
		struct cursor cursor;

		cursor_write(&cursors[i], ask("/api/v1/snapshots/3/trees"), text);
		assert_int_equal(strlen(text), CURSOR_TEXT_SIZE - 1);
		assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					      "0123456789-_"),
				 strlen(text));
		assert_int_equal(cursor_read(&cursor, ask_with("/api/v1/snapshots/3/trees", text),
					     &problem),
				 1);
		assert_true(cursor.key == cursors[i].key && cursor.id == cursors[i].id);
	}
}

static void it_belongs_to_one_list(void **state)
{
	(void)state;
	static const char *const others[] = {"/api/v1/snapshots/4/trees",
					     "/api/v1/snapshots/latest/trees",
					     "/api/v1/snapshots/3/trees?sort=root",
					     "/api/v1/snapshots/3/processes",
					     "/api/v1/snapshots",
					     "/api/v1/snapshots/3/processes/3/vmas"};
	char text[CURSOR_TEXT_SIZE];
	struct cursor cursor;

	cursor_write(&(struct cursor){1, 2}, ask("/api/v1/snapshots/3/trees?limit=7"), text);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(cursor_read(&cursor, ask_with(others[i], text), &problem),
				 -EPROTO);
		assert_int_equal(problem.status, 400);
		assert_non_null(strstr(problem.detail, "another list"));
	}
	assert_int_equal(
		cursor_read(&cursor, ask_with("/api/v1/snapshots/3/trees", text), &problem), 1);
}

static void other_words_are_refused(void **state)
{
	(void)state;
	static const char *const words[] = {
		"x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"%2BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	struct cursor cursor;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(cursor_read(&cursor, ask_with("/api/v1/snapshots", words[i]),
					     &problem),
				 -EPROTO);
		assert_non_null(strstr(problem.detail, "none of ours"));
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_cursor_there_is_none),
		TEST(what_was_written_is_read),
		TEST(it_belongs_to_one_list),
		TEST(other_words_are_refused),
	};

	return cmocka_run_group_tests_name("server/cursor", tests, NULL, NULL);
}
