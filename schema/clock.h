/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock: the time of a clock in one number.
 */
#ifndef VMASCOPE_SCHEMA_CLOCK_H
#define VMASCOPE_SCHEMA_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds; the clocks that are read here are always there. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
