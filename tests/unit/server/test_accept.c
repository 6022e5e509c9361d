/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *header, *value;
	int quality;
} cases[] = {
	{"", "text/csv", -1},
	{",", "text/csv", -1},
	{" , ,", "text/csv", -1},
	{"text/csv", "text/csv", 1000},
	{"Text/CSV", "text/csv", 1000},
	{"text/*", "text/csv", 1000},
	{"text/*", "application/json", -1},
	{"*/*", "text/csv", 1000},
	{"*", "text/csv", -1},
	{"*/csv", "text/csv", -1},
	{"text", "text/csv", -1},
	{"text/csvx", "text/csv", -1},
	{"text/csv;q=0.5", "text/csv", 500},
	{"text/csv ; Q=0.5", "text/csv", 500},
	{"text/csv;header=present;q=0.25", "text/csv", 250},
	{"text/csv;q=0.001", "text/csv", 1},
	{"text/csv;q=0.0019", "text/csv", 1},
	{"text/csv;q=0", "text/csv", 0},
	{"text/csv;q=0.000", "text/csv", 0},
	{"text/csv;q=1.0", "text/csv", 1000},
	{"text/csv;q=", "text/csv", 1000},
	{"text/csv;q=x", "text/csv", 1000},
	{"text/csv;", "text/csv", 1000},
	/* the most specific counts, wherever it stands */
	{"*/*;q=0.1, text/*;q=0.2, text/csv;q=0.3", "text/csv", 300},
	{"text/csv;q=0.3,text/*;q=0.2,*/*;q=0.1", "text/csv", 300},
	{"*/*;q=0.1, text/*;q=0.2", "text/csv", 200},
	{"text/csv;q=0, */*", "text/csv", 0},
	{"application/json;q=0.9,*/*;q=0.8", "text/csv", 800},
	/* a weight is that of its own element */
	{"text/csv, application/json;q=0.5", "text/csv", 1000},
	{"gzip", "gzip", 1000},
	{"GZIP;q=0.7", "gzip", 700},
	{"*", "gzip", 1000},
	{"*;q=0", "gzip", 0},
	{"*;q=0, gzip", "gzip", 1000},
	{"*/*", "gzip", -1},
	{"deflate, br", "gzip", -1},
	{"gzipx, xgzip", "gzip", -1},
};

static void every_header_is_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (accept_quality(cases[i].header, cases[i].value) != cases[i].quality)
			fail_msg("\"%s\" of %s: %d", cases[i].header, cases[i].value,
				 accept_quality(cases[i].header, cases[i].value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_header_is_understood),
	};

	return cmocka_run_group_tests_name("server/accept", tests, NULL, NULL);
}
