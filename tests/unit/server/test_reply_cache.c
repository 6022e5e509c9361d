/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/reply_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/scratch.h"

#define TARGET "/api/v1/snapshots/1"

static char path[256];
static struct database database;
static struct reply_cache *cache;
static struct reply reply;

static void create(const char *file)
{
	struct store_error error;
	struct store *store = NULL;

	assert_int_equal(store_open_write(file, &store, &error), 0);
	store_close(&store);
}

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	snprintf(path, sizeof(path), "%s", scratch_path("vmascope.db"));
	create(path);
	database_start(&database, path);
	cache = reply_cache_new();
	reply = (struct reply){.status = 200};
	buffer_text(&reply.body, "the body");
	reply_header(&reply, "ETag", "\"1\"");
	return cache ? 0 : -1;
}

static int teardown(void **state)
{
	reply_clear(&reply);
	reply_cache_free(&cache);
	database_stop(&database);
	return scratch_teardown(state);
}

/* A header without a name is none. */
static bool read_key(struct reply_key *key, const char *method, const char *target,
		     struct wire_header header)
{
	const struct wire_request wire = {
		.method = method,
		.target = target,
		.headers = &header,
		.header_count = header.name ? 1 : 0,
	};

	*key = (struct reply_key){0};
	return reply_key_read(key, &database, &wire);
}

static void keep_for(const char *target, struct wire_header header)
{
	struct reply_key key;

	assert_true(read_key(&key, "GET", target, header));
	reply_cache_keep(cache, &key, &reply);
	reply_key_clear(&key);
}

/* Whether the request finds a reply, which must be the one that was kept. */
static bool finds(const char *method, const char *target, struct wire_header header)
{
	struct reply found = {0};
	struct reply_key key;
	bool is_found = read_key(&key, method, target, header) &&
			reply_cache_find(cache, &key, &found);

	if (is_found) {
		assert_int_equal(found.status, reply.status);
		assert_int_equal(found.body.size, reply.body.size);
		assert_memory_equal(found.body.bytes, reply.body.bytes, reply.body.size);
		assert_int_equal(found.header_count, reply.header_count);
		assert_string_equal(reply_find_header(&found, "ETag"), "\"1\"");
	}
	reply_clear(&found);
	reply_key_clear(&key);
	return is_found;
}

static bool is_kept(void)
{
	return finds("GET", TARGET, (struct wire_header){0});
}

static void keep_it(void)
{
	keep_for(TARGET, (struct wire_header){0});
}

static void the_same_request_finds_it(void **state)
{
	(void)state;
	assert_false(is_kept());
	keep_it();
	assert_true(is_kept());
	assert_true(is_kept());
	assert_true(finds("HEAD", TARGET, (struct wire_header){0}));
	assert_true(finds("GET", TARGET, (struct wire_header){"X-Other", "1", 1}));
}

static void another_request_does_not(void **state)
{
	static const struct wire_header headers[] = {
		{0},
		{"Accept", "", 0},
		{"Accept", "text/csv", 8},
		{"accept-encoding", "gzip", 4},
		{"If-None-Match", "\"1\"", 3},
		{"If-None-Match", "\"2\"", 3},
	};
	const size_t count = sizeof(headers) / sizeof(headers[0]);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const char *target = i % 2 ? "/a" : "/b";

		keep_for(target, headers[i]);
		for (size_t k = 0; k < count; k++)
			assert_int_equal(finds("GET", target, headers[k]), k == i);
		assert_false(finds("GET", i % 2 ? "/b" : "/a", headers[i]));
		assert_false(finds("POST", target, headers[i]));
		reply_cache_free(&cache);
		cache = reply_cache_new();
	}
}

static void a_commit_ends_it(void **state)
{
	(void)state;
	keep_it();
	database_exec(path, "BEGIN; DELETE FROM snapshot; INSERT INTO sequence VALUES ('a', 1); "
			    "ROLLBACK");
	assert_true(is_kept());
	database_exec(path, "INSERT INTO sequence VALUES ('a', 1)");
	assert_false(is_kept());
	keep_it();
	assert_true(is_kept());
}

static void another_file_of_that_name_ends_it(void **state)
{
	const char *other = scratch_path("other.db");

	(void)state;
	create(other);
	keep_it();
	assert_int_equal(rename(other, path), 0);
	assert_false(is_kept());
	keep_it();
	assert_true(is_kept());
	assert_int_equal(remove(path), 0);
	assert_false(is_kept());
	create(path);
	assert_false(is_kept());
}

static void a_reply_of_another_version_is_not_found(void **state)
{
	struct reply_key before;

	(void)state;
	assert_true(read_key(&before, "GET", TARGET, (struct wire_header){0}));
	database_exec(path, "INSERT INTO sequence VALUES ('a', 1)");
	reply_cache_keep(cache, &before, &reply);
	assert_false(is_kept());
	reply_key_clear(&before);
}

static int no_more(void *context, struct buffer *buffer)
{
	(void)context;
	(void)buffer;
	return 0;
}

static void forget(void *context)
{
	(void)context;
}

static void what_may_not_be_kept_is_not(void **state)
{
	(void)state;
	for (int what = 0; what < 6; what++) {
		reply_clear(&reply);
		reply.status = what == 0 ? 307 : 200;
		if (what != 1)
			reply_header(&reply, "ETag", "\"1\"");
		if (what == 2)
			problem_set(&reply.problem, 404, "None.");
		if (what == 3)
			reply_set_stream(&reply, no_more, forget, NULL);
		if (what == 4)
			reply.static_body = "compiled in";
		if (what == 5)
			buffer_reserve(&reply.body, REPLY_CACHE_BODY_MAX + 1);
		if (what == 5)
			reply.body.size = REPLY_CACHE_BODY_MAX + 1;
		keep_it();
		assert_false(is_kept());
	}
	reply.body.size = 0;
	buffer_append(&reply.body, "[]", 2);
	keep_it();
	assert_true(is_kept());
}

static void a_304_is_kept_too(void **state)
{
	const struct wire_header tag = {"If-None-Match", "\"1\"", 3};

	(void)state;
	reply_empty(&reply, 304);
	keep_for(TARGET, tag);
	assert_true(finds("GET", TARGET, tag));
	assert_false(is_kept());
}

static void long_requests_are_not_kept(void **state)
{
	char target[REPLY_CACHE_KEY_MAX + 1];
	struct reply_key key;

	(void)state;
	memset(target, 'a', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	assert_false(read_key(&key, "GET", target, (struct wire_header){0}));
	reply_key_clear(&key);
}

/* More requests than slots: none finds another's reply. */
static void memory_is_bounded(void **state)
{
	unsigned int found = 0;
	char text[32];

	(void)state;
	for (unsigned int i = 0; i < 4 * REPLY_CACHE_SLOTS; i++) {
		snprintf(text, sizeof(text), "/%u", i);
		reply.body.size = 0;
		buffer_text(&reply.body, text);
		keep_for(text, (struct wire_header){0});
	}
	for (unsigned int i = 0; i < 4 * REPLY_CACHE_SLOTS; i++) {
		snprintf(text, sizeof(text), "/%u", i);
		reply.body.size = 0;
		buffer_text(&reply.body, text);
		found += finds("GET", text, (struct wire_header){0});
	}
	assert_in_range(found, REPLY_CACHE_SLOTS / 2, REPLY_CACHE_SLOTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_request_finds_it),
		TEST(another_request_does_not),
		TEST(a_commit_ends_it),
		TEST(another_file_of_that_name_ends_it),
		TEST(a_reply_of_another_version_is_not_found),
		TEST(what_may_not_be_kept_is_not),
		TEST(a_304_is_kept_too),
		TEST(long_requests_are_not_kept),
		TEST(memory_is_bounded),
	};

	return cmocka_run_group_tests_name("server/reply_cache", tests, NULL, NULL);
}
