/* SPDX-License-Identifier: GPL-2.0-only */
#include "wire.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buffer.h"

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

char *wire_list(const struct wire_request *wire, const char *name)
{
	struct buffer list = {0};

	for (size_t i = 0; i < wire->header_count; i++) {
		if (strcasecmp(wire->headers[i].name, name) != 0)
			continue;
		buffer_text(&list, list.size ? ", " : "");
		buffer_text(&list, wire->headers[i].value);
	}
	if (!wire_header(wire, name))
		return NULL;
	return buffer_take_text(&list);
}

/* RFC 9110, 5.6.2. A space before the colon, for one, is none: there are readers
 * that skip it, and such that do not know the header then. */
static bool is_token(const char *name)
{
	static const char characters[] = "!#$%&'*+-.^_`|~0123456789"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	return *name && name[strspn(name, characters)] == '\0';
}

static bool has_control(const char *value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((unsigned char)value[i] < 0x20 && value[i] != '\t') || value[i] == 0x7f)
			return true;
	return false;
}

static int check_lines(const struct wire_request *wire, struct problem *problem)
{
	if (wire->misread)
		return problem_set(
			problem, 400,
			"The request line and each header are a line of their own, without "
			"a NUL, that ends with CR LF.");
	for (size_t i = 0; i < wire->header_count; i++) {
		const struct wire_header *header = &wire->headers[i];

		if (!is_token(header->name))
			return problem_set(problem, 400,
					   "The name of a header is letters, digits and hyphens, "
					   "with the colon right behind it.");
		if (has_control(header->value, header->value_size))
			return problem_set(problem, 400,
					   "A header's value holds a control character.");
	}
	return 0;
}

/* Digits only, and few enough not to overflow. */
static bool is_length(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits < 19 && text[digits] == '\0';
}

int wire_check_headers(const struct wire_request *wire, struct problem *problem)
{
	const char *length = wire_header(wire, "Content-Length");
	int rc = check_lines(wire, problem);

	if (rc)
		return rc;
	if (count(wire, "Host") != 1)
		return problem_set(problem, 400, "Send exactly one Host header.");
	if (count(wire, "Transfer-Encoding") != 0)
		return problem_set(problem, 400,
				   "Transfer-Encoding is not understood here; send no body.");
	if (count(wire, "Content-Length") > 1)
		return problem_set(problem, 400, "Send at most one Content-Length header.");
	if (length && !is_length(length))
		return problem_set(problem, 400, "Content-Length is not a number of bytes.");
	return 0;
}

int64_t wire_body_size(const struct wire_request *wire)
{
	const char *length = wire_header(wire, "Content-Length");

	return length ? strtoll(length, NULL, 10) : -1;
}

bool wire_must_close(const struct wire_request *wire)
{
	int64_t size = wire_body_size(wire);

	if (size == 0)
		return strcasecmp(wire->headers[wire->header_count - 1].name, "Content-Length") ==
		       0;
	return size > 0 && !wire->body;
}

static bool is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t size = strcspn(type, "; \t");

	return size == strlen(json) && strncasecmp(type, json, size) == 0;
}

int wire_check_body(const struct wire_request *wire, int64_t size_max, struct problem *problem)
{
	const char *type = wire_header(wire, "Content-Type");
	int64_t size = wire_body_size(wire);

	if (count(wire, "Content-Type") != 1 || !is_json(type))
		return problem_set(problem, 415,
				   "Send JSON, with the header Content-Type: application/json.");
	if (size < 0)
		return problem_set(problem, 411, "Send a body with its Content-Length.");
	if (size > size_max)
		return problem_set(problem, 413, "A body has at most %" PRId64 " bytes here.",
				   size_max);
	return 0;
}

int wire_check_site(const struct wire_request *wire, struct problem *problem)
{
	for (size_t i = 0; i < wire->header_count; i++) {
		const char *value = wire->headers[i].value;

		if (strcasecmp(wire->headers[i].name, "Sec-Fetch-Site") == 0 &&
		    strcmp(value, "same-origin") != 0 && strcmp(value, "none") != 0)
			return problem_set(problem, 403,
					   "A page of another site may not change anything here.");
	}
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

int wire_check_host(const struct wire_request *wire, const char *const *names, size_t name_count,
		    struct problem *problem)
{
	const char *host = wire_header(wire, "Host");

	if (!host)
		host = "";
	for (size_t i = 0; i < sizeof(loopback_names) / sizeof(loopback_names[0]); i++)
		if (is_name(host, loopback_names[i]))
			return 0;
	for (size_t i = 0; i < name_count; i++)
		if (is_name(host, names[i]))
			return 0;
	return problem_set(problem, 421,
			   "This server does not answer for that Host; use http://localhost or the "
			   "address it printed when it started, or start it with --host and the "
			   "name.");
}
