/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario: a family of real processes whose address spaces a test builds step
 * by step.
 *
 * Actor 0 is a fresh program (actor.c); the others are forked or cloned from
 * actors. Every step is done when the call returns, and between steps an actor
 * sleeps, so a collector sees a quiet tree. Each call fails the running cmocka
 * test when the step cannot be done.
 *
 * Nothing survives the test: actors leave when the test's end of a pipe
 * closes, at the latest a second later.
 */
#ifndef VMASCOPE_TESTS_LIVE_SCENARIO_H
#define VMASCOPE_TESTS_LIVE_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "mailbox.h"

struct scenario_actor {
	pid_t pid; /* tid for a thread */
	bool alive;
	bool thread; /* of another actor's process */
};

struct scenario {
	struct mailbox *mailbox;
	int mailbox_fd;
	int lifeline;
	int count;
	struct scenario_actor actors[MAILBOX_SLOTS];
};

/* Starts actor 0. It adopts orphans, so a tree stays whole when inner
 * generations die. */
void scenario_start(struct scenario *scenario);
/* Ends all actors and waits for them. Safe after a failed start, and twice. */
void scenario_stop(struct scenario *scenario);

pid_t scenario_pid(const struct scenario *scenario, int actor);
/* Address of the numbered region; a GiB from the next one, so nothing merges. */
unsigned long scenario_region(unsigned int number);
unsigned long scenario_page(void);

int scenario_fork(struct scenario *scenario, int actor);
/* flags of clone(2) with CLONE_VM. With CLONE_VFORK the actor does nothing
 * until the child has execed or died; scenario_settle waits for that. */
int scenario_clone(struct scenario *scenario, int actor, int flags, int stack);
void scenario_settle(struct scenario *scenario, int actor);
void scenario_exec(struct scenario *scenario, int actor);
/* Returns when the process has given up its address space. */
void scenario_kill(struct scenario *scenario, int actor);
void scenario_exit_thread(struct scenario *scenario, int actor);
/* Lets actor 0 wait for the dead it is, or has become, the parent of. Numbers of
 * dead actors above the last living one are given again after that. */
void scenario_reap(struct scenario *scenario);

/* As the kernel returns it: -errno on failure. */
long scenario_syscall(struct scenario *scenario, int actor, long number, long a, long b, long c,
		      long d, long e, long f);
/* Address of a copy of the text in the actor; valid until the next call. */
long scenario_text(struct scenario *scenario, const char *text);

/* Private anonymous memory, readable and writable. */
void scenario_map(struct scenario *scenario, int actor, unsigned long address, unsigned long pages);
void scenario_map_file(struct scenario *scenario, int actor, unsigned long address,
		       unsigned long pages, const char *path, int flags, unsigned long page_offset);
void scenario_unmap(struct scenario *scenario, int actor, unsigned long address,
		    unsigned long pages);
void scenario_protect(struct scenario *scenario, int actor, unsigned long address,
		      unsigned long pages, int prot);
void scenario_advise(struct scenario *scenario, int actor, unsigned long address,
		     unsigned long pages, int advice);
void scenario_remap(struct scenario *scenario, int actor, unsigned long from, unsigned long pages,
		    unsigned long to, int flags);
/* Touch every page. */
void scenario_write(struct scenario *scenario, int actor, unsigned long address,
		    unsigned long pages);
void scenario_read(struct scenario *scenario, int actor, unsigned long address,
		   unsigned long pages);
/* Splits the region into single-page VMAs: every second page is read-only. */
void scenario_split(struct scenario *scenario, int actor, unsigned long address,
		    unsigned long pages);

/* A request that goes on until scenario_end; see enum mailbox_op. */
void scenario_begin(struct scenario *scenario, int actor, enum mailbox_op op, long a, long b,
		    long c);
uint64_t scenario_rounds(const struct scenario *scenario, int actor);
/* Waits until there were more than that. */
void scenario_await_rounds(const struct scenario *scenario, int actor, uint64_t rounds);
/* Tells all running requests to stop and waits for those of this actor. */
void scenario_end(struct scenario *scenario, int actor);

#endif
