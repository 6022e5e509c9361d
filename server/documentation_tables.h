/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * documentation_tables: parameters and fields as tables of a page.
 */
#ifndef VMASCOPE_SERVER_DOCUMENTATION_TABLES_H
#define VMASCOPE_SERVER_DOCUMENTATION_TABLES_H

#include "buffer.h"
#include "field.h"
#include "route.h"

/* Nothing for a route without parameters. */
void documentation_tables_params(struct buffer *html, const struct route *route);
/* A row for each value, "group.name" and "rows[].name" for those that lie deeper;
 * what has a name of its own (answer.h) is a link. */
void documentation_tables_fields(struct buffer *html, const struct field *fields);

#endif
