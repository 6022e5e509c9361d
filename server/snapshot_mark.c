/* SPDX-License-Identifier: GPL-2.0-only */
#include "snapshot_mark.h"

#include <errno.h>

#include "hash.h"
#include "schema/store_list.h"

struct mark {
	bool found;
	uint64_t hash;
	uint64_t revision;
};

/* The version of the program counts: another one may write other bytes. */
static int take_mark(void *context, const void *row)
{
	const struct store_snapshot_row *snapshot = row;
	struct mark *mark = context;

	mark->found = true;
	mark->hash = hash_text(HASH_START, VMASCOPE_VERSION);
	mark->hash = hash_integer(mark->hash, (uint64_t)snapshot->id);
	mark->hash = hash_integer(mark->hash, (uint64_t)snapshot->taken_ns);
	mark->revision = hash_integer(mark->hash, (uint64_t)snapshot->pinned);
	mark->revision = hash_integer(mark->revision, snapshot->label.size);
	for (size_t i = 0; i < snapshot->label.size; i++)
		mark->revision = hash_integer(mark->revision, (uint8_t)snapshot->label.bytes[i]);
	return 0;
}

int snapshot_mark_read(struct store *store, int64_t snapshot, uint64_t *ret_mark,
		       uint64_t *ret_revision)
{
	struct mark mark = {0};
	int rc = store_find_snapshot(store, snapshot, take_mark, &mark);

	if (rc)
		return rc;
	if (!mark.found)
		return -ENOENT;
	*ret_mark = mark.hash;
	if (ret_revision)
		*ret_revision = mark.revision;
	return 0;
}
