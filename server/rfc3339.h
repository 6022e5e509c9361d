/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rfc3339: reads a time as "2026-11-21T02:33:18.5Z" (RFC 3339).
 */
#ifndef VMASCOPE_SERVER_RFC3339_H
#define VMASCOPE_SERVER_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds since 1970 of a date-time with Z or an offset; digits past the ninth
 * of a fraction are dropped. In a query + is a space, so one is taken for it. False
 * for anything else, and beyond what int64_t holds. */
bool rfc3339_read(const char *text, int64_t *ret_time_ns);

#endif
