/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_json: the child of a simulated fork() as JSON.
 */
#ifndef VMASCOPE_SERVER_FORK_JSON_H
#define VMASCOPE_SERVER_FORK_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "field.h"
#include "json_writer.h"
#include "topology/fork_simulator.h"
#include "topology/model.h"

/* What a fork allocates, and what would be wrong with the child. */
struct fork_result {
	uint32_t vmas, anon_vmas, avcs;
	uint32_t reused_vmas, shared_vmas; /* of the child */
	uint32_t max_chain;
	uint32_t violations; /* FORK_* bits */
};

struct fork_json {
	const struct model *model;
	const struct fork_child *child;
	const char *comm; /* of the process that forks, as is pid */
	int64_t pid;
	enum fork_policy policy; /* that the child was made by */
	enum fork_policy kernel_policy; /* what the walked kernel does */
	bool kernel_observed; /* it was seen to, not only taken to */
	struct fork_result results[FORK_POLICY_COUNT];
};

extern const struct field fork_json_shape[];

/*
 * Writes the document. Anon_vmas are named by their ids, those that the fork
 * makes by -1, -2, ... Memory errors stay in the buffer.
 */
void fork_json_write(struct json_writer *json, const struct fork_json *fork);

#endif
