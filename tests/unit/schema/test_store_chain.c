/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema/store_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Reads from a copy of the exact size, so that a read beyond it is seen. */
static uint32_t get(const uint8_t *bytes, size_t size, size_t *ret_used)
{
	uint8_t *copy = malloc(size ? size : 1);
	const uint8_t *at = copy;
	uint32_t id;

	memcpy(copy, bytes, size);
	id = store_chain_get(&at, copy + size);
	*ret_used = (size_t)(at - copy);
	free(copy);
	return id;
}

static void every_id_is_read_as_it_was_written(void **state)
{
	static const uint32_t ids[] = {
		1,	    2,		0x7f,	    0x80,	    0x81,
		0x3fff,	    0x4000,	0x1fffff,   0x200000,	    0xfffffff,
		0x10000000, 0x7fffffff, 0x80000000, UINT32_MAX - 1, UINT32_MAX,
	};
	uint8_t bytes[STORE_CHAIN_ID_MAX];
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		size_t size = store_chain_put(bytes, ids[i]);

		assert_in_range(size, 1, STORE_CHAIN_ID_MAX);
		assert_int_equal(get(bytes, size, &used), ids[i]);
		assert_int_equal(used, size);
	}
}

static void small_ids_are_short(void **state)
{
	uint8_t bytes[STORE_CHAIN_ID_MAX];

	(void)state;
	assert_int_equal(store_chain_put(bytes, 0x7f), 1);
	assert_int_equal(bytes[0], 0x7f);
	assert_int_equal(store_chain_put(bytes, 0x80), 2);
	assert_int_equal(bytes[0], 0x80);
	assert_int_equal(bytes[1], 0x01);
	assert_int_equal(store_chain_put(bytes, UINT32_MAX), 5);
}

static void a_chain_is_read_in_order(void **state)
{
	uint8_t bytes[100 * STORE_CHAIN_ID_MAX];
	const uint8_t *at = bytes, *end;
	size_t size = 0;

	(void)state;
	for (uint32_t i = 1; i <= 100; i++)
		size += store_chain_put(bytes + size, i * i * i * i);
	end = bytes + size;
	for (uint32_t i = 1; i <= 100; i++)
		assert_int_equal(store_chain_get(&at, end), i * i * i * i);
	assert_ptr_equal(at, end);
	assert_int_equal(store_chain_get(&at, end), 0);
}

static void bytes_that_are_no_chain_give_0(void **state)
{
	static const struct {
		uint8_t bytes[8];
		size_t size;
	} wrong[] = {
		{{0}, 0}, /* nothing */
		{{0x00}, 1}, /* no id is 0 */
		{{0x80}, 1}, /* cut short */
		{{0xff, 0xff, 0xff, 0xff}, 4},
		{{0x80, 0x00}, 2}, /* 0, written longer */
		{{0x80, 0x80, 0x80, 0x80, 0x10}, 5}, /* 2^32 */
		{{0xff, 0xff, 0xff, 0xff, 0x7f}, 5},
		{{0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 6}, /* longer than any id */
		{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 8},
	};
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (get(wrong[i].bytes, wrong[i].size, &used) != 0)
			fail_msg("bytes %zu", i);
}

/* Whatever the bytes are, reading them comes to an end. */
static void reading_always_ends(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[16];
		const uint8_t *at = bytes;
		int steps = 0;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(random >> 24);
		}
		while (at < bytes + sizeof(bytes) && steps <= 16) {
			const uint8_t *before = at;

			store_chain_get(&at, bytes + sizeof(bytes));
			assert_true(at > before && at <= bytes + sizeof(bytes));
			steps++;
		}
		assert_true(steps <= 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_id_is_read_as_it_was_written),
		cmocka_unit_test(small_ids_are_short),
		cmocka_unit_test(a_chain_is_read_in_order),
		cmocka_unit_test(bytes_that_are_no_chain_give_0),
		cmocka_unit_test(reading_always_ends),
	};

	return cmocka_run_group_tests_name("schema/store_chain", tests, NULL, NULL);
}
