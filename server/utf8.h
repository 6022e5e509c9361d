/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * utf8: tells well-formed UTF-8 from other bytes.
 *
 * A process may put any bytes in its name and in paths; JSON must be UTF-8.
 */
#ifndef VMASCOPE_SERVER_UTF8_H
#define VMASCOPE_SERVER_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Length of the first character, at least 1; size must not be 0. Where the
 * bytes are not UTF-8, *ret_valid is false and the length is that of the part
 * which one U+FFFD replaces (the maximal subpart of the Unicode standard, as
 * browsers do it).
 */
size_t utf8_character(const char *bytes, size_t size, bool *ret_valid);
bool utf8_is_valid(const char *bytes, size_t size);
/* Appends the bytes with U+FFFD for what is not UTF-8. */
void utf8_clean(struct buffer *buffer, const char *bytes, size_t size);

#endif
