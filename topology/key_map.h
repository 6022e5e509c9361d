/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * key_map: a hash table from a 64-bit key to a 32-bit index.
 *
 * Open addressing with linear probing; key 0 is not allowed. Entries are added
 * and looked up, never removed one by one: a map lives as long as the model it
 * indexes and is then reset as a whole.
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
/* Forgets the entries, keeps the memory. */
void key_map_reset(struct key_map *map);
void key_map_clear(struct key_map *map);

#endif
