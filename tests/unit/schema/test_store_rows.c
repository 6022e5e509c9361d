/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema/store_rows.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/scratch.h"

struct store_sample_row {
	int64_t number;
	struct store_text text;
};

static const struct store_column sample_columns[] = {
	STORE_INTEGER(sample, number),
	STORE_TEXT(sample, text),
};
static const struct store_row_kind sample_kind = STORE_ROW_KIND(sample_columns);

static struct store *store;
static struct store_rows rows;

static int setup(void **state)
{
	struct store_error error;
	int rc = scratch_setup(state);

	rc = rc ? rc : store_open_write(scratch_path("vmascope.db"), &store, &error);
	rows = (struct store_rows){store, &sample_kind, NULL};
	return rc;
}

static int teardown(void **state)
{
	store_rows_close(&rows);
	store_close(&store);
	return scratch_teardown(state);
}

static void columns_that_are_not_the_kinds_are_refused(void **state)
{
	static const char *const others[] = {
		"SELECT 1 AS number",
		"SELECT 1 AS number, 2 AS text, 3 AS more",
		"SELECT 1 AS text, 2 AS number",
		"SELECT 1 AS Number, 2 AS text",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(store_rows_open(&rows, others[i]), -EPROTO);
		store_rows_close(&rows);
	}
	assert_int_equal(store_rows_open(&rows, "SELECT 1 AS number, 2 AS text"), 0);
}

static void what_is_no_sql_has_a_reason(void **state)
{
	(void)state;
	assert_true(store_rows_open(&rows, "SELECT FROM") < 0);
	assert_non_null(strstr(store_reason(store), "cannot prepare a list: "));
}

/* Without a value there is no text; an empty one is a text of no bytes. */
static int check_texts(void *context, const void *row)
{
	const struct store_sample_row *sample = row;
	int *seen = context;

	assert_int_equal(sample->number, *seen);
	switch ((*seen)++) {
	case 0:
		assert_null(sample->text.bytes);
		break;
	case 1:
		assert_non_null(sample->text.bytes);
		assert_int_equal(sample->text.size, 0);
		break;
	default:
		assert_int_equal(sample->text.size, 3);
		assert_memory_equal(sample->text.bytes, "a\0b", 3);
	}
	return 0;
}

static void no_value_an_empty_one_and_bytes(void **state)
{
	struct store_sample_row row = {.number = 77, .text = {"old", 3}};
	int seen = 0;

	(void)state;
	assert_int_equal(store_rows_open(&rows, "SELECT NULL AS number, NULL AS text UNION ALL "
						"SELECT 1, '' UNION ALL "
						"SELECT 2, CAST(x'610062' AS TEXT)"),
			 0);
	assert_int_equal(store_rows_visit(&rows, &row, check_texts, &seen), 0);
	assert_int_equal(seen, 3);
}

static int stop_at_2(void *context, const void *row)
{
	const struct store_sample_row *sample = row;

	return sample->number == 2 ? *(int *)context : 0;
}

static void a_visit_may_end_the_list(void **state)
{
	static const char numbers[] = "SELECT value AS number, NULL AS text FROM "
				      "json_each('[1,2,3]')";
	struct store_sample_row row = {0};
	int verdict = 1;

	(void)state;
	assert_int_equal(store_rows_open(&rows, numbers), 0);
	assert_int_equal(store_rows_visit(&rows, &row, stop_at_2, &verdict), 0);
	assert_int_equal(row.number, 2);
	store_rows_close(&rows);
	verdict = -ENOMEM;
	assert_int_equal(store_rows_open(&rows, numbers), 0);
	assert_int_equal(store_rows_visit(&rows, &row, stop_at_2, &verdict), -ENOMEM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(columns_that_are_not_the_kinds_are_refused),
		TEST(what_is_no_sql_has_a_reason),
		TEST(no_value_an_empty_one_and_bytes),
		TEST(a_visit_may_end_the_list),
	};

	return cmocka_run_group_tests_name("schema/store_rows", tests, NULL, NULL);
}
