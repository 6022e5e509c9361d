/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants: what mm/rmap.c relies on, as rules that a snapshot can be checked
 * against (kernel.md 2.2), and the races that may excuse a disagreement.
 *
 * A snapshot is no instant: counters are read while other CPUs fork, exit and
 * fault. So a disagreement is first looked at for a race that explains it, and
 * then has to be read in two snapshots running, by the same amount, before it
 * counts as a violation; where counters are too small, in a tree in which no
 * process was born or ended meanwhile.
 */
#ifndef VMASCOPE_TOPOLOGY_INVARIANTS_H
#define VMASCOPE_TOPOLOGY_INVARIANTS_H

#include <stdbool.h>
#include <stdint.h>

/* Stored and shown; numbered as in the list above, from 1. */
enum invariant {
	INVARIANT_AVC_VMA = 1,
	INVARIANT_ACTIVE_IN_CHAIN,
	INVARIANT_NO_DUPLICATE,
	INVARIANT_ONE_ROOT,
	INVARIANT_CLOSED,
	INVARIANT_ACTIVE_COUNT,
	INVARIANT_CHILD_COUNT,
	INVARIANT_REFCOUNT,
	INVARIANT_SAME_SET,
	INVARIANT_ORDER,
	INVARIANT_IDLE,
	INVARIANT_END,
};
#define INVARIANT_COUNT (INVARIANT_END - 1)

/* What a rule is checked on, one by one. */
enum invariant_scope {
	SCOPE_VMA,
	SCOPE_CHAIN, /* VMAs with a chain */
	SCOPE_ANON_VMA,
	SCOPE_IDLE, /* anon_vmas that fork() may reuse */
};

/* Why a disagreement is none. Stored; new ones go before the end. */
enum invariant_excuse {
	EXCUSE_NONE, /* a violation */
	EXCUSE_TORN, /* an address space of the tree never held still */
	EXCUSE_MOVED, /* counters changed during the walk, or could not be read */
	EXCUSE_NOT_SHOWN, /* the kernel counts more than tasks show: fork or exit in
			     flight, another pid namespace, --tree */
	EXCUSE_PINNED, /* references of KSM, migration or a folio split */
	EXCUSE_IN_FLIGHT, /* a process of the tree was born or ended since the
			     snapshot before */
	EXCUSE_FIRST_FAULT, /* vma->anon_vma is set before its chain is linked; not in
			       two snapshots running */
	EXCUSE_SEEN_ONCE, /* not yet confirmed by a second snapshot */
	EXCUSE_COUNT,
};

struct invariant_info {
	const char *name;
	const char *rule; /* one sentence */
	enum invariant_scope scope;
	uint32_t excuses; /* bits 1 << enum invariant_excuse */
};
/* NULL for a number that is no rule. */
const struct invariant_info *invariant_info(uint32_t rule);

struct invariant_excuse_info {
	const char *name;
	const char *means;
};
extern const struct invariant_excuse_info invariant_excuses[EXCUSE_COUNT];

/* How a rule fared in a snapshot: checked = held + all of by_excuse;
 * by_excuse[EXCUSE_NONE] were violated. */
struct invariant_result {
	uint64_t row; /* of the store, 0 = not written */
	uint32_t checked;
	uint32_t held;
	uint32_t by_excuse[EXCUSE_COUNT];
};

/* One thing that a rule does not hold for. */
struct disagreement {
	uint32_t rule;
	enum invariant_excuse excuse;
	bool not_read_again; /* what was read for the snapshot before shows it, and
				nothing newer */
	uint32_t in_mm; /* index of the mm it was found in, or MODEL_NONE */
	uint32_t in_tree;
	uint32_t vma; /* place among the VMAs of in_mm */
	uint32_t mm; /* ids; 0 = none. Key: rule, mm, anon_vma, vm_start */
	uint32_t anon_vma;
	uint32_t root;
	uint64_t vm_start;
	uint64_t expected;
	uint64_t observed;
};

/* All zero bytes is empty. Items are in order of their keys. */
struct disagreements {
	struct disagreement *items;
	uint32_t count, capacity;
};

/* Appends. 0, -ENOMEM or -EOVERFLOW. */
int disagreements_add(struct disagreements *list, const struct disagreement *disagreement);
/*
 * Sorts by key, and tells by what `before` (of the snapshot before, sorted) holds
 * which of those that are at most a first fault are violations.
 */
void disagreements_confirm(struct disagreements *list, const struct disagreements *before);
void disagreements_clear(struct disagreements *list);

#endif
