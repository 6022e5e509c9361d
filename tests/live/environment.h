/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * environment: what a live test needs of the machine, and where the programs
 * are that it runs.
 */
#ifndef VMASCOPE_TESTS_LIVE_ENVIRONMENT_H
#define VMASCOPE_TESTS_LIVE_ENVIRONMENT_H

/* $VMASCOPE_COLLECTOR, else where the build puts it beside the tests. */
const char *environment_collector(void);
/* $VMASCOPE_ACTOR, else `live-actor` beside the running program. */
const char *environment_actor(void);

/* Skips the running test, with a printed reason, where the kernel cannot be
 * walked at all. */
void environment_require(void);

/* A moment; for polling. */
void environment_nap(long ms);

#endif
