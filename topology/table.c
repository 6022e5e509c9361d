/* SPDX-License-Identifier: GPL-2.0-only */
#include "table.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 64u

int table_reserve(void **table, uint32_t *capacity, uint64_t wanted, size_t size)
{
	uint64_t larger = *capacity ? *capacity + *capacity / 2ull : FIRST_CAPACITY;
	void *grown;

	if (wanted <= *capacity)
		return 0;
	if (wanted > TABLE_MAX)
		return -EOVERFLOW;
	if (larger < wanted)
		larger = wanted;
	if (larger > TABLE_MAX)
		larger = TABLE_MAX;
	grown = realloc(*table, (size_t)larger * size);
	if (!grown)
		return -ENOMEM;
	*table = grown;
	*capacity = (uint32_t)larger;
	return 0;
}
