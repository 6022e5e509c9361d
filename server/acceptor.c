/* SPDX-License-Identifier: GPL-2.0-only */
#include "acceptor.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "schema/clock.h"

#define STOP ((uint64_t)1 << 32)
/* Where nothing says when there is room again: a place that grows old enough to
 * be spared, descriptors that other parts of the program give back. */
#define RETRY_MS 20
/* Long enough for the longest wait that poll() knows not to matter. */
#define WAIT_MAX_MS 60000
/* Bytes that nobody confirms: a client that left without a word, or that keeps
 * its window shut. */
#define SEND_TIMEOUT_MS 60000u

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

/* -EAGAIN when nobody waits any more. */
static int accept_one(struct acceptor *acceptor, int listener)
{
	const unsigned int timeout_ms = SEND_TIMEOUT_MS;
	const int on = 1;
	union address address = {.any.sa_family = AF_UNSPEC};
	socklen_t size = sizeof(address);
	int fd = accept4(listener, &address.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return -errno;
	/* neither is for a Unix socket */
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!connections_add(acceptor->connections, fd, &address.any, clock_ns(CLOCK_MONOTONIC)))
		close(fd);
	return 0;
}

static void drop(struct acceptor *acceptor, struct connection *connection)
{
	int fd = connection->fd;

	connections_remove(acceptor->connections, connection);
	close(fd);
}

/* Has those served whose turn it is. */
static void serve_queue(struct acceptor *acceptor)
{
	struct connection *connection;
	bool serve = false;

	while ((connection = connections_next(acceptor->connections, clock_ns(CLOCK_MONOTONIC),
					      &serve))) {
		union address address;
		socklen_t size = sizeof(address);

		/* fails for one that is gone already */
		if (serve && getpeername(connection->fd, &address.any, &size) == 0)
			acceptor->take(acceptor->context, connection, &address.any, size);
		else
			drop(acceptor, connection);
	}
}

/* False when something is exhausted, and it is better to wait a little. */
static bool accept_waiting(struct acceptor *acceptor, const struct pollfd *ready)
{
	for (size_t i = 0; i < acceptor->listener_count; i++) {
		int rc = 0;

		if (!ready[i].revents)
			continue;
		while (rc == 0 &&
		       connections_have_room(acceptor->connections, clock_ns(CLOCK_MONOTONIC))) {
			rc = accept_one(acceptor, acceptor->listeners[i]);
			serve_queue(acceptor);
		}
		if (rc == -EMFILE || rc == -ENFILE || rc == -ENOBUFS || rc == -ENOMEM)
			return false;
	}
	return true;
}

static int wait_ms(uint64_t next_ns)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t left = next_ns > now ? (next_ns - now) / 1000000 + 1 : 0;

	return left < WAIT_MAX_MS ? (int)left : WAIT_MAX_MS;
}

/* Waits for clients (where there is room), for the time or for a wake. */
static bool wait_for(struct acceptor *acceptor, struct pollfd *ready, bool room, int timeout_ms)
{
	uint64_t woken = 0;

	for (size_t i = 0; i < acceptor->listener_count; i++)
		ready[i] = (struct pollfd){.fd = room ? acceptor->listeners[i] : -1,
					   .events = POLLIN};
	ready[acceptor->listener_count] = (struct pollfd){.fd = acceptor->wake, .events = POLLIN};
	if (poll(ready, acceptor->listener_count + 1, timeout_ms) <= 0)
		for (size_t i = 0; i <= acceptor->listener_count; i++)
			ready[i].revents = 0;
	if (ready[acceptor->listener_count].revents &&
	    read(acceptor->wake, &woken, sizeof(woken)) != sizeof(woken))
		woken = 0;
	return woken < STOP;
}

static void *run(void *context)
{
	struct acceptor *acceptor = context;
	struct pollfd ready[ACCEPTOR_LISTENERS_MAX + 1];
	bool exhausted = false;
	bool room;
	int timeout_ms;

	do {
		serve_queue(acceptor);
		timeout_ms = wait_ms(
			connections_expire(acceptor->connections, clock_ns(CLOCK_MONOTONIC)));
		room = !exhausted &&
		       connections_have_room(acceptor->connections, clock_ns(CLOCK_MONOTONIC));
		if (!room && timeout_ms > RETRY_MS)
			timeout_ms = RETRY_MS;
		if (!wait_for(acceptor, ready, room, timeout_ms))
			return NULL;
		exhausted = !accept_waiting(acceptor, ready);
	} while (true);
}

int acceptor_start(struct acceptor *acceptor)
{
	int rc;

	acceptor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (acceptor->wake < 0)
		return -errno;
	rc = pthread_create(&acceptor->thread, NULL, run, acceptor);
	if (rc == 0)
		return 0;
	close(acceptor->wake);
	return -rc;
}

static void add_to_wake(struct acceptor *acceptor, uint64_t value)
{
	/* cannot fail: it would have to be woken 2^64 times without noticing */
	if (write(acceptor->wake, &value, sizeof(value)) < 0)
		return;
}

void acceptor_wake(struct acceptor *acceptor)
{
	add_to_wake(acceptor, 1);
}

void acceptor_stop(struct acceptor *acceptor)
{
	add_to_wake(acceptor, STOP);
	pthread_join(acceptor->thread, NULL);
}

void acceptor_clear(struct acceptor *acceptor)
{
	close(acceptor->wake);
}
