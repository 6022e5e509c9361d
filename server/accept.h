/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * accept: what a client's Accept and Accept-Encoding headers say of one value
 * (RFC 9110, 12.4 and 12.5).
 */
#ifndef VMASCOPE_SERVER_ACCEPT_H
#define VMASCOPE_SERVER_ACCEPT_H

#define ACCEPT_BEST 1000

/*
 * How much the client likes a media type ("text/csv") or a coding ("gzip"): 0 = not
 * at all, up to ACCEPT_BEST. The most specific element of the header that covers
 * it counts. -1 where none does.
 */
int accept_quality(const char *header, const char *value);

#endif
