/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * documentation_index: the list of all resources as a small JSON document.
 */
#ifndef VMASCOPE_SERVER_DOCUMENTATION_INDEX_H
#define VMASCOPE_SERVER_DOCUMENTATION_INDEX_H

#include "buffer.h"

/* Appends the document; memory errors stay in the buffer. */
void documentation_index_write(struct buffer *buffer);

#endif
