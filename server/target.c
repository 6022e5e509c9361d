/* SPDX-License-Identifier: GPL-2.0-only */
#include "target.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* Path and query separated and split by writing NULs; then decoded in place,
 * as decoding never makes a text longer. */

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit = (char)(digit | 0x20);
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* One character of the encoded text: its value, or -1; moves *at behind it. */
static int decode_one(const char **at, bool query)
{
	const char *from = *at;

	if (*from == '%') {
		int high = hex_digit(from[1]);
		int low = high < 0 ? -1 : hex_digit(from[2]);

		*at += 3;
		return low < 0 ? -1 : high * 16 + low;
	}
	*at += 1;
	return query && *from == '+' ? ' ' : (unsigned char)*from;
}

/* False for a broken escape, a NUL or what is not UTF-8. */
static bool decode(char *text, bool query)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		int byte = decode_one(&from, query);

		if (byte <= 0)
			return false;
		*to++ = (char)byte;
	}
	*to = '\0';
	return utf8_is_valid(text, (size_t)(to - text));
}

static int bad_encoding(struct problem *problem, const char *part)
{
	return problem_set(problem, 400,
			   "The %s is not percent-encoded UTF-8 text (a NUL is not text either).",
			   part);
}

static int split_path(struct target *target, char *path, struct problem *problem)
{
	for (char *segment = path + 1; segment;) {
		char *next = strchr(segment, '/');

		if (next)
			*next++ = '\0';
		if (target->segment_count == TARGET_SEGMENTS_MAX)
			return problem_set(problem, 404, "No resource has so long a path.");
		if (!decode(segment, false))
			return bad_encoding(problem, "path");
		target->segments[target->segment_count++] = segment;
		segment = next;
	}
	return 0;
}

static int add_pair(struct target *target, char *pair, struct problem *problem)
{
	char *value = strchr(pair, '=');

	if (value)
		*value++ = '\0';
	else
		value = pair + strlen(pair);
	if (target->pair_count == TARGET_PAIRS_MAX)
		return problem_set(problem, 400, "The query has more than %d parameters.",
				   TARGET_PAIRS_MAX);
	if (!decode(pair, true) || !decode(value, true))
		return bad_encoding(problem, "query");
	target->pairs[target->pair_count++] = (struct target_pair){.name = pair, .value = value};
	return 0;
}

static int split_query(struct target *target, char *query, struct problem *problem)
{
	int rc = 0;

	for (char *pair = query; pair && !rc;) {
		char *next = strchr(pair, '&');

		if (next)
			*next++ = '\0';
		if (*pair)
			rc = add_pair(target, pair, problem);
		pair = next;
	}
	return rc;
}

int target_parse(struct target *target, const char *raw, struct problem *problem)
{
	char *query;
	int rc;

	*target = (struct target){.raw = raw};
	if (raw[0] != '/')
		return problem_set(
			problem, 400,
			"Ask for a path that begins with /, as in GET /api/v1/snapshots.");
	/* what is not visible ASCII must not come out again in a Location or Link */
	for (const char *at = raw; *at; at++)
		if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7f)
			return problem_set(problem, 400,
					   "The path holds bytes that need to be "
					   "percent-encoded.");
	target->text = strdup(raw);
	if (!target->text)
		return -ENOMEM;
	query = strchr(target->text, '?');
	if (query)
		*query++ = '\0';
	target->raw_query = query ? raw + (query - target->text) : NULL;
	rc = split_path(target, target->text, problem);
	return rc || !query ? rc : split_query(target, query, problem);
}

void target_clear(struct target *target)
{
	free(target->text);
	*target = (struct target){0};
}

static size_t raw_path_size(const struct target *target)
{
	return strcspn(target->raw, "?");
}

void target_write_replaced(const struct target *target, size_t at, const char *segment,
			   struct buffer *buffer)
{
	const char *start = target->raw + 1;

	for (size_t i = 0; i < at; i++)
		start = strchr(start, '/') + 1;
	buffer_append(buffer, target->raw, (size_t)(start - target->raw));
	buffer_text(buffer, segment);
	buffer_text(buffer, start + strcspn(start, "/?"));
}

/* Percent-encodes what may not stand in a URI. */
static void write_uri(struct buffer *buffer, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (isascii(byte) && (isalnum(byte) || strchr("-._~:/?@!$&'()*+,;=%", byte)))
			buffer_append(buffer, &bytes[i], 1);
		else
			buffer_format(buffer, "%%%02X", byte);
	}
}

/* A pair of the raw query has a name of ours as it is: names need no escape,
 * and one that came escaped is decoded before it is compared. */
static bool pair_is(const char *pair, size_t size, const char *name)
{
	char *copy = strndup(pair, size);
	bool same;

	if (!copy)
		return false;
	copy[strcspn(copy, "=")] = '\0';
	same = decode(copy, true) && strcmp(copy, name) == 0;
	free(copy);
	return same;
}

void target_write_with(const struct target *target, const char *name, const char *value,
		       struct buffer *buffer)
{
	const char *pair = target->raw_query;
	const char *separator = "?";

	write_uri(buffer, target->raw, raw_path_size(target));
	while (pair && *pair) {
		size_t size = strcspn(pair, "&");

		if (size && !pair_is(pair, size, name)) {
			buffer_text(buffer, separator);
			write_uri(buffer, pair, size);
			separator = "&";
		}
		pair += size + (pair[size] == '&');
	}
	buffer_format(buffer, "%s%s=%s", separator, name, value);
}
