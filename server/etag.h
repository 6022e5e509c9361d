/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * etag: entity tags (RFC 9110, 8.8.3).
 */
#ifndef VMASCOPE_SERVER_ETAG_H
#define VMASCOPE_SERVER_ETAG_H

#include <stdbool.h>

/* Whether the If-None-Match header (NULL: none) names the quoted tag, or is *. */
bool etag_matches(const char *if_none_match, const char *etag);

#endif
