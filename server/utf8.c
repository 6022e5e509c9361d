/* SPDX-License-Identifier: GPL-2.0-only */
#include "utf8.h"

#include <stdint.h>

/* Table 3-7 of the Unicode standard: what may follow a first byte. The second
 * byte is narrowed where overlong forms, surrogates and values past U+10FFFF
 * would begin; later bytes are 80..BF. */
static const struct lead {
	uint8_t first, last;
	uint8_t length;
	uint8_t second_first, second_last;
} leads[] = {
	{0x00, 0x7f, 1, 0, 0},	     {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
	{0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct lead *find_lead(uint8_t byte)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (byte >= leads[i].first && byte <= leads[i].last)
			return &leads[i];
	return NULL;
}

static bool may_follow(const struct lead *lead, size_t at, uint8_t byte)
{
	if (at == 1)
		return byte >= lead->second_first && byte <= lead->second_last;
	return byte >= 0x80 && byte <= 0xbf;
}

size_t utf8_character(const char *bytes, size_t size, bool *ret_valid)
{
	const struct lead *lead = find_lead((uint8_t)bytes[0]);
	size_t length = 1;

	while (lead && length < lead->length && length < size &&
	       may_follow(lead, length, (uint8_t)bytes[length]))
		length++;
	*ret_valid = lead && length == lead->length;
	return length;
}

bool utf8_is_valid(const char *bytes, size_t size)
{
	bool valid = true;

	for (size_t at = 0; at < size && valid;)
		at += utf8_character(bytes + at, size - at, &valid);
	return valid;
}

void utf8_clean(struct buffer *buffer, const char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		bool valid;
		size_t length = utf8_character(bytes + at, size - at, &valid);

		if (valid)
			buffer_append(buffer, bytes + at, length);
		else
			buffer_text(buffer, UTF8_REPLACEMENT);
		at += length;
	}
}
