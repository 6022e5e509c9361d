/* SPDX-License-Identifier: GPL-2.0-only */
#include "collector/options.h"

#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/scratch.h"

#define SECOND 1000000000ull
#define ARGUMENTS_MAX 16

/* Every option: a value it takes, or NULL for a flag. A row that --help lists
 * and this table does not have fails a test. */
static const struct {
	const char *name, *value;
} known[] = {
	{"db", "x.db"},		 {"socket", "x.socket"}, {"interval", "5s"},   {"once", NULL},
	{"label", "x"},		 {"tree", "1"},		 {"record", "x.rec"},  {"replay", "x.rec"},
	{"raw-addresses", NULL}, {"keep-age", "1d"},	 {"keep-count", "10"}, {"keep-size", "1G"},
	{"check", NULL},	 {"deep-chain", "9"},	 {"wide-rmap", "9"},   {"wide-lock", "9"},
	{"version", NULL},	 {"help", NULL},
};
#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

struct fixture {
	struct options options;
	int exit;
	char *out, *err; /* what was printed */
	char *arguments[ARGUMENTS_MAX]; /* options point into them */
};

static void free_arguments(struct fixture *fixture)
{
	for (size_t i = 0; i < ARGUMENTS_MAX; i++) {
		free(fixture->arguments[i]);
		fixture->arguments[i] = NULL;
	}
}

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){0};
	*state = &fixture;
	return scratch_setup(state);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	free_arguments(fixture);
	free(fixture->out);
	free(fixture->err);
	return scratch_teardown(state);
}

static int redirect(FILE *stream, const char *name)
{
	int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int saved = dup(fileno(stream));

	assert_true(fd >= 0 && saved >= 0);
	fflush(stream);
	assert_true(dup2(fd, fileno(stream)) >= 0);
	close(fd);
	return saved;
}

static void restore(FILE *stream, int saved, const char *name, char **ret_text)
{
	size_t size;

	fflush(stream);
	dup2(saved, fileno(stream));
	close(saved);
	free(*ret_text);
	*ret_text = (char *)scratch_read(name, &size);
	(*ret_text)[size] = '\0';
}

static bool read_arguments(struct fixture *fixture, const char *const *arguments, int count)
{
	char *argv[ARGUMENTS_MAX + 2] = {"vmascope-collector"};
	int saved_out, saved_err;
	bool go_on;

	assert_true(count <= ARGUMENTS_MAX);
	free_arguments(fixture);
	for (int i = 0; i < count; i++)
		argv[i + 1] = fixture->arguments[i] = strdup(arguments[i]);
	optind = 0; /* glibc: begin anew */
	memset(&fixture->options, 0xa5, sizeof(fixture->options));
	fixture->exit = -1;
	saved_out = redirect(stdout, "out");
	saved_err = redirect(stderr, "err");
	go_on = options_read(&fixture->options, count + 1, argv, &fixture->exit);
	restore(stderr, saved_err, "err", &fixture->err);
	restore(stdout, saved_out, "out", &fixture->out);
	return go_on;
}

#define READ(fixture, ...)                                            \
	read_arguments((fixture), (const char *const[]){__VA_ARGS__}, \
		       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void assert_usage(const struct fixture *fixture, const char *sentence)
{
	assert_int_equal(fixture->exit, EXIT_USAGE);
	assert_string_equal(fixture->out, "");
	if (!strstr(fixture->err, sentence))
		fail_msg("'%s' does not say '%s'", fixture->err, sentence);
	assert_non_null(strstr(fixture->err, "--help"));
}

static void nothing_given_means_the_defaults(void **state)
{
	struct fixture *fixture = *state;

	assert_true(read_arguments(fixture, NULL, 0));
	assert_string_equal(fixture->options.db,
			    geteuid() == 0 ? "/var/lib/vmascope/vmascope.db" : "./vmascope.db");
	assert_int_equal(fixture->options.interval_ns, 10 * SECOND);
	assert_int_equal(fixture->options.keep_age_ns, 7 * 86400 * SECOND);
	assert_int_equal(fixture->options.keep_size_bytes, 1ull << 30);
	assert_int_equal(fixture->options.keep_count, 0);
	assert_false(fixture->options.once || fixture->options.raw_addresses ||
		     fixture->options.check);
	assert_null(fixture->options.label);
	assert_null(fixture->options.record);
	assert_null(fixture->options.replay);
	assert_int_equal(fixture->options.tree_tgid, 0);
	assert_string_equal(fixture->err, "");
}

static void every_option_reaches_its_field(void **state)
{
	struct fixture *fixture = *state;

	assert_true(READ(fixture, "--db", "a.db", "--interval=500ms", "--once", "--label", "before",
			 "--tree", "77", "--record", "a.rec", "--raw-addresses", "--keep-age", "2h",
			 "--keep-count", "3"));
	assert_string_equal(fixture->options.db, "a.db");
	assert_int_equal(fixture->options.interval_ns, SECOND / 2);
	assert_true(fixture->options.once);
	assert_string_equal(fixture->options.label, "before");
	assert_int_equal(fixture->options.tree_tgid, 77);
	assert_string_equal(fixture->options.record, "a.rec");
	assert_true(fixture->options.raw_addresses);
	assert_int_equal(fixture->options.keep_age_ns, 7200 * SECOND);
	assert_int_equal(fixture->options.keep_count, 3);
	assert_false(fixture->options.check);

	assert_true(READ(fixture, "--replay", "b.rec", "--keep-size", "500M", "--check",
			 "--deep-chain", "5", "--wide-rmap=4294967295", "--wide-lock", "1"));
	assert_int_equal(fixture->options.analysis.deep_chain, 5);
	assert_int_equal(fixture->options.analysis.wide_rmap, UINT32_MAX);
	assert_int_equal(fixture->options.analysis.wide_lock, 1);
	assert_string_equal(fixture->options.replay, "b.rec");
	assert_int_equal(fixture->options.keep_size_bytes, 500ull << 20);
	assert_true(fixture->options.check);
	assert_null(fixture->options.record);
}

static void times_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} times[] = {
		{"50ms", SECOND / 20},	{"1", SECOND},		{"1s", SECOND},
		{"5m", 300 * SECOND},	{"5min", 300 * SECOND}, {"2h", 7200 * SECOND},
		{"1d", 86400 * SECOND},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_true(READ(fixture, "--interval", times[i].text));
		assert_int_equal(fixture->options.interval_ns, times[i].ns);
		assert_true(READ(fixture, "--keep-age", times[i].text));
		assert_int_equal(fixture->options.keep_age_ns, times[i].ns);
	}
}

static void sizes_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} sizes[] = {
		{"1", 1}, {"7K", 7 << 10}, {"3M", 3 << 20}, {"2G", 2ull << 30}, {"1T", 1ull << 40},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_true(READ(fixture, "--keep-size", sizes[i].text));
		assert_int_equal(fixture->options.keep_size_bytes, sizes[i].bytes);
	}
}

static void values_that_are_none(void **state)
{
	static const struct {
		const char *name, *value;
	} wrong[] = {
		{"db", ""},
		{"interval", ""},
		{"interval", "s"},
		{"interval", "0"},
		{"interval", "-1s"},
		{"interval", "+1s"},
		{"interval", " 1s"},
		{"interval", "1 s"},
		{"interval", "1sx"},
		{"interval", "1.5s"},
		{"interval", "0x10"},
		{"interval", "49ms"},
		{"interval", "10y"},
		{"interval", "99999999999999999999s"},
		{"interval", "213504d"}, /* 2^64 ns and a little */
		{"label", ""},
		{"tree", "0"},
		{"tree", "-1"},
		{"tree", "1x"},
		{"tree", "2147483648"},
		{"record", ""},
		{"replay", ""},
		{"keep-age", "0s"},
		{"keep-age", "soon"},
		{"keep-count", "0"},
		{"keep-count", "1K"},
		{"keep-count", "-5"},
		{"keep-count", "18446744073709551616"},
		{"deep-chain", "0"},
		{"wide-rmap", "4294967296"},
		{"wide-lock", "few"},
		{"keep-size", "0"},
		{"keep-size", "1g"},
		{"keep-size", "1GB"},
		{"keep-size", "16777216T"},
	};
	struct fixture *fixture = *state;
	char name[64], sentence[128];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(name, sizeof(name), "--%s", wrong[i].name);
		snprintf(sentence, sizeof(sentence), "--%s does not take '%s'", wrong[i].name,
			 wrong[i].value);
		if (READ(fixture, name, wrong[i].value))
			fail_msg("%s '%s' was taken", name, wrong[i].value);
		assert_usage(fixture, sentence);
	}
}

static void a_label_keeps_the_rules(void **state)
{
	struct fixture *fixture = *state;

	assert_true(READ(fixture, "--label", "before the deploy"));
	assert_false(READ(fixture, "--label", "17"));
	assert_usage(fixture, "--label is refused: a label is not a number");
	assert_false(READ(fixture, "--label", "a\nb"));
	assert_usage(fixture, "--label is refused: a label is UTF-8 text");
}

static void a_recording_is_not_replayed_and_something_else(void **state)
{
	struct fixture *fixture = *state;

	assert_false(READ(fixture, "--replay", "a", "--record", "b"));
	assert_usage(fixture, "--replay and --record exclude each other");
	assert_false(READ(fixture, "--tree", "1", "--replay", "a"));
	assert_usage(fixture, "--replay and --tree exclude each other");
	assert_false(READ(fixture, "--replay", "a", "--raw-addresses"));
	assert_usage(fixture, "--replay and --raw-addresses exclude each other");
	assert_true(READ(fixture, "--record", "b", "--tree", "1", "--raw-addresses"));
}

static void options_that_do_not_exist(void **state)
{
	struct fixture *fixture = *state;

	assert_false(READ(fixture, "--once", "--frobnicate"));
	assert_usage(fixture, "--frobnicate is not an option");
	assert_false(READ(fixture, "--once", "-x"));
	assert_usage(fixture, "-x is not an option");
	assert_false(READ(fixture, "--once", "-xyz"));
	assert_usage(fixture, "-xyz is not an option");
	assert_false(READ(fixture, "--once", "more"));
	assert_usage(fixture, "'more' is not an option");
	assert_false(READ(fixture, "more", "--once"));
	assert_usage(fixture, "'more' is not an option");
	assert_false(READ(fixture, "--once=yes"));
	assert_usage(fixture, "--once=yes");
	assert_false(READ(fixture, "--keep", "5")); /* of which there are three */
	assert_usage(fixture, "--keep");
}

static void options_without_their_value(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		char name[64], sentence[128];

		if (!known[i].value)
			continue;
		snprintf(name, sizeof(name), "--%s", known[i].name);
		snprintf(sentence, sizeof(sentence), "%s wants a value", name);
		assert_false(READ(fixture, "--once", name));
		assert_usage(fixture, sentence);
	}
}

static void version_is_answered(void **state)
{
	struct fixture *fixture = *state;

	assert_false(READ(fixture, "--version"));
	assert_int_equal(fixture->exit, EXIT_OK);
	assert_string_equal(fixture->out, "vmascope-collector " VMASCOPE_VERSION "\n");
	assert_string_equal(fixture->err, "");
}

static void help_lists_every_option_and_no_other(void **state)
{
	struct fixture *fixture = *state;
	size_t listed = 0;

	assert_false(READ(fixture, "--help"));
	assert_int_equal(fixture->exit, EXIT_OK);
	assert_string_equal(fixture->err, "");
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		char row[64];

		snprintf(row, sizeof(row), "\n  --%s ", known[i].name);
		if (!strstr(fixture->out, row))
			fail_msg("--help does not list --%s", known[i].name);
	}
	for (const char *at = fixture->out; (at = strstr(at, "\n  --")); at++)
		listed++;
	assert_int_equal(listed, KNOWN_COUNT);
	for (const char *line = fixture->out; *line; line = strchr(line, '\n') + 1)
		if (strchr(line, '\n') - line > 80)
			fail_msg("wider than a terminal: %.90s", line);
}

static void every_known_option_is_taken(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < KNOWN_COUNT - 2; i++) {
		char argument[64];

		snprintf(argument, sizeof(argument), "--%s%s%s", known[i].name,
			 known[i].value ? "=" : "", known[i].value ? known[i].value : "");
		assert_true(READ(fixture, argument));
		assert_string_equal(fixture->err, "");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_given_means_the_defaults),
		TEST(every_option_reaches_its_field),
		TEST(times_have_units),
		TEST(sizes_have_units),
		TEST(values_that_are_none),
		TEST(a_label_keeps_the_rules),
		TEST(a_recording_is_not_replayed_and_something_else),
		TEST(options_that_do_not_exist),
		TEST(options_without_their_value),
		TEST(version_is_answered),
		TEST(help_lists_every_option_and_no_other),
		TEST(every_known_option_is_taken),
	};

	return cmocka_run_group_tests_name("collector/options", tests, NULL, NULL);
}
