/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acceptor: the thread that accepts clients on all listening sockets, as long as
 * there is room for them, and watches over the time they take.
 *
 * While there is none, newcomers wait in the kernel's queue.
 */
#ifndef VMASCOPE_SERVER_ACCEPTOR_H
#define VMASCOPE_SERVER_ACCEPTOR_H

#include <pthread.h>
#include <stddef.h>

#include "connections.h"

#define ACCEPTOR_LISTENERS_MAX 8

struct acceptor {
	struct connections *connections;
	/* Takes over a client with its place, and its descriptor. */
	void (*take)(void *context, struct connection *connection, const struct sockaddr *address,
		     socklen_t size);
	void *context;
	/* non-blocking; not owned */
	int listeners[ACCEPTOR_LISTENERS_MAX];
	size_t listener_count;

	/* private */
	int wake;
	pthread_t thread;
};

/* With all but the private members set. 0 or -errno. */
int acceptor_start(struct acceptor *acceptor);
/* Wakes it when there may be room again. Thread-safe. */
void acceptor_wake(struct acceptor *acceptor);
/* Returns when the thread has ended; it can still be woken, to no effect. */
void acceptor_stop(struct acceptor *acceptor);
void acceptor_clear(struct acceptor *acceptor);

#endif
