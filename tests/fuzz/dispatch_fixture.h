/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dispatch_fixture: what fuzz_dispatch asks and seed_dispatch tries its seeds
 * on: a dispatcher with a real database, the same in every run, with a history
 * of forks and exits and with deleted snapshots.
 */
#ifndef VMASCOPE_TESTS_FUZZ_DISPATCH_FIXTURE_H
#define VMASCOPE_TESTS_FUZZ_DISPATCH_FIXTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/dispatch.h"

#define FIXTURE_INPUT_MAX 4096

#define REQUIRE(condition)                                                                      \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

void fixture_open(void);
void fixture_close(void);
/* A number from the database. */
int64_t fixture_number(const char *sql);
/*
 * Asks what the bytes say: a request in the text of HTTP/1, split without any
 * judgement, so that the dispatcher meets what an HTTP library would refuse. The
 * caller clears the reply.
 */
void fixture_ask(const void *bytes, size_t size, struct reply *reply);

#endif
