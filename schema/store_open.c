/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "migrations.h"
#include "store_internal.h"
#include "store_log.h"

/* Enough to keep the upper pages of every index; the rest is read and written
 * in row order. */
#define CACHE_KIB 8192
/* Each connection has it: the upper pages of what one request reads. The rest is in
 * the kernel's cache, which all share. */
#define READER_CACHE_KIB 4096
#define WAL_LIMIT_BYTES (16 << 20)

static const char *const statement_sql[STORE_STATEMENT_COUNT] = {
#define STATEMENT_SQL(name, sql) [STORE_##name] = (sql),
	STORE_STATEMENTS(STATEMENT_SQL)
#undef STATEMENT_SQL
};

static const struct {
	int sqlite;
	int errno_code;
} codes[] = {
	{SQLITE_NOMEM, ENOMEM},	       {SQLITE_FULL, ENOSPC},	  {SQLITE_READONLY, EROFS},
	{SQLITE_CANTOPEN, ENOENT},     {SQLITE_BUSY, EBUSY},	  {SQLITE_LOCKED, EBUSY},
	{SQLITE_NOTADB, ENOTSUP},      {SQLITE_CORRUPT, EUCLEAN}, {SQLITE_PERM, EACCES},
	{SQLITE_INTERRUPT, ETIMEDOUT}, /* nothing else interrupts: store_deadline.c */
};

int store_errno(int sqlite_code)
{
	int primary = sqlite_code & 0xff;

	if (primary == SQLITE_OK || primary == SQLITE_ROW || primary == SQLITE_DONE)
		return 0;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].sqlite == primary)
			return -codes[i].errno_code;
	return -EIO;
}

int store_fail(struct store *store, const char *what)
{
	int rc = store_errno(sqlite3_extended_errcode(store->db));

	snprintf(store->error.text, sizeof(store->error.text), "%s: %s", what,
		 sqlite3_errmsg(store->db));
	return rc ? rc : -EIO;
}

const char *store_reason(const struct store *store)
{
	return store->error.text;
}

int store_exec(struct store *store, const char *sql)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ?
		       0 :
		       store_fail(store, "cannot use the database");
}

sqlite3_stmt *store_statement(struct store *store, enum store_statement statement)
{
	sqlite3_stmt **prepared = &store->statements[statement];

	if (*prepared) {
		sqlite3_reset(*prepared);
		sqlite3_clear_bindings(*prepared);
		return *prepared;
	}
	if (sqlite3_prepare_v3(store->db, statement_sql[statement], -1, SQLITE_PREPARE_PERSISTENT,
			       prepared, NULL) != SQLITE_OK) {
		store_fail(store, "cannot read the database's tables");
		return NULL;
	}
	return *prepared;
}

int store_run(struct store *store, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code != SQLITE_DONE && code != SQLITE_ROW)
		return store_fail(store, "cannot write the database");
	sqlite3_reset(statement);
	return 0;
}

int store_next(struct store *store, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		return store_fail(store, "cannot read the database");
	sqlite3_reset(statement);
	return 0;
}

static int read_pragma(struct store *store, const char *sql, int64_t *ret_value)
{
	sqlite3_stmt *statement = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		rc = store_fail(store, "cannot read the database");
	else
		*ret_value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return rc;
}

int store_data_version(struct store *store, int64_t *ret_version)
{
	sqlite3_stmt *row = store_statement(store, STORE_DATA_VERSION);
	int rc = row ? store_next(store, row) : -EIO;

	if (rc < 0)
		return rc;
	*ret_version = sqlite3_column_int64(row, 0);
	sqlite3_reset(row); /* or the version would stay as it is */
	return 0;
}

/* What a file says of itself. */
struct identity {
	int64_t application, version, tables;
};

/* In one transaction: a collector may be creating the file. */
static int read_identity(struct store *store, struct identity *identity)
{
	int rc = store_exec(store, "BEGIN");

	if (!rc)
		rc = read_pragma(store, "PRAGMA application_id", &identity->application);
	if (!rc)
		rc = read_pragma(store, "PRAGMA user_version", &identity->version);
	if (!rc)
		rc = read_pragma(store, "SELECT count(*) FROM sqlite_schema", &identity->tables);
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
	return rc;
}

/* A file of another program, or of a newer vmascope, is left alone. An empty
 * one is ours to fill. */
static int check_identity(struct store *store, const char *path, int64_t *ret_version)
{
	struct identity identity = {0};
	int rc = read_identity(store, &identity);

	if (rc == -ENOTSUP)
		snprintf(store->error.text, sizeof(store->error.text),
			 "%s is not a vmascope database; name another file with --db", path);
	if (rc)
		return rc;
	if (identity.application != STORE_APPLICATION_ID &&
	    (identity.application || identity.version || identity.tables)) {
		snprintf(store->error.text, sizeof(store->error.text),
			 "%s is a database of another program; name another file with --db", path);
		return -ENOTSUP;
	}
	if (identity.version > STORE_MIGRATION_COUNT) {
		snprintf(store->error.text, sizeof(store->error.text),
			 "%s was written by a newer vmascope (schema %lld, this one knows %d); "
			 "use that version or name another file with --db",
			 path, (long long)identity.version, STORE_MIGRATION_COUNT);
		return -ENOTSUP;
	}
	*ret_version = identity.version;
	return 0;
}

static int apply(struct store *store, const struct store_migration *migration)
{
	char finish[96];
	int rc = store_exec(store, "BEGIN IMMEDIATE");

	snprintf(finish, sizeof(finish), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 STORE_APPLICATION_ID, migration->version);
	if (!rc)
		rc = store_exec(store, migration->sql);
	if (!rc)
		rc = store_exec(store, finish);
	if (!rc)
		rc = store_exec(store, "COMMIT");
	if (rc)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int migrate(struct store *store, int64_t version)
{
	for (int i = 0; i < STORE_MIGRATION_COUNT; i++) {
		int rc = store_migrations[i].version > version ?
				 apply(store, &store_migrations[i]) :
				 0;

		if (rc)
			return rc;
	}
	return 0;
}

/*
 * flock() on the database itself; SQLite uses fcntl() locks, which do not meet
 * it. The descriptor must outlive the connection: closing any descriptor of the
 * file drops the process's fcntl() locks.
 */
static int take_writer_lock(struct store *store, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	int rc;

	if (fd < 0) {
		rc = -errno;
		snprintf(store->error.text, sizeof(store->error.text),
			 "cannot open %s for writing: %s", path, strerror(errno));
		return rc;
	}
	store->lock_fd = fd;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
	snprintf(store->error.text, sizeof(store->error.text),
		 rc == -EBUSY ? "another collector is writing %s" : "cannot lock %s", path);
	return rc;
}

/* SQLite counts the memory it has under one mutex, which every allocation of
 * every thread takes; nobody asks for the counts. */
static void configure(void)
{
	/* refused where somebody else in the process has used SQLite before */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int open_connection(struct store *store, const char *path, int flags)
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;

	pthread_once(&configured, configure);
	if (sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		int rc = store_errno(sqlite3_extended_errcode(store->db));

		snprintf(store->error.text, sizeof(store->error.text), "cannot open %s: %s", path,
			 sqlite3_errmsg(store->db));
		return rc ? rc : -EIO;
	}
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
	return 0;
}

static int prepare_for_writing(struct store *store, const char *path)
{
	char pragmas[256];
	int64_t version;
	int persist = 1;
	int rc = check_identity(store, path, &version);

	snprintf(pragmas, sizeof(pragmas),
		 "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
		 "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF;"
		 "PRAGMA cache_size = -%d; PRAGMA journal_size_limit = %d",
		 CACHE_KIB, WAL_LIMIT_BYTES);
	if (!rc)
		rc = store_exec(store, pragmas);
	/* readers without write permission need the -wal and -shm files */
	if (!rc)
		sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	if (!rc)
		store_log_watch(store);
	return rc ? rc : migrate(store, version);
}

static int finish_open(struct store *store, int rc, struct store **ret_store,
		       struct store_error *error)
{
	if (rc) {
		*error = store->error;
		store_close(&store);
		return rc;
	}
	*ret_store = store;
	return 0;
}

static struct store *allocate(struct store_error *error)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store)
		store->lock_fd = -1;
	else
		snprintf(error->text, sizeof(error->text), "out of memory");
	return store;
}

int store_open_write(const char *path, struct store **ret_store, struct store_error *error)
{
	struct store *store = allocate(error);
	int rc;

	if (!store)
		return -ENOMEM;
	rc = take_writer_lock(store, path);
	if (!rc)
		rc = open_connection(store, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	if (!rc)
		rc = prepare_for_writing(store, path);
	return finish_open(store, rc, ret_store, error);
}

int store_open_read(const char *path, struct store **ret_store, struct store_error *error)
{
	struct store *store = allocate(error);
	int64_t version = 0;
	char cache[48];
	int rc;

	if (!store)
		return -ENOMEM;
	snprintf(cache, sizeof(cache), "PRAGMA cache_size = -%d", READER_CACHE_KIB);
	rc = open_connection(store, path, SQLITE_OPEN_READONLY);
	if (!rc)
		rc = check_identity(store, path, &version);
	if (!rc)
		rc = store_exec(store, cache);
	if (!rc && version == 0) {
		snprintf(store->error.text, sizeof(store->error.text),
			 "%s is empty; run vmascope-collector on it", path);
		rc = -ENODATA;
	}
	if (!rc && version < STORE_MIGRATION_COUNT) {
		snprintf(store->error.text, sizeof(store->error.text),
			 "%s has schema %lld, not %d; run vmascope-collector on it once", path,
			 (long long)version, STORE_MIGRATION_COUNT);
		rc = -ENOTSUP;
	}
	return finish_open(store, rc, ret_store, error);
}

void store_close(struct store **store)
{
	struct store *closing = *store;

	if (!closing)
		return;
	for (int i = 0; i < STORE_STATEMENT_COUNT; i++)
		sqlite3_finalize(closing->statements[i]);
	store_prepared_clear(closing);
	sqlite3_close(closing->db);
	if (closing->lock_fd >= 0)
		close(closing->lock_fd);
	free(closing);
	*store = NULL;
}
