/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_case: a family of processes with a random past, one of which will fork.
 *
 * The past is made of what moves anon_vmas: mappings of every kind, faults,
 * splits and merges by mprotect, holes, moves, fork advice, forks and deaths.
 * The same seed gives the same past.
 */
#ifndef VMASCOPE_TESTS_LIVE_FORK_CASE_H
#define VMASCOPE_TESTS_LIVE_FORK_CASE_H

#include <stdint.h>

#include "procfs.h"
#include "scenario.h"

#define FORK_CASE_ACTORS 10 /* alive at once */
#define FORK_CASE_LOG 16384

struct fork_case {
	struct scenario *scenario;
	uint64_t random; /* state of the generator */
	int actors[FORK_CASE_ACTORS];
	int actor_count;
	long file; /* descriptor of the family */
	struct maps maps;
	char log[FORK_CASE_LOG]; /* what was done, one step a line */
	size_t log_length;
};

/*
 * Builds the family below actor 0, which is left alone, and returns the actor
 * that is to fork. Fails the running cmocka test when it cannot.
 */
int fork_case_build(struct fork_case *fork_case, struct scenario *scenario, uint64_t seed);
/* Notes an actor that joined the family. */
void fork_case_add(struct fork_case *fork_case, int actor);
/* Ends the family, zombies too. */
void fork_case_end(struct fork_case *fork_case);

#endif
