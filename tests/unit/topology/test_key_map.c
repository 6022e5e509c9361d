/* SPDX-License-Identifier: GPL-2.0-only */
#include "topology/key_map.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MANY 100000u

static int setup(void **state)
{
	static struct key_map map;

	map = (struct key_map){0};
	*state = &map;
	return 0;
}

static int teardown(void **state)
{
	key_map_clear(*state);
	return 0;
}

/* What slab addresses look like: the same high bits, a stride of 104. */
static uint64_t slab_address(uint32_t i)
{
	return 0xffff888100000000ULL + i * 104ULL;
}

static void an_empty_map_finds_nothing(void **state)
{
	assert_int_equal(key_map_find(*state, 1), KEY_MAP_NONE);
	assert_int_equal(key_map_find(*state, UINT64_MAX), KEY_MAP_NONE);
	assert_int_equal(key_map_find(*state, 0), KEY_MAP_NONE);
}

static void what_was_put_is_found(void **state)
{
	assert_int_equal(key_map_put(*state, 7, 70), 0);
	assert_int_equal(key_map_put(*state, UINT64_MAX, 0), 0);
	assert_int_equal(key_map_find(*state, 7), 70);
	assert_int_equal(key_map_find(*state, UINT64_MAX), 0);
	assert_int_equal(key_map_find(*state, 8), KEY_MAP_NONE);
}

static void key_0_is_refused(void **state)
{
	struct key_map *map = *state;

	assert_int_equal(key_map_put(map, 0, 1), -EINVAL);
	assert_int_equal(map->count, 0);
	assert_int_equal(key_map_put(map, 1, 1), 0);
	assert_int_equal(key_map_put(map, 0, 1), -EINVAL);
	assert_int_equal(map->count, 1);
	assert_int_equal(key_map_find(map, 0), KEY_MAP_NONE);
}

static void a_second_put_replaces(void **state)
{
	struct key_map *map = *state;

	assert_int_equal(key_map_put(map, 7, 70), 0);
	assert_int_equal(key_map_put(map, 7, 71), 0);
	assert_int_equal(key_map_find(map, 7), 71);
	assert_int_equal(map->count, 1);
}

static void many_slab_addresses_survive_growth(void **state)
{
	struct key_map *map = *state;

	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(key_map_put(map, slab_address(i), i), 0);
	assert_int_equal(map->count, MANY);
	assert_int_equal(map->capacity & (map->capacity - 1), 0);
	assert_true(map->capacity > map->count);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(key_map_find(map, slab_address(i)), i);
	assert_int_equal(key_map_find(map, slab_address(MANY)), KEY_MAP_NONE);
}

/* The worst case for the hash: every key wants the same slot. */
static void keys_that_differ_in_the_highest_bits_only(void **state)
{
	for (uint32_t i = 1; i < 4096; i++)
		assert_int_equal(key_map_put(*state, (uint64_t)i << 52, i), 0);
	for (uint32_t i = 1; i < 4096; i++)
		assert_int_equal(key_map_find(*state, (uint64_t)i << 52), i);
	assert_int_equal(key_map_find(*state, 1), KEY_MAP_NONE);
}

static void any_value_but_none_is_kept(void **state)
{
	assert_int_equal(key_map_put(*state, 1, KEY_MAP_NONE - 1), 0);
	assert_int_equal(key_map_find(*state, 1), KEY_MAP_NONE - 1);
}

static void reset_forgets_and_keeps_the_memory(void **state)
{
	struct key_map *map = *state;

	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(key_map_put(map, slab_address(i), i), 0);

	uint32_t capacity = map->capacity;

	key_map_reset(map);
	assert_int_equal(map->count, 0);
	assert_int_equal(map->capacity, capacity);
	assert_int_equal(key_map_find(map, slab_address(1)), KEY_MAP_NONE);
	assert_int_equal(key_map_put(map, slab_address(1), 9), 0);
	assert_int_equal(key_map_find(map, slab_address(1)), 9);
}

static void reset_of_an_empty_map_is_harmless(void **state)
{
	key_map_reset(*state);
	assert_int_equal(key_map_find(*state, 1), KEY_MAP_NONE);
}

static void clear_frees_and_the_map_works_again(void **state)
{
	struct key_map *map = *state;

	assert_int_equal(key_map_put(map, 1, 1), 0);
	key_map_clear(map);
	key_map_clear(map);
	assert_null(map->entries);
	assert_int_equal(map->capacity, 0);
	assert_int_equal(key_map_put(map, 1, 2), 0);
	assert_int_equal(key_map_find(map, 1), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_map_finds_nothing),
		TEST(what_was_put_is_found),
		TEST(key_0_is_refused),
		TEST(a_second_put_replaces),
		TEST(many_slab_addresses_survive_growth),
		TEST(keys_that_differ_in_the_highest_bits_only),
		TEST(any_value_but_none_is_kept),
		TEST(reset_forgets_and_keeps_the_memory),
		TEST(reset_of_an_empty_map_is_harmless),
		TEST(clear_frees_and_the_map_works_again),
	};

	return cmocka_run_group_tests_name("topology/key_map", tests, NULL, NULL);
}
