/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * turns: how many requests are worked on at once, and how many bytes of finished
 * answers lie about for clients that have not taken them yet.
 *
 * What a request needs while it is worked on (a connection to the database with its
 * cache, a model, a compressor) is there as often as there are turns; however many
 * clients ask, the others wait for theirs, first come, first served. While more
 * answers than allowed are held, nobody's turn comes: that would make more of them.
 *
 * A thread must not take a turn while it has one.
 */
#ifndef VMASCOPE_SERVER_TURNS_H
#define VMASCOPE_SERVER_TURNS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct turns_waiter;

/* Of the program. A request is work for a processor and hardly ever for a disk: more
 * would not make the answers faster, but a long query must not keep all short ones
 * waiting. */
#define TURNS_COUNT 8u
#define TURNS_HELD_MAX ((size_t)32 << 20)

struct turns {
	pthread_mutex_t mutex; /* for all below */
	unsigned int free;
	size_t held, held_max; /* bytes */
	struct turns_waiter *first; /* the queue */
	struct turns_waiter *last;
	void (*press)(void *context);
	void *context;
};

void turns_start(struct turns *turns, unsigned int count, size_t held_max);
/* All turns must be given back. */
void turns_stop(struct turns *turns);

/* Who is called from time to time, by those that wait, while too much is held: has
 * it let go. NULL: nobody. */
void turns_on_press(struct turns *turns, void (*press)(void *context), void *context);

/* 0, or -ETIMEDOUT when it did not come for as long as that; 0 ns: waits for ever. */
int turns_take(struct turns *turns, uint64_t timeout_ns);
void turns_give(struct turns *turns);

/* Bytes of an answer that was made, until it is sent. */
void turns_hold(struct turns *turns, size_t bytes);
void turns_drop(struct turns *turns, size_t bytes);

#endif
