/* SPDX-License-Identifier: GPL-2.0-only */
#include "moment.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000
#define S_PER_MINUTE 60
#define S_PER_HOUR 3600
#define S_PER_DAY 86400
#define FIRST_YEAR 1970
#define LAST_YEAR 2261 /* int64_t nanoseconds end in 2262 */
#define LENGTH_MAX_S (100 * 366 * (int64_t)S_PER_DAY)

/* Reads exactly `count` digits and moves *at behind them. */
static bool read_digits(const char **at, int count, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*at)++) {
		if (!isdigit((unsigned char)**at))
			return false;
		value = 10 * value + (**at - '0');
	}
	*ret_value = value;
	return true;
}

static bool read_mark(const char **at, const char *marks)
{
	if (!**at || !strchr(marks, **at))
		return false;
	++*at;
	return true;
}

static bool read_date(const char **at, struct tm *utc)
{
	bool read = read_digits(at, 4, &utc->tm_year) && read_mark(at, "-") &&
		    read_digits(at, 2, &utc->tm_mon) && read_mark(at, "-") &&
		    read_digits(at, 2, &utc->tm_mday);

	if (!read || utc->tm_year < FIRST_YEAR || utc->tm_year > LAST_YEAR)
		return false;
	utc->tm_year -= 1900;
	utc->tm_mon -= 1;
	return utc->tm_mon >= 0 && utc->tm_mon < 12 && utc->tm_mday >= 1 && utc->tm_mday <= 31;
}

/* A leap second is the second after it, as in the clock of the kernel. */
static bool read_time(const char **at, struct tm *utc)
{
	return read_digits(at, 2, &utc->tm_hour) && read_mark(at, ":") &&
	       read_digits(at, 2, &utc->tm_min) && read_mark(at, ":") &&
	       read_digits(at, 2, &utc->tm_sec) && utc->tm_hour < 24 && utc->tm_min < 60 &&
	       utc->tm_sec <= 60;
}

/* What is finer than a nanosecond is read and dropped. */
static bool read_fraction(const char **at, int64_t *ret_ns)
{
	int64_t unit = NS_PER_S / 10;
	int64_t ns = 0;

	*ret_ns = 0;
	if (!read_mark(at, "."))
		return true;
	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); (*at)++, unit /= 10)
		ns += unit * (**at - '0');
	*ret_ns = ns;
	return true;
}

static bool read_offset(const char **at, int64_t *ret_s)
{
	bool behind = **at == '-';
	int hours, minutes;

	*ret_s = 0;
	if (read_mark(at, "Zz"))
		return true;
	if (!read_mark(at, "+- ") || !read_digits(at, 2, &hours) || !read_mark(at, ":") ||
	    !read_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_s = (behind ? -1 : 1) * (hours * (int64_t)S_PER_HOUR + minutes * S_PER_MINUTE);
	return true;
}

int moment_read(const char *text, int64_t *ret_ns)
{
	struct tm utc = {0};
	int64_t ns, offset_s;
	int day;

	if (!read_date(&text, &utc) || !read_mark(&text, "Tt") || !read_time(&text, &utc) ||
	    !read_fraction(&text, &ns) || !read_offset(&text, &offset_s) || *text)
		return -EINVAL;
	/* timegm() makes 1 March of 30 February */
	day = utc.tm_mday;
	utc.tm_isdst = 0;

	int second = utc.tm_sec;

	utc.tm_sec = 0;

	time_t minute_s = timegm(&utc);

	if (utc.tm_mday != day)
		return -EINVAL;
	*ret_ns = ((int64_t)minute_s + second - offset_s) * NS_PER_S + ns;
	return 0;
}

int moment_read_length(const char *text, int64_t *ret_s)
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
		if (count < 1 || count > LENGTH_MAX_S / units[i].s)
			return -EINVAL;
		*ret_s = count * units[i].s;
		return 0;
	}
	return -EINVAL;
}
