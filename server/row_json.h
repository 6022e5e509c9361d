/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * row_json: a row as a JSON object.
 */
#ifndef VMASCOPE_SERVER_ROW_JSON_H
#define VMASCOPE_SERVER_ROW_JSON_H

#include "field.h"
#include "json_writer.h"

/* Writes the row as one object. */
void row_json_write(struct json_writer *json, const struct field *fields, const void *row);
/* The same into an object that is open. */
void row_json_members(struct json_writer *json, const struct field *fields, const void *row);

#endif
