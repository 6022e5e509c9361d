/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * http: carries requests and replies between sockets and dispatch().
 *
 * One thread per connection, so that a long answer delays nobody else; numbers,
 * sizes and times are limited. Nothing else includes <microhttpd.h>.
 */
#ifndef VMASCOPE_SERVER_HTTP_H
#define VMASCOPE_SERVER_HTTP_H

#include "dispatch.h"

struct http;

/* Answers on the listening socket, which it closes in http_stop(). The server
 * must outlive it. 0 or -ENOMEM. */
int http_start(struct server *server, int listen_fd, struct http **ret_http);
/* Returns when the last thread has ended. */
void http_stop(struct http **http);

#endif
