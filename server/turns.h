/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * turns: how many requests are worked on at once.
 *
 * What a request needs while it is worked on (a connection to the database with its
 * cache, a model, a compressor) is there as often as there are turns; however many
 * clients ask, the others wait for theirs, first come, first served.
 *
 * A thread must not take a turn while it has one.
 */
#ifndef VMASCOPE_SERVER_TURNS_H
#define VMASCOPE_SERVER_TURNS_H

#include <pthread.h>
#include <stdint.h>

struct turns_waiter;

/* Of the program. A request is work for a processor and hardly ever for a disk: more
 * would not make the answers faster, but a long query must not keep all short ones
 * waiting. */
#define TURNS_COUNT 8u
/* Besides those, of what is asked for to see how the server is. */
#define TURNS_PROMPT_COUNT 1u

struct turns {
	pthread_mutex_t mutex; /* for all below */
	unsigned int free;
	struct turns_waiter *first; /* the queue */
	struct turns_waiter *last;
};

void turns_start(struct turns *turns, unsigned int count);
/* All turns must be given back. */
void turns_stop(struct turns *turns);

/* 0, or -ETIMEDOUT when it did not come for as long as that; 0 ns: waits for ever. */
int turns_take(struct turns *turns, uint64_t timeout_ns);
void turns_give(struct turns *turns);

#endif
