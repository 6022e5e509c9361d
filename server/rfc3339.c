/* SPDX-License-Identifier: GPL-2.0-only */
#include "rfc3339.h"

#include <ctype.h>
#include <stddef.h>
#include <time.h>

#define NS_PER_S 1000000000

/* Exactly that many digits; moves *at behind them. -1 for anything else. */
static int read_digits(const char **at, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*at)++) {
		if (!isdigit((unsigned char)**at))
			return -1;
		value = value * 10 + (**at - '0');
	}
	return value;
}

static bool skip(const char **at, const char *one_of)
{
	for (; *one_of; one_of++)
		if (**at == *one_of) {
			++*at;
			return true;
		}
	return false;
}

static bool read_part(const char **at, int count, int min, int max, int *ret_value)
{
	*ret_value = read_digits(at, count);
	return *ret_value >= min && *ret_value <= max;
}

static bool read_date(const char **at, struct tm *utc)
{
	return read_part(at, 4, 1, 9999, &utc->tm_year) && skip(at, "-") &&
	       read_part(at, 2, 1, 12, &utc->tm_mon) && skip(at, "-") &&
	       read_part(at, 2, 1, 31, &utc->tm_mday);
}

/* A leap second is the first of the next minute. */
static bool read_time(const char **at, struct tm *utc)
{
	return read_part(at, 2, 0, 23, &utc->tm_hour) && skip(at, ":") &&
	       read_part(at, 2, 0, 59, &utc->tm_min) && skip(at, ":") &&
	       read_part(at, 2, 0, 60, &utc->tm_sec);
}

static bool read_fraction(const char **at, int64_t *ret_ns)
{
	int64_t scale = NS_PER_S / 10;

	*ret_ns = 0;
	if (!skip(at, "."))
		return true;
	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); ++*at, scale /= 10)
		*ret_ns += (**at - '0') * scale;
	return true;
}

static bool read_offset(const char **at, int64_t *ret_s)
{
	int hours, minutes, sign = **at == '-' ? -1 : 1;

	*ret_s = 0;
	if (skip(at, "Zz"))
		return true;
	if (!skip(at, "+- ") || !read_part(at, 2, 0, 23, &hours) || !skip(at, ":") ||
	    !read_part(at, 2, 0, 59, &minutes))
		return false;
	*ret_s = (int64_t)sign * (hours * 3600 + minutes * 60);
	return true;
}

/* timegm() makes the 1st of March of the 30th of February. */
static bool to_seconds(const struct tm *utc, int64_t *ret_s)
{
	struct tm normal = *utc;

	normal.tm_year -= 1900;
	normal.tm_mon -= 1;
	*ret_s = timegm(&normal);
	return utc->tm_sec == 60 || normal.tm_mday == utc->tm_mday;
}

bool rfc3339_read(const char *text, int64_t *ret_time_ns)
{
	int64_t seconds, fraction_ns, offset_s, time_ns;
	struct tm utc = {0};

	if (!read_date(&text, &utc) || !skip(&text, "Tt ") || !read_time(&text, &utc) ||
	    !read_fraction(&text, &fraction_ns) || !read_offset(&text, &offset_s) || *text ||
	    !to_seconds(&utc, &seconds))
		return false;
	if (__builtin_mul_overflow(seconds - offset_s, (int64_t)NS_PER_S, &time_ns) ||
	    __builtin_add_overflow(time_ns, fraction_ns, &time_ns))
		return false;
	*ret_time_ns = time_ns;
	return true;
}
