/* SPDX-License-Identifier: GPL-2.0-only */
#include "wire.h"

#include <string.h>
#include <strings.h>

static const char *const loopback_names[] = {"localhost", "127.0.0.1", "[::1]"};

static size_t count(const struct wire_request *wire, const char *name)
{
	size_t found = 0;

	for (size_t i = 0; i < wire->header_count; i++)
		found += strcasecmp(wire->headers[i].name, name) == 0;
	return found;
}

const char *wire_header(const struct wire_request *wire, const char *name)
{
	for (size_t i = 0; i < wire->header_count; i++)
		if (strcasecmp(wire->headers[i].name, name) == 0)
			return wire->headers[i].value;
	return NULL;
}

static bool has_nul(const struct wire_request *wire)
{
	for (size_t i = 0; i < wire->header_count; i++)
		if (strlen(wire->headers[i].value) != wire->headers[i].value_size)
			return true;
	return false;
}

int wire_check_headers(const struct wire_request *wire, struct problem *problem)
{
	const char *length = wire_header(wire, "Content-Length");

	if (count(wire, "Host") != 1)
		return problem_set(problem, 400, "Send exactly one Host header.");
	if (count(wire, "Transfer-Encoding") != 0)
		return problem_set(problem, 400,
				   "Transfer-Encoding is not understood here; send no body.");
	if (count(wire, "Content-Length") > 1)
		return problem_set(problem, 400, "Send at most one Content-Length header.");
	if (length && strcmp(length, "0") != 0)
		return problem_set(problem, 400, "No resource takes a body; send none.");
	if (has_nul(wire))
		return problem_set(problem, 400, "A header holds a NUL byte.");
	return 0;
}

/* "[::1]:8080" and "name:8080" without the port; what follows the name must be
 * a port or nothing. */
static bool is_name(const char *host, const char *name)
{
	size_t size = strlen(name);

	if (strncasecmp(host, name, size) != 0)
		return false;
	if (host[size] == '\0')
		return true;
	return host[size] == ':' &&
	       strspn(host + size + 1, "0123456789") == strlen(host + size + 1);
}

int wire_check_host(const struct wire_request *wire, const char *own, struct problem *problem)
{
	const char *host = wire_header(wire, "Host");

	if (!host)
		host = "";
	for (size_t i = 0; i < sizeof(loopback_names) / sizeof(loopback_names[0]); i++)
		if (is_name(host, loopback_names[i]))
			return 0;
	if (is_name(host, own))
		return 0;
	return problem_set(problem, 421,
			   "This server does not answer for that Host; use http://localhost or the "
			   "address it printed when it started.");
}
