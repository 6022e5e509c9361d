/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot_mark: tells a snapshot from one of the same id in another database: ids
 * start again where someone deletes the file.
 */
#ifndef VMASCOPE_SERVER_SNAPSHOT_MARK_H
#define VMASCOPE_SERVER_SNAPSHOT_MARK_H

#include <stdint.h>

#include "schema/store.h"

/* 0, or -ENOENT where there is no such snapshot, or another -errno. */
int snapshot_mark_read(struct store *store, int64_t snapshot, uint64_t *ret_mark);

#endif
