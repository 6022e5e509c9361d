/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * openapi: the OpenAPI 3.1 document of all routes, from their table.
 */
#ifndef VMASCOPE_SERVER_OPENAPI_H
#define VMASCOPE_SERVER_OPENAPI_H

#include "buffer.h"

/* Appends the document; memory errors stay in the buffer. */
void openapi_write(struct buffer *buffer);

#endif
