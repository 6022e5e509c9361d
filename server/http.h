/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * http: carries requests and replies between sockets and dispatch().
 *
 * One thread per connection, so that a long answer delays nobody else; numbers,
 * sizes and times are limited (connections.h). Nothing else includes <microhttpd.h>.
 */
#ifndef VMASCOPE_SERVER_HTTP_H
#define VMASCOPE_SERVER_HTTP_H

#include "dispatch.h"

struct http;

/* Answers on listening sockets, non-blocking ones, at most ACCEPTOR_LISTENERS_MAX,
 * which the caller closes after http_stop(). The server must outlive it. 0 or
 * -ENOMEM. */
int http_start(struct server *server, const int *listeners, size_t listener_count,
	       struct http **ret_http);
/* Returns when the last thread has ended. */
void http_stop(struct http **http);

#endif
