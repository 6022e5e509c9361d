/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "fork_simulator.h"

const struct fork_policy_info fork_policies[FORK_POLICY_COUNT] = {
	[FORK_SHARED] = {"shared", "up to 2.6.33",
			 "the child's VMA joins the parent's anon_vma; nothing is allocated"},
	[FORK_CHAIN] = {"chain", "2.6.34 to 3.18",
			"every VMA gets a new anon_vma and links to all of the parent's chain"},
	[FORK_DEGREE] = {"degree", "3.19 to 5.4 and 5.7 to 5.19",
			 "like chain, but the oldest anon_vma of the chain with degree < 2 is reused "
			 "instead of a new one"},
	[FORK_YANG] = {"yang", "5.5 and 5.6, as it ran",
		       "a VMA that shares its anon_vma with the one before it keeps the parent's "
		       "anon_vma in the child; others as degree"},
	[FORK_YANG_INTENDED] =
		{"yang_intended", "5.5 and 5.6, as it was meant",
		 "a VMA that shares its anon_vma with the one before it takes the anon_vma "
		 "of the child's VMA before it, but is not linked to it"},
	[FORK_KHLEBNIKOV_V1] = {"khlebnikov_v1", "proposed on 6 January 2020",
				"as yang_intended, but only if the VMA before it was copied too"},
	[FORK_KHLEBNIKOV_V2] =
		{"khlebnikov_v2", "proposed on 7 January 2020",
		 "a VMA takes anon_vma and chain of the child's VMA before it when that "
		 "anon_vma was made from the same one; others as degree"},
	[FORK_COUNTERS] =
		{"counters", "6.0 to 6.18 (and 2022's stable kernels)",
		 "the oldest anon_vma of the chain without an active VMA and with fewer than "
		 "two children is reused; else a new one"},
	[FORK_REVERSED] = {"reversed", "7.0 and later",
			   "as counters, but the chain is searched from the head, and every clone "
			   "reverses the inherited part"},
};

enum fork_policy fork_policy_find(const char *name)
{
	for (int i = 0; i < FORK_POLICY_COUNT; i++)
		if (strcmp(name, fork_policies[i].name) == 0)
			return (enum fork_policy)i;
	return FORK_POLICY_COUNT;
}

enum fork_policy fork_policy_assumed(bool split_counters)
{
	return split_counters ? FORK_COUNTERS : FORK_DEGREE;
}

const char *const fork_violations[FORK_VIOLATION_COUNT] = {
	"active_not_linked",
	"linked_twice",
	"not_closed",
	"sets_differ",
};
