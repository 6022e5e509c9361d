/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct server server;
static struct reply reply;

static int setup(void **state)
{
	(void)state;
	server = (struct server){.collector = "/nonexistent/vmascope.db.socket"};
	database_start(&server.database, "/nonexistent/vmascope.db");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	reply_clear(&reply);
	database_stop(&server.database);
	return 0;
}

static int ask(const char *method, const char *target)
{
	const struct wire_header host = {"Host", "localhost", 9};
	const struct wire_request wire = {
		.method = method, .target = target, .headers = &host, .header_count = 1};

	reply_clear(&reply);
	dispatch(&server, &wire, &reply);
	return reply.status;
}

static void without_a_database_lists_are_empty(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/api/v1/snapshots"), 200);
	assert_int_equal(reply.body.size, strlen("{\"data\":[],\"next\":null}"));
	assert_memory_equal(reply.body.bytes, "{\"data\":[],\"next\":null}", reply.body.size);
	assert_int_equal(ask("GET", "/api/v1/snapshots/latest"), 404);
	assert_int_equal(ask("GET", "/api/v1/snapshots/1/trees/1"), 404);
	assert_int_equal(ask("GET", "/healthz"), 200);
}

static void checks_come_in_order(void **state)
{
	(void)state;
	const struct wire_request wire = {.method = "POST", .target = "/?x=%"};

	dispatch(&server, &wire, &reply);
	assert_int_equal(reply.status, 400); /* no Host */
	assert_true(reply.close);
	assert_int_equal(ask("POST", "/api/v1/snapshots/x"), 405);
	assert_false(reply.close);
	assert_string_equal(reply_find_header(&reply, "Allow"), "GET, HEAD, PATCH, OPTIONS");
	assert_int_equal(ask("GET", "/api/v1/snapshots/x"), 400);
	assert_int_equal(ask("POST", "/nothing"), 404);
}

static int ask_with_body(const char *method, const char *target)
{
	const struct wire_header headers[] = {{"Host", "localhost", 9}, {"Content-Length", "2", 1}};
	const struct wire_request wire = {
		.method = method, .target = target, .headers = headers, .header_count = 2};

	reply_clear(&reply);
	assert_false(dispatch_wants_body(&server, &wire));
	dispatch(&server, &wire, &reply);
	assert_true(reply.close);
	return reply.status;
}

static void route_and_method_come_before_the_body(void **state)
{
	(void)state;
	assert_int_equal(ask_with_body("PUT", "/api/v1/snapshots/6"), 405);
	assert_string_equal(reply_find_header(&reply, "Allow"), "GET, HEAD, PATCH, OPTIONS");
	assert_int_equal(ask_with_body("POST", "/"), 405);
	assert_string_equal(reply_find_header(&reply, "Allow"), "GET, HEAD, OPTIONS");
	assert_int_equal(ask_with_body("POST", "/nope"), 404);
	assert_int_equal(ask_with_body("GET", "/nope"), 404);
	assert_int_equal(ask_with_body("GET", "/healthz"), 400);
	assert_int_equal(ask_with_body("OPTIONS", "/healthz"), 400);
	assert_int_equal(ask_with_body("GET", "/"), 400);
	assert_int_equal(ask_with_body("POST", "/api/v1/snapshots"), 415);
}

static void assert_leads(const char *target, const char *location)
{
	assert_int_equal(ask("GET", target), 308);
	assert_string_equal(reply_find_header(&reply, "Location"), location);
	assert_int_equal(ask("POST", target), 308);
}

static void a_slash_too_few_or_too_many_leads_to_the_resource(void **state)
{
	(void)state;
	assert_leads("/api/v1", "/api/v1/");
	assert_leads("/api/v1?", "/api/v1/?");
	assert_leads("/api/v1?x=/&y", "/api/v1/?x=/&y");
	assert_leads("/%61pi/v1", "/%61pi/v1/");
	assert_leads("/healthz/", "/healthz");
	assert_leads("/api/v1/snapshots/?limit=1", "/api/v1/snapshots?limit=1");
	assert_leads("/api/v1/snapshots/latest/", "/api/v1/snapshots/latest");
	assert_leads("/api/v1//", "/api/v1/");
	assert_int_equal(ask("GET", "//api/v1"), 404);
	assert_int_equal(ask("GET", "//"), 404);
	assert_int_equal(ask("GET", "/api/v1/snapshots//processes"), 404);
	assert_int_equal(ask("GET", "/1/2/3/4/5/6/7/8/9/10/11/12"), 404);
}

static void the_page_is_an_answer_too(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/"), 200);
	assert_non_null(reply.static_body);
	assert_true(reply.static_size > 0);
	assert_int_equal(ask("DELETE", "/"), 405);
}

static void any_method_and_target_get_an_answer(void **state)
{
	(void)state;
	static const char *const methods[] = {"GET", "HEAD", "POST", "", "\xff", "get", "A%sB%n"};
	static const char *const targets[] = {"",
					      "/",
					      "?",
					      "/?",
					      "//",
					      "/%",
					      "/\xff",
					      "/%2f",
					      "/api/v1/snapshots/%",
					      "/healthz?%s%n=%25s",
					      "/api/v1/snapshots?limit=%25n"};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		for (size_t k = 0; k < sizeof(targets) / sizeof(targets[0]); k++) {
			int status = ask(methods[i], targets[k]);

			assert_true(status >= 200 && status < 500);
			assert_non_null(reply_find_header(&reply, "X-Content-Type-Options"));
		}
}

static void who_waits_for_too_long_is_told_what_to_do(void **state)
{
	struct turns turns, prompt_turns;

	(void)state;
	turns_start(&turns, 1);
	turns_start(&prompt_turns, 1);
	server.turns = &turns;
	server.prompt_turns = &prompt_turns;
	server.database.query_timeout_ns = 1000000;
	assert_int_equal(ask("GET", "/api/v1/snapshots"), 200);
	assert_int_equal(turns_take(&turns, 0), 0);
	assert_int_equal(ask("GET", "/api/v1/snapshots"), 503);
	assert_non_null(strstr(reply.problem.detail, "ask again later, with fewer"));
	assert_non_null(reply_find_header(&reply, "Retry-After"));
	/* who only wants to know how the server is has turns apart */
	assert_int_equal(ask("GET", "/healthz"), 200);
	assert_int_equal(ask("GET", "/metrics"), 200);
	assert_int_equal(turns_take(&prompt_turns, 0), 0);
	assert_int_equal(ask("GET", "/healthz"), 503);
	turns_give(&prompt_turns);
	/* what needs no database does not wait */
	assert_int_equal(ask("GET", "/api/v1/"), 200);
	assert_int_equal(ask("GET", "/"), 200);
	turns_give(&turns);
	assert_int_equal(ask("GET", "/api/v1/snapshots"), 200);
	assert_int_equal(turns.free, 1);
	assert_int_equal(prompt_turns.free, 1);
	turns_stop(&turns);
	turns_stop(&prompt_turns);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_database_lists_are_empty),
		TEST(checks_come_in_order),
		TEST(route_and_method_come_before_the_body),
		TEST(a_slash_too_few_or_too_many_leads_to_the_resource),
		TEST(the_page_is_an_answer_too),
		TEST(any_method_and_target_get_an_answer),
		TEST(who_waits_for_too_long_is_told_what_to_do),
	};

	return cmocka_run_group_tests_name("server/dispatch", tests, NULL, NULL);
}
