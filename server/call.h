/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * call: what a handler is given.
 */
#ifndef VMASCOPE_SERVER_CALL_H
#define VMASCOPE_SERVER_CALL_H

#include <stdint.h>

#include "request.h"

struct store;

struct call {
	const struct request *request;
	/* in a read transaction; NULL while there is no database, which handlers
	 * of resources below a snapshot never see */
	struct store *store;
	int64_t snapshot; /* of the path: it exists; 0 where the path has none */
};

#endif
