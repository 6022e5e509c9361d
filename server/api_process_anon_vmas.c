/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_process_anon_vmas.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "lookup.h"
#include "schema/store.h"
#include "schema/store_owners.h"
#include "topology/missed_reuse.h"

/* As of /fork: a larger answer would take hundreds of megabytes. */
#define AVCS_MAX (1 << 22)

/* Who has an anon_vma active. */
struct owner {
	int64_t mms; /* 0: nobody */
	int64_t pid; /* of the oldest process */
	char comm[MODEL_COMM_SIZE];
};

/* The mm's part of the model, and what is found by index of the anon_vma. */
struct linked {
	const struct call *call;
	struct model model;
	struct missed_reuse missed;
	struct owner *owners;
	uint32_t *own_vmas; /* VMAs of the process that have it active */
	bool *asked; /* a root whose tree is looked at for owners */
};

static void linked_clear(struct linked *linked)
{
	model_clear(&linked->model);
	missed_reuse_clear(&linked->missed);
	free(linked->owners);
	free(linked->own_vmas);
	free(linked->asked);
}

/* The tree has others too, which no VMA of this process is linked to. */
static int take_owner(void *context, const void *row)
{
	const struct store_owner_row *found = row;
	struct linked *linked = context;
	uint32_t index = model_find_anon_vma(&linked->model, (uint64_t)found->anon_vma);

	if (index == MODEL_NONE)
		return 0;

	struct owner *owner = &linked->owners[index];

	owner->mms = found->mms;
	owner->pid = found->pid;
	lookup_copy_text(&found->comm, owner->comm, sizeof(owner->comm));
	return 0;
}

/* The counter says that no other mm has it active: true of most of what a large
 * process has, and a look at its tree is saved. */
static bool is_own(const struct linked *linked, uint32_t i)
{
	return linked->model.origin.split_counters && linked->own_vmas[i] &&
	       linked->model.anon_vmas[i].num_active_vmas == linked->own_vmas[i];
}

/* Marks roots of trees that have to be looked at, names the owner of the rest. */
static void find_own(struct linked *linked, const struct lookup_process *process)
{
	const struct model *model = &linked->model;

	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		struct owner *owner = &linked->owners[i];

		if (!is_own(linked, i)) {
			linked->asked[model->anon_vmas[i].root] = true;
			continue;
		}
		owner->mms = 1;
		owner->pid = process->pid;
		memcpy(owner->comm, process->comm, sizeof(owner->comm));
	}
}

static int find_owners(struct linked *linked, const struct lookup_process *process)
{
	const struct model *model = &linked->model;
	int rc = 0;

	find_own(linked, process);
	for (uint32_t i = 0; !rc && i < model->anon_vma_count; i++)
		if (linked->asked[i])
			rc = store_list_owners(linked->call->store, linked->call->snapshot,
					       model->anon_vmas[i].id, take_owner, linked);
	return rc;
}

static int linked_load(struct linked *linked, const struct lookup_process *process)
{
	const struct call *call = linked->call;
	struct model *model = &linked->model;
	int rc = store_load_mm(call->store, call->snapshot, (uint32_t)process->mm_id, model);

	if (!rc)
		rc = missed_reuse_find(&linked->missed, model);
	if (rc)
		return rc;
	linked->owners = calloc(model->anon_vma_count + 1ull, sizeof(*linked->owners));
	linked->own_vmas = calloc(model->anon_vma_count + 1ull, sizeof(*linked->own_vmas));
	linked->asked = calloc(model->anon_vma_count + 1ull, sizeof(*linked->asked));
	if (!linked->owners || !linked->own_vmas || !linked->asked)
		return -ENOMEM;
	for (uint32_t i = 0; i < model->vma_count; i++)
		if (model->vmas[i].active != MODEL_NONE)
			linked->own_vmas[model->vmas[i].active]++;
	return find_owners(linked, process);
}

static void write_owner(struct json_writer *json, const struct owner *owner)
{
	json_name_integer(json, "active_mms", owner->mms);
	json_name(json, "process");
	if (!owner->mms) {
		json_null(json);
		return;
	}
	json_begin_object(json);
	json_name_integer(json, "pid", owner->pid);
	json_name_text(json, "comm", owner->comm);
	json_end_object(json);
}

static const struct field owner_shape[] = {
	SHAPE(FIELD_INTEGER, "pid"),
	SHAPE(FIELD_TEXT, "comm"),
	FIELD_END,
};

static const struct field anon_vma_shape[] = {
	SHAPE(FIELD_INTEGER, "id"),
	SHAPE(FIELD_INTEGER, "root"),
	SHAPE(FIELD_ID, "parent"),
	SHAPE(FIELD_INTEGER, "num_children"),
	SHAPE(FIELD_INTEGER, "num_active_vmas"),
	SHAPE(FIELD_BOOLEAN, "described"),
	SHAPE(FIELD_BOOLEAN, "reusable"),
	SHAPE(FIELD_INTEGER, "own_vmas", .description = "VMAs of this process that have it active"),
	SHAPE(FIELD_INTEGER, "active_mms",
	      .description = "Address spaces with VMAs that have it active"),
	SHAPE_OR_NULL(FIELD_GROUP, "process", .fields = owner_shape,
		      .description = "The oldest process that has it active; null: none"),
	FIELD_END,
};

static void write_anon_vma(struct json_writer *json, const struct linked *linked, uint32_t i)
{
	const struct model *model = &linked->model;
	const struct model_anon_vma *anon_vma = &model->anon_vmas[i];

	json_begin_object(json);
	json_name_integer(json, "id", anon_vma->id);
	json_name_integer(json, "root", model->anon_vmas[anon_vma->root].id);
	json_name(json, "parent");
	if (anon_vma->parent == i)
		json_null(json);
	else
		json_integer(json, model->anon_vmas[anon_vma->parent].id);
	json_name_integer(json, "num_children", (int64_t)anon_vma->num_children);
	json_name_integer(json, "num_active_vmas", (int64_t)anon_vma->num_active_vmas);
	json_name_boolean(json, "described", anon_vma->described);
	json_name_boolean(json, "reusable", model_is_reusable(model, anon_vma));
	json_name_integer(json, "own_vmas", linked->own_vmas[i]);
	write_owner(json, &linked->owners[i]);
	json_end_object(json);
}

static void write_group(struct json_writer *json, const struct linked *linked,
			const struct missed_group *group)
{
	const struct model_anon_vma *anon_vmas = linked->model.anon_vmas;
	const uint32_t *members = linked->missed.members + group->member_first;

	json_begin_object(json);
	json_name_integer(json, "parent", anon_vmas[group->parent].id);
	json_name(json, "anon_vmas");
	json_begin_array(json);
	for (uint32_t i = 0; i < group->member_count; i++)
		json_integer(json, anon_vmas[members[i]].id);
	json_end_array(json);
	json_name_integer(json, "missed_reuse", group->member_count - 1);
	json_end_object(json);
}

static const struct field group_shape[] = {
	SHAPE(FIELD_INTEGER, "parent", .description = "Id of the anon_vma above them"),
	SHAPE_ARRAY("anon_vmas", FIELD_INTEGER, .description = "Ids of the siblings"),
	SHAPE(FIELD_INTEGER, "missed_reuse"),
	FIELD_END,
};

const struct field api_process_anon_vmas_document[] = {
	SHAPE(FIELD_INTEGER, "mm_id"),
	SHAPE_ROWS("anon_vmas", anon_vma_shape, .description = "Those of its chains"),
	SHAPE_ROWS("missed_groups", group_shape,
		   .description = "Siblings that one anon_vma would have done for"),
	FIELD_END,
};

static void write_linked(struct json_writer *json, const struct linked *linked, int64_t mm_id)
{
	json_begin_object(json);
	json_name_integer(json, "mm_id", mm_id);
	json_name(json, "anon_vmas");
	json_begin_array(json);
	for (uint32_t i = 0; i < linked->model.anon_vma_count; i++)
		write_anon_vma(json, linked, i);
	json_end_array(json);
	json_name(json, "missed_groups");
	json_begin_array(json);
	for (uint32_t i = 0; i < linked->missed.group_count; i++)
		write_group(json, linked, &linked->missed.groups[i]);
	json_end_array(json);
	json_end_object(json);
}

static int refuse_size(const struct lookup_process *process, struct problem *problem)
{
	return problem_set(problem, 422,
			   "Process %lld has too many AVCs (%lld) to show all of its anon_vmas at "
			   "once; ask for its trees one by one.",
			   (long long)process->pid, (long long)process->avcs);
}

int api_process_anon_vmas(const struct call *call, struct reply *reply)
{
	__attribute__((cleanup(linked_clear))) struct linked linked = {.call = call};
	struct lookup_process process;
	struct json_writer json;
	int rc = lookup_process(call, &process, &reply->problem);

	model_init(&linked.model);
	if (rc)
		return rc;
	if (process.avcs > AVCS_MAX)
		return refuse_size(&process, &reply->problem);
	rc = linked_load(&linked, &process);
	if (rc)
		return rc == -ENOENT ? lookup_no_process(call, &reply->problem) : rc;
	json_start(&json, &reply->body);
	write_linked(&json, &linked, process.mm_id);
	reply_set_json(reply);
	return reply->body.error;
}
