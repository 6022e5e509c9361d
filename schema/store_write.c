/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "store_writing.h"

void store_bind_uint(sqlite3_stmt *statement, int parameter, uint64_t value)
{
	sqlite3_bind_int64(statement, parameter, (int64_t)value);
}

void store_bind_id(sqlite3_stmt *statement, int parameter, uint32_t id)
{
	if (id)
		sqlite3_bind_int64(statement, parameter, id);
}

void store_bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
	sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}

int store_add_row(struct store_writing *writing, sqlite3_stmt *statement, uint64_t *ret_row)
{
	int rc;

	store_bind_uint(statement, 1, (uint64_t)writing->snapshot);
	rc = store_run(writing->store, statement);
	if (!rc)
		*ret_row = (uint64_t)sqlite3_last_insert_rowid(writing->store->db);
	return rc;
}

int store_close_row(struct store_writing *writing, enum store_statement close, uint64_t row)
{
	sqlite3_stmt *statement;

	if (row == 0)
		return 0;
	statement = store_statement(writing->store, close);
	if (!statement)
		return -EIO;
	store_bind_uint(statement, 1, (uint64_t)writing->snapshot);
	store_bind_uint(statement, 2, row);
	return store_run(writing->store, statement);
}

int store_forget_kept(struct store_writing *writing, uint32_t count)
{
	uint8_t *kept = realloc(writing->kept, count + 1ul);

	if (!kept)
		return -ENOMEM;
	memset(kept, 0, count + 1ul);
	writing->kept = kept;
	return 0;
}

uint32_t store_file_id(const struct model *model, uint32_t file)
{
	return file == MODEL_NONE ? 0 : model->files[file].id;
}

uint32_t store_anon_vma_id(const struct model *model, uint32_t anon_vma)
{
	return anon_vma == MODEL_NONE ? 0 : model->anon_vmas[anon_vma].id;
}

int store_add_raw_address(struct store_writing *writing, const char *kind, uint32_t id,
			  uint64_t key)
{
	sqlite3_stmt *statement;

	if (!writing->raw_addresses)
		return 0;
	statement = store_statement(writing->store, STORE_ADD_RAW_ADDRESS);
	if (!statement)
		return -EIO;
	store_bind_text(statement, 1, kind);
	store_bind_uint(statement, 2, id);
	store_bind_uint(statement, 3, key);
	return store_run(writing->store, statement);
}

static int find_boot(struct store *store, const struct model_origin *origin, int64_t *ret_boot)
{
	sqlite3_stmt *statement = store_statement(store, STORE_FIND_BOOT);
	int rc;

	if (!statement)
		return -EIO;
	store_bind_text(statement, 1, origin->boot_id);
	store_bind_text(statement, 2, origin->host);
	rc = store_next(store, statement);
	if (rc == 1) {
		*ret_boot = sqlite3_column_int64(statement, 0);
		sqlite3_reset(statement);
		return 0;
	}
	statement = rc ? NULL : store_statement(store, STORE_ADD_BOOT);
	if (!statement)
		return rc ? rc : -EIO;
	store_bind_text(statement, 1, origin->boot_id);
	store_bind_text(statement, 2, origin->host);
	store_bind_text(statement, 3, origin->release);
	store_bind_text(statement, 4, origin->machine);
	store_bind_uint(statement, 5, origin->page_size);
	store_bind_uint(statement, 6, origin->vma_bytes);
	store_bind_uint(statement, 7, origin->anon_vma_bytes);
	store_bind_uint(statement, 8, origin->avc_bytes);
	store_bind_uint(statement, 9, origin->split_counters);
	store_bind_uint(statement, 10, origin->has_anon_pgoff);
	rc = store_run(store, statement);
	*ret_boot = sqlite3_last_insert_rowid(store->db);
	return rc;
}

static int add_snapshot(struct store_writing *writing, const struct store_snapshot *snapshot)
{
	const struct model_origin *origin = &writing->now->origin;
	const struct analysis_totals *totals = &writing->now_analysis->totals;
	const struct analysis_options *options = &writing->now_analysis->options;
	const uint64_t values[] = {
		(uint64_t)origin->tree_tgid,
		totals->processes,
		totals->mms,
		totals->vmas,
		totals->anon_vmas,
		totals->avcs,
		totals->trees,
		totals->files,
		totals->idle_anon_vmas,
		totals->reusable_anon_vmas,
		totals->reused_vmas,
		totals->missed_groups,
		totals->missed_reuse,
		totals->blocked_merges,
		totals->max_chain,
		totals->max_depth,
		totals->object_bytes,
		totals->rmap.max_visits,
		totals->rmap.covered_pages,
		totals->rmap.covered_visits,
		totals->rmap.written_pages,
		totals->rmap.written_visits,
		totals->family_visits,
		options->deep_chain,
		options->wide_rmap,
		options->wide_lock,
		totals->torn_mms,
		snapshot->rewalked_mms,
		totals->cut_mms,
		totals->moved_anon_vmas,
		totals->undescribed_anon_vmas,
		snapshot->walk_ns,
		snapshot->identity_ns,
		snapshot->analyse_ns,
		snapshot->stream_bytes,
	};
	sqlite3_stmt *statement;
	int64_t boot;
	int rc = find_boot(writing->store, origin, &boot);

	if (rc)
		return rc;
	statement = store_statement(writing->store, STORE_ADD_SNAPSHOT);
	if (!statement)
		return -EIO;
	sqlite3_bind_int64(statement, 1, boot);
	store_bind_uint(statement, 2, origin->taken_ns);
	if (snapshot->label)
		store_bind_text(statement, 3, snapshot->label);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		store_bind_uint(statement, 4 + (int)i, values[i]);
	if (options->policy_known)
		store_bind_text(statement, 4 + (int)(sizeof(values) / sizeof(values[0])),
				fork_policies[options->policy].name);
	rc = store_run(writing->store, statement);
	writing->snapshot = sqlite3_last_insert_rowid(writing->store->db);
	return rc;
}

static int finish_snapshot(struct store_writing *writing, uint64_t store_ns, uint64_t cpu_ns)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_FINISH_SNAPSHOT);

	if (!statement)
		return -EIO;
	store_bind_uint(statement, 1, (uint64_t)writing->snapshot);
	store_bind_uint(statement, 2, store_ns);
	store_bind_uint(statement, 3, cpu_ns);
	return store_run(writing->store, statement);
}

static int write_sequence(struct store *store, const char *name, uint32_t next)
{
	sqlite3_stmt *statement = store_statement(store, STORE_SET_SEQUENCE);

	if (!statement)
		return -EIO;
	store_bind_text(statement, 1, name);
	store_bind_uint(statement, 2, next);
	return store_run(store, statement);
}

static int write_sequences(struct store *store, const struct store_sequences *sequences)
{
	int rc = write_sequence(store, "process", sequences->process);

	if (!rc)
		rc = write_sequence(store, "mm", sequences->mm);
	if (!rc)
		rc = write_sequence(store, "anon_vma", sequences->anon_vma);
	if (!rc)
		rc = write_sequence(store, "file", sequences->file);
	if (!rc)
		rc = write_sequence(store, "finding", sequences->finding);
	return rc;
}

static int write_tables(struct store_writing *writing)
{
	int rc = store_write_files(writing);

	if (!rc)
		rc = store_write_processes(writing);
	if (!rc)
		rc = store_write_mms(writing);
	if (!rc)
		rc = store_write_anon_vmas(writing);
	if (!rc)
		rc = store_write_vmas(writing);
	if (!rc)
		rc = store_write_trees(writing);
	if (!rc)
		rc = store_write_findings(writing);
	if (!rc)
		rc = store_write_invariants(writing);
	return rc;
}

int store_write_snapshot(struct store *store, const struct store_snapshot *snapshot,
			 const struct store_state *before, const struct store_state *now,
			 struct store_sequences *sequences, int64_t *ret_id)
{
	static const struct model no_model;
	static const struct analysis no_analysis;
	struct store_writing writing = {
		.store = store,
		.before = before->model ? before->model : &no_model,
		.before_analysis = before->model ? before->analysis : &no_analysis,
		.now = now->model,
		.now_analysis = now->analysis,
		.sequences = sequences,
		.raw_addresses = snapshot->raw_addresses,
	};
	uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
	uint64_t start_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	int rc = store_exec(store, "BEGIN IMMEDIATE");

	if (rc)
		return rc;
	rc = add_snapshot(&writing, snapshot);
	if (!rc)
		rc = write_tables(&writing);
	if (!rc)
		rc = write_sequences(store, sequences);
	if (!rc)
		rc = finish_snapshot(&writing, clock_ns(CLOCK_MONOTONIC) - start_ns,
				     snapshot->cpu_ns + clock_ns(CLOCK_THREAD_CPUTIME_ID) -
					     start_cpu_ns);
	if (!rc)
		rc = store_exec(store, "COMMIT");
	if (rc)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	else
		*ret_id = writing.snapshot;
	free(writing.kept);
	free(writing.chain);
	return rc;
}
