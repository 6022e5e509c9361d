/* SPDX-License-Identifier: GPL-2.0-only */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../schema/unix_socket.h"

/* Newcomers taken in one go; the others wait in the kernel's queue. */
#define ACCEPT_MAX 32
#define LISTENER CONTROL_CLIENTS_MAX /* epoll's data of the listening socket */

struct client {
	int fd; /* -1: a free place */
	bool waits; /* its request is not answered; it is not read meanwhile */
	bool ended; /* it will send no more */
	uint64_t turn; /* of its request: they are answered in this order */
	uint64_t heard_ns; /* when it last sent or got something */
	struct control_request request;
	size_t size; /* of what was received and not used */
	char line[CONTROL_LINE_MAX];
};

struct control {
	struct unix_socket socket;
	int epoll;
	uint64_t turn;
	struct client *asking; /* whose request control_next() gave */
	struct client clients[CONTROL_CLIENTS_MAX];
};

static int watch(struct control *control, int fd, uint32_t place)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = place};

	return epoll_ctl(control->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int control_open(const char *path, struct control **ret_control)
{
	struct control *control = calloc(1, sizeof(*control));
	int rc;

	if (!control)
		return -ENOMEM;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control->clients[i].fd = -1;
	control->socket.fd = -1;
	control->epoll = epoll_create1(EPOLL_CLOEXEC);
	rc = control->epoll < 0 ? -errno : unix_socket_listen(&control->socket, path);
	if (!rc)
		rc = watch(control, control->socket.fd, LISTENER);
	if (rc)
		control_close(&control);
	else
		*ret_control = control;
	return rc;
}

/* Closing takes it out of epoll. */
static void drop(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

void control_close(struct control **control)
{
	struct control *closing = *control;

	if (!closing)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (closing->clients[i].fd >= 0)
			drop(&closing->clients[i]);
	unix_socket_close(&closing->socket);
	if (closing->epoll >= 0)
		close(closing->epoll);
	free(closing);
	*control = NULL;
}

int control_fd(const struct control *control)
{
	return control->epoll;
}

/* The client that has been silent for longest, of those that do not wait. */
static struct client *most_silent(const struct control *control)
{
	struct client *found = NULL;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client *client = (struct client *)&control->clients[i];

		if (client->fd >= 0 && !client->waits &&
		    (!found || client->heard_ns < found->heard_ns))
			found = client;
	}
	return found;
}

uint64_t control_deadline_ns(const struct control *control)
{
	const struct client *client = most_silent(control);

	return client ? client->heard_ns + CONTROL_PATIENCE_NS : UINT64_MAX;
}

/* An answer is short and goes into the socket's buffer at once; where it does
 * not fit, the client has left many unread. */
static bool send_answer(struct client *client, const char *answer, size_t size)
{
	return send(client->fd, answer, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size;
}

static void refuse(struct client *client, int status, const char *detail)
{
	struct control_problem problem = {.status = status};
	char answer[CONTROL_ANSWER_SIZE];

	snprintf(problem.detail, sizeof(problem.detail), "%s", detail);
	send_answer(client, answer, control_answer_problem(answer, &problem));
}

static void use_bytes(struct client *client, size_t size)
{
	client->size -= size;
	memmove(client->line, client->line + size, client->size);
}

/*
 * Takes one line of what was received, if there is one; the next has to wait
 * until that is answered. False when the client is to be dropped: it ended, or
 * talks nonsense, of which it may have more.
 */
static bool take_line(struct control *control, struct client *client)
{
	const char *end = memchr(client->line, '\n', client->size);
	struct control_problem problem;

	if (!end && client->size < CONTROL_LINE_MAX)
		return !client->ended;
	if (!end) {
		refuse(client, 400, "A line has at most 4096 bytes.");
		return false;
	}
	if (control_request_read(client->line, (size_t)(end - client->line), &client->request,
				 &problem) != 0) {
		refuse(client, problem.status, problem.detail);
		return false;
	}
	client->waits = true;
	client->turn = control->turn++;
	use_bytes(client, (size_t)(end - client->line) + 1);
	return true;
}

static void set_events(struct control *control, struct client *client)
{
	/* one that waits is not read: level-triggered, it would wake us for ever */
	struct epoll_event event = {
		.events = client->waits || client->ended ? 0 : EPOLLIN,
		.data.u32 = (uint32_t)(client - control->clients),
	};

	epoll_ctl(control->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

/* Reads once. */
static void hear(struct control *control, struct client *client, uint64_t now_ns)
{
	ssize_t got = recv(client->fd, client->line + client->size, CONTROL_LINE_MAX - client->size,
			   MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0) {
		drop(client);
		return;
	}
	client->ended = got == 0;
	client->size += (size_t)got;
	client->heard_ns = now_ns;
	if (take_line(control, client))
		set_events(control, client);
	else
		drop(client);
}

static struct client *find_place(struct control *control)
{
	struct client *client;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].fd < 0)
			return &control->clients[i];
	client = most_silent(control);
	if (client)
		drop(client);
	return client;
}

static void refuse_newcomer(int fd)
{
	struct client newcomer = {.fd = fd};

	refuse(&newcomer, 503, "The collector has as many orders as it takes; ask again.");
	close(fd);
}

static void take_in(struct control *control, int fd, uint64_t now_ns)
{
	struct client *client = find_place(control);

	if (!client) {
		refuse_newcomer(fd);
		return;
	}
	client->fd = fd;
	client->waits = client->ended = false;
	client->size = 0;
	client->heard_ns = now_ns;
	if (watch(control, fd, (uint32_t)(client - control->clients)) != 0) {
		drop(client);
		return;
	}
	/* what it came with is read before it can be taken for a silent one */
	hear(control, client, now_ns);
}

static void accept_some(struct control *control, uint64_t now_ns)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = accept4(control->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		take_in(control, fd, now_ns);
	}
}

static void drop_silent(struct control *control, uint64_t now_ns)
{
	struct client *client;

	while ((client = most_silent(control)) && client->heard_ns + CONTROL_PATIENCE_NS <= now_ns)
		drop(client);
}

static void serve_event(struct control *control, const struct epoll_event *event, uint64_t now_ns)
{
	struct client *client = &control->clients[event->data.u32];

	if (client->fd < 0)
		return;
	/* gone before its turn: its answer has no reader */
	if (client->waits && (event->events & (EPOLLHUP | EPOLLERR)))
		drop(client);
	else if (!client->waits)
		hear(control, client, now_ns);
}

void control_serve(struct control *control, uint64_t now_ns)
{
	struct epoll_event events[CONTROL_CLIENTS_MAX + 1];
	int count = epoll_wait(control->epoll, events, CONTROL_CLIENTS_MAX + 1, 0);
	bool newcomers = false;

	for (int i = 0; i < count; i++) {
		if (events[i].data.u32 == LISTENER)
			newcomers = true;
		else
			serve_event(control, &events[i], now_ns);
	}
	/* last: it fills places that events above may still speak of */
	if (newcomers)
		accept_some(control, now_ns);
	drop_silent(control, now_ns);
}

bool control_next(struct control *control, struct control_request *ret_request)
{
	struct client *next = NULL;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client *client = &control->clients[i];

		if (client->fd >= 0 && client->waits && (!next || client->turn < next->turn))
			next = client;
	}
	control->asking = next;
	if (!next)
		return false;
	*ret_request = next->request;
	return true;
}

void control_answer(struct control *control, const char *answer, size_t size, uint64_t now_ns)
{
	struct client *client = control->asking;

	control->asking = NULL;
	client->waits = false;
	client->heard_ns = now_ns;
	if (send_answer(client, answer, size) && take_line(control, client))
		set_events(control, client);
	else
		drop(client);
}
