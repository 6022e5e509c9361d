/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options: the command line, from one table.
 */
#ifndef VMASCOPE_SERVER_OPTIONS_H
#define VMASCOPE_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "buffer.h"

#define OPTIONS_ERROR_SIZE 256

#define OPTIONS_LIST_MAX 8

/* What an option that may be given several times was given. */
struct option_list {
	const char *items[OPTIONS_LIST_MAX];
	size_t count;
};

struct options {
	const char *db;
	const char *socket; /* NULL: beside the database */
	struct option_list listen; /* one at least */
	struct option_list hosts;
	const char *token_file; /* NULL: none */
	const char *query_timeout; /* seconds, as text: options_seconds() */
	const char *web_root; /* NULL: the page that was compiled in */
	bool version;
	bool help;
};

/* Reads "--name VALUE" and "--name=VALUE"; values stay in argv. 0, or -EINVAL
 * with one sentence in error. */
int options_read(int argc, char **argv, struct options *ret_options,
		 char error[OPTIONS_ERROR_SIZE]);
/* A time as the command line has it: seconds, with a fraction if need be, from a
 * millisecond to a day. 0 or -EINVAL. */
int options_seconds(const char *text, uint64_t *ret_ns);
/* Appends the text for --help. */
void options_help(struct buffer *buffer);

#endif
