/* SPDX-License-Identifier: GPL-2.0-only */
#include "duration.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define S_PER_MINUTE 60
#define S_PER_HOUR 3600
#define S_PER_DAY 86400
#define DURATION_MAX_S (100 * 366 * (int64_t)S_PER_DAY)

int duration_read(const char *text, int64_t *ret_s)
{
	static const struct {
		char mark;
		int64_t s;
	} units[] = {{'s', 1}, {'m', S_PER_MINUTE}, {'h', S_PER_HOUR}, {'d', S_PER_DAY}};
	size_t digits = strspn(text, "0123456789");
	int64_t count = 0;

	if (digits == 0 || digits > 12)
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		count = 10 * count + (text[i] - '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text[digits] != units[i].mark || text[digits + 1])
			continue;
		if (count < 1 || count > DURATION_MAX_S / units[i].s)
			return -EINVAL;
		*ret_s = count * units[i].s;
		return 0;
	}
	return -EINVAL;
}
