/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list: one page of a list as JSON: {"data":[…],"next":"…"} and the Link header.
 *
 * Ask the store for page.fetch rows, one more than are shown: the extra one
 * tells that there is a next page.
 */
#ifndef VMASCOPE_SERVER_LIST_H
#define VMASCOPE_SERVER_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"
#include "cursor.h"
#include "field.h"
#include "reply.h"

/* What is particular to a list. */
struct list_kind {
	const struct field *fields;
	/* where the list goes on behind this row */
	struct cursor (*position)(const void *row);
};

struct list_page {
	const struct list_kind *kind;
	const struct call *call;
	struct reply *reply;
	struct json_writer json;
	struct cursor start; /* of this page, if resume is set */
	bool resume;
	uint32_t fetch;
	uint32_t shown;
	bool more;
	struct cursor last;
};

/* Reads the request's cursor and limit. 0 or -EPROTO with the reply's problem. */
int list_begin(struct list_page *page, const struct list_kind *kind, const struct call *call,
	       struct reply *reply);
/* A store_visit: context is the page. */
int list_row(void *context, const void *row);
void list_end(struct list_page *page);

#endif
