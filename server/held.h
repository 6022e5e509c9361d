/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * held: how many bytes of finished answers lie about for clients that have not taken
 * them yet.
 *
 * Only long answers count; of short ones all connections together have room. Where
 * another does not fit, clients that take theirs slowly have to leave; where there
 * are none, it is refused: to wait would keep a turn (turns.h) from short ones.
 */
#ifndef VMASCOPE_SERVER_HELD_H
#define VMASCOPE_SERVER_HELD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Of the program. A thousand rows for each client that may be connected fit. */
#define HELD_MAX ((size_t)64 << 20)
/* Longer than that is long. */
#define HELD_SHORT ((size_t)64 << 10)

struct held {
	pthread_mutex_t mutex; /* for all below */
	pthread_cond_t dropped;
	size_t bytes, max;
	bool (*press)(void *context);
	void *context;
};

void held_start(struct held *held, size_t max);
/* Nothing may be held. */
void held_stop(struct held *held);

/* Who has slow clients leave, and says whether there were any; NULL: nobody. */
void held_on_press(struct held *held, bool (*press)(void *context), void *context);

/* Counts an answer. False where it does not fit, unless nothing else is held. */
bool held_add(struct held *held, size_t bytes);
void held_drop(struct held *held, size_t bytes);

#endif
