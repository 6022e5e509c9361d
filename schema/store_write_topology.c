/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store_chain.h"
#include "store_writing.h"

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

static bool same_name(const struct model *before, const struct model_vma *old,
		      const struct model *now, const struct model_vma *vma)
{
	if (!old->name && !vma->name)
		return true;
	return strcmp(model_text(before, old->name), model_text(now, vma->name)) == 0;
}

static bool same_vma(const struct model *before, const struct model_vma *old,
		     const struct model *now, const struct model_vma *vma)
{
	return old->end == vma->end && old->pgoff == vma->pgoff &&
	       old->anon_pgoff == vma->anon_pgoff && old->flags == vma->flags &&
	       old->policy == vma->policy && old->reused == vma->reused &&
	       same_name(before, old, now, vma) &&
	       store_file_id(before, old->file) == store_file_id(now, vma->file) &&
	       store_anon_vma_id(before, old->active) == store_anon_vma_id(now, vma->active) &&
	       same_chain(before, old, now, vma);
}

static int encode_chain(struct store_writing *writing, const struct model_vma *vma,
			size_t *ret_size)
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

static int add_vma(struct store_writing *writing, uint32_t mm_id, struct model_vma *vma)
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
	store_bind_uint(statement, 2, mm_id);
	store_bind_uint(statement, 3, vma->start);
	store_bind_uint(statement, 4, vma->end);
	store_bind_uint(statement, 5, vma->pgoff);
	if (now->origin.has_anon_pgoff)
		store_bind_uint(statement, 6, vma->anon_pgoff);
	store_bind_uint(statement, 7, vma->flags);
	store_bind_id(statement, 8, store_file_id(now, vma->file));
	store_bind_uint(statement, 9, vma->policy);
	store_bind_id(statement, 10, store_anon_vma_id(now, vma->active));
	if (vma->avc_count) {
		uint32_t root = now->anon_vmas[model_chain(now, vma)[0]].root;

		store_bind_id(statement, 11, now->anon_vmas[root].id);
		sqlite3_bind_blob64(statement, 13, writing->chain, size, SQLITE_STATIC);
	}
	store_bind_uint(statement, 12, vma->avc_count);
	if (vma->name)
		store_bind_text(statement, 14, model_text(now, vma->name));
	store_bind_uint(statement, 15, vma->reused);
	return store_add_row(writing, statement, &vma->row);
}

/* What became of a VMA that both have. */
static int update_vma(struct store_writing *writing, const struct model_mm *mm,
		      const struct model_vma *old, struct model_vma *vma)
{
	int rc;

	if (same_vma(writing->before, old, writing->now, vma)) {
		vma->row = old->row;
		return 0;
	}
	rc = store_close_row(writing, STORE_CLOSE_VMA, old->row);
	return rc ? rc : add_vma(writing, mm->id, vma);
}

/* VMAs of before that start below an address; moves *old behind them. */
static int close_vmas_below(struct store_writing *writing, uint64_t start, uint32_t *old,
			    uint32_t old_end)
{
	const struct model_vma *vmas = writing->before->vmas;
	int rc = 0;

	while (!rc && *old < old_end && vmas[*old].start < start)
		rc = store_close_row(writing, STORE_CLOSE_VMA, vmas[(*old)++].row);
	return rc;
}

/* Both lists are sorted by start, which names a VMA within its mm. Indexes, as a
 * model without any VMA has no array. */
static int write_vmas_of(struct store_writing *writing, const struct model_mm *mm)
{
	static const struct model_mm none;
	const struct model *before = writing->before;
	const struct model_mm *old_mm = mm->previous == MODEL_NONE ? &none :
								     &before->mms[mm->previous];
	uint32_t old = old_mm->vma_first, old_end = old + old_mm->vma_count;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < mm->vma_count; i++) {
		struct model_vma *vma = &writing->now->vmas[mm->vma_first + i];

		rc = close_vmas_below(writing, vma->start, &old, old_end);
		if (rc)
			return rc;
		if (old < old_end && before->vmas[old].start == vma->start)
			rc = update_vma(writing, mm, &before->vmas[old++], vma);
		else
			rc = add_vma(writing, mm->id, vma);
	}
	return rc ? rc : close_vmas_below(writing, UINT64_MAX, &old, old_end);
}

int store_write_vmas(struct store_writing *writing)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < writing->now->mm_count; i++)
		if (!writing->now->mms[i].unchanged)
			rc = write_vmas_of(writing, &writing->now->mms[i]);
	return rc;
}

static bool same_anon_vma(const struct model *before, const struct model_anon_vma *old,
			  const struct model *now, const struct model_anon_vma *anon_vma)
{
	return old->num_children == anon_vma->num_children &&
	       old->num_active_vmas == anon_vma->num_active_vmas &&
	       old->described == anon_vma->described &&
	       before->anon_vmas[old->root].id == now->anon_vmas[anon_vma->root].id &&
	       before->anon_vmas[old->parent].id == now->anon_vmas[anon_vma->parent].id;
}

static int add_anon_vma(struct store_writing *writing, struct model_anon_vma *anon_vma)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_ANON_VMA);
	const struct model *now = writing->now;

	if (!statement)
		return -EIO;
	store_bind_uint(statement, 2, anon_vma->id);
	store_bind_uint(statement, 3, now->anon_vmas[anon_vma->root].id);
	store_bind_uint(statement, 4, now->anon_vmas[anon_vma->parent].id);
	store_bind_uint(statement, 5, anon_vma->num_children);
	store_bind_uint(statement, 6, anon_vma->num_active_vmas);
	store_bind_uint(statement, 7, anon_vma->described);
	return store_add_row(writing, statement, &anon_vma->row);
}

/* A refcount of 1 and an idle rwsem are the rule and not written. */
static int write_state(struct store_writing *writing, const struct model_anon_vma *old,
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
	rc = old ? store_close_row(writing, STORE_CLOSE_STATE, old->state_row) : 0;
	if (rc || plain)
		return rc;
	statement = store_statement(writing->store, STORE_ADD_STATE);
	if (!statement)
		return -EIO;
	store_bind_uint(statement, 2, anon_vma->id);
	store_bind_uint(statement, 3, anon_vma->refcount);
	store_bind_uint(statement, 4, anon_vma->rwsem_count);
	return store_add_row(writing, statement, &anon_vma->state_row);
}

static int write_anon_vma(struct store_writing *writing, struct model_anon_vma *anon_vma)
{
	const struct model *before = writing->before;
	const struct model_anon_vma *old = anon_vma->previous == MODEL_NONE ?
						   NULL :
						   &before->anon_vmas[anon_vma->previous];
	int rc = 0;

	if (old && same_anon_vma(before, old, writing->now, anon_vma)) {
		anon_vma->row = old->row;
	} else {
		if (old)
			rc = store_close_row(writing, STORE_CLOSE_ANON_VMA, old->row);
		if (!rc)
			rc = add_anon_vma(writing, anon_vma);
	}
	if (!rc)
		rc = write_state(writing, old, anon_vma);
	if (!rc && !old)
		rc = store_add_raw_address(writing, "anon_vma", anon_vma->id, anon_vma->key);
	return rc;
}

int store_write_anon_vmas(struct store_writing *writing)
{
	const struct model *before = writing->before;
	int rc = store_forget_kept(writing, before->anon_vma_count);

	for (uint32_t i = 0; !rc && i < writing->now->anon_vma_count; i++) {
		struct model_anon_vma *anon_vma = &writing->now->anon_vmas[i];

		if (anon_vma->previous != MODEL_NONE)
			writing->kept[anon_vma->previous] = 1;
		rc = write_anon_vma(writing, anon_vma);
	}
	for (uint32_t i = 0; !rc && i < before->anon_vma_count; i++) {
		if (writing->kept[i])
			continue;
		rc = store_close_row(writing, STORE_CLOSE_ANON_VMA, before->anon_vmas[i].row);
		if (!rc)
			rc = store_close_row(writing, STORE_CLOSE_STATE,
					     before->anon_vmas[i].state_row);
	}
	return rc;
}

static uint32_t tree_process_id(const struct model *model, const struct tree_summary *tree)
{
	return tree->process == MODEL_NONE ? 0 : model->processes[tree->process].id;
}

/* The columns of a tree from `anon_vmas` on. */
#define TREE_VALUES 18
static void list_tree_values(const struct tree_summary *tree, uint64_t values[TREE_VALUES])
{
	const uint64_t list[TREE_VALUES] = {
		tree->anon_vmas,
		tree->idle_anon_vmas,
		tree->reusable_anon_vmas,
		tree->avcs,
		tree->vmas,
		tree->reused_vmas,
		tree->mms,
		tree->torn,
		tree->depth,
		tree->max_chain,
		tree->missed_groups,
		tree->missed_reuse,
		tree->object_bytes,
		tree->rmap.max_visits,
		tree->rmap.covered_pages,
		tree->rmap.covered_visits,
		tree->rmap.written_pages,
		tree->rmap.written_visits,
	};

	memcpy(values, list, sizeof(list));
}

static bool same_tree(const struct store_writing *writing, const struct tree_summary *old,
		      const struct tree_summary *tree)
{
	uint64_t old_values[TREE_VALUES], values[TREE_VALUES];

	list_tree_values(old, old_values);
	list_tree_values(tree, values);
	return memcmp(old_values, values, sizeof(values)) == 0 &&
	       tree_process_id(writing->before, old) == tree_process_id(writing->now, tree);
}

static int add_tree(struct store_writing *writing, struct tree_summary *tree)
{
	sqlite3_stmt *statement = store_statement(writing->store, STORE_ADD_TREE);
	uint64_t values[TREE_VALUES];

	if (!statement)
		return -EIO;
	list_tree_values(tree, values);
	store_bind_uint(statement, 2, writing->now->anon_vmas[tree->root].id);
	store_bind_id(statement, 3, tree_process_id(writing->now, tree));
	for (int i = 0; i < TREE_VALUES; i++)
		store_bind_uint(statement, 4 + i, values[i]);
	return store_add_row(writing, statement, &tree->row);
}

/* The tree of before with the same root, or MODEL_NONE. */
static uint32_t previous_tree(const struct store_writing *writing, const struct tree_summary *tree)
{
	uint32_t root = writing->now->anon_vmas[tree->root].previous;

	if (root == MODEL_NONE || !model_is_root(writing->before, root))
		return MODEL_NONE;
	return writing->before_analysis->tree_of[root];
}

int store_write_trees(struct store_writing *writing)
{
	const struct analysis *before = writing->before_analysis;
	struct analysis *now = writing->now_analysis;
	int rc = store_forget_kept(writing, before->tree_count);

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
			rc = store_close_row(writing, STORE_CLOSE_TREE, before->trees[i].row);
	return rc;
}
