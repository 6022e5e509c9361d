/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_internal: what the store_* modules share. Nobody else includes this.
 */
#ifndef VMASCOPE_SCHEMA_STORE_INTERNAL_H
#define VMASCOPE_SCHEMA_STORE_INTERNAL_H

#include <sqlite3.h>
#include <stdint.h>

#include "store.h"
#include "store_prepared.h"
#include "store_statements.h"

#define STORE_APPLICATION_ID 0x766d7363 /* "vmsc" */
#define STORE_BUSY_MS 5000
#define STORE_OPEN_ROW INT64_MAX /* died of a row that is still valid */

struct store {
	sqlite3 *db;
	int lock_fd; /* holds the writer's lock; -1 for a reader */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0: none */
	sqlite3_stmt *statements[STORE_STATEMENT_COUNT];
	struct store_prepared prepared;
	int log_pages; /* after the last commit of this connection */
	struct store_error error;
};

/* SQLite's result code as -errno; 0 for SQLITE_OK, SQLITE_ROW, SQLITE_DONE. */
int store_errno(int sqlite_code);
/* Keeps "what: SQLite's message" as the reason and returns the -errno. */
int store_fail(struct store *store, const char *what);
int store_exec(struct store *store, const char *sql);
/* The prepared statement, reset and with its bindings cleared; NULL after
 * store_fail when it cannot be prepared. */
sqlite3_stmt *store_statement(struct store *store, enum store_statement statement);
/* Steps a statement that returns no row, and resets it. */
int store_run(struct store *store, sqlite3_stmt *statement);
/* Steps a query: 1 = a row, 0 = no more (and reset), or -errno. */
int store_next(struct store *store, sqlite3_stmt *statement);

#endif
