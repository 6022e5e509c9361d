/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/listen_address.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct listen_address parse(const char *text)
{
	struct listen_address address;

	assert_int_equal(listen_address_parse(text, &address), 0);
	return address;
}

static void addresses_are_taken_as_numbers(void **state)
{
	(void)state;
	struct listen_address address = parse("127.0.0.1:8080");

	assert_string_equal(address.host, "127.0.0.1");
	assert_int_equal(address.port, 8080);
	assert_string_equal(parse("localhost:0").host, "127.0.0.1");
	assert_string_equal(parse("[::1]:65535").host, "[::1]");
}

static void others_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"8080",
		":8080",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:x",
		"127.0.0.1:+1",
		"127.0.0.1:65536",
		"127.0.0.1:99999999999999999999",
		"host:80",
		"::1:80",
		"[::1]",
		"[::1:80",
		"[]:80",
		"[127.0.0.1]:80",
		"1.2.3:80",
		"1.2.3.4.5:80",
		"[0000000000000000000000000000000000000000000000000000000000000000000]:1",
	};
	struct listen_address address;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(listen_address_parse(texts[i], &address), -EINVAL);
}

static void what_only_we_can_reach_is_told_from_the_rest(void **state)
{
	(void)state;
	struct {
		const char *text;
		bool loopback;
	} const rows[] = {
		{"127.0.0.1:1", true},
		{"127.255.0.9:1", true},
		{"[::1]:1", true},
		{"0.0.0.0:1", false},
		{"128.0.0.1:1", false},
		{"10.127.0.1:1", false},
		{"[::]:1", false},
		{"[fe80::1]:1", false},
		{"[::ffff:127.0.0.1]:1", false},
		{"[2001:db8::1]:1", false},
		{"unix:/tmp/x", true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct listen_address address = parse(rows[i].text);

		assert_int_equal(listen_address_is_local(&address), rows[i].loopback);
	}
}

static void a_port_is_picked_and_then_busy(void **state)
{
	(void)state;
	struct listen_address first = parse("127.0.0.1:0");
	struct listen_address second;
	char text[64];

	assert_int_equal(listen_address_open(&first), 0);
	assert_int_not_equal(first.port, 0);
	listen_address_print(&first, text, sizeof(text));
	assert_int_equal(strncmp(text, "http://127.0.0.1:", 17), 0);
	second = parse("127.0.0.1:0");
	second.port = first.port;
	second.socket.v4.sin_port = htons(first.port);
	assert_int_equal(listen_address_open(&second), -EADDRINUSE);
	listen_address_close(&second);
	listen_address_close(&first);
	assert_int_equal(first.fd, -1);
}

static void a_path_is_a_unix_socket(void **state)
{
	(void)state;
	struct listen_address address = parse("unix:/tmp/a:1");
	struct listen_address none;
	char text[64];

	assert_string_equal(address.path, "/tmp/a:1");
	assert_string_equal(address.host, "");
	listen_address_print(&address, text, sizeof(text));
	assert_string_equal(text, "unix:/tmp/a:1");
	assert_int_equal(listen_address_parse("unix:", &none), -EINVAL);
	address = parse("unix:/nonexistent/x");
	assert_int_equal(listen_address_open(&address), -ENOENT);
	listen_address_close(&address);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_taken_as_numbers),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(what_only_we_can_reach_is_told_from_the_rest),
		cmocka_unit_test(a_port_is_picked_and_then_busy),
		cmocka_unit_test(a_path_is_a_unix_socket),
	};

	return cmocka_run_group_tests_name("server/listen_address", tests, NULL, NULL);
}
