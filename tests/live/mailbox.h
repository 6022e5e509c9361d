/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mailbox: the shared memory through which a test steers its actors.
 *
 * A test (scenario.c) and every process and thread of its scenario (actor.c)
 * map the same memory. Each actor owns one slot: the test fills in a request
 * and wakes the actor, the actor leaves its result. The mapping is shared, so
 * it never has an anon_vma and does not disturb what the scenario builds.
 */
#ifndef VMASCOPE_TESTS_LIVE_MAILBOX_H
#define VMASCOPE_TESTS_LIVE_MAILBOX_H

#include <stdint.h>

/* Where actors map it; low enough for 39-bit arm64. */
#define MAILBOX_ADDRESS 0x1000000000ul
#define MAILBOX_SLOTS 2048
#define MAILBOX_TEXT 8192

/* Descriptors an actor is started with. */
#define MAILBOX_FD 100
/* The test alone holds the other end: end of file means the test is gone. */
#define LIFELINE_FD 101

enum mailbox_state {
	MAILBOX_IDLE,
	MAILBOX_REQUEST,
	MAILBOX_DONE,
};

enum mailbox_op {
	OP_SYSCALL, /* number, six arguments; result as the kernel returns it */
	OP_WRITE, /* address, bytes: write to every page */
	OP_READ, /* address, bytes: read every page */
	OP_PROTECT_EVERY, /* address, first, step, end, prot: mprotect single pages */
	OP_MAP_EVERY, /* address, count, stride, write: single-page private maps */
	OP_FORK, /* slot of the child */
	OP_CLONE, /* slot of the child, clone flags, stack number */
	OP_EXEC, /* becomes a fresh actor on the same slot */
	OP_EXIT_THREAD, /* ends the calling thread only */
	OP_CHURN_FORK, /* address, bytes: until stop, fork children that exit */
	OP_CHURN_BOUNDARY, /* see actor.c: address x, address y, pages */
	OP_CHURN_STORM, /* address, pages: mprotect, munmap, mmap, mremap */
};

struct mailbox_slot {
	uint32_t state; /* futex; enum mailbox_state */
	uint32_t op;
	int64_t args[7];
	int64_t result;
	uint64_t rounds; /* of a churn request, growing while it runs */
};

struct mailbox {
	uint32_t stop; /* ends churn requests */
	uint32_t page_bytes;
	char text[MAILBOX_TEXT]; /* strings for OP_SYSCALL */
	struct mailbox_slot slots[MAILBOX_SLOTS];
};

#endif
