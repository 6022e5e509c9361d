/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/revision.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/scratch.h"
#include "schema/store.h"

static struct store *store;

/* Five snapshots, a minute apart from 2026-11-21T00:00:00Z on; the second is
 * gone, the third and the fifth have the same label. */
static void fill(void)
{
	database_exec(
		scratch_path("test.db"),
		"INSERT INTO boot VALUES (1, 'b', 'h', 'r', 'm', 4096, 1, 1, 1, 1, 0);"
		"CREATE TEMP TABLE n (i INTEGER, label TEXT);"
		"INSERT INTO n VALUES (1, '5'), (2, NULL), (3, 'deploy'), (4, 'latest'),"
		"(5, 'deploy');"
		"INSERT INTO snapshot SELECT i, 1, 1795219200000000000 + (i - 1) * 60000000000,"
		"label, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,"
		"NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM n;"
		"DELETE FROM snapshot WHERE id = 2;");
}

static int setup(void **state)
{
	struct store_error error;
	int rc = scratch_setup(state);

	if (rc || store_open_write(scratch_path("test.db"), &store, &error))
		return -1;
	fill();
	return 0;
}

static int teardown(void **state)
{
	store_close(&store);
	return scratch_teardown(state);
}

static void assert_found(const char *text, int64_t wanted)
{
	struct problem problem = {0};
	int64_t found = 0;

	if (revision_find(store, "from", text, &found, &problem))
		fail_msg("%s: %s", text, problem.detail);
	if (found != wanted)
		fail_msg("%s: %" PRId64, text, found);
}

static void assert_refused(const char *text, int status, const char *says)
{
	struct problem problem = {0};
	int64_t found = 0;

	assert_int_equal(revision_find(store, "from", text, &found, &problem), -EPROTO);
	if (problem.status != status || !strstr(problem.detail, says))
		fail_msg("%s: %d %s", text, problem.status, problem.detail);
	assert_int_equal(strncmp(problem.detail, "from: ", 6), 0);
}

static void an_id_is_that_snapshot(void **state)
{
	(void)state;
	assert_found("1", 1);
	assert_found("5", 5);
	assert_found("005", 5);
	assert_refused("2", 410, "deleted");
	assert_refused("6", 404, "yet");
	assert_refused("0", 400, "from 1");
	assert_refused("9223372036854775807", 404, "yet");
	assert_refused("9223372036854775808", 400, "from 1");
}

static void latest_counts_back_over_what_is_there(void **state)
{
	(void)state;
	assert_found("latest", 5);
	assert_found("latest~0", 5);
	assert_found("latest~2", 3);
	assert_found("latest~3", 1);
	assert_refused("latest~4", 404, "there are 4 in all");
	assert_refused("latest~", 400, "latest~1");
	assert_refused("latest~-1", 400, "latest~1");
	assert_refused("latest~1x", 400, "latest~1");
	assert_refused("latest~99999999999999999999", 400, "latest~1");
}

static void a_label_is_the_newest_of_its_name(void **state)
{
	(void)state;
	assert_found("deploy", 5);
	assert_found("label:deploy", 5);
	assert_refused("Deploy", 404, "no snapshot has the label");
	assert_refused("latest-1", 404, "no snapshot has the label");
	assert_refused("label:", 400, "as in label:deploy");
	/* what looks like another form has it */
	assert_found("5", 5);
	assert_found("label:5", 1);
	assert_found("latest", 5);
	assert_found("label:latest", 4);
}

static void a_time_is_the_last_snapshot_up_to_it(void **state)
{
	(void)state;
	assert_found("2026-11-21T00:00:00Z", 1);
	assert_found("2026-11-21T00:01:59.999999999Z", 1);
	assert_found("2026-11-21T00:02:00Z", 3);
	assert_found("2026-11-21T01:02:30+01:00", 3);
	assert_found("2026-11-21T01:02:30 01:00", 3); /* a + in a query */
	assert_found("2026-11-20T18:32:30-05:30", 3);
	assert_found("2026-11-21t00:03:00z", 4);
	assert_found("2100-01-01T00:00:00Z", 5);
	assert_refused("2026-11-20T23:59:59.999999999Z", 404, "or before");
	assert_refused("2026-11-21T00:00:00", 400, "a time is written like");
	assert_refused("2026-11-21T25:00:00Z", 400, "a time is written like");
	assert_refused("2026-11-21T00:00:00Zulu", 400, "a time is written like");
	assert_refused("2026-11-21T00:00:00.Z", 400, "a time is written like");
}

static void assert_moment(struct store *in, const char *text, int64_t wanted_s)
{
	struct problem problem = {0};
	int64_t found_ns = 0;

	if (revision_find_moment(in, "from", text, &found_ns, &problem))
		fail_msg("%s: %s", text, problem.detail);
	assert_int_equal(found_ns, wanted_s * 1000000000);
}

static void assert_no_moment(struct store *in, const char *text, int status, const char *says)
{
	struct problem problem = {0};
	int64_t found_ns = 17;

	assert_int_equal(revision_find_moment(in, "from", text, &found_ns, &problem), -EPROTO);
	if (problem.status != status || !strstr(problem.detail, says))
		fail_msg("%s: %d %s", text, problem.status, problem.detail);
	assert_int_equal(found_ns, 17);
}

static void a_moment_is_a_time_or_that_of_a_snapshot(void **state)
{
	(void)state;
	assert_moment(store, "3", 1795219320);
	assert_moment(store, "latest~1", 1795219380);
	assert_moment(store, "label:deploy", 1795219440);
	assert_moment(store, "5", 1795219440);
	/* also where there is nothing before */
	assert_moment(store, "2026-11-21T00:00:30Z", 1795219230);
	assert_moment(store, "1970-01-01T00:00:02Z", 2);
	assert_no_moment(store, "2026-11-21T25:00:00Z", 400, "a time is written like");
	assert_no_moment(store, "label:", 400, "as in label:deploy");
	assert_no_moment(store, "2", 410, "deleted");
	assert_no_moment(store, "Deploy", 404, "no snapshot has the label");
}

static void without_a_database_only_times_are_moments(void **state)
{
	(void)state;
	assert_moment(NULL, "1970-01-01T00:00:02Z", 2);
	assert_no_moment(NULL, "1", 404, "no snapshot yet");
	assert_no_moment(NULL, "latest", 404, "no snapshot yet");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_id_is_that_snapshot),
		TEST(latest_counts_back_over_what_is_there),
		TEST(a_label_is_the_newest_of_its_name),
		TEST(a_time_is_the_last_snapshot_up_to_it),
		TEST(a_moment_is_a_time_or_that_of_a_snapshot),
		TEST(without_a_database_only_times_are_moments),
	};

	return cmocka_run_group_tests_name("server/revision", tests, NULL, NULL);
}
