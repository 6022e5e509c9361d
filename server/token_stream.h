/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * token_stream: a stream that ends with the token that it was asked for with.
 */
#ifndef VMASCOPE_SERVER_TOKEN_STREAM_H
#define VMASCOPE_SERVER_TOKEN_STREAM_H

#include "reply.h"
#include "tokens.h"

/*
 * Replaces the reply's stream by one that is cut off, at its next piece, when the
 * token of the request is not one of the tokens any more. The tokens must outlive
 * it. 0 or -ENOMEM.
 */
int token_stream_guard(struct tokens *tokens, const struct wire_request *wire, struct reply *reply);

#endif
