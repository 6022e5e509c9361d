/* SPDX-License-Identifier: GPL-2.0-only */
#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S 1e9
#define SECONDS_MIN 0.001
#define SECONDS_MAX 86400.0

static const struct option_row {
	const char *name;
	const char *value; /* what --help calls the value; NULL: a switch. One that
			    * ends in ... may be given several times */
	const char *help;
	size_t offset;
} rows[] = {
	{"--db", "FILE", "database that vmascope-collector writes", offsetof(struct options, db)},
	{"--socket", "PATH", "where that collector takes orders [FILE.socket]",
	 offsetof(struct options, socket)},
	{"--listen", "WHERE...", "ADDRESS:PORT (0 picks one) or unix:PATH [127.0.0.1:8080]",
	 offsetof(struct options, listen)},
	{"--host", "NAME...", "what else clients may call this server, as Host",
	 offsetof(struct options, hosts)},
	{"--token-file", "FILE", "lines \"read TOKEN\" and \"write TOKEN\": who may do what",
	 offsetof(struct options, token_file)},
	{"--query-timeout", "SECONDS", "give a query up after that long [10]",
	 offsetof(struct options, query_timeout)},
	{"--web-root", "DIR", "serve the page's files from DIR, while working on it",
	 offsetof(struct options, web_root)},
	{"--version", NULL, "print the version and end", offsetof(struct options, version)},
	{"--help", NULL, "print this and end", offsetof(struct options, help)},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* Where vmascope-collector puts it when not told otherwise. */
static const char *default_db(void)
{
	return geteuid() == 0 ? "/var/lib/vmascope/vmascope.db" : "./vmascope.db";
}

static const struct option_row *find_row(const char *argument, size_t name_size)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (strlen(rows[i].name) == name_size &&
		    memcmp(rows[i].name, argument, name_size) == 0)
			return &rows[i];
	return NULL;
}

static int refuse(char error[OPTIONS_ERROR_SIZE], const char *argument, const char *what)
{
	snprintf(error, OPTIONS_ERROR_SIZE, "%.128s %s; --help lists the options", argument, what);
	return -EINVAL;
}

static bool is_list(const struct option_row *row)
{
	size_t size = strlen(row->value);

	return size > 3 && strcmp(row->value + size - 3, "...") == 0;
}

static int take_value(const struct option_row *row, const char *value, struct options *options,
		      char error[OPTIONS_ERROR_SIZE])
{
	void *member = (char *)options + row->offset;
	struct option_list *list = member;

	if (!is_list(row)) {
		*(const char **)member = value;
		return 0;
	}
	if (list->count == OPTIONS_LIST_MAX)
		return refuse(error, row->name, "is there too often");
	list->items[list->count++] = value;
	return 0;
}

/* Reads the option at argv[*at] and moves *at to its last word. */
static int read_one(char **argv, int *at, struct options *options, char error[OPTIONS_ERROR_SIZE])
{
	char *argument = argv[*at];
	char *equals = strchr(argument, '=');
	size_t name_size = equals ? (size_t)(equals - argument) : strlen(argument);
	const struct option_row *row = find_row(argument, name_size);

	if (!row)
		return refuse(error, argument, "is not an option");
	if (!row->value && equals)
		return refuse(error, row->name, "takes no value");
	if (!row->value) {
		*(bool *)((char *)options + row->offset) = true;
		return 0;
	}
	if (!equals && !argv[*at + 1])
		return refuse(error, row->name, "needs a value");
	return take_value(row, equals ? equals + 1 : argv[++*at], options, error);
}

int options_read(int argc, char **argv, struct options *ret_options, char error[OPTIONS_ERROR_SIZE])
{
	struct options options = {.db = default_db(), .query_timeout = "10"};

	for (int at = 1; at < argc; at++) {
		int rc = read_one(argv, &at, &options, error);

		if (rc)
			return rc;
	}
	if (options.listen.count == 0)
		options.listen.items[options.listen.count++] = "127.0.0.1:8080";
	*ret_options = options;
	return 0;
}

int options_seconds(const char *text, uint64_t *ret_ns)
{
	char *end;
	double seconds;

	/* strtod() alone would take " 1", "0x1" and "inf" */
	if (strspn(text, "0123456789.") != strlen(text) || !*text)
		return -EINVAL;
	seconds = strtod(text, &end);
	if (*end || !(seconds >= SECONDS_MIN && seconds <= SECONDS_MAX))
		return -EINVAL;
	*ret_ns = (uint64_t)(seconds * NS_PER_S);
	return 0;
}

void options_help(struct buffer *buffer)
{
	buffer_text(buffer,
		    "Usage: vmascope-server [OPTION]...\n"
		    "Serves the snapshots of a vmascope database as a page and as JSON.\n\n");
	for (size_t i = 0; i < ROW_COUNT; i++) {
		char left[40];

		snprintf(left, sizeof(left), "%s%s%s", rows[i].name, rows[i].value ? " " : "",
			 rows[i].value ? rows[i].value : "");
		buffer_format(buffer, "  %-24s %s\n", left, rows[i].help);
	}
	buffer_format(buffer, "\nThe database is %s unless --db names another.\n", default_db());
	buffer_text(buffer, "Exit codes: 0 ok, 1 failed at run time, 2 usage, 3 environment.\n");
}
