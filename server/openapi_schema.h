/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * openapi_schema: the JSON Schema (2020-12) of a table of fields.
 *
 * A schema allows nothing that its table does not name. Tables that routes answer
 * with have names (answer.h); wherever one lies in another it is referred to.
 */
#ifndef VMASCOPE_SERVER_OPENAPI_SCHEMA_H
#define VMASCOPE_SERVER_OPENAPI_SCHEMA_H

#include "answer.h"
#include "field.h"
#include "json_writer.h"

/* The first answer with the table, by which it is named everywhere, or NULL. */
const struct answer *openapi_schema_named(const struct field *table);
/* Each writes one value. */
void openapi_schema_ref(struct json_writer *json, const struct answer *answer);
/* A page of a list, {"data":[…],"next":…}. */
void openapi_schema_page(struct json_writer *json, const struct answer *row);
/* The object of a table without a name. */
void openapi_schema_object(struct json_writer *json, const struct field *fields);
/* An object with the schema of every named table, and those of what is not made of
 * tables: Problem, EndOfRows (the last line of NDJSON). */
void openapi_schema_components(struct json_writer *json);

#endif
