/* SPDX-License-Identifier: GPL-2.0-only */
#include "listen_address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 512
#define UNIX_PREFIX "unix:"

static bool parse_port(const char *text, uint16_t *ret_port)
{
	char *end;
	long port;

	if (!isdigit((unsigned char)text[0]))
		return false;
	port = strtol(text, &end, 10);
	if (*end || port > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

static bool set_v4(struct listen_address *address, const char *host)
{
	struct sockaddr_in *v4 = &address->socket.v4;

	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &v4->sin_addr) != 1)
		return false;
	v4->sin_family = AF_INET;
	v4->sin_port = htons(address->port);
	address->socket_size = sizeof(*v4);
	snprintf(address->host, sizeof(address->host), "%s", host);
	return true;
}

static bool set_v6(struct listen_address *address, char *host)
{
	struct sockaddr_in6 *v6 = &address->socket.v6;
	size_t size = strlen(host);

	if (size < 2 || host[0] != '[' || host[size - 1] != ']')
		return false;
	snprintf(address->host, sizeof(address->host), "%s", host);
	host[size - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(address->port);
	address->socket_size = sizeof(*v6);
	return true;
}

int listen_address_parse(const char *text, struct listen_address *ret_address)
{
	struct listen_address address = {.fd = -1, .local.fd = -1};
	char host[LISTEN_HOST_SIZE];
	const char *colon = strrchr(text, ':');
	int size = colon ? (int)(colon - text) : 0;

	if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0) {
		address.path = text + strlen(UNIX_PREFIX);
		*ret_address = address;
		return *address.path ? 0 : -EINVAL;
	}
	if (!colon || (size_t)size >= sizeof(host) || !parse_port(colon + 1, &address.port))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", size, text);
	if (!set_v4(&address, host) && !set_v6(&address, host))
		return -EINVAL;
	*ret_address = address;
	return 0;
}

bool listen_address_is_local(const struct listen_address *address)
{
	if (address->path)
		return true;
	if (address->socket.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address->socket.v6.sin6_addr);
	return ntohl(address->socket.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static int bind_and_listen(struct listen_address *address, int fd)
{
	const int on = 1;
	union listen_socket bound = {0};
	socklen_t size = sizeof(bound);

	/* a server that just ended must not keep the next one from its port */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &address->socket.any, address->socket_size) != 0 || listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, &bound.any, &size) != 0)
		return -errno;
	address->port = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port :
								bound.v4.sin_port);
	return 0;
}

static int open_local(struct listen_address *address)
{
	int rc = unix_socket_listen(&address->local, address->path);

	if (rc == 0)
		address->fd = address->local.fd;
	return rc;
}

int listen_address_open(struct listen_address *address)
{
	int fd;
	int rc;

	if (address->path)
		return open_local(address);
	fd = socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = bind_and_listen(address, fd);
	if (rc)
		close(fd);
	else
		address->fd = fd;
	return rc;
}

void listen_address_close(struct listen_address *address)
{
	if (address->fd < 0)
		return;
	if (address->path)
		unix_socket_close(&address->local);
	else
		close(address->fd);
	address->fd = -1;
}

void listen_address_print(const struct listen_address *address, char *text, size_t size)
{
	if (address->path)
		snprintf(text, size, UNIX_PREFIX "%s", address->path);
	else
		snprintf(text, size, "http://%s:%u/", address->host, address->port);
}
