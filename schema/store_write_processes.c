/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "store_writing.h"

static int add_file(struct store_writing *writing, struct model_file *file)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_FILE);

	if (!statement)
		return -EIO;
	store_bind_uint(statement, 2, file->id);
	store_bind_uint(statement, 3, file->dev);
	store_bind_uint(statement, 4, file->ino);
	store_bind_text(statement, 5, model_text(writing->now, file->path));
	return store_add_row(writing, statement, &file->row);
}

static bool same_file(const struct model *before, const struct model_file *old,
		      const struct model *now, const struct model_file *file)
{
	return strcmp(model_text(before, old->path), model_text(now, file->path)) == 0;
}

int store_write_files(struct store_writing *writing)
{
	const struct model *before = writing->before;
	int rc = store_forget_kept(writing, before->file_count);

	for (uint32_t i = 0; !rc && i < writing->now->file_count; i++) {
		struct model_file *file = &writing->now->files[i];
		uint32_t previous = file->previous;

		if (previous != MODEL_NONE &&
		    same_file(before, &before->files[previous], writing->now, file)) {
			writing->kept[previous] = 1;
			file->row = before->files[previous].row;
		} else {
			rc = add_file(writing, file);
		}
	}
	for (uint32_t i = 0; !rc && i < before->file_count; i++)
		if (!writing->kept[i])
			rc = store_close_row(writing, STORE_CLOSE_FILE, before->files[i].row);
	return rc;
}

static bool same_process(const struct model *before, const struct model_process *old,
			 const struct model *now, const struct model_process *process)
{
	return old->tgid == process->tgid && old->ppid == process->ppid &&
	       old->uid == process->uid && old->start_ns == process->start_ns &&
	       old->exec_id == process->exec_id && old->cgroup == process->cgroup &&
	       memcmp(old->comm, process->comm, sizeof(old->comm)) == 0 &&
	       store_file_id(before, old->exe) == store_file_id(now, process->exe) &&
	       before->mms[old->mm].id == now->mms[process->mm].id &&
	       strcmp(model_text(before, old->cgroup_path),
		      model_text(now, process->cgroup_path)) == 0;
}

static int add_process(struct store_writing *writing, struct model_process *process)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_PROCESS);
	const struct model *now = writing->now;

	if (!statement)
		return -EIO;
	store_bind_uint(statement, 2, process->id);
	sqlite3_bind_int64(statement, 3, process->tgid);
	sqlite3_bind_int64(statement, 4, process->ppid);
	store_bind_uint(statement, 5, process->uid);
	store_bind_uint(statement, 6, process->start_ns);
	store_bind_uint(statement, 7, process->exec_id);
	store_bind_text(statement, 8, process->comm);
	store_bind_id(statement, 9, store_file_id(now, process->exe));
	store_bind_uint(statement, 10, process->cgroup);
	store_bind_text(statement, 11, model_text(now, process->cgroup_path));
	store_bind_uint(statement, 12, now->mms[process->mm].id);
	return store_add_row(writing, statement, &process->row);
}

int store_write_processes(struct store_writing *writing)
{
	const struct model *before = writing->before;
	int rc = store_forget_kept(writing, before->process_count);

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
			rc = store_close_row(writing, STORE_CLOSE_PROCESS,
					     before->processes[i].row);
	return rc;
}

static uint32_t owner_id(const struct model *model, const struct model_mm *mm)
{
	return mm->owner == MODEL_NONE ? 0 : model->processes[mm->owner].id;
}

static bool same_mm(const struct store_writing *writing, uint32_t old_index, uint32_t index)
{
	const struct model_mm *old = &writing->before->mms[old_index];
	const struct model_mm *mm = &writing->now->mms[index];

	return old->torn == mm->torn && old->cut == mm->cut && old->map_count == mm->map_count &&
	       old->tree_height == mm->tree_height && old->total_pages == mm->total_pages &&
	       old->data_pages == mm->data_pages && old->stack_pages == mm->stack_pages &&
	       old->exec_pages == mm->exec_pages && old->locked_pages == mm->locked_pages &&
	       owner_id(writing->before, old) == owner_id(writing->now, mm) &&
	       memcmp(&writing->before_analysis->mms[old_index], &writing->now_analysis->mms[index],
		      sizeof(struct mm_summary)) == 0;
}

static int add_mm(struct store_writing *writing, struct model_mm *mm,
		  const struct mm_summary *summary)
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
		summary->reused_vmas,
		summary->missed_groups,
		summary->missed_reuse,
		summary->blocked_merges,
		summary->max_chain,
		summary->fork.vmas,
		summary->fork.anon_vmas,
		summary->fork.avcs,
		summary->fork_undone.vmas,
		summary->fork_undone.anon_vmas,
		summary->fork_undone.avcs,
	};

	if (!statement)
		return -EIO;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		store_bind_uint(statement, 2 + (int)i, values[i]);
	return store_add_row(writing, statement, &mm->row);
}

static int add_usage(struct store_writing *writing, struct model_mm *mm)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_MM_USAGE);

	if (!statement)
		return -EIO;
	store_bind_uint(statement, 2, mm->id);
	store_bind_uint(statement, 3, mm->usage.file_rss_pages);
	store_bind_uint(statement, 4, mm->usage.anon_rss_pages);
	store_bind_uint(statement, 5, mm->usage.shmem_rss_pages);
	store_bind_uint(statement, 6, mm->usage.swap_pages);
	store_bind_uint(statement, 7, mm->usage.pgtables_bytes);
	return store_add_row(writing, statement, &mm->usage_row);
}

static int write_mm(struct store_writing *writing, uint32_t index)
{
	struct model_mm *mm = &writing->now->mms[index];
	const struct model_mm *old = mm->previous == MODEL_NONE ?
					     NULL :
					     &writing->before->mms[mm->previous];
	int rc = 0;

	if (old && same_mm(writing, mm->previous, index)) {
		mm->row = old->row;
	} else {
		if (old)
			rc = store_close_row(writing, STORE_CLOSE_MM, old->row);
		if (!rc)
			rc = add_mm(writing, mm, &writing->now_analysis->mms[index]);
	}
	if (!rc && old && memcmp(&old->usage, &mm->usage, sizeof(mm->usage)) == 0) {
		mm->usage_row = old->usage_row;
		return 0;
	}
	if (!rc && old)
		rc = store_close_row(writing, STORE_CLOSE_MM_USAGE, old->usage_row);
	if (!rc)
		rc = add_usage(writing, mm);
	if (!rc && !old)
		rc = store_add_raw_address(writing, "mm", mm->id, mm->address);
	return rc;
}

static int close_mm(struct store_writing *writing, const struct model_mm *old)
{
	int rc = store_close_row(writing, STORE_CLOSE_MM, old->row);

	if (!rc)
		rc = store_close_row(writing, STORE_CLOSE_MM_USAGE, old->usage_row);
	for (uint32_t v = old->vma_first; !rc && v < old->vma_first + old->vma_count; v++)
		rc = store_close_row(writing, STORE_CLOSE_VMA, writing->before->vmas[v].row);
	return rc;
}

int store_write_mms(struct store_writing *writing)
{
	const struct model *before = writing->before;
	int rc = store_forget_kept(writing, before->mm_count);

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
