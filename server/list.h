/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list: answers with a list: a page of it, or, in the formats that are made for
 * that, all of it as a stream (list_stream.h). row_format.h says what the formats
 * look like; a page that is not the last has a Link header too.
 */
#ifndef VMASCOPE_SERVER_LIST_H
#define VMASCOPE_SERVER_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"
#include "cursor.h"
#include "field.h"
#include "reply.h"
#include "schema/store_list.h"

#define LIST_LIMIT_DEFAULT 100u /* of a page; the most is in param.c */

/* What is particular to a list. */
struct list_kind {
	const struct field *fields;
	/* where the list goes on behind this row */
	struct cursor (*position)(const void *row);
	/*
	 * Calls visit for the rows of the page, whose direction is that of the
	 * request's sort. `descending` of the page is false where it has none. 0,
	 * -EPROTO with the problem, or another -errno.
	 */
	int (*read)(const struct call *call, const struct store_page *page, store_visit visit,
		    void *context, struct problem *problem);
};

/* Where a list was left. */
struct list_position {
	struct cursor last; /* row that was written */
	bool more; /* there are rows behind it */
};

/* The part of a route's handler: fills the reply. */
int list_reply(const struct call *call, const struct list_kind *kind, struct reply *reply);

/* Writes the rows of one page. 0, -EPROTO with the problem, or another -errno. */
int list_write_page(const struct call *call, const struct list_kind *kind,
		    const struct store_page *page, struct row_writer *writer,
		    struct list_position *ret_position, struct problem *problem);

#endif
