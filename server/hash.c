/* SPDX-License-Identifier: GPL-2.0-only */
#include "hash.h"

#define PRIME 0x100000001b3ULL

static uint64_t add_byte(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * PRIME;
}

uint64_t hash_integer(uint64_t hash, uint64_t value)
{
	for (int shift = 0; shift < 64; shift += 8)
		hash = add_byte(hash, (uint8_t)(value >> shift));
	return hash;
}

uint64_t hash_text(uint64_t hash, const char *text)
{
	do
		hash = add_byte(hash, (uint8_t)*text);
	while (*text++);
	return hash;
}
