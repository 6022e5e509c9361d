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

static void a_copy_is_equal_and_independent(void **state)
{
	struct key_map *map = *state, copy = {0};

	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(key_map_put(map, slab_address(i), i), 0);
	assert_int_equal(key_map_put(&copy, 7, 70), 0);
	assert_int_equal(key_map_copy(&copy, map), 0);
	assert_int_equal(copy.count, 1000);
	assert_int_equal(key_map_find(&copy, 7), KEY_MAP_NONE);
	assert_int_equal(key_map_put(map, slab_address(1), 9), 0);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(key_map_find(&copy, slab_address(i)), i);
	key_map_clear(&copy);
}

static void a_copy_of_an_empty_map_is_empty(void **state)
{
	struct key_map *map = *state, copy = {0};

	assert_int_equal(key_map_copy(&copy, map), 0);
	assert_int_equal(key_map_find(&copy, 1), KEY_MAP_NONE);
	assert_int_equal(key_map_put(&copy, 1, 2), 0);
	assert_int_equal(key_map_copy(&copy, map), 0);
	assert_int_equal(key_map_find(&copy, 1), KEY_MAP_NONE);
	assert_int_equal(key_map_put(&copy, 1, 3), 0);
	assert_int_equal(key_map_find(&copy, 1), 3);
	key_map_clear(&copy);
}

static void a_copy_of_a_map_that_is_mostly_empty_is_small(void **state)
{
	struct key_map *map = *state, copy = {0};

	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(key_map_put(map, slab_address(i), i), 0);
	key_map_reset(map);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(key_map_put(map, slab_address(i), i), 0);
	assert_int_equal(key_map_copy(&copy, map), 0);
	assert_true(copy.capacity < 1000);
	assert_int_equal(copy.count, 100);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(key_map_find(&copy, slab_address(i)), i);
	assert_int_equal(key_map_find(&copy, slab_address(100)), KEY_MAP_NONE);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(key_map_put(&copy, slab_address(i), i), 0);
	assert_int_equal(key_map_find(&copy, slab_address(MANY - 1)), MANY - 1);
	key_map_clear(&copy);
}

/* Drops the values of which keep says no and numbers the others anew. */
static uint32_t renumber(struct key_map *map, uint32_t *new_value, bool (*keep)(uint32_t))
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < MANY; i++)
		new_value[i] = keep(i) ? kept++ : KEY_MAP_NONE;
	key_map_renumber(map, new_value);
	return kept;
}

static bool is_no_third(uint32_t value)
{
	return value % 3 != 0;
}

static bool is_of_the_last(uint32_t value)
{
	return value >= MANY - 10;
}

static bool never(uint32_t value)
{
	(void)value;
	return false;
}

static void renumbered_values_are_found_and_others_not(void **state)
{
	static bool (*const rules[])(uint32_t) = {is_no_third, is_of_the_last, never};
	static uint32_t new_value[MANY];
	struct key_map *map = *state;
	uint32_t kept;

	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
		key_map_reset(map);
		for (uint32_t i = 0; i < MANY; i++)
			assert_int_equal(key_map_put(map, slab_address(i), i), 0);
		kept = renumber(map, new_value, rules[r]);
		assert_int_equal(map->count, kept);
		for (uint32_t i = 0; i < MANY; i++)
			assert_int_equal(key_map_find(map, slab_address(i)), new_value[i]);
		for (uint32_t i = 0; i < MANY; i++)
			assert_int_equal(key_map_put(map, slab_address(i), i), 0);
		assert_int_equal(map->count, MANY);
	}
}

/* One run of entries, wherever it begins: at the end of the table it goes on at
 * its start, and what is removed leaves no gap before what was behind it. */
static void a_run_that_goes_round_the_end_is_renumbered(void **state)
{
	struct key_map *map = *state;
	uint32_t new_value[40];

	for (uint64_t stride = 1; stride < 64; stride++) {
		key_map_clear(map);
		for (uint32_t i = 0; i < 40; i++) {
			/* the slot is taken from bits 32 and up of the product */
			assert_int_equal(key_map_put(map, stride + ((uint64_t)i << 58), i), 0);
			new_value[i] = i % 2 ? i / 2 : KEY_MAP_NONE;
		}
		key_map_renumber(map, new_value);
		assert_int_equal(map->count, 20);
		for (uint32_t i = 0; i < 40; i++)
			assert_int_equal(key_map_find(map, stride + ((uint64_t)i << 58)),
					 new_value[i]);
	}
}

static void an_empty_map_is_renumbered(void **state)
{
	key_map_renumber(*state, NULL);
	assert_int_equal(key_map_put(*state, 1, 2), 0);
	key_map_reset(*state);
	key_map_renumber(*state, NULL);
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
		TEST(a_copy_is_equal_and_independent),
		TEST(a_copy_of_an_empty_map_is_empty),
		TEST(a_copy_of_a_map_that_is_mostly_empty_is_small),
		TEST(renumbered_values_are_found_and_others_not),
		TEST(a_run_that_goes_round_the_end_is_renumbered),
		TEST(an_empty_map_is_renumbered),
		TEST(clear_frees_and_the_map_works_again),
	};

	return cmocka_run_group_tests_name("topology/key_map", tests, NULL, NULL);
}
