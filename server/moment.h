/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * moment: an instant and a length of time, as people write them in a URL.
 */
#ifndef VMASCOPE_SERVER_MOMENT_H
#define VMASCOPE_SERVER_MOMENT_H

#include <stdint.h>

/*
 * RFC 3339, "2026-11-21T02:33:18.5Z" or with an offset, as nanoseconds since 1970.
 * In front of an offset a space stands for +, which is what a + in a query means
 * unless it is written %2B. 0 or -EINVAL; years from 1970 to 2261.
 */
int moment_read(const char *text, int64_t *ret_ns);
/* A whole number and s, m, h or d, as seconds: "10s", "5m". 0 or -EINVAL. */
int moment_read_length(const char *text, int64_t *ret_s);

#endif
