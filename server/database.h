/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * database: read-only connections to the database file, shared by the threads
 * that answer requests.
 *
 * A request leases one connection and gives it back; idle ones are kept for the
 * next. The file may be missing at first, appear later, be deleted or replaced:
 * each lease looks at the file's inode and never hands out a connection to a
 * file that is no longer the one of that name.
 */
#ifndef VMASCOPE_SERVER_DATABASE_H
#define VMASCOPE_SERVER_DATABASE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "schema/store.h"
#include "turns.h"

/* Opening one takes longer than most requests: one for each of those that are in
 * work at once (turns.h). */
#define DATABASE_IDLE_MAX (TURNS_COUNT + TURNS_PROMPT_COUNT)

struct database_lease {
	struct store *store;
	dev_t dev;
	ino_t ino;
};

struct database {
	const char *path; /* not owned */
	/* how long what reads through a lease may take; 0: as long as it wants */
	uint64_t query_timeout_ns;
	pthread_mutex_t mutex;
	struct database_lease idle[DATABASE_IDLE_MAX];
	size_t idle_count;
	/* reads nothing but the version; locked apart, as everybody asks for it */
	pthread_mutex_t witness_mutex;
	struct database_lease witness;
	uint64_t witness_count;
};

/* Of the file and of its content. */
struct database_version {
	uint64_t witness; /* the connection to the file, by number */
	int64_t content; /* as that connection numbers it */
	dev_t dev; /* of the file */
	ino_t ino;
};

/* Without a query timeout. */
void database_start(struct database *database, const char *path);
/* No lease may be out. */
void database_stop(struct database *database);

/*
 * 0; -ENOENT while there is no database yet (no file, or one without tables); else
 * another -errno with the reason: -EACCES, -ENOTSUP for a file of another
 * program or a newer vmascope, -EBUSY, -EIO. The time for queries runs from here;
 * later ones fail with -ETIMEDOUT. Thread-safe.
 */
int database_lease(struct database *database, struct database_lease *ret_lease,
		   struct store_error *error);
/* Lets the time for queries run anew: for who keeps a lease over several pieces
 * of work. store_read_end() takes the deadline away, so it goes before each. */
void database_extend(const struct database *database, struct database_lease *lease);
/* Whether the file of that name is still the one that the lease reads. */
bool database_is_current(const struct database *database, const struct database_lease *lease);
/* reusable: false closes the connection, after an error on it. Thread-safe. */
void database_return(struct database *database, struct database_lease *lease, bool reusable);

/*
 * What is read between two calls that give the same version is of that version:
 * between them nobody committed anything, and the file was not replaced. 0, or
 * -errno as database_lease(). Thread-safe.
 */
int database_read_version(struct database *database, struct database_version *ret_version);
bool database_same_version(const struct database_version *a, const struct database_version *b);
/* Whether the lease is, or was, of the file of that version. */
bool database_is_of_version(const struct database_lease *lease,
			    const struct database_version *version);

#endif
