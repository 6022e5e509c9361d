/* SPDX-License-Identifier: GPL-2.0-only */
#include "snapshot_brief.h"

#include "schema/store_list.h"

#define SNAPSHOT(kind, member) FIELD(FIELD_##kind, store_snapshot_row, member)

static const struct field boot_fields[] = {
	FIELD_AS(FIELD_INTEGER, store_snapshot_row, boot, "id",
		 .description = "Names the boot in the database"),
	FIELD_FULL_TEXT(store_snapshot_row, boot_id),
	FIELD_FULL_TEXT(store_snapshot_row, host),
	FIELD_FULL_TEXT(store_snapshot_row, release),
	FIELD_END,
};

static const struct field quality_fields[] = {
	SNAPSHOT(BOOLEAN, complete),
	FIELD_END,
};

const struct field snapshot_brief_fields[] = {
	SNAPSHOT(INTEGER, id),
	FIELD_AS(FIELD_TIME, store_snapshot_row, taken_ns, "taken_at"),
	SNAPSHOT(TEXT, label),
	SNAPSHOT(BOOLEAN, pinned),
	SNAPSHOT(ID, tree_tgid),
	FIELD_GROUP_OF("boot", boot_fields),
	FIELD_GROUP_OF("quality", quality_fields),
	FIELD_END,
};
