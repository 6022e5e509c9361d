/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store: the history of snapshots in one SQLite file.
 *
 * Exactly one process writes a database (store_open_write holds it); any number
 * read it, read-only, while it is written and after the writer was killed. A
 * snapshot is one transaction: it is there completely or not at all. The tables
 * are described in migrations/.
 *
 * A struct store and what is loaded through it belong to one thread at a time.
 * Functions return 0 or -errno: -ENOTSUP for a database of another program or a
 * newer vmascope, -EBUSY where another collector has it, -ENOENT where there is
 * no such file or snapshot, -ENODATA for a file without tables to read, as it is
 * while a collector makes it, -ETIMEDOUT (store_set_deadline), -ENOSPC, -EROFS,
 * -EACCES, -EIO, -ENOMEM.
 */
#ifndef VMASCOPE_SCHEMA_STORE_H
#define VMASCOPE_SCHEMA_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../topology/analysis.h"
#include "../topology/model.h"

#define STORE_ERROR_SIZE 512

struct store;

/* One sentence that says what is wrong and, where it can, what to do. */
struct store_error {
	char text[STORE_ERROR_SIZE];
};

/* Creates or migrates the database as needed. */
int store_open_write(const char *path, struct store **ret_store, struct store_error *error);
/* Never creates or changes anything. */
int store_open_read(const char *path, struct store **ret_store, struct store_error *error);
void store_close(struct store **store);
/* Why the last function on this store failed. */
const char *store_reason(const struct store *store);

/*
 * From that time of CLOCK_MONOTONIC on, whatever reads through this store fails
 * with -ETIMEDOUT, a query that runs already too; the store is as usable as
 * before. 0: no deadline, which is how a store starts.
 */
void store_set_deadline(struct store *store, uint64_t deadline_ns);

/* A number that is another one after somebody else wrote the database; it means
 * nothing to another store. */
int store_data_version(struct store *store, int64_t *ret_version);

/* Id of the newest snapshot of the boot (of any boot when boot_id is NULL), or
 * -ENOENT. */
int store_latest_snapshot(struct store *store, const char *boot_id, int64_t *ret_id);

/*
 * Fill a model with everything, or with one tree (the VMAs, mms, processes and
 * anon_vmas under that root), as of a snapshot. Keys are ids, rows are set,
 * `previous` is MODEL_NONE. -ENOENT when there is no such snapshot or tree,
 * -EBADMSG for a boot row without a page size.
 */
int store_load_all(struct store *store, int64_t snapshot, struct model *model);
int store_load_tree(struct store *store, int64_t snapshot, uint32_t root_id, struct model *model);
/*
 * Fills a model with one mm: its VMAs and processes, the anon_vmas of its chains
 * and the ancestors of those, as fork_simulate() needs them; without the states
 * of anon_vmas. -ENOENT when the snapshot has no such mm.
 */
int store_load_mm(struct store *store, int64_t snapshot, uint32_t mm_id, struct model *model);
/* Completes an analysis of what store_load_all gave with what is only stored:
 * rows of its trees, findings with their ids, results of the invariants. The
 * findings are those of the options that they were made with and are not tied to
 * parts of the model, so no later analysis takes them over: the model after it
 * must have been read completely. */
int store_load_analysis(struct store *store, int64_t snapshot, const struct model *model,
			struct analysis *analysis);

/* Next free ids; they grow for ever. */
struct store_sequences {
	uint32_t process;
	uint32_t mm;
	uint32_t anon_vma;
	uint32_t file;
	uint32_t finding;
};
int store_load_sequences(struct store *store, struct store_sequences *sequences);

/* What is stored with a snapshot beside its model. */
struct store_snapshot {
	const char *label; /* or NULL */
	bool raw_addresses; /* store the keys of new mms and anon_vmas */
	uint64_t walk_ns, identity_ns, analyse_ns, cpu_ns;
	uint64_t stream_bytes;
	uint32_t rewalked_mms;
};

/* A model with its analysis. */
struct store_state {
	struct model *model;
	struct analysis *analysis;
};

/*
 * Writes what is different from the last snapshot, `before` (NULL model: there
 * is none), and sets the rows of `now`. Ids and `previous` of `now` are set, but
 * for the ids of findings, which are taken from the sequence here. On failure
 * nothing is written and the rows of `now` are worthless.
 */
int store_write_snapshot(struct store *store, const struct store_snapshot *snapshot,
			 const struct store_state *before, const struct store_state *now,
			 struct store_sequences *sequences, int64_t *ret_id);

/* Change what a snapshot is called (NULL: nothing; see label.h), and whether it is
 * kept whatever its age. -ENOENT when there is no such snapshot. */
int store_label_snapshot(struct store *store, int64_t snapshot, const char *label);
int store_pin_snapshot(struct store *store, int64_t snapshot, bool pinned);

/*
 * Where the write-ahead log grew although it was copied into the database, as it
 * does while readers follow each other without a pause: waits a moment for them
 * so that it is started over. To be called after commits, when there is time.
 */
void store_shorten_log(struct store *store);

/* Which snapshots may go. 0 = no such limit. Pinned and labelled ones and the
 * newest stay. */
struct store_retention {
	uint64_t keep_age_ns;
	uint64_t keep_size_bytes;
	uint64_t keep_count;
};
/* Deletes snapshots beyond the limits and the rows that only they showed.
 * Bounded work; to be called after every snapshot. */
int store_prune(struct store *store, const struct store_retention *retention, uint64_t now_ns,
		uint32_t *ret_deleted);

#endif
