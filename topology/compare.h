/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compare: the order of two numbers, as qsort() wants it.
 */
#ifndef VMASCOPE_TOPOLOGY_COMPARE_H
#define VMASCOPE_TOPOLOGY_COMPARE_H

#include <stdint.h>

static inline int compare_numbers(uint64_t left, uint64_t right)
{
	return left < right ? -1 : left > right;
}

#endif
