/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER(name_, value_)                                                        \
	{                                                                            \
		.name = (name_), .value = (value_), .value_size = sizeof(value_) - 1 \
	}
#define WIRE(...)                                                                   \
	&(const struct wire_request)                                                \
	{                                                                           \
		.method = "GET", .target = "/",                                     \
		.headers = (const struct wire_header[]){__VA_ARGS__},               \
		.header_count = sizeof((const struct wire_header[]){__VA_ARGS__}) / \
				sizeof(struct wire_header)                          \
	}

static int check(const struct wire_request *wire)
{
	struct problem problem = {0};
	int rc = wire_check_headers(wire, &problem);

	assert_int_equal(problem.status, rc ? 400 : 0);
	return rc;
}

static void an_ordinary_request_passes(void **state)
{
	(void)state;
	assert_int_equal(check(WIRE(HEADER("Host", "localhost"), HEADER("Accept", "*/*"))), 0);
	assert_int_equal(check(WIRE(HEADER("host", "localhost"), HEADER("content-length", "0"))),
			 0);
}

static void exactly_one_host(void **state)
{
	(void)state;
	assert_int_equal(check(WIRE(HEADER("Accept", "*/*"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("HOST", "a"))), -EPROTO);
}

static void no_doubt_about_the_length(void **state)
{
	(void)state;
	assert_int_equal(wire_body_size(WIRE(HEADER("Content-Length", "17"))), 17);
	assert_int_equal(wire_body_size(WIRE(HEADER("Host", "a"))), -1);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "1"))), 0);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "-1"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "0x1"))),
			 -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "1, 1"))),
			 -EPROTO);
	assert_int_equal(
		check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "9999999999999999999"))),
		-EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", ""))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "+0"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "0"),
				    HEADER("Content-Length", "0"))),
			 -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("transfer-encoding", "identity"))),
			 -EPROTO);
}

static void a_value_has_no_control_characters(void **state)
{
	(void)state;
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X", "b\tc \xff"))), 0);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X", "b\0c"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X", "b\rY: c"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X", "b\n"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X", "\x7f"))), -EPROTO);
}

static void a_name_is_a_token(void **state)
{
	(void)state;
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X-!#$%&'*+.^_`|~9z", "b"))), 0);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length ", "5"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length\t", "5"))),
			 -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X Y", "b"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X\r", "b"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X\xc3\xa9", "b"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("", "b"))), -EPROTO);
}

static void what_was_misread_is_refused(void **state)
{
	(void)state;
	struct wire_request wire = *WIRE(HEADER("Host", "a"));

	assert_int_equal(check(&wire), 0);
	wire.misread = true;
	assert_int_equal(check(&wire), -EPROTO);
}

static void a_body_that_was_not_read_ends_the_connection(void **state)
{
	(void)state;
	struct wire_request wire = *WIRE(HEADER("Content-Length", "5"), HEADER("Host", "a"));

	assert_true(wire_must_close(&wire));
	wire.body = "12345";
	wire.body_size = 5;
	assert_false(wire_must_close(&wire));
	assert_false(wire_must_close(WIRE(HEADER("Host", "a"))));
	assert_false(wire_must_close(WIRE(HEADER("content-length", "0"), HEADER("Host", "a"))));
	assert_true(wire_must_close(WIRE(HEADER("Host", "a"), HEADER("content-length", "0"))));
}

static void lists_on_several_lines_are_one(void **state)
{
	(void)state;
	const struct wire_request *wire = WIRE(HEADER("Accept", "a, b"), HEADER("Host", "x"),
					       HEADER("accept", "c"), HEADER("TE", ""));
	char *list = wire_list(wire, "ACCEPT");

	assert_string_equal(list, "a, b, c");
	free(list);
	list = wire_list(wire, "TE");
	assert_string_equal(list, "");
	free(list);
	assert_null(wire_list(wire, "Accept-Encoding"));
}

static int check_host(const char *host)
{
	struct problem problem = {0};
	const struct wire_header header = {"Host", host, strlen(host)};
	const struct wire_request wire = {
		.method = "GET", .target = "/", .headers = &header, .header_count = 1};
	static const char *const names[] = {"127.0.0.5", "scope.example"};
	int rc = wire_check_host(&wire, names, 2, &problem);

	assert_int_equal(problem.status, rc ? 421 : 0);
	return rc;
}

static void our_names_pass_with_any_port(void **state)
{
	(void)state;
	static const char *const names[] = {"localhost",	"LocalHost:8080", "127.0.0.1",
					    "127.0.0.1:1",	"[::1]",	  "[::1]:65535",
					    "127.0.0.5:8080",	"localhost:",	  "scope.example",
					    "SCOPE.example:443"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(check_host(names[i]), 0);
}

static void other_names_do_not(void **state)
{
	(void)state;
	static const char *const names[] = {"",
					    "evil.example",
					    "localhost.",
					    "localhost.evil.example",
					    "localhost:8080a",
					    "localhos",
					    "127.0.0.1.evil",
					    "127.0.0.2",
					    "::1",
					    "[::1",
					    "user@localhost",
					    "localhost:8080:1",
					    " localhost",
					    "127.0.0.50"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(check_host(names[i]), -EPROTO);
}

static int body_status(const struct wire_request *wire)
{
	struct problem problem = {0};

	wire_check_body(wire, 16, &problem);
	return problem.status;
}

static void a_body_is_short_json_of_a_known_length(void **state)
{
	(void)state;
	assert_int_equal(body_status(WIRE(HEADER("Content-Type", "application/json"),
					  HEADER("Content-Length", "16"))),
			 0);
	assert_int_equal(body_status(WIRE(HEADER("Content-Type", "Application/JSON; charset=utf-8"),
					  HEADER("Content-Length", "0"))),
			 0);
	assert_int_equal(body_status(WIRE(HEADER("Content-Type", "application/json"),
					  HEADER("Content-Length", "17"))),
			 413);
	assert_int_equal(body_status(WIRE(HEADER("Content-Type", "application/json"))), 411);
	assert_int_equal(body_status(WIRE(HEADER("Content-Length", "2"))), 415);
	assert_int_equal(body_status(WIRE(HEADER("Content-Type", "application/jsonx"),
					  HEADER("Content-Length", "2"))),
			 415);
	assert_int_equal(body_status(WIRE(HEADER("Content-Type", "text/plain"),
					  HEADER("Content-Length", "2"))),
			 415);
	assert_int_equal(body_status(WIRE(HEADER("Content-Type", "application/json"),
					  HEADER("Content-Type", "application/json"),
					  HEADER("Content-Length", "2"))),
			 415);
}

static int site_status(const struct wire_request *wire)
{
	struct problem problem = {0};

	wire_check_site(wire, &problem);
	return problem.status;
}

static void pages_of_other_sites_change_nothing(void **state)
{
	(void)state;
	assert_int_equal(site_status(WIRE(HEADER("Host", "a"))), 0);
	assert_int_equal(site_status(WIRE(HEADER("Sec-Fetch-Site", "same-origin"))), 0);
	assert_int_equal(site_status(WIRE(HEADER("sec-fetch-site", "none"))), 0);
	assert_int_equal(site_status(WIRE(HEADER("Sec-Fetch-Site", "same-site"))), 403);
	assert_int_equal(site_status(WIRE(HEADER("Sec-Fetch-Site", "cross-site"))), 403);
	assert_int_equal(site_status(WIRE(HEADER("Sec-Fetch-Site", "none"),
					  HEADER("Sec-Fetch-Site", "cross-site"))),
			 403);
}

static void a_header_is_found_whatever_its_case(void **state)
{
	(void)state;
	const struct wire_request *wire = WIRE(HEADER("If-None-Match", "x"), HEADER("Host", "a"));

	assert_string_equal(wire_header(wire, "if-none-match"), "x");
	assert_null(wire_header(wire, "If-Match"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_request_passes),
		cmocka_unit_test(exactly_one_host),
		cmocka_unit_test(no_doubt_about_the_length),
		cmocka_unit_test(a_value_has_no_control_characters),
		cmocka_unit_test(a_name_is_a_token),
		cmocka_unit_test(what_was_misread_is_refused),
		cmocka_unit_test(a_body_that_was_not_read_ends_the_connection),
		cmocka_unit_test(lists_on_several_lines_are_one),
		cmocka_unit_test(our_names_pass_with_any_port),
		cmocka_unit_test(other_names_do_not),
		cmocka_unit_test(a_body_is_short_json_of_a_known_length),
		cmocka_unit_test(pages_of_other_sites_change_nothing),
		cmocka_unit_test(a_header_is_found_whatever_its_case),
	};

	return cmocka_run_group_tests_name("server/wire", tests, NULL, NULL);
}
