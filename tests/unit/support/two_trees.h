/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * two_trees: a snapshot of two trees that hold every rule, and for each rule
 * what breaks just that one.
 *
 *   root  ├─ a            of a worker's VMAs
 *         ├─ b
 *         └─ idle ── c    its process is dead
 *
 *   other                 of the daemon alone
 *
 * Indexes are in the order of adding; ids are 10 more.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_TWO_TREES_H
#define VMASCOPE_TESTS_SUPPORT_TWO_TREES_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshots.h"
#include "topology/invariants.h"

enum {
	ROOT,
	A,
	B,
	IDLE,
	C,
	OTHER,
	ANON_VMAS,
};

enum {
	DAEMON_VMA,
	OTHER_VMA,
	PLAIN_VMA,
	A_VMA,
	B_VMA,
	C_VMA,
	VMAS,
};

enum {
	DAEMON,
	WORKER,
};

#define LINKED_VMAS (VMAS - 1)
#define REUSABLE 1

/* For cmocka: *state is a struct snapshots, open, of a kernel with split counters;
 * snapshots_teardown closes it. */
int two_trees_setup(void **state);

/* The next model, to bend. */
struct model *two_trees_fill(struct snapshots *snapshots);
void two_trees_move_active(struct model *model, uint32_t vma, uint32_t to);

/* Analyse the next snapshot: as it is, or bent. */
const struct analysis *two_trees_healthy(struct snapshots *snapshots);
const struct analysis *two_trees_bent(struct snapshots *snapshots,
				      void (*bend)(struct model *model));
/* The same, bent so that this rule does not hold: the model, and its analysis. */
struct model *two_trees_fill_broken(struct snapshots *snapshots, uint32_t rule);
const struct analysis *two_trees_break(struct snapshots *snapshots, uint32_t rule);
/* Nobody is new in the snapshots that follow. */
void two_trees_restart(struct snapshots *snapshots);

/* Whether a fork or an exit under way may excuse it. */
bool of_counters(uint32_t rule);

/* Whatever excuses: a rule that does not hold is counted where it was checked. */
void assert_sums(const struct analysis *analysis);
/* Just this rule does not hold, once, and that is excused so. */
void assert_broken(const struct analysis *analysis, uint32_t rule, enum invariant_excuse excuse);
/* What two_trees_break did to the rule is told as a finding. */
void assert_violation(const struct analysis *analysis, uint32_t rule);

#endif
