/* SPDX-License-Identifier: GPL-2.0-only */
#include "fork_json.h"

#include <string.h>

#include "choice.h"
#include "vma_json.h"

static int64_t name_of(const struct fork_json *fork, uint32_t anon_vma)
{
	const struct model *model = fork->model;

	if (anon_vma < model->anon_vma_count)
		return model->anon_vmas[anon_vma].id;
	return -(int64_t)(anon_vma - model->anon_vma_count) - 1;
}

static uint64_t bytes_of(const struct fork_json *fork, const struct fork_result *result)
{
	const struct model_origin *origin = &fork->model->origin;

	return (uint64_t)result->vmas * origin->vma_bytes +
	       (uint64_t)result->anon_vmas * origin->anon_vma_bytes +
	       (uint64_t)result->avcs * origin->avc_bytes;
}

/* Members that occur more than once. */
#define VIOLATIONS                                                              \
	SHAPE(FIELD_ARRAY, "violations",                                        \
	      .items = SHAPE_ITEM(FIELD_TEXT, .choice = choice_fork_violation), \
	      .description = "What would be wrong with the child; empty: nothing")
#define POLICY_NAMES                                                                           \
	SHAPE(FIELD_TEXT, "policy", .choice = choice_fork_policy),                             \
		SHAPE(FIELD_TEXT, "kernels", .description = "Which kernels follow it"),        \
		SHAPE(FIELD_TEXT, "description", .description = "What it does, in a sentence", \
		      .example = "\"Reuse an ancestor's that no VMA has active …\"")
#define OBJECTS                                                                     \
	SHAPE(FIELD_INTEGER, "anon_vmas", .description = "anon_vmas that are new"), \
		SHAPE(FIELD_INTEGER, "avcs"), SHAPE(FIELD_INTEGER, "bytes")

static void write_violations(struct json_writer *json, uint32_t violations)
{
	json_name(json, "violations");
	json_begin_array(json);
	for (uint32_t i = 0; i < FORK_VIOLATION_COUNT; i++)
		if (violations & 1u << i)
			json_text(json, fork_violations[i], strlen(fork_violations[i]));
	json_end_array(json);
}

static void write_objects(struct json_writer *json, const struct fork_json *fork,
			  const struct fork_result *result)
{
	json_name_integer(json, "anon_vmas", result->anon_vmas);
	json_name_integer(json, "avcs", result->avcs);
	json_name_integer(json, "bytes", (int64_t)bytes_of(fork, result));
}

static void write_names(struct json_writer *json, enum fork_policy policy)
{
	json_name_text(json, "policy", fork_policies[policy].name);
	json_name_text(json, "kernels", fork_policies[policy].kernels);
	json_name_text(json, "description", fork_policies[policy].rule);
}

static void write_policy(struct json_writer *json, const struct fork_json *fork)
{
	write_names(json, fork->policy);
	json_name_boolean(json, "policy_observed",
			  fork->kernel_observed && fork->policy == fork->kernel_policy);
	json_name_text(json, "kernel_policy", fork_policies[fork->kernel_policy].name);
	json_name_boolean(json, "kernel_policy_observed", fork->kernel_observed);
}

static void write_totals(struct json_writer *json, const struct fork_json *fork)
{
	const struct fork_result *result = &fork->results[fork->policy];

	json_name(json, "process");
	json_begin_object(json);
	json_name_integer(json, "pid", fork->pid);
	json_name_text(json, "comm", fork->comm);
	json_end_object(json);
	json_name(json, "allocates");
	json_begin_object(json);
	json_name_integer(json, "vmas", result->vmas);
	write_objects(json, fork, result);
	json_end_object(json);
	write_violations(json, result->violations);
}

static const struct field process_shape[] = {
	SHAPE(FIELD_INTEGER, "pid"),
	SHAPE(FIELD_TEXT, "comm"),
	FIELD_END,
};

static const struct field allocates_shape[] = {
	SHAPE(FIELD_INTEGER, "vmas"),
	OBJECTS,
	FIELD_END,
};

/* The text at an offset that is 0 for none. */
static void write_optional_text(struct json_writer *json, const struct model *model,
				const char *name, uint32_t offset)
{
	if (offset) {
		json_name_text(json, name, model_text(model, offset));
		return;
	}
	json_name(json, name);
	json_null(json);
}

static void write_active(struct json_writer *json, const struct fork_json *fork, uint32_t active)
{
	json_name(json, "anon_vma");
	if (active == MODEL_NONE)
		json_null(json);
	else
		json_integer(json, name_of(fork, active));
}

static const struct field vma_shape[] = {
	SHAPE(FIELD_HEX, "vm_start"),
	SHAPE(FIELD_HEX, "vm_end"),
	SHAPE(FIELD_TEXT, "permissions"),
	SHAPE_OR_NULL(FIELD_TEXT, "path"),
	SHAPE_OR_NULL(FIELD_TEXT, "name"),
	SHAPE(FIELD_ID, "anon_vma"),
	SHAPE_ARRAY("chain", FIELD_INTEGER),
	SHAPE(FIELD_BOOLEAN, "reused"),
	SHAPE(FIELD_BOOLEAN, "shared",
	      .description = "An earlier VMA of the child, or one of the parent, has the same "
			     "anon_vma active"),
	FIELD_END,
};

static void write_vma(struct json_writer *json, const struct fork_json *fork,
		      const struct fork_vma *vma)
{
	const struct model_vma *source = &fork->model->vmas[vma->source];

	json_begin_object(json);
	json_name_hex(json, "vm_start", source->start);
	json_name_hex(json, "vm_end", source->end);
	json_name(json, "permissions");
	vma_json_permissions(json, source->flags);
	vma_json_path(json, "path", fork->model, source->file);
	write_optional_text(json, fork->model, "name", source->name);
	write_active(json, fork, vma->active);
	json_name(json, "chain");
	json_begin_array(json);
	for (uint32_t i = 0; i < vma->chain_count; i++)
		json_integer(json, name_of(fork, fork->child->chains[vma->chain_first + i]));
	json_end_array(json);
	json_name_boolean(json, "reused", vma->reused);
	json_name_boolean(json, "shared", vma->shared);
	json_end_object(json);
}

static void write_vmas(struct json_writer *json, const struct fork_json *fork)
{
	json_name(json, "vmas");
	json_begin_array(json);
	for (uint32_t i = 0; i < fork->child->vma_count; i++)
		write_vma(json, fork, &fork->child->vmas[i]);
	json_end_array(json);
}

static const struct field new_shape[] = {
	SHAPE(FIELD_INTEGER, "id", .description = "-1, -2, … in order of allocation"),
	SHAPE(FIELD_INTEGER, "parent", .description = "Id of its parent"),
	SHAPE(FIELD_INTEGER, "root"),
	SHAPE(FIELD_INTEGER, "num_children"),
	SHAPE(FIELD_INTEGER, "num_active_vmas"),
	FIELD_END,
};

static void write_new(struct json_writer *json, const struct fork_json *fork)
{
	json_name(json, "new_anon_vmas");
	json_begin_array(json);
	for (uint32_t i = 0; i < fork->child->new_count; i++) {
		const struct fork_anon_vma *made = &fork->child->new_anon_vmas[i];

		json_begin_object(json);
		json_name_integer(json, "id", name_of(fork, fork->model->anon_vma_count + i));
		json_name_integer(json, "parent", name_of(fork, made->parent));
		json_name_integer(json, "root", name_of(fork, made->root));
		json_name_integer(json, "num_children", (int64_t)made->num_children);
		json_name_integer(json, "num_active_vmas", (int64_t)made->num_active_vmas);
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_counter(struct json_writer *json, const char *name, uint64_t before,
			  uint64_t after)
{
	json_name(json, name);
	json_begin_object(json);
	json_name_integer(json, "before", (int64_t)before);
	json_name_integer(json, "after", (int64_t)after);
	json_end_object(json);
}

static const struct field counter_shape[] = {
	SHAPE(FIELD_INTEGER, "before"),
	SHAPE(FIELD_INTEGER, "after"),
	FIELD_END,
};

static const struct field change_shape[] = {
	SHAPE(FIELD_INTEGER, "anon_vma", .description = "Id of the anon_vma"),
	SHAPE(FIELD_GROUP, "num_children", .fields = counter_shape),
	SHAPE(FIELD_GROUP, "num_active_vmas", .fields = counter_shape),
	FIELD_END,
};

static void write_changes(struct json_writer *json, const struct fork_json *fork)
{
	json_name(json, "changes");
	json_begin_array(json);
	for (uint32_t i = 0; i < fork->child->change_count; i++) {
		const struct fork_change *change = &fork->child->changes[i];
		const struct model_anon_vma *before = &fork->model->anon_vmas[change->anon_vma];

		json_begin_object(json);
		json_name_integer(json, "anon_vma", before->id);
		write_counter(json, "num_children", before->num_children, change->num_children);
		write_counter(json, "num_active_vmas", before->num_active_vmas,
			      change->num_active_vmas);
		json_end_object(json);
	}
	json_end_array(json);
}

static const struct field comparison_shape[] = {
	POLICY_NAMES,
	OBJECTS,
	SHAPE(FIELD_INTEGER, "reused_vmas"),
	SHAPE(FIELD_INTEGER, "shared_vmas", .description = "VMAs of the child that are shared"),
	SHAPE(FIELD_INTEGER, "max_chain"),
	VIOLATIONS,
	FIELD_END,
};

static void write_comparison(struct json_writer *json, const struct fork_json *fork)
{
	json_name(json, "policies");
	json_begin_array(json);
	for (enum fork_policy policy = 0; policy < FORK_POLICY_COUNT; policy++) {
		const struct fork_result *result = &fork->results[policy];

		json_begin_object(json);
		write_names(json, policy);
		write_objects(json, fork, result);
		json_name_integer(json, "reused_vmas", result->reused_vmas);
		json_name_integer(json, "shared_vmas", result->shared_vmas);
		json_name_integer(json, "max_chain", result->max_chain);
		write_violations(json, result->violations);
		json_end_object(json);
	}
	json_end_array(json);
}

const struct field fork_json_shape[] = {
	POLICY_NAMES,
	SHAPE(FIELD_BOOLEAN, "policy_observed",
	      .description = "The walked kernel was seen to follow this policy"),
	SHAPE(FIELD_TEXT, "kernel_policy", .choice = choice_fork_policy,
	      .description = "The policy of the walked kernel"),
	SHAPE(FIELD_BOOLEAN, "kernel_policy_observed",
	      .description = "It was seen; false: taken from its counters"),
	SHAPE(FIELD_GROUP, "process", .fields = process_shape,
	      .description = "The process that forks"),
	SHAPE(FIELD_GROUP, "allocates", .fields = allocates_shape,
	      .description = "What the fork() allocates"),
	VIOLATIONS,
	SHAPE_ROWS("vmas", vma_shape, .description = "VMAs of the child, by address"),
	SHAPE_ROWS("new_anon_vmas", new_shape, .description = "anon_vmas that the fork() makes"),
	SHAPE_ROWS("changes", change_shape,
		   .description = "Counters of the parent's anon_vmas that the fork() changes"),
	SHAPE_ROWS("policies", comparison_shape,
		   .description = "The same fork() under each policy"),
	FIELD_END,
};

void fork_json_write(struct json_writer *json, const struct fork_json *fork)
{
	json_begin_object(json);
	write_policy(json, fork);
	write_totals(json, fork);
	write_vmas(json, fork);
	write_new(json, fork);
	write_changes(json, fork);
	write_comparison(json, fork);
	json_end_object(json);
}
