/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct route_match find(const char *method, const char *path)
{
	struct problem problem = {0};
	struct route_match match;
	struct target target;

	assert_int_equal(target_parse(&target, path, &problem), 0);
	route_find(method, &target, &match);
	target_clear(&target);
	return match;
}

/* Names in braces, in order, must be the parameters of in_path. */
static void every_path_names_its_parameters(void **state)
{
	(void)state;
	for (const struct route *route = routes; route->method; route++) {
		const uint8_t *id = route->in_path;
		const char *brace = route->path;

		while ((brace = strchr(brace, '{'))) {
			size_t size = strcspn(++brace, "}");

			assert_int_not_equal(*id, PARAM_NONE);
			assert_int_equal(strlen(params[*id].name), size);
			assert_memory_equal(params[*id].name, brace, size);
			id++;
		}
		assert_int_equal(*id, PARAM_NONE);
	}
}

static void every_row_is_complete_and_ends_its_lists(void **state)
{
	(void)state;
	for (const struct route *route = routes; route->method; route++) {
		assert_int_equal(route->path[0], '/');
		assert_non_null(route->summary);
		assert_non_null(route->handler);
		assert_int_equal(route->query[ROUTE_QUERY_MAX - 1], PARAM_NONE);
		assert_int_equal(route->in_path[ROUTE_QUERY_MAX - 1], PARAM_NONE);
	}
}

/* Whoever adds a route has to say what it answers. */
static void every_route_says_what_it_answers(void **state)
{
	(void)state;
	for (const struct route *route = routes; route->method; route++) {
		const struct answer *answer;

		for (size_t i = 0; (answer = route_answer(route, i)); i++) {
			bool rows = answer->kind == ANSWER_LIST ||
				    answer->kind == ANSWER_DOCUMENT || answer->kind == ANSWER_EVENT;

			if (answer->kind == ANSWER_NONE)
				fail_msg("nobody said what %s %s answers", route->method,
					 route->path);
			assert_int_equal(rows, answer->fields && answer->name);
			assert_int_equal(answer->kind == ANSWER_BYTES, answer->type != NULL);
		}
		assert_int_equal(route->answer.kind == ANSWER_EVENTS,
				 route->also && route->also->kind == ANSWER_EVENT);
		assert_int_equal(route->order != NULL, route->body != NULL);
	}
}

static void every_route_finds_itself(void **state)
{
	(void)state;
	for (const struct route *route = routes; route->method; route++) {
		struct route_match match = find(route->method, route->path);

		assert_ptr_equal(match.route, route);
		assert_non_null(strstr(match.allow, route->method));
		/* what may change something is never open to all, and only that takes orders */
		assert_true(!route->order == (strcmp(route->method, "GET") == 0));
		assert_true(!route->order || !match.open);
	}
}

static void head_finds_what_get_finds(void **state)
{
	(void)state;
	struct route_match match = find("HEAD", "/api/v1/snapshots/1/trees");

	assert_string_equal(match.route->path, "/api/v1/snapshots/{snapshot}/trees");
}

static void an_ending_tells_one_resource_from_another(void **state)
{
	static const char *const trees[] = {"3", "3.do", "dot", "3.dotx", "3.DOT"};
	char path[64];

	(void)state;
	assert_string_equal(find("GET", "/api/v1/snapshots/1/trees/3.dot").route->path,
			    "/api/v1/snapshots/{snapshot}/trees/{root}.dot");
	assert_string_equal(find("GET", "/api/v1/snapshots/1/trees/.dot").route->path,
			    "/api/v1/snapshots/{snapshot}/trees/{root}.dot");
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		snprintf(path, sizeof(path), "/api/v1/snapshots/1/trees/%s", trees[i]);
		assert_string_equal(find("GET", path).route->path,
				    "/api/v1/snapshots/{snapshot}/trees/{root}");
	}
}

static void another_method_finds_only_what_is_allowed(void **state)
{
	(void)state;
	struct route_match match = find("DELETE", "/api/v1/snapshots");

	assert_null(match.route);
	assert_string_equal(match.allow, "GET, HEAD, POST, OPTIONS");
	assert_string_equal(find("POST", "/healthz").allow, "GET, HEAD, OPTIONS");
	assert_true(find("POST", "/healthz").open);
	assert_false(find("GET", "/api/v1/snapshots/1").open);
	assert_null(find("get", "/api/v1/snapshots").route);
}

static void other_paths_find_nothing(void **state)
{
	(void)state;
	static const char *const paths[] = {
		"/",
		"/api/",
		"/api/v1",
		"/api/v1/snapshots/1/",
		"/healthz/",
		"/api/v1/snapshots/",
		"/api/v1/snapshots//trees",
		"/api/v1/snapshots/1/trees/",
		"/api/v1/snapshot",
		"/api/v1/snapshotsx",
		"/api/v1/snapshots/1/trees/2/3",
		"//healthz",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct route_match match = find("GET", paths[i]);

		assert_null(match.route);
		assert_string_equal(match.allow, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_names_its_parameters),
		cmocka_unit_test(every_row_is_complete_and_ends_its_lists),
		cmocka_unit_test(every_route_says_what_it_answers),
		cmocka_unit_test(every_route_finds_itself),
		cmocka_unit_test(head_finds_what_get_finds),
		cmocka_unit_test(an_ending_tells_one_resource_from_another),
		cmocka_unit_test(another_method_finds_only_what_is_allowed),
		cmocka_unit_test(other_paths_find_nothing),
	};

	return cmocka_run_group_tests_name("server/route", tests, NULL, NULL);
}
