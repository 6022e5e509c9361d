/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * label: what a snapshot may be called.
 *
 * 1 to 64 bytes of UTF-8 without control characters, and nothing that a place
 * which takes an id as well would read as something else: not digits only, not
 * "latest…", not with a colon ("label:…", a time). Several snapshots may have
 * the same label; who asks for one by its label means the newest of them.
 */
#ifndef VMASCOPE_SCHEMA_LABEL_H
#define VMASCOPE_SCHEMA_LABEL_H

#include <stddef.h>

#define LABEL_SIZE_MAX 64

/* NULL when the bytes are a label, else one sentence without a full stop that
 * says what would be one. */
const char *label_refuse(const char *bytes, size_t size);

#endif
