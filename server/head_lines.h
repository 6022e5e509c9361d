/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * head_lines: whether the lines of a request's head are what the HTTP library made
 * of them, as where two readers take a line in two ways, one's header is another's
 * next request.
 *
 * libmicrohttpd before 0.9.77 reads the head where it received it and overwrites
 * each colon, CR and LF that it understands with a NUL. So where it took all there
 * is, what it hands over lies end to end; a folded line, a NUL in a value and a
 * line that ends with LF alone leave a gap.
 */
#ifndef VMASCOPE_SERVER_HEAD_LINES_H
#define VMASCOPE_SERVER_HEAD_LINES_H

#include <stddef.h>

#include "wire.h"

/*
 * Where the head ends, or NULL where something lies in between. The version and the
 * headers are those in the library's buffer. Only of NULs at the end of the last value
 * it cannot tell; wire_must_close() knows when they matter.
 */
const char *head_lines_end(const char *version, const struct wire_header *headers, size_t count);

#endif
