/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * content_coding: sends a reply compressed (gzip) to a client that takes it.
 *
 * A compressed reply is another representation and has another tag: that of the
 * plain one with "-gzip" in it. A client that takes gzip may have either; one that
 * does not can make use of the plain one only.
 */
#ifndef VMASCOPE_SERVER_CONTENT_CODING_H
#define VMASCOPE_SERVER_CONTENT_CODING_H

#include <stdbool.h>

#include "reply.h"
#include "wire.h"

bool content_coding_accepts_gzip(const struct wire_request *wire);
/*
 * Whether the client has the representation that the plain reply's ETag header is
 * of, by If-None-Match; the header is then the tag it has.
 */
bool content_coding_client_has(const struct wire_request *wire, struct reply *reply);
/* Sets the headers of a reply whose body is compressed already. */
void content_coding_mark(struct reply *reply);
/* Compresses a finished reply where that is worth it, and says on what headers it
 * depends. No memory for it: the reply stays as it is. */
void content_coding_apply(const struct wire_request *wire, struct reply *reply);

#endif
