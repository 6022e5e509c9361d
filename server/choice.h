/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * choice: the texts that a parameter or a field may have, one by one: each
 * function gives that of an index, or NULL past the last.
 */
#ifndef VMASCOPE_SERVER_CHOICE_H
#define VMASCOPE_SERVER_CHOICE_H

#include <stdint.h>

const char *choice_diff_section(int64_t index);
const char *choice_diff_state(int64_t index);
const char *choice_finding_kind(int64_t index);
const char *choice_finding_size(int64_t index);
const char *choice_fork_policy(int64_t index);
const char *choice_fork_violation(int64_t index);
const char *choice_invariant(int64_t index);

#endif
