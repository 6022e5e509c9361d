/* SPDX-License-Identifier: GPL-2.0-only */
#include "split_parents.h"

#include <stdlib.h>

#include "lookup.h"
#include "schema/store_findings.h"
#include "topology/table.h"

void split_parents_clear(struct split_parents *parents)
{
	free(parents->items);
	free(parents->starts);
	key_map_clear(&parents->by_anon_vma);
	key_map_clear(&parents->known);
	*parents = (struct split_parents){0};
}

static int add_parent(struct split_parents *parents, const struct store_split_parent_row *row)
{
	int rc = table_reserve((void **)&parents->items, &parents->capacity, parents->count + 1ull,
			       sizeof(*parents->items));

	if (!rc)
		rc = key_map_put(&parents->by_anon_vma, (uint64_t)row->anon_vma, parents->count);
	if (rc)
		return rc;

	struct split_parent *parent = &parents->items[parents->count++];

	*parent = (struct split_parent){
		.mm_id = row->mm_id,
		.pid = row->pid,
		.first = parents->start_count,
	};
	lookup_copy_text(&row->comm, parent->comm, sizeof(parent->comm));
	return 0;
}

static int add_start(struct split_parents *parents, struct split_parent *parent, int64_t vm_start)
{
	int rc = table_reserve((void **)&parents->starts, &parents->start_capacity,
			       parents->start_count + 1ull, sizeof(*parents->starts));

	if (rc)
		return rc;
	parents->starts[parents->start_count++] = (uint64_t)vm_start;
	parent->count++;
	return 0;
}

/* The rows of one anon_vma follow each other, those of its oldest process first. */
static int take_row(void *context, const void *row)
{
	const struct store_split_parent_row *vma = row;
	struct split_parents *parents = context;
	uint32_t index = key_map_find(&parents->by_anon_vma, (uint64_t)vma->anon_vma);
	struct split_parent *parent;
	int rc = 0;

	if (index == KEY_MAP_NONE) {
		rc = add_parent(parents, vma);
		index = parents->count - 1;
	}
	if (rc)
		return rc;
	parent = &parents->items[index];
	if (parent->mm_id != vma->mm_id || parent->count == SPLIT_PARENT_VMAS_MAX)
		return 0;
	return add_start(parents, parent, vma->vm_start);
}

int split_parents_find(struct split_parents *parents, const struct call *call, int64_t root,
		       int64_t anon_vma, const struct split_parent **ret_parent)
{
	uint32_t index;
	int rc = 0;

	*ret_parent = NULL;
	if (root <= 0 || anon_vma <= 0)
		return 0;
	if (key_map_find(&parents->known, (uint64_t)root) == KEY_MAP_NONE) {
		rc = key_map_put(&parents->known, (uint64_t)root, 1);
		if (!rc)
			rc = store_list_split_parents(call->store, call->snapshot, root, take_row,
						      parents);
	}
	index = key_map_find(&parents->by_anon_vma, (uint64_t)anon_vma);
	if (!rc && index != KEY_MAP_NONE)
		*ret_parent = &parents->items[index];
	return rc;
}
