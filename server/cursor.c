/* SPDX-License-Identifier: GPL-2.0-only */
#include "cursor.h"

#include <stdbool.h>
#include <string.h>

#include "hash.h"
#include "route.h"

/* 24 bytes: list, key, id, most significant byte first; as base64url, which
 * needs no padding at this length and no escape in a query. */
#define RAW_SIZE 24

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Everything that makes two lists different. */
static uint64_t list_mark(const struct request *request)
{
	uint64_t hash = hash_text(HASH_START, request->route->path);

	for (enum param_id id = PARAM_NONE + 1; id < PARAM_COUNT; id++) {
		const char *text = request->values[id].text;

		if (id == PARAM_LIMIT || id == PARAM_CURSOR)
			continue;
		hash = hash_text(hash_integer(hash, text != NULL), text ? text : "");
	}
	return hash;
}

static void put_integer(uint8_t *raw, uint64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		raw[i] = (uint8_t)value;
}

static uint64_t get_integer(const uint8_t *raw)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | raw[i];
	return value;
}

void cursor_write(const struct cursor *cursor, const struct request *request,
		  char ret_text[CURSOR_TEXT_SIZE])
{
	uint8_t raw[RAW_SIZE];
	char *text = ret_text;

	put_integer(raw, list_mark(request));
	put_integer(raw + 8, (uint64_t)cursor->key);
	put_integer(raw + 16, (uint64_t)cursor->id);
	for (size_t i = 0; i < RAW_SIZE; i += 3) {
		unsigned int bits = (unsigned int)raw[i] << 16 | (unsigned int)raw[i + 1] << 8 |
				    raw[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*text++ = alphabet[bits >> shift & 63];
	}
	*text = '\0';
}

static bool decode(const char *text, uint8_t raw[RAW_SIZE])
{
	if (strlen(text) != CURSOR_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < RAW_SIZE; i += 3) {
		unsigned int bits = 0;

		for (int digit = 0; digit < 4; digit++) {
			const char *at = strchr(alphabet, *text++);

			if (!at)
				return false;
			bits = bits << 6 | (unsigned int)(at - alphabet);
		}
		raw[i] = (uint8_t)(bits >> 16);
		raw[i + 1] = (uint8_t)(bits >> 8);
		raw[i + 2] = (uint8_t)bits;
	}
	return true;
}

int cursor_read(struct cursor *cursor, const struct request *request, struct problem *problem)
{
	const char *text = request->values[PARAM_CURSOR].text;
	uint8_t raw[RAW_SIZE];

	if (!text)
		return 0;
	if (!decode(text, raw))
		return problem_set(problem, 400,
				   "That cursor is none of ours; pass the next of an "
				   "answer, unchanged.");
	if (get_integer(raw) != list_mark(request))
		return problem_set(problem, 400,
				   "That cursor is of another list (snapshot, order or filter "
				   "differ); start again without a cursor.");
	cursor->key = (int64_t)get_integer(raw + 8);
	cursor->id = (int64_t)get_integer(raw + 16);
	return 1;
}
