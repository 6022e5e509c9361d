/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_chain: the chain of a VMA as the database keeps it, ids in list order,
 * each an unsigned LEB128 number.
 */
#ifndef VMASCOPE_SCHEMA_STORE_CHAIN_H
#define VMASCOPE_SCHEMA_STORE_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#define STORE_CHAIN_ID_MAX 5 /* bytes of one id */

/* Writes one id at out, which has room for STORE_CHAIN_ID_MAX bytes; returns
 * the bytes written. */
size_t store_chain_put(uint8_t *out, uint32_t id);
/* Reads one id and moves *at; 0 (no id is 0) when the bytes end or are not a
 * chain. */
uint32_t store_chain_get(const uint8_t **at, const uint8_t *end);

#endif
