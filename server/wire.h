/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire: a request as it came over the wire, not judged yet, and the checks that
 * need nothing but its headers.
 */
#ifndef VMASCOPE_SERVER_WIRE_H
#define VMASCOPE_SERVER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

struct wire_header {
	const char *name; /* NUL-terminated */
	const char *value; /* value_size bytes and a NUL; may hold other NULs */
	size_t value_size;
};

/* Points into memory of whoever received it. */
struct wire_request {
	const char *method;
	const char *target; /* path and query, percent-encoded as sent */
	const struct wire_header *headers;
	size_t header_count;
	bool misread; /* the library took some of the head for nothing */
	const char *body; /* NULL: not read */
	size_t body_size;
	int socket; /* of the client; 0: none */
};

/* First header of that name, whatever its case, or NULL. */
const char *wire_header(const struct wire_request *wire, const char *name);
/* All headers of that name, whose values are lists, as the one list they are
 * (RFC 9110, 5.3), to be freed. NULL: none, or no memory. */
char *wire_list(const struct wire_request *wire, const char *name);

/*
 * Refuses what the HTTP library lets pass and two readers may understand in two
 * ways: a head that was misread, a name that is none, a value with control
 * characters, not exactly one Host, more than one Content-Length or one that is not a
 * number, any Transfer-Encoding. 0, or -EPROTO with the problem; the connection must
 * be closed then, as nobody knows where the next request begins.
 */
int wire_check_headers(const struct wire_request *wire, struct problem *problem);

/* Of the body that follows the headers, which were checked; -1: no
 * Content-Length. */
int64_t wire_body_size(const struct wire_request *wire);
/*
 * Whether what comes next on the connection must not be taken for a request: a body
 * that was not read, or an empty one by a Content-Length that is the last header,
 * which may go on behind a few NULs (head_lines.h).
 */
bool wire_must_close(const struct wire_request *wire);

/*
 * Refuses a body that is not JSON, or larger than the limit. 0, or -EPROTO with
 * the problem: 411, 413, 415.
 */
int wire_check_body(const struct wire_request *wire, int64_t size_max, struct problem *problem);

/* Refuses what a browser sends on behalf of a page of another site, for requests
 * that change something. 0 or -EPROTO. */
int wire_check_site(const struct wire_request *wire, struct problem *problem);

/*
 * Refuses a Host that is not a name of this server: a page of another site
 * whose name was made to resolve to our address (DNS rebinding) carries that
 * site's name. The names are localhost, 127.0.0.1, [::1] and those of the list,
 * with any port, so that a forwarded port works. 0 or -EPROTO.
 */
int wire_check_host(const struct wire_request *wire, const char *const *names, size_t name_count,
		    struct problem *problem);

#endif
