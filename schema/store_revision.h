/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_revision: finds a snapshot by something other than its id.
 *
 * Each gives the id, or -ENOENT where there is no such snapshot, or another
 * -errno with store_reason() set.
 */
#ifndef VMASCOPE_SCHEMA_STORE_REVISION_H
#define VMASCOPE_SCHEMA_STORE_REVISION_H

#include <stdint.h>

#include "store.h"

/* The one with `back` snapshots after it: 0 is the newest. */
int store_find_back(struct store *store, int64_t back, int64_t *ret_id);
/* The newest with exactly this label. */
int store_find_label(struct store *store, const char *label, int64_t *ret_id);
/* The newest of those taken at this time (CLOCK_REALTIME) or before. */
int store_find_time(struct store *store, int64_t time_ns, int64_t *ret_id);

#endif
