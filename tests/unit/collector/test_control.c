/* SPDX-License-Identifier: GPL-2.0-only */
/* control: clients on a real socket, with a clock of the test's. */
#include "collector/control.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "schema/unix_socket.h"

#define STATUS "{\"command\":\"status\"}\n"
#define CLIENTS (CONTROL_CLIENTS_MAX + 8)

static struct control *control;
static uint64_t now_ns;
static int clients[CLIENTS];

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	now_ns = 1000;
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i] = -1;
	return control_open(scratch_path("control"), &control);
}

static int teardown(void **state)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (clients[i] >= 0)
			close(clients[i]);
	control_close(&control);
	assert_int_equal(access(scratch_path("control"), F_OK), -1);
	return scratch_teardown(state);
}

static void serve(void)
{
	control_serve(control, ++now_ns);
}

static void come(int client)
{
	assert_int_equal(unix_socket_connect(scratch_path("control"), &clients[client]), 0);
	serve();
}

static void say(int client, const char *bytes)
{
	ssize_t size = (ssize_t)strlen(bytes);

	assert_int_equal(send(clients[client], bytes, strlen(bytes), MSG_NOSIGNAL), size);
	serve();
}

/* What has arrived; "" for the end, NULL for nothing yet. */
static const char *hear(int client)
{
	static char bytes[4096];
	ssize_t got = recv(clients[client], bytes, sizeof(bytes) - 1, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN ? NULL : "";
	bytes[got] = '\0';
	return bytes;
}

static bool was_dropped(int client)
{
	const char *heard = hear(client);

	return heard && *heard == '\0';
}

static void answer(const char *line)
{
	control_answer(control, line, strlen(line), ++now_ns);
}

static void requests_are_answered_in_their_order(void **state)
{
	(void)state;
	struct control_request request;

	for (int i = 0; i < 3; i++)
		come(i);
	assert_false(control_next(control, &request));
	say(2, "{\"command\":\"pin\",\"snapshot\":2}\n");
	say(0, "{\"command\":\"pin\",\"snapshot\":10}\n{\"command\":\"pin\",\"snapshot\":11}\n");
	say(1, "{\"command\":\"pin\",\"snapshot\":1}\n");
	for (int i = 0; i < 4; i++) {
		static const int64_t order[] = {2, 10, 1, 11};

		assert_true(control_next(control, &request));
		assert_int_equal(request.snapshot, order[i]);
		answer("x\n");
	}
	assert_false(control_next(control, &request));
	assert_string_equal(hear(0), "x\nx\n");
	assert_string_equal(hear(1), "x\n");
}

static void a_line_may_come_in_pieces(void **state)
{
	(void)state;
	struct control_request request;

	come(0);
	for (const char *at = STATUS; *at; at++) {
		assert_false(control_next(control, &request));
		say(0, (char[]){*at, '\0'});
	}
	assert_true(control_next(control, &request));
	assert_int_equal(request.command, CONTROL_STATUS);
}

static void half_a_line_is_nothing(void **state)
{
	(void)state;
	struct control_request request;

	come(0);
	say(0, "{\"command\":\"snap");
	close(clients[0]);
	clients[0] = -1;
	serve();
	assert_false(control_next(control, &request));
	assert_int_equal(control_deadline_ns(control), UINT64_MAX);
}

static void who_stops_sending_still_gets_an_answer(void **state)
{
	(void)state;
	struct control_request request;

	come(0);
	say(0, STATUS);
	assert_int_equal(shutdown(clients[0], SHUT_WR), 0);
	serve();
	assert_true(control_next(control, &request));
	answer("x\n");
	assert_string_equal(hear(0), "x\n");
	serve();
	assert_true(was_dropped(0));
}

static void who_left_gives_no_orders(void **state)
{
	(void)state;
	struct control_request request;

	come(0);
	say(0, "{\"command\":\"snapshot\"}\n");
	close(clients[0]);
	clients[0] = -1;
	serve();
	assert_false(control_next(control, &request));
}

static void nonsense_is_answered_once_and_dropped(void **state)
{
	(void)state;
	come(0);
	say(0, "nonsense\nnonsense\n" STATUS);
	assert_string_equal(hear(0), "{\"ok\":false,\"status\":400,\"detail\":\"A line is one JSON "
				     "object, as {\\\"command\\\":\\\"status\\\"}.\"}\n");
	assert_true(was_dropped(0));
}

static void a_line_has_a_limit(void **state)
{
	(void)state;
	char block[2048];

	come(0);
	memset(block, ' ', sizeof(block) - 1);
	block[sizeof(block) - 1] = '\0';
	say(0, block);
	say(0, block);
	assert_null(hear(0));
	say(0, block);
	assert_non_null(strstr(hear(0), "at most 4096 bytes"));
	assert_true(was_dropped(0));
}

/* Nothing to do means not to wake up: poll() would spin. */
static bool is_ready(void)
{
	struct pollfd ready = {.fd = control_fd(control), .events = POLLIN};

	return poll(&ready, 1, 0) > 0;
}

static void it_is_ready_only_when_there_is_something_to_do(void **state)
{
	(void)state;
	struct control_request request;

	assert_false(is_ready());
	assert_int_equal(unix_socket_connect(scratch_path("control"), &clients[0]), 0);
	assert_true(is_ready());
	serve();
	assert_false(is_ready());
	say(0, STATUS);
	say(0, STATUS); /* has to wait */
	assert_false(is_ready());
	assert_true(control_next(control, &request));
	answer("x\n");
	serve();
	assert_true(control_next(control, &request));
	assert_false(is_ready());
}

static void the_silent_have_to_go(void **state)
{
	(void)state;
	struct control_request request;

	come(0);
	come(1);
	say(1, STATUS);
	assert_true(control_deadline_ns(control) <= now_ns + CONTROL_PATIENCE_NS);
	now_ns += CONTROL_PATIENCE_NS;
	serve();
	assert_true(was_dropped(0));
	/* who waits for us is not silent */
	assert_false(was_dropped(1));
	assert_true(control_next(control, &request));
	answer("x\n");
	assert_string_equal(hear(1), "x\n");
	now_ns += CONTROL_PATIENCE_NS;
	serve();
	assert_true(was_dropped(1));
}

static void a_newcomer_takes_the_place_of_the_most_silent(void **state)
{
	(void)state;
	struct control_request request;

	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		come(i);
	say(0, " ");
	come(CONTROL_CLIENTS_MAX);
	assert_true(was_dropped(1));
	assert_false(was_dropped(0));
	say(CONTROL_CLIENTS_MAX, STATUS);
	assert_true(control_next(control, &request));
}

static void no_more_wait_than_there_are_places(void **state)
{
	(void)state;
	struct control_request request;

	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		come(i);
		say(i, STATUS);
	}
	come(CONTROL_CLIENTS_MAX);
	assert_non_null(strstr(hear(CONTROL_CLIENTS_MAX), "\"status\":503"));
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		assert_true(control_next(control, &request));
		answer("x\n");
	}
	assert_false(control_next(control, &request));
}

/* One that sends and never reads fills its own buffer and nothing else. */
static void who_does_not_read_is_dropped(void **state)
{
	(void)state;
	struct control_request request;
	char line[CONTROL_ANSWER_SIZE];
	int answers = 0;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	come(0);
	while (send(clients[0], STATUS, strlen(STATUS), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
		serve();
		while (control_next(control, &request)) {
			answer(line);
			answers++;
		}
		assert_true(answers < 100000);
	}
	assert_int_equal(control_deadline_ns(control), UINT64_MAX);
}

static void a_second_one_finds_the_place_taken(void **state)
{
	(void)state;
	struct control *other = NULL;

	assert_int_equal(control_open(scratch_path("control"), &other), -EADDRINUSE);
	assert_null(other);
	come(0);
	assert_false(was_dropped(0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_are_answered_in_their_order),
		TEST(a_line_may_come_in_pieces),
		TEST(half_a_line_is_nothing),
		TEST(who_stops_sending_still_gets_an_answer),
		TEST(who_left_gives_no_orders),
		TEST(nonsense_is_answered_once_and_dropped),
		TEST(a_line_has_a_limit),
		TEST(it_is_ready_only_when_there_is_something_to_do),
		TEST(the_silent_have_to_go),
		TEST(a_newcomer_takes_the_place_of_the_most_silent),
		TEST(no_more_wait_than_there_are_places),
		TEST(who_does_not_read_is_dropped),
		TEST(a_second_one_finds_the_place_taken),
	};

	return cmocka_run_group_tests_name("collector/control", tests, NULL, NULL);
}
