/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table: room for growing arrays.
 */
#ifndef VMASCOPE_TOPOLOGY_TABLE_H
#define VMASCOPE_TOPOLOGY_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Most elements of a table: UINT32_MAX is "no index" and never one. */
#define TABLE_MAX (UINT32_MAX - 1)

/*
 * Makes room for at least wanted elements of size bytes, keeping what is there.
 * Grows by half: large tables are grown in place by the allocator (mremap), so
 * slack costs address space, not memory. 0, -ENOMEM, or -EOVERFLOW beyond
 * TABLE_MAX; table and capacity are untouched then.
 */
int table_reserve(void **table, uint32_t *capacity, uint64_t wanted, size_t size);

#endif
