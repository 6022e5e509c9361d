/* SPDX-License-Identifier: GPL-2.0-only */
#include "clock.h"
#include "store_internal.h"

/* Steps of SQLite's machine between two looks at the clock: some 20 us. A statement
 * that is used again goes on counting where it was. */
#define STEPS_PER_LOOK 1000

static int is_over(void *context)
{
	const struct store *store = context;

	return clock_ns(CLOCK_MONOTONIC) >= store->deadline_ns;
}

void store_set_deadline(struct store *store, uint64_t deadline_ns)
{
	store->deadline_ns = deadline_ns;
	sqlite3_progress_handler(store->db, deadline_ns ? STEPS_PER_LOOK : 0,
				 deadline_ns ? is_over : NULL, store);
}
