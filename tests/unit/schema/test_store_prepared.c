/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema/store_prepared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "schema/store_internal.h"

static struct store *store;

static int setup(void **state)
{
	struct store_error error;
	int rc = scratch_setup(state);

	return rc ? rc : store_open_write(scratch_path("vmascope.db"), &store, &error);
}

static int teardown(void **state)
{
	store_close(&store);
	return scratch_teardown(state);
}

static sqlite3_stmt *take(const char *sql)
{
	sqlite3_stmt *statement = NULL;

	assert_int_equal(store_prepared_take(store, sql, &statement), 0);
	return statement;
}

static void the_next_user_finds_it_as_new(void **state)
{
	sqlite3_stmt *statement = take("SELECT ?1 UNION ALL SELECT 2");

	(void)state;
	sqlite3_bind_int(statement, 1, 7);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	store_prepared_return(store, statement);
	assert_ptr_equal(take("SELECT ?1 UNION ALL SELECT 2"), statement);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_type(statement, 0), SQLITE_NULL);
	store_prepared_return(store, statement);
}

static void one_that_is_used_is_not_given_again(void **state)
{
	sqlite3_stmt *first = take("SELECT 1"), *second = take("SELECT 1");

	(void)state;
	assert_ptr_not_equal(first, second);
	store_prepared_return(store, first);
	store_prepared_return(store, second);
	assert_int_equal(store->prepared.count, 2);
}

static void a_returned_one_keeps_no_transaction_open(void **state)
{
	sqlite3_stmt *statement = take("SELECT 1 UNION ALL SELECT count(*) FROM snapshot");

	(void)state;
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_true(sqlite3_stmt_busy(statement));
	store_prepared_return(store, statement);
	assert_false(sqlite3_stmt_busy(statement));
}

static const char *numbered(int number)
{
	static char sql[32];

	snprintf(sql, sizeof(sql), "SELECT %d", number);
	return sql;
}

static void the_one_not_used_for_longest_goes(void **state)
{
	(void)state;
	for (int i = 0; i < STORE_PREPARED_MAX; i++)
		store_prepared_return(store, take(numbered(i)));
	store_prepared_return(store, take(numbered(0)));
	store_prepared_return(store, take(numbered(STORE_PREPARED_MAX)));
	assert_int_equal(store->prepared.count, STORE_PREPARED_MAX);
	assert_string_equal(sqlite3_sql(store->prepared.idle[0]), numbered(2));
	assert_string_equal(sqlite3_sql(store->prepared.idle[STORE_PREPARED_MAX - 2]), numbered(0));
}

static void what_cannot_be_prepared_has_a_reason(void **state)
{
	sqlite3_stmt *statement = NULL;

	(void)state;
	assert_true(store_prepared_take(store, "SELECT FROM", &statement) < 0);
	assert_null(statement);
	store_prepared_return(store, statement);
	assert_int_equal(store->prepared.count, 0);
	assert_string_not_equal(store_reason(store), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_next_user_finds_it_as_new),
		TEST(one_that_is_used_is_not_given_again),
		TEST(a_returned_one_keeps_no_transaction_open),
		TEST(the_one_not_used_for_longest_goes),
		TEST(what_cannot_be_prepared_has_a_reason),
	};

	return cmocka_run_group_tests_name("schema/store_prepared", tests, NULL, NULL);
}
