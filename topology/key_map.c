/* SPDX-License-Identifier: GPL-2.0-only */
#include "key_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64u

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

static int grow(struct key_map *map)
{
	struct key_map larger = {
		.count = map->count,
		.capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY,
	};

	if (larger.capacity < map->capacity)
		return -ENOMEM;
	larger.entries = calloc(larger.capacity, sizeof(*larger.entries));
	if (!larger.entries)
		return -ENOMEM;
	for (uint32_t i = 0; i < map->capacity; i++)
		if (map->entries[i].key != 0)
			larger.entries[probe(&larger, map->entries[i].key)] = map->entries[i];
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
