/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store_chain.h"
#include "store_loading.h"

static int add_text(struct model *model, sqlite3_stmt *statement, int column, uint32_t *ret_offset)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	if (!text || !*text) {
		*ret_offset = 0;
		return 0;
	}
	return model_add_text(model, text, (uint32_t)strlen(text), ret_offset);
}

/* The statement with ?1 = snapshot and, where id is not 0, ?2 = id. */
static sqlite3_stmt *query(struct store_loading *loading, enum store_statement which, uint64_t id)
{
	sqlite3_stmt *statement = store_statement(loading->store, which);

	if (statement) {
		sqlite3_bind_int64(statement, 1, loading->snapshot);
		if (id)
			sqlite3_bind_int64(statement, 2, (int64_t)id);
	}
	return statement;
}

int store_load_each(struct store_loading *loading, enum store_statement which, uint64_t id,
		    store_take take, void *context)
{
	sqlite3_stmt *statement = query(loading, which, id);
	int rc = -EIO;

	if (!statement)
		return rc;
	while ((rc = store_next(loading->store, statement)) == 1) {
		rc = take(loading, statement, context);
		if (rc)
			break;
	}
	sqlite3_reset(statement);
	return rc;
}

static int load_origin(struct store_loading *loading)
{
	struct model_origin *origin = &loading->model->origin;
	sqlite3_stmt *row = query(loading, STORE_ORIGIN, 0);
	int rc = row ? store_next(loading->store, row) : -EIO;

	if (rc != 1)
		return rc ? rc : -ENOENT;
	origin->taken_ns = store_column_uint(row, 0);
	origin->tree_tgid = sqlite3_column_int(row, 1);
	origin->page_size = store_column_u32(row, 2);
	if (origin->page_size == 0) { /* what is counted in pages is divided by it */
		sqlite3_reset(row);
		return -EBADMSG;
	}
	origin->vma_bytes = store_column_u32(row, 3);
	origin->anon_vma_bytes = store_column_u32(row, 4);
	origin->avc_bytes = store_column_u32(row, 5);
	origin->split_counters = sqlite3_column_int(row, 6);
	origin->has_anon_pgoff = sqlite3_column_int(row, 7);
	snprintf(origin->boot_id, sizeof(origin->boot_id), "%s", sqlite3_column_text(row, 8));
	snprintf(origin->release, sizeof(origin->release), "%s", sqlite3_column_text(row, 9));
	snprintf(origin->machine, sizeof(origin->machine), "%s", sqlite3_column_text(row, 10));
	snprintf(origin->host, sizeof(origin->host), "%s", sqlite3_column_text(row, 11));
	sqlite3_reset(row);
	return 0;
}

/* An id that chains or parents name; what it is comes later or never. */
static int intern_anon_vma(struct model *model, uint32_t id, uint32_t *ret_index)
{
	*ret_index = model_find_anon_vma(model, id);
	if (*ret_index != MODEL_NONE)
		return 0;

	int rc = model_add_anon_vma(model, id, ret_index);

	if (rc)
		return rc;
	model->anon_vmas[*ret_index].id = id;
	model->anon_vmas[*ret_index].root = *ret_index;
	model->anon_vmas[*ret_index].parent = *ret_index;
	return 0;
}

static int take_anon_vma(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	struct model *model = loading->model;
	uint32_t index, root, parent;
	int rc = intern_anon_vma(model, store_column_u32(row, 1), &index);

	(void)context;
	if (!rc)
		rc = intern_anon_vma(model, store_column_u32(row, 2), &root);
	if (!rc)
		rc = intern_anon_vma(model, store_column_u32(row, 3), &parent);
	if (rc)
		return rc;

	struct model_anon_vma *anon_vma = &model->anon_vmas[index];

	anon_vma->row = store_column_uint(row, 0);
	anon_vma->root = root;
	anon_vma->parent = parent;
	anon_vma->num_children = store_column_uint(row, 4);
	anon_vma->num_active_vmas = store_column_uint(row, 5);
	anon_vma->described = sqlite3_column_int(row, 6);
	anon_vma->refcount = 1;
	return 0;
}

static int take_state(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	uint32_t index = model_find_anon_vma(loading->model, store_column_uint(row, 3));

	(void)context;
	if (index == MODEL_NONE)
		return 0;
	loading->model->anon_vmas[index].state_row = store_column_uint(row, 0);
	loading->model->anon_vmas[index].refcount = store_column_u32(row, 1);
	loading->model->anon_vmas[index].rwsem_count = store_column_uint(row, 2);
	return 0;
}

static int load_anon_vmas(struct store_loading *loading)
{
	bool tree = loading->root_id;
	int rc = store_load_each(loading, tree ? STORE_LOAD_TREE_ANON_VMAS : STORE_LOAD_ANON_VMAS,
				 loading->root_id, take_anon_vma, NULL);

	if (rc)
		return rc;
	/* few have one, and to ask for that of each takes longer than to read them */
	return store_load_each(loading, tree ? STORE_LOAD_TREE_STATES : STORE_LOAD_STATES,
			       loading->root_id, take_state, NULL);
}

/* What a damaged database says about roots must not mislead anyone: one whose
 * root is not a root stands alone. */
static void make_roots_safe(struct model *model)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		struct model_anon_vma *anon_vma = &model->anon_vmas[i];

		if (model_is_root(model, anon_vma->root))
			continue;
		anon_vma->root = anon_vma->parent = i;
		anon_vma->described = false;
	}
}

static int take_file(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	struct model *model = loading->model;
	uint32_t index, path, id = store_column_u32(row, 4);
	int rc = add_text(model, row, 3, &path);

	(void)context;
	if (!rc)
		rc = model_add_file(model, store_column_u32(row, 1), store_column_uint(row, 2),
				    &index);
	if (rc)
		return rc;
	model->files[index].id = id;
	model->files[index].row = store_column_uint(row, 0);
	model->files[index].path = path;
	return key_map_put(&loading->file_by_id, id, index);
}

static int load_file(struct store_loading *loading, uint32_t id, uint32_t *ret_index)
{
	int rc = 0;

	*ret_index = MODEL_NONE;
	if (id == 0)
		return 0;
	*ret_index = key_map_find(&loading->file_by_id, id);
	if (*ret_index == MODEL_NONE) {
		rc = store_load_each(loading, STORE_LOAD_FILE, id, take_file, NULL);
		*ret_index = key_map_find(&loading->file_by_id, id);
	}
	return rc;
}

static int load_chain(struct store_loading *loading, struct sqlite3_stmt *row, int column,
		      uint32_t *ret_count)
{
	const uint8_t *at = sqlite3_column_blob(row, column);
	const uint8_t *end = at ? at + sqlite3_column_bytes(row, column) : NULL;
	uint32_t anon_vma, id;

	*ret_count = 0;
	while (at && at < end && (id = store_chain_get(&at, end)) != 0) {
		int rc = intern_anon_vma(loading->model, id, &anon_vma);

		if (!rc)
			rc = model_add_avc(loading->model, anon_vma);
		if (rc)
			return rc;
		++*ret_count;
	}
	return 0;
}

static int take_vma(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	struct model *model = loading->model;
	const uint32_t mm = *(const uint32_t *)context;
	uint32_t index, count, file, name = 0, active = MODEL_NONE;
	int rc = model_add_vma(model, mm, &index);

	if (!rc)
		rc = load_chain(loading, row, 9, &count);
	if (!rc)
		rc = load_file(loading, store_column_u32(row, 6), &file);
	if (!rc)
		rc = add_text(model, row, 10, &name);
	if (!rc && store_column_u32(row, 8))
		rc = intern_anon_vma(model, store_column_u32(row, 8), &active);
	if (rc)
		return rc;

	struct model_vma *vma = &model->vmas[index];

	vma->row = store_column_uint(row, 0);
	vma->start = store_column_uint(row, 1);
	vma->end = store_column_uint(row, 2);
	vma->pgoff = store_column_uint(row, 3);
	vma->anon_pgoff = store_column_uint(row, 4);
	vma->flags = store_column_uint(row, 5);
	vma->file = file;
	vma->name = name;
	vma->policy = sqlite3_column_int(row, 7);
	vma->active = active;
	vma->avc_count = count;
	vma->reused = sqlite3_column_int(row, 11);
	model->mms[mm].vma_count = model->vma_count - model->mms[mm].vma_first;
	return 0;
}

static int take_mm_row(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	struct model_mm *mm = &loading->model->mms[*(const uint32_t *)context];

	mm->row = store_column_uint(row, 0);
	mm->torn = sqlite3_column_int(row, 1);
	mm->cut = sqlite3_column_int(row, 2);
	mm->map_count = store_column_u32(row, 3);
	mm->tree_height = store_column_u32(row, 4);
	mm->total_pages = store_column_uint(row, 5);
	mm->data_pages = store_column_uint(row, 6);
	mm->stack_pages = store_column_uint(row, 7);
	mm->exec_pages = store_column_uint(row, 8);
	mm->locked_pages = store_column_uint(row, 9);
	return 0;
}

static int take_usage(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	struct model_mm *mm = &loading->model->mms[*(const uint32_t *)context];

	mm->usage_row = store_column_uint(row, 0);
	mm->usage.file_rss_pages = store_column_uint(row, 1);
	mm->usage.anon_rss_pages = store_column_uint(row, 2);
	mm->usage.shmem_rss_pages = store_column_uint(row, 3);
	mm->usage.swap_pages = store_column_uint(row, 4);
	mm->usage.pgtables_bytes = store_column_uint(row, 5);
	return 0;
}

static int take_process(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	const uint32_t mm = *(const uint32_t *)context;
	struct model *model = loading->model;
	uint32_t index, exe, path;
	int rc = model_add_process(model, sqlite3_column_int(row, 2), &index);

	if (!rc)
		rc = load_file(loading, store_column_u32(row, 8), &exe);
	if (!rc)
		rc = add_text(model, row, 10, &path);
	if (rc)
		return rc;

	struct model_process *process = &model->processes[index];
	const char *comm = (const char *)sqlite3_column_text(row, 7);

	process->row = store_column_uint(row, 0);
	process->id = store_column_u32(row, 1);
	process->ppid = sqlite3_column_int(row, 3);
	process->uid = store_column_u32(row, 4);
	process->start_ns = store_column_uint(row, 5);
	process->exec_id = store_column_uint(row, 6);
	process->exe = exe;
	process->cgroup = store_column_uint(row, 9);
	process->cgroup_path = path;
	process->mm = mm;
	strncpy(process->comm, comm ? comm : "", sizeof(process->comm) - 1);
	if (model->mms[mm].owner == MODEL_NONE) /* the oldest comes first */
		model->mms[mm].owner = index;
	return 0;
}

/* But for its VMAs, which follow. */
static int load_mm_itself(struct store_loading *loading, uint32_t id, uint32_t *ret_index)
{
	int rc = model_add_mm(loading->model, id, ret_index);

	if (rc)
		return rc;
	loading->model->mms[*ret_index].id = id;
	rc = store_load_each(loading, STORE_LOAD_MM, id, take_mm_row, ret_index);
	if (!rc)
		rc = store_load_each(loading, STORE_LOAD_MM_USAGE, id, take_usage, ret_index);
	if (!rc)
		rc = store_load_each(loading, STORE_LOAD_PROCESSES, id, take_process, ret_index);
	return rc;
}

static int take_mm(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	uint32_t id = store_column_u32(row, 0), index;
	int rc = load_mm_itself(loading, id, &index);

	(void)context;
	return rc ? rc : store_load_each(loading, STORE_LOAD_VMAS, id, take_vma, &index);
}

/* They come by mm; context: that of the one before. */
static int take_tree_vma(struct store_loading *loading, sqlite3_stmt *row, void *context)
{
	uint32_t id = store_column_u32(row, 12), *mm = context;
	int rc = 0;

	if (*mm == MODEL_NONE || loading->model->mms[*mm].id != id)
		rc = load_mm_itself(loading, id, mm);
	return rc ? rc : take_vma(loading, row, mm);
}

/* What chains name, and the parents of that, and theirs: each lookup may bring
 * another one to look up. */
static int load_named_anon_vmas(struct store_loading *loading)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < loading->model->anon_vma_count; i++)
		rc = store_load_each(loading, STORE_LOAD_ANON_VMA, loading->model->anon_vmas[i].id,
				     take_anon_vma, NULL);
	if (!rc)
		make_roots_safe(loading->model);
	return rc;
}

static int load_mm(struct store_loading *loading)
{
	int rc = load_origin(loading);

	if (!rc)
		rc = store_load_each(loading, STORE_LOAD_ONE_MM, loading->mm_id, take_mm, NULL);
	if (!rc && loading->model->mm_count == 0)
		return -ENOENT;
	return rc ? rc : load_named_anon_vmas(loading);
}

static int load(struct store_loading *loading)
{
	uint32_t mm = MODEL_NONE;
	int rc = load_origin(loading);

	if (!rc)
		rc = load_anon_vmas(loading);
	if (!rc && loading->root_id && loading->model->anon_vma_count == 0)
		return -ENOENT;
	if (!rc)
		make_roots_safe(loading->model);
	if (!rc && loading->root_id)
		return store_load_each(loading, STORE_LOAD_TREE_VMAS, loading->root_id,
				       take_tree_vma, &mm);
	/* all of them: nothing links to what only an abandoned visit showed */
	if (!rc)
		rc = store_load_each(loading, STORE_LOAD_FILES, 0, take_file, NULL);
	return rc ? rc : store_load_each(loading, STORE_LOAD_MMS, 0, take_mm, NULL);
}

/* One read transaction, the caller's or one of its own, so that all queries see
 * the same database. */
static int load_in_transaction(struct store_loading *loading,
			       int (*load_what)(struct store_loading *loading))
{
	struct store *store = loading->store;
	bool own = sqlite3_get_autocommit(store->db);
	int rc = own ? store_exec(store, "BEGIN") : 0;

	model_reset(loading->model);
	if (!rc)
		rc = load_what(loading);
	if (own)
		sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
	key_map_clear(&loading->file_by_id);
	return rc;
}

int store_load_all(struct store *store, int64_t snapshot, struct model *model)
{
	struct store_loading loading = {.store = store, .model = model, .snapshot = snapshot};

	return load_in_transaction(&loading, load);
}

int store_load_tree(struct store *store, int64_t snapshot, uint32_t root_id, struct model *model)
{
	struct store_loading loading = {
		.store = store,
		.model = model,
		.snapshot = snapshot,
		.root_id = root_id,
	};

	return root_id ? load_in_transaction(&loading, load) : -ENOENT;
}

int store_load_mm(struct store *store, int64_t snapshot, uint32_t mm_id, struct model *model)
{
	struct store_loading loading = {
		.store = store,
		.model = model,
		.snapshot = snapshot,
		.mm_id = mm_id,
	};

	return mm_id ? load_in_transaction(&loading, load_mm) : -ENOENT;
}

int store_latest_snapshot(struct store *store, const char *boot_id, int64_t *ret_id)
{
	sqlite3_stmt *row = store_statement(store, boot_id ? STORE_LATEST_OF_BOOT : STORE_LATEST);
	int rc;

	if (!row)
		return -EIO;
	if (boot_id)
		sqlite3_bind_text(row, 1, boot_id, -1, SQLITE_STATIC);
	rc = store_next(store, row);
	if (rc != 1 || sqlite3_column_type(row, 0) == SQLITE_NULL) {
		sqlite3_reset(row);
		return rc < 0 ? rc : -ENOENT;
	}
	*ret_id = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return 0;
}

int store_load_sequences(struct store *store, struct store_sequences *sequences)
{
	sqlite3_stmt *row = store_statement(store, STORE_LOAD_SEQUENCES);
	const struct {
		const char *name;
		uint32_t *next;
	} all[] = {
		{"process", &sequences->process},   {"mm", &sequences->mm},
		{"anon_vma", &sequences->anon_vma}, {"file", &sequences->file},
		{"finding", &sequences->finding},
	};
	int rc;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i].next = 1;
	if (!row)
		return -EIO;
	while ((rc = store_next(store, row)) == 1)
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			if (strcmp(all[i].name, (const char *)sqlite3_column_text(row, 0)) == 0)
				*all[i].next = store_column_u32(row, 1);
	return rc;
}
