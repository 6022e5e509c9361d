/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * openapi_example: an example of what a table of fields describes: one of each, as
 * fields and glossary give them.
 */
#ifndef VMASCOPE_SERVER_OPENAPI_EXAMPLE_H
#define VMASCOPE_SERVER_OPENAPI_EXAMPLE_H

#include "answer.h"
#include "json_writer.h"

/* One value: the answer as the client gets it, a page of one row for a list. */
void openapi_example_write(struct json_writer *json, const struct answer *answer);

/* The object of a body, with what is optional. */
void openapi_example_body(struct json_writer *json, const struct field *fields);

#endif
