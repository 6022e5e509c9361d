/* SPDX-License-Identifier: GPL-2.0-only */
#include "store_chain.h"

size_t store_chain_put(uint8_t *out, uint32_t id)
{
	size_t size = 0;

	while (id >= 0x80) {
		out[size++] = (uint8_t)(id | 0x80);
		id >>= 7;
	}
	out[size++] = (uint8_t)id;
	return size;
}

uint32_t store_chain_get(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *byte = *at;
	uint64_t id = 0;

	for (unsigned int shift = 0; shift < 7 * STORE_CHAIN_ID_MAX && byte < end; shift += 7) {
		id |= (uint64_t)(*byte & 0x7f) << shift;
		if (!(*byte++ & 0x80)) {
			*at = byte;
			return id <= UINT32_MAX ? (uint32_t)id : 0;
		}
	}
	*at = end;
	return 0;
}
