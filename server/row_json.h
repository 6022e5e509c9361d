/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * row_json: a row as a JSON object.
 */
#ifndef VMASCOPE_SERVER_ROW_JSON_H
#define VMASCOPE_SERVER_ROW_JSON_H

#include "field.h"
#include "json_writer.h"

/* For sinks that write the same values elsewhere (row_columns.h): they go to json,
 * which may be another one for each. */
struct row_json {
	struct row_sink sink; /* the first member: a sink of ours is one of these */
	struct json_writer *json;
};

extern const struct row_sink_ops row_json_ops;

/* Writes the row as one object. */
void row_json_write(struct json_writer *json, const struct field *fields, const void *row);
/* The same into an object that is open. */
void row_json_members(struct json_writer *json, const struct field *fields, const void *row);

#endif
