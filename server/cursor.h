/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cursor: where a list goes on, as one opaque word for the client.
 *
 * It holds the key of the last row sent (keyset paging: rows that come and go
 * in between shift nothing) and a mark of the list it belongs to: the route,
 * the snapshot, the order and the filters, but not the limit.
 */
#ifndef VMASCOPE_SERVER_CURSOR_H
#define VMASCOPE_SERVER_CURSOR_H

#include <stdint.h>

#include "problem.h"
#include "request.h"

#define CURSOR_TEXT_SIZE 33

struct cursor {
	int64_t key; /* of the column that orders the list */
	int64_t id; /* breaks ties; 0 where keys are unique */
};

/* The word for a position in the list that the request asks for. */
void cursor_write(const struct cursor *cursor, const struct request *request,
		  char ret_text[CURSOR_TEXT_SIZE]);
/* Reads the request's cursor. 1, 0 if it has none, or -EPROTO with the problem:
 * no cursor of ours, or of another list. */
int cursor_read(struct cursor *cursor, const struct request *request, struct problem *problem);

#endif
