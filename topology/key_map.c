/* SPDX-License-Identifier: GPL-2.0-only */
#include "key_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64u
/* A map with fewer entries than this part of its capacity is copied into a
 * smaller one: what goes through a map in order goes through all of it. */
#define SPARSE 16u

/* 12 bytes an entry instead of 16: at a million anon_vmas it matters. */
struct __attribute__((packed)) key_map_entry {
	uint64_t key;
	uint32_t value;
};

/* Keys are slab addresses or small numbers: multiply, then take the high bits
 * (Fibonacci hashing). */
static uint32_t slot_of(uint64_t key, uint32_t capacity)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15ULL) >> 32) & (capacity - 1);
}

static uint32_t probe(const struct key_map *map, uint64_t key)
{
	uint32_t slot = slot_of(key, map->capacity);

	while (map->entries[slot].key != 0 && map->entries[slot].key != key)
		slot = (slot + 1) & (map->capacity - 1);
	return slot;
}

uint32_t key_map_find(const struct key_map *map, uint64_t key)
{
	if (map->count == 0 || key == 0)
		return KEY_MAP_NONE;

	uint32_t slot = probe(map, key);

	return map->entries[slot].key == key ? map->entries[slot].value : KEY_MAP_NONE;
}

/* A new map of this capacity with the entries of another. */
static int rehash(const struct key_map *from, uint32_t capacity, struct key_map *ret_map)
{
	struct key_map map = {.count = from->count, .capacity = capacity};

	map.entries = calloc(capacity, sizeof(*map.entries));
	if (!map.entries)
		return -ENOMEM;
	for (uint32_t i = 0; i < from->capacity; i++)
		if (from->entries[i].key != 0)
			map.entries[probe(&map, from->entries[i].key)] = from->entries[i];
	*ret_map = map;
	return 0;
}

static int grow(struct key_map *map)
{
	uint32_t capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY;
	struct key_map larger;
	int rc = capacity < map->capacity ? -ENOMEM : rehash(map, capacity, &larger);

	if (rc)
		return rc;
	free(map->entries);
	*map = larger;
	return 0;
}

int key_map_put(struct key_map *map, uint64_t key, uint32_t value)
{
	if (key == 0)
		return -EINVAL;
	if (map->count >= map->capacity / 4 * 3) {
		int rc = grow(map);

		if (rc)
			return rc;
	}

	struct key_map_entry *entry = &map->entries[probe(map, key)];

	if (entry->key == 0)
		map->count++;
	*entry = (struct key_map_entry){.key = key, .value = value};
	return 0;
}

static int copy_smaller(struct key_map *map, const struct key_map *from)
{
	uint32_t capacity = FIRST_CAPACITY;
	struct key_map smaller;
	int rc;

	while (capacity < from->count * 2)
		capacity *= 2;
	rc = rehash(from, capacity, &smaller);
	if (rc)
		return rc;
	free(map->entries);
	*map = smaller;
	return 0;
}

int key_map_copy(struct key_map *map, const struct key_map *from)
{
	struct key_map_entry *entries = map->entries;

	if (from->capacity > FIRST_CAPACITY && from->count < from->capacity / SPARSE)
		return copy_smaller(map, from);
	if (map->capacity != from->capacity) {
		entries = malloc(from->capacity * sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		free(map->entries);
	}
	if (from->capacity)
		memcpy(entries, from->entries, from->capacity * sizeof(*entries));
	*map = (struct key_map){
		.entries = entries,
		.count = from->count,
		.capacity = from->capacity,
	};
	return 0;
}

/* Every entry is taken out and, unless it is dropped, put back. Done from left to
 * right from the beginning of a run, an entry finds its place or one to the left
 * of it: what stands between its slot and that place was put back already. */
void key_map_renumber(struct key_map *map, const uint32_t *new_value)
{
	uint32_t first = 0;

	if (map->count == 0)
		return;
	while (map->entries[first].key != 0)
		first++;
	for (uint32_t i = 1; i < map->capacity; i++) {
		struct key_map_entry *entry = &map->entries[(first + i) & (map->capacity - 1)];
		uint64_t key = entry->key;
		uint32_t value = key ? new_value[entry->value] : KEY_MAP_NONE;

		if (key == 0)
			continue;
		*entry = (struct key_map_entry){0};
		if (value == KEY_MAP_NONE)
			map->count--;
		else
			map->entries[probe(map, key)] = (struct key_map_entry){.key = key,
									       .value = value};
	}
}

void key_map_reset(struct key_map *map)
{
	if (map->count)
		memset(map->entries, 0, map->capacity * sizeof(*map->entries));
	map->count = 0;
}

void key_map_clear(struct key_map *map)
{
	free(map->entries);
	*map = (struct key_map){0};
}
