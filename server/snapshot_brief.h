/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot_brief: what introduces a snapshot that is not what was asked for: either
 * end of a comparison, an event. Each member is that of the snapshot's document.
 */
#ifndef VMASCOPE_SERVER_SNAPSHOT_BRIEF_H
#define VMASCOPE_SERVER_SNAPSHOT_BRIEF_H

#include "field.h"

/* Of a struct store_snapshot_row. */
extern const struct field snapshot_brief_fields[];

#endif
