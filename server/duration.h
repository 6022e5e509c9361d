/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * duration: reads a length of time as people write it in a URL.
 */
#ifndef VMASCOPE_SERVER_DURATION_H
#define VMASCOPE_SERVER_DURATION_H

#include <stdint.h>

/* A whole number and s, m, h or d, as seconds: "10s", "5m". 0 or -EINVAL. */
int duration_read(const char *text, int64_t *ret_s);

#endif
