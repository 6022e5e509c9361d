/* SPDX-License-Identifier: GPL-2.0-only */
#include "choice.h"

#include <stddef.h>

#include "diff_fields.h"
#include "topology/findings.h"
#include "topology/fork_simulator.h"
#include "topology/invariants.h"

const char *choice_diff_section(int64_t index)
{
	return index < STORE_DIFF_SECTION_COUNT ? diff_section_names[index] : NULL;
}

const char *choice_diff_state(int64_t index)
{
	return index < STORE_DIFF_STATE_COUNT ? diff_state_names[index] : NULL;
}

const char *choice_finding_kind(int64_t index)
{
	return index < FINDING_KIND_COUNT ? finding_kinds[index].name : NULL;
}

const char *choice_finding_size(int64_t index)
{
	return index < FINDING_KIND_COUNT ? finding_kinds[index].size : NULL;
}

const char *choice_fork_policy(int64_t index)
{
	return index < FORK_POLICY_COUNT ? fork_policies[index].name : NULL;
}

const char *choice_fork_violation(int64_t index)
{
	return index < FORK_VIOLATION_COUNT ? fork_violations[index] : NULL;
}

const char *choice_invariant(int64_t index)
{
	return index < INVARIANT_COUNT ? invariant_info((uint32_t)index + 1)->name : NULL;
}
