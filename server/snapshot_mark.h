/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot_mark: tells a snapshot from one of the same id in another database: ids
 * start again where someone deletes the file.
 */
#ifndef VMASCOPE_SERVER_SNAPSHOT_MARK_H
#define VMASCOPE_SERVER_SNAPSHOT_MARK_H

#include <stdint.h>

#include "schema/store.h"

/*
 * 0, or -ENOENT where there is no such snapshot, or another -errno. The revision
 * changes with what may change of a snapshot, its label and its pin, too; NULL
 * where nobody asks.
 */
int snapshot_mark_read(struct store *store, int64_t snapshot, uint64_t *ret_mark,
		       uint64_t *ret_revision);

#endif
