/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options: the collector's command line, one table.
 */
#ifndef VMASCOPE_COLLECTOR_OPTIONS_H
#define VMASCOPE_COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../topology/analysis.h"

/* Exit codes of both programs. */
enum {
	EXIT_OK = 0,
	EXIT_RUNTIME = 1,
	EXIT_USAGE = 2,
	EXIT_ENVIRONMENT = 3,
};

struct options {
	const char *db;
	const char *socket; /* NULL: beside the database */
	uint64_t interval_ns;
	bool once;
	const char *label;
	int32_t tree_tgid;
	const char *record;
	const char *replay;
	bool raw_addresses;
	uint64_t keep_age_ns;
	uint64_t keep_count;
	uint64_t keep_size_bytes;
	struct analysis_options analysis;
	bool check;
};

/*
 * Reads the command line; --help and --version are answered here. True when the
 * program should go on, else exit with *ret_exit.
 */
bool options_read(struct options *options, int argc, char **argv, int *ret_exit);

#endif
