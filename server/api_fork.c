/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_fork.h"

#include <errno.h>
#include <string.h>

#include "fork_json.h"
#include "lookup.h"
#include "schema/store.h"
#include "schema/store_list.h"

/* Beyond this an answer would take seconds and hundreds of megabytes; what fork()
 * allocates stands in the process's own row all the same. */
#define VMAS_MAX (1 << 18)
#define AVCS_MAX (1 << 22)

static int refuse_size(const struct lookup_process *process, struct problem *problem)
{
	return problem_set(
		problem, 422,
		"Process %lld has too many VMAs (%lld) or AVCs (%lld) to show its child; "
		"fork in its processes row says what fork() allocates.",
		(long long)process->pid, (long long)process->vmas, (long long)process->avcs);
}

static int take_policy(void *context, const void *row)
{
	const struct store_snapshot_row *snapshot = row;
	char name[32];

	lookup_copy_text(&snapshot->fork_policy, name, sizeof(name));
	*(enum fork_policy *)context = fork_policy_find(name);
	return 0;
}

/* The policy asked for, else the one that the walked kernel was seen to follow,
 * else the one it is taken to follow. */
static int choose_policy(const struct call *call, const struct model *model, struct fork_json *fork)
{
	const struct param_value *wanted = &call->request->values[PARAM_POLICY];
	enum fork_policy seen = FORK_POLICY_COUNT;
	int rc = store_find_snapshot(call->store, call->snapshot, take_policy, &seen);

	if (rc)
		return rc;
	fork->kernel_observed = seen != FORK_POLICY_COUNT;
	fork->kernel_policy = fork->kernel_observed ?
				      seen :
				      fork_policy_assumed(model->origin.split_counters);
	fork->policy = wanted->text ? (enum fork_policy)wanted->integer : fork->kernel_policy;
	return 0;
}

static struct fork_result measure(const struct fork_child *child)
{
	struct fork_result result = {
		.vmas = child->vma_count,
		.anon_vmas = child->new_count,
		.avcs = child->avcs,
		.violations = child->violations,
	};

	for (uint32_t i = 0; i < child->vma_count; i++) {
		const struct fork_vma *vma = &child->vmas[i];

		result.reused_vmas += vma->reused;
		result.shared_vmas += vma->shared;
		if (vma->chain_count > result.max_chain)
			result.max_chain = vma->chain_count;
	}
	return result;
}

/* Each child but the wanted one is only counted. */
static int simulate_all(struct fork_json *fork, struct fork_child *child, struct fork_child *other)
{
	int rc = 0;

	for (enum fork_policy policy = 0; !rc && policy < FORK_POLICY_COUNT; policy++) {
		struct fork_child *made = policy == fork->policy ? child : other;

		rc = fork_simulate(fork->model, 0, policy, made);
		if (!rc)
			fork->results[policy] = measure(made);
	}
	return rc;
}

static int answer(const struct call *call, const struct lookup_process *process,
		  const struct model *model, struct reply *reply)
{
	__attribute__((cleanup(fork_child_clear))) struct fork_child child = {0};
	__attribute__((cleanup(fork_child_clear))) struct fork_child other = {0};
	struct fork_json fork = {
		.model = model,
		.child = &child,
		.pid = process->pid,
		.comm = process->comm,
	};
	struct json_writer json;
	int rc = choose_policy(call, model, &fork);

	if (!rc)
		rc = simulate_all(&fork, &child, &other);
	if (rc)
		return rc == -EOVERFLOW ? refuse_size(process, &reply->problem) : rc;
	json_start(&json, &reply->body);
	fork_json_write(&json, &fork);
	reply_set_json(reply);
	return reply->body.error;
}

int api_fork(const struct call *call, struct reply *reply)
{
	__attribute__((cleanup(model_clear))) struct model model;
	struct lookup_process process;
	int rc = lookup_process(call, &process, &reply->problem);

	model_init(&model);
	if (rc)
		return rc;
	if (process.vmas > VMAS_MAX || process.avcs > AVCS_MAX)
		return refuse_size(&process, &reply->problem);
	rc = store_load_mm(call->store, call->snapshot, (uint32_t)process.mm_id, &model);
	if (rc)
		return rc == -ENOENT ? lookup_no_process(call, &reply->problem) : rc;
	return answer(call, &process, &model, reply);
}
