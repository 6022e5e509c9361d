/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A snapshot is written as the difference to the one before: every object of
 * `now` either keeps the row of the same object in `before` or gets a new one,
 * and every row of `before` that nobody kept is closed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store_chain.h"
#include "store_internal.h"

/* One transaction in progress. */
struct writing {
	struct store *store;
	const struct model *before; /* an empty model where there is none */
	const struct summary *before_summary;
	struct model *now;
	struct summary *now_summary;
	int64_t snapshot;
	bool raw_addresses;
	uint8_t *kept; /* of the table at hand: objects of before */
	uint8_t *chain; /* buffer for one chain */
	size_t chain_capacity;
};

static void bind_uint(sqlite3_stmt *statement, int parameter, uint64_t value)
{
	sqlite3_bind_int64(statement, parameter, (int64_t)value);
}

/* 0 is bound as NULL: no id is 0. */
static void bind_id(sqlite3_stmt *statement, int parameter, uint32_t id)
{
	if (id)
		sqlite3_bind_int64(statement, parameter, id);
}

static void bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
	sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}

/* Inserts and gives the new row. */
static int add(struct writing *writing, sqlite3_stmt *statement, uint64_t *ret_row)
{
	int rc;

	bind_uint(statement, 1, (uint64_t)writing->snapshot);
	rc = store_run(writing->store, statement);
	if (!rc)
		*ret_row = (uint64_t)sqlite3_last_insert_rowid(writing->store->db);
	return rc;
}

static int close_row(struct writing *writing, enum store_statement close, uint64_t row)
{
	sqlite3_stmt *statement;

	if (row == 0)
		return 0;
	statement = store_statement(writing->store, close);
	if (!statement)
		return -EIO;
	bind_uint(statement, 1, (uint64_t)writing->snapshot);
	bind_uint(statement, 2, row);
	return store_run(writing->store, statement);
}

static int forget_kept(struct writing *writing, uint32_t count)
{
	uint8_t *kept = realloc(writing->kept, count + 1ul);

	if (!kept)
		return -ENOMEM;
	memset(kept, 0, count + 1ul);
	writing->kept = kept;
	return 0;
}

static uint32_t file_id(const struct model *model, uint32_t file)
{
	return file == MODEL_NONE ? 0 : model->files[file].id;
}

static uint32_t anon_vma_id(const struct model *model, uint32_t anon_vma)
{
	return anon_vma == MODEL_NONE ? 0 : model->anon_vmas[anon_vma].id;
}

/* --- files ------------------------------------------------------------- */

static int add_file(struct writing *writing, struct model_file *file)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_FILE);

	if (!statement)
		return -EIO;
	bind_uint(statement, 2, file->id);
	bind_uint(statement, 3, file->dev);
	bind_uint(statement, 4, file->ino);
	bind_text(statement, 5, model_text(writing->now, file->path));
	return add(writing, statement, &file->row);
}

static int write_files(struct writing *writing)
{
	const struct model *before = writing->before;
	int rc = forget_kept(writing, before->file_count);

	for (uint32_t i = 0; !rc && i < writing->now->file_count; i++) {
		struct model_file *file = &writing->now->files[i];
		const struct model_file *old =
			file->previous == MODEL_NONE ? NULL : &before->files[file->previous];

		if (old && strcmp(model_text(before, old->path),
				  model_text(writing->now, file->path)) == 0) {
			writing->kept[file->previous] = 1;
			file->row = old->row;
		} else {
			rc = add_file(writing, file);
		}
	}
	for (uint32_t i = 0; !rc && i < before->file_count; i++)
		if (!writing->kept[i])
			rc = close_row(writing, STORE_CLOSE_FILE, before->files[i].row);
	return rc;
}

/* --- processes --------------------------------------------------------- */

static bool same_process(const struct model *before, const struct model_process *old,
			 const struct model *now, const struct model_process *process)
{
	return old->tgid == process->tgid && old->ppid == process->ppid &&
	       old->uid == process->uid && old->start_ns == process->start_ns &&
	       old->exec_id == process->exec_id && old->cgroup == process->cgroup &&
	       memcmp(old->comm, process->comm, sizeof(old->comm)) == 0 &&
	       file_id(before, old->exe) == file_id(now, process->exe) &&
	       before->mms[old->mm].id == now->mms[process->mm].id &&
	       strcmp(model_text(before, old->cgroup_path),
		      model_text(now, process->cgroup_path)) == 0;
}

static int add_process(struct writing *writing, struct model_process *process)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_PROCESS);
	const struct model *now = writing->now;

	if (!statement)
		return -EIO;
	bind_uint(statement, 2, process->id);
	sqlite3_bind_int64(statement, 3, process->tgid);
	sqlite3_bind_int64(statement, 4, process->ppid);
	bind_uint(statement, 5, process->uid);
	bind_uint(statement, 6, process->start_ns);
	bind_uint(statement, 7, process->exec_id);
	bind_text(statement, 8, process->comm);
	bind_id(statement, 9, file_id(now, process->exe));
	bind_uint(statement, 10, process->cgroup);
	bind_text(statement, 11, model_text(now, process->cgroup_path));
	bind_uint(statement, 12, now->mms[process->mm].id);
	return add(writing, statement, &process->row);
}

static int write_processes(struct writing *writing)
{
	const struct model *before = writing->before;
	int rc = forget_kept(writing, before->process_count);

	for (uint32_t i = 0; !rc && i < writing->now->process_count; i++) {
		struct model_process *process = &writing->now->processes[i];
		uint32_t previous = process->previous;

		if (previous != MODEL_NONE &&
		    same_process(before, &before->processes[previous], writing->now, process)) {
			writing->kept[previous] = 1;
			process->row = before->processes[previous].row;
		} else {
			rc = add_process(writing, process);
		}
	}
	for (uint32_t i = 0; !rc && i < before->process_count; i++)
		if (!writing->kept[i])
			rc = close_row(writing, STORE_CLOSE_PROCESS, before->processes[i].row);
	return rc;
}

/* --- address spaces ---------------------------------------------------- */

static uint32_t owner_id(const struct model *model, const struct model_mm *mm)
{
	return mm->owner == MODEL_NONE ? 0 : model->processes[mm->owner].id;
}

static bool same_mm(const struct writing *writing, uint32_t old_index, uint32_t index)
{
	const struct model_mm *old = &writing->before->mms[old_index];
	const struct model_mm *mm = &writing->now->mms[index];

	return old->torn == mm->torn && old->cut == mm->cut && old->map_count == mm->map_count &&
	       old->tree_height == mm->tree_height && old->total_pages == mm->total_pages &&
	       old->data_pages == mm->data_pages && old->stack_pages == mm->stack_pages &&
	       old->exec_pages == mm->exec_pages && old->locked_pages == mm->locked_pages &&
	       owner_id(writing->before, old) == owner_id(writing->now, mm) &&
	       memcmp(&writing->before_summary->mms[old_index], &writing->now_summary->mms[index],
		      sizeof(struct mm_summary)) == 0;
}

static int add_mm(struct writing *writing, struct model_mm *mm, const struct mm_summary *summary)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_MM);
	const uint64_t values[] = {
		mm->id,
		owner_id(writing->now, mm),
		mm->torn,
		mm->cut,
		mm->map_count,
		mm->tree_height,
		mm->total_pages,
		mm->data_pages,
		mm->stack_pages,
		mm->exec_pages,
		mm->locked_pages,
		summary->vmas,
		summary->anon_vmas,
		summary->avcs,
		summary->trees,
		summary->missed_groups,
		summary->missed_reuse,
		summary->max_chain,
	};

	if (!statement)
		return -EIO;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		bind_uint(statement, 2 + (int)i, values[i]);
	return add(writing, statement, &mm->row);
}

static int add_usage(struct writing *writing, struct model_mm *mm)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_MM_USAGE);

	if (!statement)
		return -EIO;
	bind_uint(statement, 2, mm->id);
	bind_uint(statement, 3, mm->usage.file_rss_pages);
	bind_uint(statement, 4, mm->usage.anon_rss_pages);
	bind_uint(statement, 5, mm->usage.shmem_rss_pages);
	bind_uint(statement, 6, mm->usage.swap_pages);
	bind_uint(statement, 7, mm->usage.pgtables_bytes);
	return add(writing, statement, &mm->usage_row);
}

static int add_raw_address(struct writing *writing, const char *kind, uint32_t id, uint64_t key)
{
	sqlite3_stmt *statement;

	if (!writing->raw_addresses)
		return 0;
	statement = store_statement(writing->store, STORE_ADD_RAW_ADDRESS);
	if (!statement)
		return -EIO;
	bind_text(statement, 1, kind);
	bind_uint(statement, 2, id);
	bind_uint(statement, 3, key);
	return store_run(writing->store, statement);
}

static int write_mm(struct writing *writing, uint32_t index)
{
	struct model_mm *mm = &writing->now->mms[index];
	const struct model_mm *old =
		mm->previous == MODEL_NONE ? NULL : &writing->before->mms[mm->previous];
	int rc = 0;

	if (old && same_mm(writing, mm->previous, index)) {
		mm->row = old->row;
	} else {
		if (old)
			rc = close_row(writing, STORE_CLOSE_MM, old->row);
		if (!rc)
			rc = add_mm(writing, mm, &writing->now_summary->mms[index]);
	}
	if (!rc && old && memcmp(&old->usage, &mm->usage, sizeof(mm->usage)) == 0) {
		mm->usage_row = old->usage_row;
		return 0;
	}
	if (!rc && old)
		rc = close_row(writing, STORE_CLOSE_MM_USAGE, old->usage_row);
	if (!rc)
		rc = add_usage(writing, mm);
	if (!rc && !old)
		rc = add_raw_address(writing, "mm", mm->id, mm->key);
	return rc;
}

static int close_mm(struct writing *writing, const struct model_mm *old)
{
	int rc = close_row(writing, STORE_CLOSE_MM, old->row);

	if (!rc)
		rc = close_row(writing, STORE_CLOSE_MM_USAGE, old->usage_row);
	for (uint32_t v = old->vma_first; !rc && v < old->vma_first + old->vma_count; v++)
		rc = close_row(writing, STORE_CLOSE_VMA, writing->before->vmas[v].row);
	return rc;
}

static int write_mms(struct writing *writing)
{
	const struct model *before = writing->before;
	int rc = forget_kept(writing, before->mm_count);

	for (uint32_t i = 0; !rc && i < writing->now->mm_count; i++) {
		uint32_t previous = writing->now->mms[i].previous;

		if (previous != MODEL_NONE)
			writing->kept[previous] = 1;
		rc = write_mm(writing, i);
	}
	for (uint32_t i = 0; !rc && i < before->mm_count; i++)
		if (!writing->kept[i])
			rc = close_mm(writing, &before->mms[i]);
	return rc;
}

/* --- VMAs -------------------------------------------------------------- */

static bool same_chain(const struct model *before, const struct model_vma *old,
		       const struct model *now, const struct model_vma *vma)
{
	const uint32_t *old_chain = model_chain(before, old), *chain = model_chain(now, vma);

	if (old->avc_count != vma->avc_count)
		return false;
	for (uint32_t i = 0; i < vma->avc_count; i++)
		if (before->anon_vmas[old_chain[i]].id != now->anon_vmas[chain[i]].id)
			return false;
	return true;
}

static bool same_vma(const struct model *before, const struct model_vma *old,
		     const struct model *now, const struct model_vma *vma)
{
	return old->end == vma->end && old->pgoff == vma->pgoff &&
	       old->anon_pgoff == vma->anon_pgoff && old->flags == vma->flags &&
	       old->policy == vma->policy && file_id(before, old->file) == file_id(now, vma->file) &&
	       anon_vma_id(before, old->active) == anon_vma_id(now, vma->active) &&
	       same_chain(before, old, now, vma);
}

static int encode_chain(struct writing *writing, const struct model_vma *vma, size_t *ret_size)
{
	const uint32_t *chain = model_chain(writing->now, vma);
	size_t wanted = (size_t)vma->avc_count * STORE_CHAIN_ID_MAX, size = 0;

	if (wanted > writing->chain_capacity) {
		uint8_t *grown = realloc(writing->chain, wanted * 2);

		if (!grown)
			return -ENOMEM;
		writing->chain = grown;
		writing->chain_capacity = wanted * 2;
	}
	for (uint32_t i = 0; i < vma->avc_count; i++)
		size += store_chain_put(writing->chain + size,
					writing->now->anon_vmas[chain[i]].id);
	*ret_size = size;
	return 0;
}

static int add_vma(struct writing *writing, uint32_t mm_id, struct model_vma *vma)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_VMA);
	const struct model *now = writing->now;
	size_t size;
	int rc;

	if (!statement)
		return -EIO;
	rc = encode_chain(writing, vma, &size);
	if (rc)
		return rc;
	bind_uint(statement, 2, mm_id);
	bind_uint(statement, 3, vma->start);
	bind_uint(statement, 4, vma->end);
	bind_uint(statement, 5, vma->pgoff);
	if (now->origin.has_anon_pgoff)
		bind_uint(statement, 6, vma->anon_pgoff);
	bind_uint(statement, 7, vma->flags);
	bind_id(statement, 8, file_id(now, vma->file));
	bind_uint(statement, 9, vma->policy);
	bind_id(statement, 10, anon_vma_id(now, vma->active));
	if (vma->avc_count) {
		uint32_t root = now->anon_vmas[model_chain(now, vma)[0]].root;

		bind_id(statement, 11, now->anon_vmas[root].id);
		sqlite3_bind_blob64(statement, 13, writing->chain, size, SQLITE_STATIC);
	}
	bind_uint(statement, 12, vma->avc_count);
	return add(writing, statement, &vma->row);
}

/* Both lists are sorted by start, which names a VMA within its mm. */
static int write_vmas_of(struct writing *writing, const struct model_mm *mm)
{
	const struct model *before = writing->before;
	const struct model_mm *old_mm = mm->previous == MODEL_NONE ? NULL :
								     &before->mms[mm->previous];
	struct model_vma *vma = writing->now->vmas + mm->vma_first, *end = vma + mm->vma_count;
	const struct model_vma *old = old_mm ? before->vmas + old_mm->vma_first : NULL;
	const struct model_vma *old_end = old_mm ? old + old_mm->vma_count : NULL;
	int rc = 0;

	while (!rc && (vma < end || old < old_end)) {
		if (vma == end || (old < old_end && old->start < vma->start)) {
			rc = close_row(writing, STORE_CLOSE_VMA, old++->row);
		} else if (old == old_end || vma->start < old->start) {
			rc = add_vma(writing, mm->id, vma++);
		} else {
			if (same_vma(before, old, writing->now, vma)) {
				vma->row = old->row;
			} else {
				rc = close_row(writing, STORE_CLOSE_VMA, old->row);
				if (!rc)
					rc = add_vma(writing, mm->id, vma);
			}
			old++;
			vma++;
		}
	}
	return rc;
}

static int write_vmas(struct writing *writing)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < writing->now->mm_count; i++)
		if (!writing->now->mms[i].unchanged)
			rc = write_vmas_of(writing, &writing->now->mms[i]);
	return rc;
}

/* --- anon_vmas --------------------------------------------------------- */

static bool same_anon_vma(const struct model *before, const struct model_anon_vma *old,
			  const struct model *now, const struct model_anon_vma *anon_vma)
{
	return old->num_children == anon_vma->num_children &&
	       old->num_active_vmas == anon_vma->num_active_vmas &&
	       old->described == anon_vma->described &&
	       before->anon_vmas[old->root].id == now->anon_vmas[anon_vma->root].id &&
	       before->anon_vmas[old->parent].id == now->anon_vmas[anon_vma->parent].id;
}

static int add_anon_vma(struct writing *writing, struct model_anon_vma *anon_vma)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_ANON_VMA);
	const struct model *now = writing->now;

	if (!statement)
		return -EIO;
	bind_uint(statement, 2, anon_vma->id);
	bind_uint(statement, 3, now->anon_vmas[anon_vma->root].id);
	bind_uint(statement, 4, now->anon_vmas[anon_vma->parent].id);
	bind_uint(statement, 5, anon_vma->num_children);
	bind_uint(statement, 6, anon_vma->num_active_vmas);
	bind_uint(statement, 7, anon_vma->described);
	return add(writing, statement, &anon_vma->row);
}

/* A refcount of 1 and an idle rwsem are the rule and not written. */
static int write_state(struct writing *writing, const struct model_anon_vma *old,
		       struct model_anon_vma *anon_vma)
{
	bool plain = anon_vma->refcount == 1 && anon_vma->rwsem_count == 0;
	sqlite3_stmt *statement;
	int rc;

	if (old && old->refcount == anon_vma->refcount &&
	    old->rwsem_count == anon_vma->rwsem_count) {
		anon_vma->state_row = old->state_row;
		return 0;
	}
	rc = old ? close_row(writing, STORE_CLOSE_STATE, old->state_row) : 0;
	if (rc || plain)
		return rc;
	statement = store_statement(writing->store, STORE_ADD_STATE);
	if (!statement)
		return -EIO;
	bind_uint(statement, 2, anon_vma->id);
	bind_uint(statement, 3, anon_vma->refcount);
	bind_uint(statement, 4, anon_vma->rwsem_count);
	return add(writing, statement, &anon_vma->state_row);
}

static int write_anon_vma(struct writing *writing, struct model_anon_vma *anon_vma)
{
	const struct model *before = writing->before;
	const struct model_anon_vma *old =
		anon_vma->previous == MODEL_NONE ? NULL : &before->anon_vmas[anon_vma->previous];
	int rc = 0;

	if (old && same_anon_vma(before, old, writing->now, anon_vma)) {
		anon_vma->row = old->row;
	} else {
		if (old)
			rc = close_row(writing, STORE_CLOSE_ANON_VMA, old->row);
		if (!rc)
			rc = add_anon_vma(writing, anon_vma);
	}
	if (!rc)
		rc = write_state(writing, old, anon_vma);
	if (!rc && !old)
		rc = add_raw_address(writing, "anon_vma", anon_vma->id, anon_vma->key);
	return rc;
}

static int write_anon_vmas(struct writing *writing)
{
	const struct model *before = writing->before;
	int rc = forget_kept(writing, before->anon_vma_count);

	for (uint32_t i = 0; !rc && i < writing->now->anon_vma_count; i++) {
		struct model_anon_vma *anon_vma = &writing->now->anon_vmas[i];

		if (anon_vma->previous != MODEL_NONE)
			writing->kept[anon_vma->previous] = 1;
		rc = write_anon_vma(writing, anon_vma);
	}
	for (uint32_t i = 0; !rc && i < before->anon_vma_count; i++) {
		if (writing->kept[i])
			continue;
		rc = close_row(writing, STORE_CLOSE_ANON_VMA, before->anon_vmas[i].row);
		if (!rc)
			rc = close_row(writing, STORE_CLOSE_STATE, before->anon_vmas[i].state_row);
	}
	return rc;
}

/* --- trees ------------------------------------------------------------- */

static uint32_t tree_process_id(const struct model *model, const struct tree_summary *tree)
{
	return tree->process == MODEL_NONE ? 0 : model->processes[tree->process].id;
}

static bool same_tree(const struct writing *writing, const struct tree_summary *old,
		      const struct tree_summary *tree)
{
	return old->anon_vmas == tree->anon_vmas && old->idle_anon_vmas == tree->idle_anon_vmas &&
	       old->avcs == tree->avcs && old->vmas == tree->vmas && old->mms == tree->mms &&
	       old->depth == tree->depth && old->max_chain == tree->max_chain &&
	       old->missed_groups == tree->missed_groups &&
	       old->missed_reuse == tree->missed_reuse &&
	       old->object_bytes == tree->object_bytes &&
	       tree_process_id(writing->before, old) == tree_process_id(writing->now, tree);
}

static int add_tree(struct writing *writing, struct tree_summary *tree)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_TREE);
	const uint64_t values[] = {
		tree->anon_vmas, tree->idle_anon_vmas, tree->avcs,	    tree->vmas,
		tree->mms,	 tree->depth,	       tree->max_chain,	    tree->missed_groups,
		tree->missed_reuse, tree->object_bytes,
	};

	if (!statement)
		return -EIO;
	bind_uint(statement, 2, writing->now->anon_vmas[tree->root].id);
	bind_id(statement, 3, tree_process_id(writing->now, tree));
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		bind_uint(statement, 4 + (int)i, values[i]);
	return add(writing, statement, &tree->row);
}

/* The tree of before with the same root, or MODEL_NONE. */
static uint32_t previous_tree(const struct writing *writing, const struct tree_summary *tree)
{
	uint32_t root = writing->now->anon_vmas[tree->root].previous;

	if (root == MODEL_NONE || !model_is_root(writing->before, root))
		return MODEL_NONE;
	return writing->before_summary->tree_of[root];
}

static int write_trees(struct writing *writing)
{
	const struct summary *before = writing->before_summary;
	struct summary *now = writing->now_summary;
	int rc = forget_kept(writing, before->tree_count);

	for (uint32_t i = 0; !rc && i < now->tree_count; i++) {
		struct tree_summary *tree = &now->trees[i];
		uint32_t previous = previous_tree(writing, tree);

		if (previous != MODEL_NONE && same_tree(writing, &before->trees[previous], tree)) {
			writing->kept[previous] = 1;
			tree->row = before->trees[previous].row;
		} else {
			rc = add_tree(writing, tree);
		}
	}
	for (uint32_t i = 0; !rc && i < before->tree_count; i++)
		if (!writing->kept[i])
			rc = close_row(writing, STORE_CLOSE_TREE, before->trees[i].row);
	return rc;
}

/* --- the snapshot itself ----------------------------------------------- */

static int find_boot(struct store *store, const struct model_origin *origin, int64_t *ret_boot)
{
	sqlite3_stmt *statement = store_statement(store, STORE_FIND_BOOT);
	int rc;

	if (!statement)
		return -EIO;
	bind_text(statement, 1, origin->boot_id);
	bind_text(statement, 2, origin->host);
	rc = store_next(store, statement);
	if (rc == 1) {
		*ret_boot = sqlite3_column_int64(statement, 0);
		sqlite3_reset(statement);
		return 0;
	}
	statement = rc ? NULL : store_statement(store, STORE_ADD_BOOT);
	if (!statement)
		return rc ? rc : -EIO;
	bind_text(statement, 1, origin->boot_id);
	bind_text(statement, 2, origin->host);
	bind_text(statement, 3, origin->release);
	bind_text(statement, 4, origin->machine);
	bind_uint(statement, 5, origin->page_size);
	bind_uint(statement, 6, origin->vma_bytes);
	bind_uint(statement, 7, origin->anon_vma_bytes);
	bind_uint(statement, 8, origin->avc_bytes);
	bind_uint(statement, 9, origin->split_counters);
	bind_uint(statement, 10, origin->has_anon_pgoff);
	rc = store_run(store, statement);
	*ret_boot = sqlite3_last_insert_rowid(store->db);
	return rc;
}

static int add_snapshot(struct writing *writing, const struct store_snapshot *snapshot)
{
	const struct model_origin *origin = &writing->now->origin;
	const struct summary_totals *totals = &writing->now_summary->totals;
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
		totals->missed_groups,
		totals->missed_reuse,
		totals->max_chain,
		totals->max_depth,
		totals->object_bytes,
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
	bind_uint(statement, 2, origin->taken_ns);
	if (snapshot->label)
		bind_text(statement, 3, snapshot->label);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		bind_uint(statement, 4 + (int)i, values[i]);
	rc = store_run(writing->store, statement);
	writing->snapshot = sqlite3_last_insert_rowid(writing->store->db);
	return rc;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int finish_snapshot(struct writing *writing, uint64_t store_ns, uint64_t cpu_ns)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_FINISH_SNAPSHOT);

	if (!statement)
		return -EIO;
	bind_uint(statement, 1, (uint64_t)writing->snapshot);
	bind_uint(statement, 2, store_ns);
	bind_uint(statement, 3, cpu_ns);
	return store_run(writing->store, statement);
}

static int write_sequence(struct store *store, const char *name, uint32_t next)
{
	sqlite3_stmt *statement = store_statement(store, STORE_SET_SEQUENCE);

	if (!statement)
		return -EIO;
	bind_text(statement, 1, name);
	bind_uint(statement, 2, next);
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
	return rc;
}

static int write_tables(struct writing *writing)
{
	int rc = write_files(writing);

	if (!rc)
		rc = write_processes(writing);
	if (!rc)
		rc = write_mms(writing);
	if (!rc)
		rc = write_anon_vmas(writing);
	if (!rc)
		rc = write_vmas(writing);
	if (!rc)
		rc = write_trees(writing);
	return rc;
}

int store_write_snapshot(struct store *store, const struct store_snapshot *snapshot,
			 const struct store_state *before, const struct store_state *now,
			 const struct store_sequences *sequences, int64_t *ret_id)
{
	static const struct model no_model;
	static const struct summary no_summary;
	struct writing writing = {
		.store = store,
		.before = before->model ? before->model : &no_model,
		.before_summary = before->model ? before->summary : &no_summary,
		.now = now->model,
		.now_summary = now->summary,
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
