/* SPDX-License-Identifier: GPL-2.0-only */
#include "lookup.h"

#include <string.h>

#include "schema/store_processes.h"

int lookup_no_process(const struct call *call, struct problem *problem)
{
	return problem_set(problem, 404,
			   "Snapshot %lld has no process %lld; its processes list has those that "
			   "have an address space.",
			   (long long)call->snapshot,
			   (long long)call->request->values[PARAM_PID].integer);
}

int lookup_no_tree(const struct call *call, struct problem *problem)
{
	return problem_set(problem, 404,
			   "Snapshot %lld has no tree %lld; its trees list has them all, by the id "
			   "of the root anon_vma.",
			   (long long)call->snapshot,
			   (long long)call->request->values[PARAM_ROOT].integer);
}

void lookup_copy_text(const struct store_text *text, char *copy, size_t room)
{
	size_t size = text->size < room ? text->size : room - 1;

	if (size)
		memcpy(copy, text->bytes, size);
	copy[size] = '\0';
}

static int take_process(void *context, const void *row)
{
	const struct store_process_row *process = row;
	struct lookup_process *found = context;

	*found = (struct lookup_process){
		.pid = process->pid,
		.process_id = process->process_id,
		.mm_id = process->mm_id,
		.vmas = process->vmas,
		.avcs = process->avcs,
	};
	lookup_copy_text(&process->comm, found->comm, sizeof(found->comm));
	return 0;
}

int lookup_process(const struct call *call, struct lookup_process *ret_process,
		   struct problem *problem)
{
	int64_t pid = call->request->values[PARAM_PID].integer;
	struct lookup_process found = {0};
	int rc = store_find_process(call->store, call->snapshot, pid, take_process, &found);

	if (rc)
		return rc;
	if (found.pid == 0)
		return lookup_no_process(call, problem);
	*ret_process = found;
	return 0;
}

struct tree_visit {
	store_visit visit;
	void *context;
	bool found;
};

static int visit_tree(void *context, const void *row)
{
	struct tree_visit *tree = context;

	tree->found = true;
	return tree->visit(tree->context, row);
}

int lookup_tree(const struct call *call, store_visit visit, void *context, struct problem *problem)
{
	int64_t root = call->request->values[PARAM_ROOT].integer;
	struct tree_visit tree = {.visit = visit, .context = context};
	int rc = store_find_tree(call->store, call->snapshot, root, visit_tree, &tree);

	if (rc)
		return rc;
	return tree.found ? 0 : lookup_no_tree(call, problem);
}
