/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A checkpoint copies the log's pages into the database as far as no reader may
 * still need the old ones, and the log is started over by the next commit that
 * finds it all copied and nobody reading in it. Where requests come all the time
 * there is no such moment by itself; RESTART makes one: it copies all, so that
 * who comes next reads the database alone, and waits for those who came before.
 */
#include "store_log.h"

#include "store_internal.h"

/* What the readers that are there get to finish. They read a page of a list or a
 * tree, and the collector has nothing else to do until its next snapshot. */
#define WAIT_MS 100

static int count_pages(void *context, sqlite3 *db, const char *name, int pages)
{
	struct store *store = context;

	store->log_pages = pages;
	/* it may do a part only, or nothing: the next is tried as well */
	if (pages >= STORE_LOG_PAGES)
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

void store_log_watch(struct store *store)
{
	sqlite3_wal_hook(store->db, count_pages, store);
}

void store_shorten_log(struct store *store)
{
	if (store->log_pages < STORE_LOG_PAGES)
		return;
	sqlite3_busy_timeout(store->db, WAIT_MS);
	sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
}
