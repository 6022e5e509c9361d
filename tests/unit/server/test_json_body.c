/* SPDX-License-Identifier: GPL-2.0-only */
/* json_body: one object, known members, nothing else. */
#include "server/json_body.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"label", "pinned", NULL};
static struct problem problem;

static int read_bytes(const char *bytes, size_t size)
{
	cJSON *object = NULL;
	int rc;

	problem = (struct problem){0};
	rc = json_body_read(bytes, size, names, &object, &problem);
	assert_int_equal(problem.status, rc ? 400 : 0);
	assert_int_equal(!object, rc != 0);
	cJSON_Delete(object);
	return rc;
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void objects_are_read(void **state)
{
	(void)state;
	assert_int_equal(read_text("{}"), 0);
	assert_int_equal(read_text(" {\"pinned\": true, \"label\": \"h\xc3\xa9\"} \r\n"), 0);
	assert_int_equal(read_bytes("{}x", 2), 0);
}

static void the_rest_is_refused_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "byte 1"},
		{"null", "byte 1"},
		{"[]", "byte 1"},
		{"{", "byte"},
		{"{} {}", "byte 4"},
		{"{}x", "byte 3"},
		{"{\"label\":}", "byte 10"},
		{"{\"label\":\"\xff\"}", "byte 11"},
		{"{\"label\":\"a\\u0000b\"}", "byte 12"},
		{"{\"Label\":1}", "\"Label\", which is not known"},
		{"{\"labels\":1}", "\"labels\", which"},
		{"{\"label\":1,\"label\":2}", "\"label\" twice"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_text(rows[i].text), -EPROTO);
		if (!strstr(problem.detail, rows[i].says))
			fail_msg("'%s' does not say '%s'", problem.detail, rows[i].says);
	}
	assert_int_equal(read_bytes("{\0}", 3), -EPROTO);
}

static void depth_is_no_danger(void **state)
{
	(void)state;
	static char deep[16384];

	memset(deep, '[', sizeof(deep));
	assert_int_equal(read_bytes(deep, sizeof(deep)), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_read),
		cmocka_unit_test(the_rest_is_refused_with_its_place),
		cmocka_unit_test(depth_is_no_danger),
	};

	return cmocka_run_group_tests_name("server/json_body", tests, NULL, NULL);
}
