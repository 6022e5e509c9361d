/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static void no_body_in_any_way(void **state)
{
	(void)state;
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "1"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", ""))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "+0"))), -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("Content-Length", "0"),
				    HEADER("Content-Length", "0"))),
			 -EPROTO);
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("transfer-encoding", "identity"))),
			 -EPROTO);
}

static void no_nul_in_a_value(void **state)
{
	(void)state;
	assert_int_equal(check(WIRE(HEADER("Host", "a"), HEADER("X", "b\0c"))), -EPROTO);
}

static int check_host(const char *host)
{
	struct problem problem = {0};
	const struct wire_header header = {"Host", host, strlen(host)};
	const struct wire_request wire = {"GET", "/", &header, 1};
	int rc = wire_check_host(&wire, "127.0.0.5", &problem);

	assert_int_equal(problem.status, rc ? 421 : 0);
	return rc;
}

static void our_names_pass_with_any_port(void **state)
{
	(void)state;
	static const char *const names[] = {"localhost",      "LocalHost:8080", "127.0.0.1",
					    "127.0.0.1:1",    "[::1]",		"[::1]:65535",
					    "127.0.0.5:8080", "localhost:"};

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
		cmocka_unit_test(no_body_in_any_way),
		cmocka_unit_test(no_nul_in_a_value),
		cmocka_unit_test(our_names_pass_with_any_port),
		cmocka_unit_test(other_names_do_not),
		cmocka_unit_test(a_header_is_found_whatever_its_case),
	};

	return cmocka_run_group_tests_name("server/wire", tests, NULL, NULL);
}
