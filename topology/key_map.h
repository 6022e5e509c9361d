/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * key_map: a hash table from a 64-bit key to a 32-bit index.
 *
 * Open addressing with linear probing; key 0 is not allowed. A lookup in a large
 * map is a cache miss, so what concerns all entries is done by one call that goes
 * through the memory in order: entries are not removed one by one but with the
 * renumbering of the table that the map indexes.
 */
#ifndef VMASCOPE_TOPOLOGY_KEY_MAP_H
#define VMASCOPE_TOPOLOGY_KEY_MAP_H

#include <stdbool.h>
#include <stdint.h>

#define KEY_MAP_NONE UINT32_MAX

struct key_map_entry;

/* All zero bytes is an empty map. */
struct key_map {
	struct key_map_entry *entries;
	uint32_t count;
	uint32_t capacity; /* a power of two, or 0 */
};

/* Value of the key or KEY_MAP_NONE. */
uint32_t key_map_find(const struct key_map *map, uint64_t key);
/* Adds or replaces. 0, -ENOMEM, or -EINVAL for key 0. */
int key_map_put(struct key_map *map, uint64_t key, uint32_t value);
/* Replaces what is in the map by a copy of another. A map that is mostly empty
 * gives a smaller one. 0 or -ENOMEM; the map is untouched then. */
int key_map_copy(struct key_map *map, const struct key_map *from);
/* Each value v becomes new_value[v]; where that is KEY_MAP_NONE the entry is
 * removed. */
void key_map_renumber(struct key_map *map, const uint32_t *new_value);
/* Forgets the entries, keeps the memory. */
void key_map_reset(struct key_map *map);
void key_map_clear(struct key_map *map);

#endif
