/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list_stream: a whole list, piece by piece while it is sent.
 *
 * Each piece is a page, read in a transaction of its own that is over before the
 * first byte of it is sent: a reader that held one would keep the collector from
 * checkpointing for as long as its client pleases. The list goes on behind the
 * last key. If the snapshot was deleted meanwhile, the connection is cut.
 */
#ifndef VMASCOPE_SERVER_LIST_STREAM_H
#define VMASCOPE_SERVER_LIST_STREAM_H

#include "list.h"

/*
 * Fills the reply with the list from the page's start on, to its end; the limit of
 * the page is not looked at. A problem is found before anything is sent. A list
 * of one piece becomes the body.
 */
int list_stream_reply(const struct call *call, const struct list_kind *kind,
		      const struct store_page *page, struct reply *reply);

#endif
