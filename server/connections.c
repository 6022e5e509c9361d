/* SPDX-License-Identifier: GPL-2.0-only */
#include "connections.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#define MS 1000000ull
#define SECOND (1000 * MS)
/* What was told to leave normally takes far less; one that is at work on an
 * answer may take longer. */
#define LEAVE_NS (100 * MS)
#define SPARE_NS (250 * MS)
/* The same among those of an address that has too many. */
#define URGENT_NS (10 * MS)
#define QUEUE_RETRY_NS (20 * MS)
/* What an answer may take that is in the way of others. */
#define SLOW_NS (2 * SECOND)

/*
 * limit: when a phase has to be over; 0: has none.
 * spare: from when on a connection may be closed to make room for another, which
 * leaves the time that an honest client on a slow line needs.
 * The oldest goes first, which a client that asks at once never is.
 *
 * IDLE: a request that meets the end of its connection is lost, and not every
 * client sends it again, so the client is to be the one that ends an idle
 * connection: browsers do after at most 300 s. OPEN is long for their sake as
 * well, they connect before they know what to ask.
 * ANSWER: it may be long, or have no end (events). What does not move is cut off
 * by the HTTP library's time-out; see takes_its_time().
 */
static const struct {
	uint64_t limit_ns, spare_ns;
} phases[CONNECTION_PHASE_COUNT] = {
	[CONNECTION_QUEUED] = {10 * SECOND, UINT64_MAX / 2},
	[CONNECTION_OPEN] = {30 * SECOND, SPARE_NS},
	[CONNECTION_HEAD] = {10 * SECOND, SPARE_NS},
	[CONNECTION_BODY] = {30 * SECOND, SPARE_NS},
	[CONNECTION_IDLE] = {330 * SECOND, SPARE_NS},
	[CONNECTION_ANSWER] = {0, 500 * MS},
	[CONNECTION_HELD] = {0, 500 * MS},
};

void connections_start(struct connections *connections)
{
	*connections = (struct connections){.count = 0};
	pthread_mutex_init(&connections->mutex, NULL);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		connections->places[i].fd = -1;
}

void connections_stop(struct connections *connections)
{
	pthread_mutex_destroy(&connections->mutex);
}

static void set_address(struct connection *connection, const struct sockaddr *address)
{
	memset(&connection->address, 0, sizeof(connection->address));
	if (address->sa_family == AF_INET)
		memcpy(connection->address.bytes, &((const struct sockaddr_in *)address)->sin_addr,
		       4);
	else if (address->sa_family == AF_INET6)
		/* one client has a whole /64 of them */
		memcpy(connection->address.bytes,
		       &((const struct sockaddr_in6 *)address)->sin6_addr, 8);
	else
		return;
	connection->address.family = address->sa_family;
}

static bool same_address(const struct connection *a, const struct connection *b)
{
	return a->address.family == b->address.family &&
	       memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes)) == 0;
}

/* An answer is on its way and the client does not take it as fast as it could:
 * bytes lie in the socket that it has not confirmed. One that waits for us (a
 * query, the next event) has none. */
static bool takes_its_time(const struct connection *connection)
{
	int unsent = 0;

	return ioctl(connection->fd, SIOCOUTQ, &unsent) == 0 && unsent > 0;
}

static bool is_answered(const struct connection *connection)
{
	return connection->phase == CONNECTION_ANSWER || connection->phase == CONNECTION_HELD;
}

static bool can_be_spared(const struct connection *connection, bool urgent, uint64_t now_ns)
{
	uint64_t spare_ns = phases[connection->phase].spare_ns;

	if (urgent && spare_ns == SPARE_NS)
		spare_ns = URGENT_NS;
	if (connection->told_ns || now_ns < connection->since_ns + spare_ns)
		return false;
	return !is_answered(connection) || takes_its_time(connection);
}

/* Who does not take its answer goes only when all others have a use. */
static bool goes_before(const struct connection *a, const struct connection *b)
{
	bool answer_a = is_answered(a), answer_b = is_answered(b);

	return answer_a != answer_b ? answer_b : a->since_ns < b->since_ns;
}

/* The one that is to make room, of all or, urgently, of those with the address of
 * `of`. */
static struct connection *find_spare(struct connections *connections, const struct connection *of,
				     uint64_t now_ns)
{
	struct connection *found = NULL;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &connections->places[i];

		if (connection->fd < 0 || connection == of || (of && !same_address(connection, of)))
			continue;
		if ((!found || goes_before(connection, found)) &&
		    can_be_spared(connection, of, now_ns))
			found = connection;
	}
	return found;
}

/* Its thread wakes up, finds the end of the stream and removes it. */
static void tell_to_leave(struct connection *connection, uint64_t now_ns)
{
	connection->told_ns = now_ns;
	shutdown(connection->fd, SHUT_RDWR);
}

/* Those of an address that are queued, or that are served and not leaving. */
static size_t count_address(const struct connections *connections, const struct connection *of,
			    bool queued)
{
	size_t count = 0;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		const struct connection *connection = &connections->places[i];

		count += connection->fd >= 0 && !connection->told_ns &&
			 (connection->phase == CONNECTION_QUEUED) == queued &&
			 same_address(connection, of);
	}
	return count;
}

static bool may_be_served(const struct connections *connections, const struct connection *of)
{
	return of->address.family == 0 ||
	       count_address(connections, of, false) < CONNECTIONS_PER_ADDRESS_MAX;
}

static struct connection *find_place(struct connections *connections, int fd)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (connections->places[i].fd == fd)
			return &connections->places[i];
	return NULL;
}

/* A free one, or that of a connection which ended without a notice: its
 * descriptor is in use again. */
static struct connection *take_place(struct connections *connections, int fd)
{
	struct connection *place = find_place(connections, fd);

	if (place)
		connections->count--;
	return place ? place : find_place(connections, -1);
}

struct connection *connections_add(struct connections *connections, int fd,
				   const struct sockaddr *address, uint64_t now_ns)
{
	struct connection *place;

	pthread_mutex_lock(&connections->mutex);
	place = take_place(connections, fd);
	if (place) {
		*place = (struct connection){
			.fd = fd,
			.phase = CONNECTION_QUEUED,
			.since_ns = now_ns,
		};
		set_address(place, address);
		connections->count++;
	}
	if (place && place->address.family != 0 &&
	    count_address(connections, place, true) > CONNECTIONS_QUEUED_MAX) {
		place->fd = -1;
		connections->count--;
		place = NULL;
	}
	pthread_mutex_unlock(&connections->mutex);
	return place;
}

/* Tells one of the address to leave, so that this one can be served. */
static bool make_way(struct connections *connections, const struct connection *of, uint64_t now_ns)
{
	struct connection *spare = find_spare(connections, of, now_ns);

	if (spare)
		tell_to_leave(spare, now_ns);
	return spare;
}

/* The oldest of the queue that can be served, or has waited for too long. */
static struct connection *find_next(struct connections *connections, uint64_t now_ns,
				    bool *ret_serve)
{
	struct connection *found = NULL;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &connections->places[i];

		if (connection->fd < 0 || connection->phase != CONNECTION_QUEUED ||
		    (found && found->since_ns <= connection->since_ns))
			continue;
		if (may_be_served(connections, connection) ||
		    make_way(connections, connection, now_ns))
			*ret_serve = true;
		else if (connection->since_ns + phases[CONNECTION_QUEUED].limit_ns <= now_ns)
			*ret_serve = false;
		else
			continue;
		found = connection;
	}
	return found;
}

struct connection *connections_next(struct connections *connections, uint64_t now_ns,
				    bool *ret_serve)
{
	struct connection *next;

	pthread_mutex_lock(&connections->mutex);
	next = find_next(connections, now_ns, ret_serve);
	if (next && *ret_serve) {
		next->phase = CONNECTION_OPEN;
		next->since_ns = now_ns;
	}
	pthread_mutex_unlock(&connections->mutex);
	return next;
}

struct connection *connections_find(struct connections *connections, int fd)
{
	struct connection *connection;

	pthread_mutex_lock(&connections->mutex);
	connection = find_place(connections, fd);
	pthread_mutex_unlock(&connections->mutex);
	return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
	if (!connection)
		return;
	pthread_mutex_lock(&connections->mutex);
	connection->fd = -1;
	connections->count--;
	pthread_mutex_unlock(&connections->mutex);
}

void connections_set(struct connections *connections, struct connection *connection,
		     enum connection_phase phase, uint64_t now_ns)
{
	pthread_mutex_lock(&connections->mutex);
	connection->phase = phase;
	connection->since_ns = now_ns;
	pthread_mutex_unlock(&connections->mutex);
}

static bool is_leaving(const struct connection *connection, uint64_t now_ns)
{
	return connection->told_ns && now_ns < connection->told_ns + LEAVE_NS;
}

/* A place is about to be free. */
static bool one_is_leaving(const struct connections *connections, uint64_t now_ns)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		const struct connection *connection = &connections->places[i];

		if (connection->fd >= 0 && is_leaving(connection, now_ns))
			return true;
	}
	return false;
}

bool connections_have_room(struct connections *connections, uint64_t now_ns)
{
	struct connection *spare = NULL;
	bool room;

	pthread_mutex_lock(&connections->mutex);
	room = connections->count < CONNECTIONS_MAX;
	if (!room && !one_is_leaving(connections, now_ns))
		spare = find_spare(connections, NULL, now_ns);
	if (spare)
		tell_to_leave(spare, now_ns);
	pthread_mutex_unlock(&connections->mutex);
	return room;
}

bool connections_drop_slow(struct connections *connections, uint64_t now_ns)
{
	bool somebody = false;

	pthread_mutex_lock(&connections->mutex);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &connections->places[i];

		if (connection->fd < 0 || connection->phase != CONNECTION_HELD)
			continue;
		if (!connection->told_ns && connection->since_ns + SLOW_NS <= now_ns &&
		    takes_its_time(connection))
			tell_to_leave(connection, now_ns);
		somebody |= is_leaving(connection, now_ns);
	}
	pthread_mutex_unlock(&connections->mutex);
	return somebody;
}

uint64_t connections_expire(struct connections *connections, uint64_t now_ns)
{
	uint64_t next_ns = UINT64_MAX;

	pthread_mutex_lock(&connections->mutex);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &connections->places[i];
		uint64_t limit_ns = phases[connection->phase].limit_ns;

		if (connection->fd < 0 || connection->told_ns || limit_ns == 0)
			continue;
		if (connection->phase == CONNECTION_QUEUED) {
			next_ns = now_ns + QUEUE_RETRY_NS < next_ns ? now_ns + QUEUE_RETRY_NS :
								      next_ns;
			continue;
		}
		if (connection->since_ns + limit_ns <= now_ns)
			tell_to_leave(connection, now_ns);
		else if (connection->since_ns + limit_ns < next_ns)
			next_ns = connection->since_ns + limit_ns;
	}
	pthread_mutex_unlock(&connections->mutex);
	return next_ns;
}
