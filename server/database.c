/* SPDX-License-Identifier: GPL-2.0-only */
#include "database.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/clock.h"

void database_start(struct database *database, const char *path)
{
	*database = (struct database){.path = path};
	pthread_mutex_init(&database->mutex, NULL);
	pthread_mutex_init(&database->witness_mutex, NULL);
}

static void close_idle(struct database *database)
{
	while (database->idle_count)
		store_close(&database->idle[--database->idle_count].store);
}

void database_stop(struct database *database)
{
	close_idle(database);
	store_close(&database->witness.store);
	pthread_mutex_destroy(&database->mutex);
	pthread_mutex_destroy(&database->witness_mutex);
}

/* Identity of the file of that name now. Only stat() and access(): to open and
 * close it here would drop the locks that SQLite holds on it in this process. */
static int look_at_file(const char *path, struct database_lease *lease, struct store_error *error)
{
	struct stat status;

	if (stat(path, &status) != 0 || access(path, R_OK) != 0) {
		int code = errno;

		snprintf(error->text, sizeof(error->text), "cannot read %s: %s", path,
			 strerror(code));
		return code == ENOENT || code == ENOTDIR ? -ENOENT : -EACCES;
	}
	*lease = (struct database_lease){.dev = status.st_dev, .ino = status.st_ino};
	return S_ISREG(status.st_mode) && status.st_size == 0 ? -ENOENT : 0;
}

static bool same_file(const struct database_lease *a, const struct database_lease *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static bool take_idle(struct database *database, struct database_lease *lease)
{
	bool found = false;

	pthread_mutex_lock(&database->mutex);
	if (database->idle_count && !same_file(&database->idle[0], lease))
		close_idle(database);
	if (database->idle_count) {
		*lease = database->idle[--database->idle_count];
		found = true;
	}
	pthread_mutex_unlock(&database->mutex);
	return found;
}

void database_extend(const struct database *database, struct database_lease *lease)
{
	if (database->query_timeout_ns)
		store_set_deadline(lease->store,
				   clock_ns(CLOCK_MONOTONIC) + database->query_timeout_ns);
}

bool database_is_current(const struct database *database, const struct database_lease *lease)
{
	struct stat status;

	return stat(database->path, &status) == 0 && status.st_dev == lease->dev &&
	       status.st_ino == lease->ino;
}

int database_lease(struct database *database, struct database_lease *ret_lease,
		   struct store_error *error)
{
	struct database_lease lease = {.store = NULL};
	int rc = look_at_file(database->path, &lease, error);

	if (rc)
		return rc;
	if (!take_idle(database, &lease)) {
		rc = store_open_read(database->path, &lease.store, error);
		/* the file was there: what cannot be found is part of it */
		if (rc == -ENOENT)
			return -EIO;
		if (rc)
			return rc == -ENODATA ? -ENOENT : rc;
	}
	database_extend(database, &lease);
	*ret_lease = lease;
	return 0;
}

/* What comes next through it has a time of its own. */
static void rest(struct database_lease *lease)
{
	if (lease->store)
		store_set_deadline(lease->store, 0);
}

/* All idle connections are to one file: the newest seen. */
void database_return(struct database *database, struct database_lease *lease, bool reusable)
{
	rest(lease);
	pthread_mutex_lock(&database->mutex);
	if (database->idle_count && !same_file(&database->idle[0], lease))
		reusable = false;
	if (reusable && database->idle_count < DATABASE_IDLE_MAX) {
		database->idle[database->idle_count++] = *lease;
		lease->store = NULL;
	}
	pthread_mutex_unlock(&database->mutex);
	store_close(&lease->store);
}

/* SQLite's number of a content means nothing to another connection, hence one
 * that is asked by all. While it is open the file's inode cannot be another's. */
static int ask_witness(struct database *database, const struct database_lease *now,
		       struct database_version *ret_version)
{
	struct database_lease *witness = &database->witness;
	struct store_error error;
	int64_t content;
	int rc = 0;

	if (witness->store && !same_file(witness, now))
		store_close(&witness->store);
	if (!witness->store) {
		*witness = *now;
		rc = store_open_read(database->path, &witness->store, &error);
		database->witness_count++;
	}
	if (!rc)
		rc = store_data_version(witness->store, &content);
	if (rc) {
		store_close(&witness->store);
		return rc;
	}
	*ret_version = (struct database_version){
		.witness = database->witness_count,
		.content = content,
		.dev = now->dev,
		.ino = now->ino,
	};
	return 0;
}

int database_read_version(struct database *database, struct database_version *ret_version)
{
	struct database_lease now = {.store = NULL};
	struct store_error error;
	int rc = look_at_file(database->path, &now, &error);

	if (rc)
		return rc;
	pthread_mutex_lock(&database->witness_mutex);
	rc = ask_witness(database, &now, ret_version);
	pthread_mutex_unlock(&database->witness_mutex);
	return rc;
}

bool database_same_version(const struct database_version *a, const struct database_version *b)
{
	return a->witness == b->witness && a->content == b->content;
}

bool database_is_of_version(const struct database_lease *lease,
			    const struct database_version *version)
{
	return lease->dev == version->dev && lease->ino == version->ino;
}
