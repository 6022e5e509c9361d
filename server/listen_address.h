/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * listen_address: where the server listens, "127.0.0.1:8080", "[::1]:0" or
 * "unix:/run/vmascope.sock".
 */
#ifndef VMASCOPE_SERVER_LISTEN_ADDRESS_H
#define VMASCOPE_SERVER_LISTEN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "schema/unix_socket.h"

#define LISTEN_HOST_SIZE 64

union listen_socket {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct listen_address {
	union listen_socket socket;
	socklen_t socket_size;
	char host[LISTEN_HOST_SIZE]; /* as a URL has it: "127.0.0.1", "[::1]"; "" for a path */
	uint16_t port; /* 0: any; the one in use after listen_address_open() */
	const char *path; /* of a Unix socket, not owned; NULL: is none */
	int fd; /* -1 before listen_address_open() */
	struct unix_socket local; /* what it has in the file system */
};

/* Numeric addresses, or localhost for 127.0.0.1, or "unix:" and a path, which is
 * kept by pointer. 0 or -EINVAL. */
int listen_address_parse(const char *text, struct listen_address *ret_address);
/* Whether only this machine can reach it. */
bool listen_address_is_local(const struct listen_address *address);
/* Opens a non-blocking listening socket. 0 or -errno, -EADDRINUSE for a busy port
 * or a path on which somebody answers. */
int listen_address_open(struct listen_address *address);
/* Removes a Unix socket's name too. Does nothing when it is not open. */
void listen_address_close(struct listen_address *address);
/* "http://127.0.0.1:8080/" or "unix:/path", in the room given. */
void listen_address_print(const struct listen_address *address, char *text, size_t size);

#endif
