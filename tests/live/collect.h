/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collect: runs the real collector and reads what it stored.
 *
 * Each call fails the running cmocka test when it cannot do what it says.
 */
#ifndef VMASCOPE_TESTS_LIVE_COLLECT_H
#define VMASCOPE_TESTS_LIVE_COLLECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "topology/model.h"

/* A directory of its own with a database in it. */
struct database {
	char directory[64];
	char path[96];
};

void database_create(struct database *database);
/* Removes the directory and the files in it. Safe on an empty struct. */
void database_remove(struct database *database);

/* First column of the first row; the statement must give one. Needs no writer
 * to be running, nor minds one. */
int64_t database_number(const struct database *database, const char *sql, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, or `fallback` when there is no row, no table or no database yet. */
int64_t database_number_or(const struct database *database, int64_t fallback, const char *sql, ...)
	__attribute__((format(printf, 3, 4)));
/* Likewise; the caller frees. */
char *database_text(const struct database *database, const char *sql, ...)
	__attribute__((format(printf, 2, 3)));
int64_t database_latest(const struct database *database);
/* Bytes in use, after a checkpoint. No collector may run on it. */
int64_t database_bytes(const struct database *database);
/* Through the schema library; the model is empty or left over. */
void database_load(const struct database *database, int64_t snapshot, struct model *model);

/* How a program ended and what it said, cut where it said more. */
struct run {
	int exit_code; /* -1: ended by a signal */
	int signal;
	char out[16384];
	char err[16384];
};

/* A running collector. */
struct daemon {
	pid_t pid;
	int out;
	int err;
};

/* Called in the child just before the program; may be NULL. A result other
 * than 0 ends the child with exit code 126. */
typedef int (*collect_prepare)(void *argument);

/* For what a loaded machine does slowly; only a test that fails waits that long. */
#define COLLECT_PATIENCE_MS 120000

/* args ends with NULL and does not contain the program. */
void collect_start(struct daemon *daemon, const char *const *args, collect_prepare prepare,
		   void *argument);
/* Waits at most timeout_ms, then kills it and fails the test. */
void collect_finish(struct daemon *daemon, long timeout_ms, struct run *ret_run);
/* SIGKILL; safe on an empty struct. */
void collect_kill(struct daemon *daemon);

/* Waits until the running collector has stored a snapshot with an id above
 * `after`; returns the newest. */
int64_t collect_next(const struct database *database, const struct daemon *daemon, int64_t after);
/* Waits for one that began after the call. */
int64_t collect_fresh(const struct database *database, const struct daemon *daemon);

void collect_run(const char *const *args, collect_prepare prepare, void *argument,
		 struct run *ret_run);

/* One snapshot into the database: of a process and its descendants, or of the
 * whole system (tree 0). Returns its id. */
int64_t collect_snapshot(const struct database *database, pid_t tree);
/* The same, and loads it. */
int64_t collect_model(const struct database *database, pid_t tree, struct model *model);
/* Into a database that is thrown away. */
void collect_tree(pid_t tree, struct model *model);

#endif
