/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * listen_address: where the server listens, "127.0.0.1:8080" or "[::1]:0".
 */
#ifndef VMASCOPE_SERVER_LISTEN_ADDRESS_H
#define VMASCOPE_SERVER_LISTEN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define LISTEN_HOST_SIZE 64

union listen_socket {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct listen_address {
	union listen_socket socket;
	socklen_t socket_size;
	char host[LISTEN_HOST_SIZE]; /* as a URL has it: "127.0.0.1", "[::1]" */
	uint16_t port; /* 0: any; the one in use after listen_address_open() */
};

/* Numeric addresses, or localhost for 127.0.0.1. 0 or -EINVAL. */
int listen_address_parse(const char *text, struct listen_address *ret_address);
/* Whether only this machine can reach it. */
bool listen_address_is_loopback(const struct listen_address *address);
/* Opens a listening socket. 0 or -errno, -EADDRINUSE for a busy port. */
int listen_address_open(struct listen_address *address, int *ret_fd);

#endif
