/* SPDX-License-Identifier: GPL-2.0-only */
/* connections: who has to go when there are too many, or it takes too long. */
#include "server/connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MS 1000000ull
#define SECOND (1000 * MS)

static struct connections connections;
static struct connection *places[2 * CONNECTIONS_MAX];
static int peers[2 * CONNECTIONS_MAX];
static size_t count;
static uint64_t now_ns;

static int setup(void **state)
{
	(void)state;
	connections_start(&connections);
	count = 0;
	now_ns = SECOND;
	return 0;
}

static void leave(size_t i)
{
	int fd = places[i]->fd;

	connections_remove(&connections, places[i]);
	close(fd);
	places[i] = NULL;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (places[i])
			leave(i);
		close(peers[i]);
	}
	assert_int_equal(connections.count, 0);
	connections_stop(&connections);
	return 0;
}

/* A client from 10.0.0.`host`, or of a Unix socket for 0, in the queue; its
 * number, or -1. A millisecond later than the one before. */
static int queue(uint8_t host)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(0x0a000000u + host)};
	const struct sockaddr local = {.sa_family = AF_UNIX};
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	now_ns += MS;
	places[count] = connections_add(&connections, pair[0],
					host ? (const struct sockaddr *)&v4 : &local, now_ns);
	if (!places[count]) {
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	peers[count] = pair[1];
	return (int)count++;
}

/* Which of the queue is served next; -1: nobody, -2: one is dropped. */
static int next(void)
{
	bool serve = false;
	const struct connection *connection = connections_next(&connections, now_ns, &serve);

	for (size_t i = 0; connection && i < count; i++)
		if (places[i] == connection)
			return serve ? (int)i : -2;
	return -1;
}

/* One that is served at once. */
static int come(uint8_t host)
{
	int client = queue(host);

	if (client >= 0)
		assert_int_equal(next(), client);
	return client;
}

/* Whether the other end sees that the connection was shut down. */
static bool was_told(int client)
{
	char byte;

	return recv(peers[client], &byte, 1, MSG_DONTWAIT) == 0;
}

static int count_told(void)
{
	int told = 0;

	for (size_t i = 0; i < count; i++)
		told += was_told((int)i);
	return told;
}

static void fill(void)
{
	while (count < CONNECTIONS_MAX)
		assert_true(come((uint8_t)(count % 8 + 1)) >= 0);
}

static void set(int client, enum connection_phase phase)
{
	connections_set(&connections, places[client], phase, now_ns);
}

static void each_phase_has_its_end(void **state)
{
	(void)state;
	static const struct {
		enum connection_phase phase;
		uint64_t limit_s; /* 0: none */
	} rows[] = {
		{CONNECTION_OPEN, 30},	{CONNECTION_HEAD, 10},	{CONNECTION_BODY, 30},
		{CONNECTION_IDLE, 330}, {CONNECTION_ANSWER, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int client = come(1);
		uint64_t end_ns = now_ns + rows[i].limit_s * SECOND;

		set(client, rows[i].phase);
		if (rows[i].limit_s) {
			assert_int_equal(connections_expire(&connections, now_ns), end_ns);
			assert_int_equal(connections_expire(&connections, end_ns - 1), end_ns);
			assert_false(was_told(client));
		} else {
			end_ns += 86400 * SECOND;
		}
		assert_int_equal(connections_expire(&connections, end_ns), UINT64_MAX);
		assert_int_equal(was_told(client), rows[i].limit_s != 0);
		leave((size_t)client);
	}
}

static void with_room_nobody_has_to_go(void **state)
{
	(void)state;
	assert_true(connections_have_room(&connections, now_ns));
	for (int i = 0; i < CONNECTIONS_MAX - 1; i++)
		come((uint8_t)(i % 8 + 1));
	assert_true(connections_have_room(&connections, now_ns + 60 * SECOND));
	assert_int_equal(count_told(), 0);
}

static void the_oldest_without_a_request_goes(void **state)
{
	(void)state;
	fill();
	set(0, CONNECTION_ANSWER); /* nothing to send yet: a query */
	set(1, CONNECTION_IDLE); /* begins later than the others */
	assert_false(connections_have_room(&connections, now_ns));
	assert_true(was_told(2));
	assert_int_equal(count_told(), 1);
	/* one after the other: its place is about to be free */
	assert_false(connections_have_room(&connections, now_ns + 50 * MS));
	assert_int_equal(count_told(), 1);
	leave(2);
	assert_true(connections_have_room(&connections, now_ns));
}

static void nobody_goes_too_early(void **state)
{
	(void)state;
	fill();
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		set(i, CONNECTION_HEAD);
	assert_false(connections_have_room(&connections, now_ns + 249 * MS));
	assert_int_equal(count_told(), 0);
	assert_false(connections_have_room(&connections, now_ns + 250 * MS));
	assert_int_equal(count_told(), 1);
}

static void who_does_not_take_the_answer_goes_when_nobody_else_does(void **state)
{
	(void)state;
	char block[4096] = {0};
	char byte;

	fill();
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		set(i, CONNECTION_ANSWER);
	assert_false(connections_have_room(&connections, now_ns + 60 * SECOND));
	assert_int_equal(count_told(), 0);
	assert_int_equal(send(places[7]->fd, block, sizeof(block), 0), sizeof(block));
	assert_false(connections_have_room(&connections, now_ns + 500 * MS - 1));
	assert_false(connections_have_room(&connections, now_ns + 500 * MS));
	/* behind what was sent is the end */
	for (size_t i = 0; i < sizeof(block); i++)
		assert_int_equal(recv(peers[7], &byte, 1, MSG_DONTWAIT), 1);
	assert_true(was_told(7));
	assert_int_equal(count_told(), 1);
}

static void who_is_slow_with_an_answer_goes_when_others_wait_for_it(void **state)
{
	int slow, quick, later, streaming;

	(void)state;
	slow = come(1);
	quick = come(1);
	streaming = come(1);
	set(slow, CONNECTION_HELD);
	set(quick, CONNECTION_HELD);
	set(streaming, CONNECTION_ANSWER);
	now_ns += 2 * SECOND;
	assert_int_equal(write(places[streaming]->fd, "x", 1), 1);
	assert_false(connections_drop_slow(&connections, now_ns));
	later = come(1);
	set(later, CONNECTION_HELD);
	assert_int_equal(write(places[slow]->fd, "x", 1), 1);
	assert_int_equal(write(places[later]->fd, "x", 1), 1);
	assert_true(connections_drop_slow(&connections, now_ns));
	assert_true(places[slow]->told_ns);
	assert_false(places[quick]->told_ns);
	assert_false(places[later]->told_ns);
	assert_false(places[streaming]->told_ns);
}

static void an_address_has_a_limit_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < CONNECTIONS_PER_ADDRESS_MAX; i++)
		assert_true(come(1) >= 0);
	assert_int_equal(count_told(), 0);
	assert_true(come(2) >= 0);
	assert_true(come(1) >= 0);
	assert_true(was_told(0));
	assert_int_equal(count_told(), 1);
}

static void where_nobody_can_be_spared_one_waits_for_a_while(void **state)
{
	(void)state;
	int first, second;

	for (int i = 0; i < CONNECTIONS_PER_ADDRESS_MAX; i++)
		set(come(1), CONNECTION_ANSWER);
	first = queue(1);
	second = queue(1);
	assert_int_equal(next(), -1);
	assert_true(come(2) >= 0);
	assert_int_equal(connections_expire(&connections, now_ns), now_ns + 20 * MS);
	leave(5);
	assert_int_equal(next(), first);
	set(first, CONNECTION_ANSWER);
	assert_int_equal(next(), -1);
	now_ns += 10 * SECOND;
	assert_int_equal(next(), -2);
	leave((size_t)second);
	assert_int_equal(next(), -1);
	for (int i = 0; i < CONNECTIONS_QUEUED_MAX; i++)
		assert_true(queue(1) >= 0);
	assert_int_equal(queue(1), -1);
	assert_true(come(2) >= 0);
}

static void clients_of_a_unix_socket_are_not_one_address(void **state)
{
	(void)state;
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		assert_true(come(0) >= 0);
	assert_int_equal(count_told(), 0);
	assert_int_equal(come(0), -1);
}

static void a_descriptor_has_one_place(void **state)
{
	(void)state;
	const struct sockaddr local = {.sa_family = AF_UNIX};
	int client = come(1);

	assert_ptr_equal(connections_find(&connections, places[client]->fd), places[client]);
	assert_null(connections_find(&connections, 1000000));
	/* it was closed without a notice, and its number given out again */
	assert_ptr_equal(connections_add(&connections, places[client]->fd, &local, now_ns),
			 places[client]);
	assert_int_equal(connections.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_phase_has_its_end),
		TEST(with_room_nobody_has_to_go),
		TEST(the_oldest_without_a_request_goes),
		TEST(nobody_goes_too_early),
		TEST(who_does_not_take_the_answer_goes_when_nobody_else_does),
		TEST(who_is_slow_with_an_answer_goes_when_others_wait_for_it),
		TEST(an_address_has_a_limit_of_its_own),
		TEST(where_nobody_can_be_spared_one_waits_for_a_while),
		TEST(clients_of_a_unix_socket_are_not_one_address),
		TEST(a_descriptor_has_one_place),
	};

	return cmocka_run_group_tests_name("server/connections", tests, NULL, NULL);
}
