/* SPDX-License-Identifier: GPL-2.0-only */
#include "invariants.h"

#include <stdlib.h>

#include "compare.h"
#include "table.h"

#define MAY(excuse) (1u << EXCUSE_##excuse)

/* Chains are read under mmap_lock and do not move in an mm that held still. */
#define CHAIN_RACES (MAY(TORN) | MAY(MOVED) | MAY(SEEN_ONCE))
/* Counters belong to all mms of a tree, and only the root's rwsem, which the
 * walk cannot take, would hold them still. */
#define COUNTER_RACES (CHAIN_RACES | MAY(NOT_SHOWN) | MAY(IN_FLIGHT))

static const struct invariant_info rules[INVARIANT_COUNT] = {
	[INVARIANT_AVC_VMA - 1] = {"avc_vma", "Every AVC of a chain names the VMA it is listed by.",
				   SCOPE_CHAIN, CHAIN_RACES},
	[INVARIANT_ACTIVE_IN_CHAIN - 1] =
		{"active_in_chain",
		 "The active anon_vma is in the chain, and there is none exactly when the chain is "
		 "empty.",
		 SCOPE_VMA, CHAIN_RACES | MAY(FIRST_FAULT)},
	[INVARIANT_NO_DUPLICATE - 1] = {"no_duplicate", "No chain holds an anon_vma twice.",
					SCOPE_CHAIN, CHAIN_RACES},
	[INVARIANT_ONE_ROOT - 1] = {"one_root", "All anon_vmas of a chain have the same root.",
				    SCOPE_CHAIN, CHAIN_RACES},
	[INVARIANT_CLOSED - 1] = {"closed_under_parent",
				  "The parent of every anon_vma of a chain is in the chain.",
				  SCOPE_CHAIN, CHAIN_RACES},
	[INVARIANT_ACTIVE_COUNT - 1] = {"active_count",
					"num_active_vmas is the number of VMAs that have the "
					"anon_vma active.",
					SCOPE_ANON_VMA, COUNTER_RACES},
	[INVARIANT_CHILD_COUNT - 1] = {"child_count",
				       "num_children is the number of its children; a root counts "
				       "itself as well.",
				       SCOPE_ANON_VMA, COUNTER_RACES},
	[INVARIANT_REFCOUNT - 1] = {"refcount",
				    "refcount is 1, of a root 1 and one for each descendant.",
				    SCOPE_ANON_VMA, COUNTER_RACES | MAY(PINNED)},
	[INVARIANT_SAME_SET - 1] = {"same_set",
				    "VMAs with the same active anon_vma link to the same set.",
				    SCOPE_ANON_VMA, CHAIN_RACES},
	[INVARIANT_ORDER - 1] = {"order",
				 "A chain lists every anon_vma before its parent, and the root "
				 "last (kernels that keep the order at clone).",
				 SCOPE_CHAIN, CHAIN_RACES},
	[INVARIANT_IDLE - 1] = {"idle",
				"An anon_vma that fork() may reuse (no active VMA by its counter, "
				"fewer than two children) is active in no VMA.",
				SCOPE_IDLE, COUNTER_RACES},
};

const struct invariant_info *invariant_info(uint32_t rule)
{
	return rule >= 1 && rule < INVARIANT_END ? &rules[rule - 1] : NULL;
}

const struct invariant_excuse_info invariant_excuses[EXCUSE_COUNT] = {
	[EXCUSE_NONE] = {"violated", "no race explains it"},
	[EXCUSE_TORN] = {"torn", "an address space of the tree never held still"},
	[EXCUSE_MOVED] = {"moved", "counters changed while the walk was on"},
	[EXCUSE_NOT_SHOWN] = {"not_shown",
			      "the kernel counts more than any task shows: a fork or exit in "
			      "flight, or processes outside the walk"},
	[EXCUSE_PINNED] = {"pinned", "references of KSM, migration or a folio split"},
	[EXCUSE_IN_FLIGHT] = {"in_flight", "a process of the tree was born or ended since the "
					   "snapshot before"},
	[EXCUSE_FIRST_FAULT] = {"first_fault", "the first fault of the VMA was in progress"},
	[EXCUSE_SEEN_ONCE] = {"seen_once", "not yet confirmed by a second snapshot"},
};

int disagreements_add(struct disagreements *list, const struct disagreement *disagreement)
{
	int rc = table_reserve((void **)&list->items, &list->capacity, list->count + 1ull,
			       sizeof(*list->items));

	if (!rc)
		list->items[list->count++] = *disagreement;
	return rc;
}

void disagreements_clear(struct disagreements *list)
{
	free(list->items);
	*list = (struct disagreements){0};
}

static int by_key(const void *left, const void *right)
{
	const struct disagreement *a = left, *b = right;
	int rc = compare_numbers(a->rule, b->rule);

	rc = rc ? rc : compare_numbers(a->mm, b->mm);
	rc = rc ? rc : compare_numbers(a->anon_vma, b->anon_vma);
	return rc ? rc : compare_numbers(a->vm_start, b->vm_start);
}

static bool same_amount(const struct disagreement *left, const struct disagreement *right)
{
	return left->expected - left->observed == right->expected - right->observed;
}

/* Excused by nothing that lasts: a race is over by the next snapshot. */
static bool is_open(const struct disagreement *disagreement)
{
	return disagreement->excuse == EXCUSE_NONE || disagreement->excuse == EXCUSE_SEEN_ONCE ||
	       disagreement->excuse == EXCUSE_FIRST_FAULT;
}

/* before may be NULL. What was excused by anything else the last time was
 * explained then, and says nothing about now. */
static void confirm(struct disagreement *now, const struct disagreement *before)
{
	if (before && is_open(before) && same_amount(before, now))
		now->excuse = now->not_read_again ? before->excuse : EXCUSE_NONE;
	else if (now->excuse != EXCUSE_FIRST_FAULT)
		now->excuse = EXCUSE_SEEN_ONCE;
}

void disagreements_confirm(struct disagreements *list, const struct disagreements *before)
{
	uint32_t old = 0;

	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), by_key);
	for (uint32_t i = 0; i < list->count; i++) {
		struct disagreement *now = &list->items[i];
		int order = 1;

		while (old < before->count && (order = by_key(&before->items[old], now)) < 0)
			old++;
		if (is_open(now))
			confirm(now,
				old < before->count && order == 0 ? &before->items[old] : NULL);
	}
}
