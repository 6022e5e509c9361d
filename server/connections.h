/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * connections: the clients that are connected, what each is doing since when,
 * and which of them has to go when there are too many.
 *
 * Each phase of a request has its end, counted from the phase's beginning and
 * not from the last byte, so that a client which sends a byte now and then is
 * no better off than one that sends none. When there is no room for a new
 * client, one that keeps a place without a whole request goes: so however many
 * of those there are, a client that says what it wants gets its answer.
 */
#ifndef VMASCOPE_SERVER_CONNECTIONS_H
#define VMASCOPE_SERVER_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define CONNECTIONS_MAX 256
/* Being served; the rest stays for others. Clients of a Unix socket are not
 * counted. */
#define CONNECTIONS_PER_ADDRESS_MAX 192
/* More of an address may wait until one of those is done; then it refuses. */
#define CONNECTIONS_QUEUED_MAX 32

enum connection_phase {
	CONNECTION_QUEUED, /* accepted; not served yet */
	CONNECTION_OPEN, /* nothing that makes sense was received yet */
	CONNECTION_HEAD, /* the first line of a request was */
	CONNECTION_BODY, /* its headers were */
	CONNECTION_ANSWER, /* it is answered */
	CONNECTION_HELD, /* by a long answer that counts until it is taken (held.h) */
	CONNECTION_IDLE, /* it was; the next one may come */
	CONNECTION_PHASE_COUNT,
};

struct connection {
	int fd; /* -1: a free place */
	enum connection_phase phase;
	uint64_t since_ns;
	uint64_t told_ns; /* to leave, which its thread will see; 0: not */
	struct {
		int family; /* 0: not counted */
		uint8_t bytes[16];
	} address;
};

/* To be started with connections_start(). All functions are thread-safe. */
struct connections {
	pthread_mutex_t mutex;
	size_t count;
	struct connection places[CONNECTIONS_MAX];
};

void connections_start(struct connections *connections);
/* All must be removed. */
void connections_stop(struct connections *connections);

/* A place, in the queue, for a client that was accepted; NULL when all places
 * are taken, or its address has too many queued already. */
struct connection *connections_add(struct connections *connections, int fd,
				   const struct sockaddr *address, uint64_t now_ns);
/*
 * The next of the queue: *ret_serve says whether to serve it, now CONNECTION_OPEN,
 * or to drop it because it has waited for too long. NULL when nobody is there, or
 * has to wait on; then one of an address that has too many may have been told to
 * leave.
 */
struct connection *connections_next(struct connections *connections, uint64_t now_ns,
				    bool *ret_serve);
/* The one with that descriptor, or NULL. */
struct connection *connections_find(struct connections *connections, int fd);
/* Before the descriptor is closed, if it can be known; else the next one to get
 * that descriptor gets its place. Nothing for NULL. */
void connections_remove(struct connections *connections, struct connection *connection);
void connections_set(struct connections *connections, struct connection *connection,
		     enum connection_phase phase, uint64_t now_ns);

/* Whether one more can be added; if not, tells one to leave, unless all can be
 * expected to be done soon. */
bool connections_have_room(struct connections *connections, uint64_t now_ns);
/* Too much is held for those that take their answer slowly: tells those of
 * CONNECTION_HELD to leave that had time enough for it. Whether there are any, now or
 * told before. */
bool connections_drop_slow(struct connections *connections, uint64_t now_ns);
/* Tells those to leave whose phase takes too long. When to call it again, which is
 * soon while somebody is queued; UINT64_MAX: not. */
uint64_t connections_expire(struct connections *connections, uint64_t now_ns);

#endif
