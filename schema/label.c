/* SPDX-License-Identifier: GPL-2.0-only */
#include "label.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LATEST "latest"

/* The character at the front and, in *size, its bytes; -1 for what is not one
 * in its shortest form. */
static int32_t character(const unsigned char *bytes, size_t left, size_t *size)
{
	static const int32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	int32_t value;

	if (bytes[0] < 0x80) {
		*size = 1;
		return bytes[0];
	}
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return -1;
	*size = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	if (*size > left)
		return -1;
	value = bytes[0] & (0x7f >> *size);
	for (size_t i = 1; i < *size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return -1;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < smallest[*size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return -1;
	return value;
}

/* C0, DEL, C1, and what breaks lines or turns the direction of others' text. */
static bool is_control(int32_t value)
{
	return value < 0x20 || (value >= 0x7f && value < 0xa0) ||
	       (value >= 0x2028 && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
}

static bool is_text(const char *bytes, size_t size)
{
	for (size_t at = 0, step; at < size; at += step) {
		int32_t value = character((const unsigned char *)bytes + at, size - at, &step);

		if (value < 0 || is_control(value))
			return false;
	}
	return true;
}

static bool is_number(const char *bytes, size_t size)
{
	size_t digits = 0;

	while (digits < size && bytes[digits] >= '0' && bytes[digits] <= '9')
		digits++;
	return digits == size;
}

const char *label_refuse(const char *bytes, size_t size)
{
	if (size == 0 || size > LABEL_SIZE_MAX)
		return "a label has 1 to 64 bytes";
	if (!is_text(bytes, size))
		return "a label is UTF-8 text without control characters";
	if (bytes[0] == ' ' || bytes[size - 1] == ' ')
		return "a label does not begin or end with a space";
	if (is_number(bytes, size))
		return "a label is not a number, which would be read as the id of a snapshot";
	if (size >= strlen(LATEST) && memcmp(bytes, LATEST, strlen(LATEST)) == 0)
		return "a label does not begin with \"latest\", which means the newest snapshot";
	if (memchr(bytes, ':', size))
		return "a label has no colon, which would be read as a time or a kind";
	return NULL;
}
