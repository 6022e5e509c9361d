/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * row_csv: rows as CSV (RFC 4180), UTF-8 with CRLF.
 *
 * A group becomes one column for each of its fields, "group.name"; null is an
 * empty cell; what is an array or object in JSON is a cell of JSON text. A text
 * that a spreadsheet would take for a formula, because it begins with one of
 * = + - @ TAB CR, has a ' put before it; numbers are left alone. What is not
 * UTF-8, and control characters but TAB, CR and LF, become U+FFFD.
 */
#ifndef VMASCOPE_SERVER_ROW_CSV_H
#define VMASCOPE_SERVER_ROW_CSV_H

#include "buffer.h"
#include "field.h"

void row_csv_header(struct buffer *buffer, const struct field *fields);
void row_csv_write(struct buffer *buffer, const struct field *fields, const void *row);

#endif
