/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/metrics.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct counters counters;
static char *text;

static void write_metrics(const struct metrics_source *source)
{
	struct buffer buffer = {0};

	free(text);
	metrics_write(source, &buffer);
	text = buffer_take_text(&buffer);
	assert_non_null(text);
}

static int teardown(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	counters = (struct counters){0};
	return 0;
}

static bool has(const char *line)
{
	char wanted[160];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	return strstr(text, wanted) != NULL;
}

static void without_a_snapshot_only_the_server_is_told(void **state)
{
	const struct metrics_source source = {.collector_up = -1, .counters = &counters};

	(void)state;
	write_metrics(&source);
	assert_true(has("vmascope_snapshots 0"));
	assert_true(has("vmascope_build_info{version=\"" VMASCOPE_VERSION "\"} 1"));
	assert_null(strstr(text, "vmascope_vmas"));
	assert_null(strstr(text, "vmascope_findings"));
	assert_null(strstr(text, "vmascope_collector_up"));
	assert_null(strstr(text, "vmascope_snapshot_timestamp_seconds"));
}

static void values_are_in_base_units(void **state)
{
	struct metrics_source source = {
		.has_snapshot = true,
		.snapshot = {.taken_ns = 1795228398123456789, .vmas = 9, .walk_ns = 1500},
		.findings[FINDING_WIDE_RMAP] = {.count = 3, .bytes = 99},
		.violated[6] = 2,
		.collector_up = 0,
		.followers = 4,
		.database_bytes = 4096,
		.counters = &counters,
	};

	(void)state;
	counters.requests[1] = 7;
	counters.requests[3] = 2;
	counters.request_ns = 2000000003;
	write_metrics(&source);
	assert_true(has("vmascope_snapshot_timestamp_seconds 1795228398.123456789"));
	assert_true(has("vmascope_vmas 9"));
	assert_true(has("vmascope_snapshot_walk_seconds 0.000001500"));
	assert_true(has("vmascope_findings{kind=\"wide_rmap\"} 3"));
	assert_true(has("vmascope_findings{kind=\"fork_split\"} 0"));
	assert_true(has("vmascope_findings_bytes{kind=\"wide_rmap\"} 99"));
	assert_true(has("vmascope_invariant_violations{rule=\"child_count\"} 2"));
	assert_true(has("vmascope_collector_up 0"));
	assert_true(has("vmascope_database_bytes 4096"));
	assert_true(has("vmascope_event_followers 4"));
	assert_true(has("vmascope_http_requests_total{class=\"2xx\"} 7"));
	assert_true(has("vmascope_http_request_seconds_sum 2.000000003"));
	assert_true(has("vmascope_http_request_seconds_count 9"));
}

/* Each family once, with help and type in front. */
static void every_family_says_what_it_is(void **state)
{
	const struct metrics_source source = {.has_snapshot = true, .counters = &counters};
	int families = 0;

	(void)state;
	write_metrics(&source);
	for (const char *at = text; (at = strstr(at, "# HELP ")); at++) {
		char name[80], type[100];

		assert_int_equal(sscanf(at, "# HELP %79s", name), 1);
		snprintf(type, sizeof(type), "\n# TYPE %s ", name);
		assert_ptr_equal(strstr(text, type), strchr(at, '\n'));
		assert_non_null(strstr(at, name));
		families++;
	}
	assert_true(families > 30);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_snapshot_only_the_server_is_told),
		TEST(values_are_in_base_units),
		TEST(every_family_says_what_it_is),
	};

	return cmocka_run_group_tests_name("server/metrics", tests, NULL, NULL);
}
