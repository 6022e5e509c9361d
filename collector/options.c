/* SPDX-License-Identifier: GPL-2.0-only */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../schema/label.h"

#define PROGRAM "vmascope-collector"
#define INTERVAL_MIN_NS 50000000u

/* Each takes the text of a value; false when it is not one. */
typedef bool (*parse_function)(const char *text, void *value);

static bool parse_text(const char *text, void *value)
{
	*(const char **)value = text;
	return *text != '\0';
}

static bool parse_flag(const char *text, void *value)
{
	(void)text;
	*(bool *)value = true;
	return true;
}

/* A whole number and the unit behind it. */
static bool parse_number(const char *text, uint64_t *number, const char **unit)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	*unit = end;
	return errno == 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static bool parse_with_unit(const char *text, const struct unit *units, uint64_t *value)
{
	const char *unit;
	uint64_t number;

	if (!parse_number(text, &number, &unit))
		return false;
	for (; units->name; units++) {
		if (strcmp(unit, units->name) != 0)
			continue;
		return !__builtin_mul_overflow(number, units->factor, value);
	}
	return false;
}

static bool parse_duration(const char *text, void *value)
{
	static const struct unit units[] = {
		{"ms", 1000000ull},	      {"s", 1000000000ull},
		{"", 1000000000ull},	      {"m", 60 * 1000000000ull},
		{"min", 60 * 1000000000ull},  {"h", 3600 * 1000000000ull},
		{"d", 86400 * 1000000000ull}, {NULL, 0},
	};

	return parse_with_unit(text, units, value) && *(uint64_t *)value > 0;
}

static bool parse_interval(const char *text, void *value)
{
	return parse_duration(text, value) && *(uint64_t *)value >= INTERVAL_MIN_NS;
}

static bool parse_size(const char *text, void *value)
{
	static const struct unit units[] = {
		{"", 1},	   {"K", 1ull << 10}, {"M", 1ull << 20},
		{"G", 1ull << 30}, {"T", 1ull << 40}, {NULL, 0},
	};

	return parse_with_unit(text, units, value) && *(uint64_t *)value > 0;
}

static bool parse_count(const char *text, void *value)
{
	const char *end;

	return parse_number(text, value, &end) && *end == '\0' && *(uint64_t *)value > 0;
}

/* From 1 on: 0 of struct analysis_options means its default. */
static bool parse_threshold(const char *text, void *value)
{
	uint64_t number;

	if (!parse_count(text, &number) || number > UINT32_MAX)
		return false;
	*(uint32_t *)value = (uint32_t)number;
	return true;
}

static bool parse_pid(const char *text, void *value)
{
	const char *end;
	uint64_t number;

	if (!parse_number(text, &number, &end) || *end || number == 0 || number > INT32_MAX)
		return false;
	*(int32_t *)value = (int32_t)number;
	return true;
}

#define FIELD(name) offsetof(struct options, name)

static const struct option_row {
	const char *name;
	const char *value; /* what the help calls it; NULL for a flag */
	parse_function parse;
	size_t offset;
	const char *help;
} rows[] = {
	{"db", "FILE", parse_text, FIELD(db),
	 "the database (default /var/lib/vmascope/vmascope.db as\n"
	 "root, ./vmascope.db otherwise)"},
	{"socket", "PATH", parse_text, FIELD(socket),
	 "where to take orders: snapshot now, label, pin (default\nFILE.socket beside the database)"},
	{"interval", "TIME", parse_interval, FIELD(interval_ns),
	 "time between snapshots: 500ms, 10s, 5m, 1h (default\n10s, at least 50ms)"},
	{"once", NULL, parse_flag, FIELD(once), "take one snapshot and exit"},
	{"label", "TEXT", parse_text, FIELD(label),
	 "name the first snapshot taken; labelled snapshots are kept"},
	{"tree", "PID", parse_pid, FIELD(tree_tgid), "only this process and its descendants"},
	{"record", "FILE", parse_text, FIELD(record),
	 "keep the raw records too, addresses replaced by numbers"},
	{"replay", "FILE", parse_text, FIELD(replay),
	 "take the records of a recording instead of the kernel's"},
	{"raw-addresses", NULL, parse_flag, FIELD(raw_addresses),
	 "store kernel addresses of mms and anon_vmas, for use beside\n"
	 "crash or drgn; refused where kernel.kptr_restrict is 2"},
	{"keep-age", "TIME", parse_duration, FIELD(keep_age_ns),
	 "delete older snapshots (default 7d); pinned and labelled\nones stay"},
	{"keep-count", "N", parse_count, FIELD(keep_count), "keep at most N snapshots"},
	{"keep-size", "SIZE", parse_size, FIELD(keep_size_bytes),
	 "delete the oldest snapshots above this size: 500M, 1G\n(default 1G)"},
	{"deep-chain", "N", parse_threshold, FIELD(analysis.deep_chain),
	 "a chain of more than N AVCs is a finding (default 8)"},
	{"wide-rmap", "N", parse_threshold, FIELD(analysis.wide_rmap),
	 "so is a page whose reverse-map walk may visit N VMAs or\nmore (default 64)"},
	{"wide-lock", "N", parse_threshold, FIELD(analysis.wide_lock),
	 "so is a root rwsem over N address spaces or more\n(default 64)"},
	{"check", NULL, parse_flag, FIELD(check),
	 "say whether this machine has all that is needed, and exit"},
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static void print_row(const char *name, const char *value, const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s", name, value ? " " : "", value ? value : "");
	printf("  %-18s ", left);
	for (; *help; help++)
		if (*help == '\n')
			printf("\n%21s", "");
		else
			putchar(*help);
	putchar('\n');
}

static void print_help(void)
{
	printf("Usage: " PROGRAM " [OPTION]...\n"
	       "Walk the VMAs, anon_vmas and anon_vma_chains of every process and keep their\n"
	       "history in a database for vmascope-server.\n\n");
	for (size_t i = 0; i < ROW_COUNT; i++)
		print_row(rows[i].name, rows[i].value, rows[i].help);
	print_row("version", NULL, "print the version and exit");
	print_row("help", NULL, "print this and exit");
	printf("\nExit status: 0 ok, 1 failed at run time, 2 wrong usage, 3 the machine or the\n"
	       "database is not fit (kernel, permissions, newer schema).\n");
}

static bool usage(int *ret_exit, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool usage(int *ret_exit, const char *format, ...)
{
	va_list args;

	fprintf(stderr, PROGRAM ": ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; " PROGRAM " --help lists the options\n");
	*ret_exit = EXIT_USAGE;
	return false;
}

static bool check_together(const struct options *options, int *ret_exit)
{
	const char *other = options->record	   ? "record" :
			    options->tree_tgid	   ? "tree" :
			    options->raw_addresses ? "raw-addresses" :
						     NULL;
	const char *wrong = options->label ? label_refuse(options->label, strlen(options->label)) :
					     NULL;

	if (wrong)
		return usage(ret_exit, "--label is refused: %s", wrong);
	if (options->replay && other)
		return usage(ret_exit, "--replay and --%s exclude each other", other);
	return true;
}

static void set_defaults(struct options *options)
{
	*options = (struct options){
		.db = geteuid() == 0 ? "/var/lib/vmascope/vmascope.db" : "./vmascope.db",
		.interval_ns = 10 * 1000000000ull,
		.keep_age_ns = 7 * 86400 * 1000000000ull,
		.keep_size_bytes = 1ull << 30,
	};
}

enum {
	OPTION_HELP = 1000,
	OPTION_VERSION
};

static void fill_getopt(struct option *long_options)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		long_options[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].value ? required_argument : no_argument,
			.val = (int)i + 1,
		};
	long_options[ROW_COUNT] = (struct option){.name = "help", .val = OPTION_HELP};
	long_options[ROW_COUNT + 1] = (struct option){.name = "version", .val = OPTION_VERSION};
	long_options[ROW_COUNT + 2] = (struct option){0};
}

bool options_read(struct options *options, int argc, char **argv, int *ret_exit)
{
	struct option long_options[ROW_COUNT + 3];
	int found;

	set_defaults(options);
	fill_getopt(long_options);
	*ret_exit = EXIT_OK;
	opterr = 0;
	/* + and optind before the call: so that the argument at fault is known */
	for (;;) {
		const char *argument = argv[optind ? optind : 1];

		found = getopt_long(argc, argv, "+:", long_options, NULL);
		if (found == -1)
			break;
		if (found == OPTION_HELP) {
			print_help();
			return false;
		}
		if (found == OPTION_VERSION) {
			puts(PROGRAM " " VMASCOPE_VERSION);
			return false;
		}
		if (found == ':')
			return usage(ret_exit, "%s wants a value", argument);
		if (found == '?')
			return usage(ret_exit, "%s is not an option", argument);

		const struct option_row *row = &rows[found - 1];

		if (!row->parse(optarg ? optarg : "", (char *)options + row->offset))
			return usage(ret_exit, "--%s does not take '%s'", row->name, optarg);
	}
	if (optind < argc)
		return usage(ret_exit, "'%s' is not an option", argv[optind]);
	return check_together(options, ret_exit);
}
