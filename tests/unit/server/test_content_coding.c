/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/content_coding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct reply reply;

static int teardown(void **state)
{
	(void)state;
	reply_clear(&reply);
	return 0;
}

/* Puts a reply of that type and size through it for a client that says that. */
static void apply(const char *type, size_t size, const char *accept)
{
	const struct wire_header header = {"Accept-Encoding", accept, strlen(accept)};
	const struct wire_request wire = {
		.method = "GET", .target = "/", .headers = &header, .header_count = 1};
	char *room;

	reply_clear(&reply);
	reply.status = 200;
	reply_header(&reply, "Content-Type", "%s", type);
	reply_header(&reply, "ETag", "\"0123\"");
	room = buffer_reserve(&reply.body, size + 1);
	assert_non_null(room);
	memset(room, 'a', size);
	reply.body.size = size;
	content_coding_apply(&wire, &reply);
}

static bool is_compressed(void)
{
	const char *coding = reply_find_header(&reply, "Content-Encoding");

	return coding && strcmp(coding, "gzip") == 0;
}

static void text_is_compressed_where_that_is_worth_it(void **state)
{
	static const char *const types[] = {"application/json",
					    "application/x-ndjson",
					    "application/problem+json",
					    "text/csv; charset=utf-8",
					    "text/vnd.graphviz; charset=utf-8",
					    "text/html; charset=utf-8",
					    "image/svg+xml"};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		apply(types[i], 5000, "gzip");
		assert_true(is_compressed());
		assert_true(reply.body.size < 5000);
		assert_string_equal(reply_find_header(&reply, "ETag"), "\"0123-gzip\"");
		assert_string_equal(reply_find_header(&reply, "Vary"), "Accept-Encoding");
		apply(types[i], 1024, "gzip");
		assert_false(is_compressed());
		assert_int_equal(reply.body.size, 1024);
		assert_string_equal(reply_find_header(&reply, "ETag"), "\"0123\"");
		assert_string_equal(reply_find_header(&reply, "Vary"), "Accept-Encoding");
	}
}

static void what_is_no_text_is_left_alone(void **state)
{
	static const char *const types[] = {"image/png", "font/woff2", "text/event-stream",
					    "application/octet-stream"};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		apply(types[i], 5000, "gzip");
		assert_false(is_compressed());
		assert_null(reply_find_header(&reply, "Vary"));
	}
}

static void a_client_may_refuse(void **state)
{
	(void)state;
	apply("application/json", 5000, "gzip;q=0");
	assert_false(is_compressed());
	apply("application/json", 5000, "*;q=0");
	assert_false(is_compressed());
	apply("application/json", 5000, "");
	assert_false(is_compressed());
	assert_string_equal(reply_find_header(&reply, "Vary"), "Accept-Encoding");
}

/* Which tag the reply has when the client says that it has this one. */
static const char *tag_for(const char *tag, const char *accept)
{
	const struct wire_header headers[] = {
		{"If-None-Match", tag, strlen(tag)},
		{"Accept-Encoding", accept, strlen(accept)},
	};
	const struct wire_request wire = {
		.method = "GET", .target = "/", .headers = headers, .header_count = 2};

	reply_clear(&reply);
	reply_header(&reply, "ETag", "\"0123\"");
	return content_coding_client_has(&wire, &reply) ? reply_find_header(&reply, "ETag") : NULL;
}

static void either_tag_serves_who_takes_gzip(void **state)
{
	(void)state;
	assert_string_equal(tag_for("\"0123\"", "gzip"), "\"0123\"");
	assert_string_equal(tag_for("\"0123-gzip\"", "gzip"), "\"0123-gzip\"");
	assert_string_equal(tag_for("W/\"0123-gzip\"", "gzip"), "\"0123-gzip\"");
	assert_string_equal(tag_for("*", "gzip"), "\"0123\"");
	assert_string_equal(tag_for("\"0123\"", ""), "\"0123\"");
	assert_null(tag_for("\"0123-gzip\"", ""));
	assert_null(tag_for("\"0123-gzip\"", "gzip;q=0"));
	assert_null(tag_for("\"0123-gzi\"", "gzip"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(text_is_compressed_where_that_is_worth_it, teardown),
		cmocka_unit_test_teardown(what_is_no_text_is_left_alone, teardown),
		cmocka_unit_test_teardown(a_client_may_refuse, teardown),
		cmocka_unit_test_teardown(either_tag_serves_who_takes_gzip, teardown),
	};

	return cmocka_run_group_tests_name("server/content_coding", tests, NULL, NULL);
}
