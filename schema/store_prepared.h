/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_prepared: statements that stay prepared after their use, for the next who
 * asks for the same text. To prepare one takes several times as long as to run it
 * where its answer is short.
 */
#ifndef VMASCOPE_SCHEMA_STORE_PREPARED_H
#define VMASCOPE_SCHEMA_STORE_PREPARED_H

#include <sqlite3.h>
#include <stddef.h>

/* some 10 KiB each */
#define STORE_PREPARED_MAX 16

struct store;

/* Idle statements of one connection, the one used last at the end. All zero
 * bytes is empty. */
struct store_prepared {
	sqlite3_stmt *idle[STORE_PREPARED_MAX];
	size_t count;
};

/* Gives a statement of this text, without bindings, to the caller. 0 or -errno. */
int store_prepared_take(struct store *store, const char *sql, sqlite3_stmt **ret_statement);
/* Resets it and keeps it, in place of the one not used for longest where there
 * are too many. NULL is ignored. */
void store_prepared_return(struct store *store, sqlite3_stmt *statement);
void store_prepared_clear(struct store *store);

#endif
