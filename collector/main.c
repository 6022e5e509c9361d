/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmascope-collector: takes snapshots of the anon_vma topology until it is told
 * to stop.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../schema/store.h"
#include "collect.h"
#include "environment.h"
#include "options.h"
#include "privileges.h"
#include "recording.h"
#include "walk.h"

#define PROGRAM "vmascope-collector"

/* Everything the program owns while it runs. */
struct daemon {
	struct options options;
	struct store *store;
	struct walk *walk;
	struct recording_writer *recording;
	struct recording_reader *replay;
	struct collect collect;
	int signals;
};

static int complain(int code, const char *sentence)
{
	fprintf(stderr, PROGRAM ": %s\n", sentence);
	return code;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void report(const struct collect_result *result)
{
	const struct analysis_totals *totals = &result->totals;

	printf("snapshot %lld: %u processes, %u VMAs, %u anon_vmas, %u AVCs in %u trees, "
	       "%u missed reuse",
	       (long long)result->snapshot, totals->processes, totals->vmas, totals->anon_vmas,
	       totals->avcs, totals->trees, totals->missed_reuse);
	if (totals->torn_mms)
		printf(", %u torn mms", totals->torn_mms);
	printf("; walk %.1f ms, all %.1f ms\n", (double)result->walk_ns / 1e6,
	       (double)(result->walk_ns + result->identity_ns + result->analyse_ns +
			result->store_ns) /
		       1e6);
	fflush(stdout);
}

/* The default database lives in a directory of its own. */
static void make_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[4096];

	if (!slash || slash == path || (size_t)(slash - path) >= sizeof(directory))
		return;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
	mkdir(directory, 0750); /* it shows the address spaces of everyone */
}

static int open_store(struct daemon *daemon)
{
	struct store_error error;
	int rc;

	make_directory(daemon->options.db);
	rc = store_open_write(daemon->options.db, &daemon->store, &error);
	if (rc)
		return complain(rc == -ENOTSUP ? EXIT_ENVIRONMENT : EXIT_RUNTIME, error.text);
	daemon->collect.store = daemon->store;
	daemon->collect.raw_addresses = daemon->options.raw_addresses;
	daemon->collect.analysis = daemon->options.analysis;
	daemon->collect.retention = (struct store_retention){
		.keep_age_ns = daemon->options.keep_age_ns,
		.keep_count = daemon->options.keep_count,
		.keep_size_bytes = daemon->options.keep_size_bytes,
	};
	return EXIT_OK;
}

static int open_recording(struct daemon *daemon)
{
	char sentence[512];
	int rc;

	if (!daemon->options.record)
		return EXIT_OK;
	rc = recording_create(daemon->options.record, daemon->options.raw_addresses,
			      &daemon->recording);
	if (!rc)
		return EXIT_OK;
	snprintf(sentence, sizeof(sentence), "cannot write %s: %s", daemon->options.record,
		 strerror(-rc));
	return complain(EXIT_RUNTIME, sentence);
}

static bool kptr_restricted(void)
{
	FILE *file = fopen("/proc/sys/kernel/kptr_restrict", "re");
	int value = 0;

	if (file && fscanf(file, "%d", &value) != 1)
		value = 0;
	if (file)
		fclose(file);
	return value >= 2;
}

static int open_walk(struct daemon *daemon)
{
	char error[WALK_ERROR_SIZE];

	if (!environment_check(stderr, true))
		return EXIT_ENVIRONMENT;
	if (daemon->options.raw_addresses && kptr_restricted())
		return complain(EXIT_ENVIRONMENT,
				"--raw-addresses is refused while kernel.kptr_restrict is 2");
	if (daemon->options.tree_tgid && kill(daemon->options.tree_tgid, 0) && errno == ESRCH)
		return complain(EXIT_RUNTIME, "--tree names a process that does not exist");
	if (walk_open(daemon->options.tree_tgid, &daemon->walk, error))
		return complain(EXIT_ENVIRONMENT, error);
	return EXIT_OK;
}

static int block_signals(struct daemon *daemon)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	daemon->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return daemon->signals < 0 ? complain(EXIT_RUNTIME, "cannot wait for signals") : EXIT_OK;
}

/* True when a signal asked to stop before the deadline. */
static bool stopped_before(const struct daemon *daemon, uint64_t deadline_ns)
{
	struct pollfd signals = {.fd = daemon->signals, .events = POLLIN};
	uint64_t now = now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
	struct timespec timeout = {
		.tv_sec = (time_t)(left / 1000000000u),
		.tv_nsec = (long)(left % 1000000000u),
	};

	return ppoll(&signals, 1, &timeout, NULL) > 0;
}

static int take_snapshot(struct daemon *daemon, const char *label)
{
	struct collect_result result;
	int rc = collect_live(&daemon->collect, daemon->walk, daemon->recording, label, &result);

	if (rc)
		return complain(EXIT_RUNTIME, daemon->collect.error);
	report(&result);
	if (result.prune_error)
		complain(EXIT_OK, daemon->collect.error);
	return EXIT_OK;
}

/* A snapshot that fails is reported and the next one tried: a full disk may be
 * emptied. Missed deadlines are skipped, not made up for. */
static int run_live(struct daemon *daemon)
{
	const struct options *options = &daemon->options;
	uint64_t deadline_ns = now_ns();
	int code = take_snapshot(daemon, options->label);

	if (options->once || code)
		return code;
	for (;;) {
		do
			deadline_ns += options->interval_ns;
		while (deadline_ns <= now_ns());
		if (stopped_before(daemon, deadline_ns))
			return EXIT_OK;
		take_snapshot(daemon, NULL);
	}
}

static int run_replay(struct daemon *daemon)
{
	const char *label = daemon->options.label;
	struct collect_result result;
	int rc;

	while ((rc = collect_replay(&daemon->collect, daemon->replay, label, &result)) == 1) {
		report(&result);
		label = NULL;
		if (daemon->options.once || stopped_before(daemon, 0))
			return EXIT_OK;
	}
	return rc ? complain(EXIT_RUNTIME, daemon->collect.error) : EXIT_OK;
}

static int open_replay(struct daemon *daemon)
{
	char error[RECORDING_ERROR_SIZE], sentence[RECORDING_ERROR_SIZE + 512];

	if (recording_open(daemon->options.replay, &daemon->replay, error) == 0)
		return EXIT_OK;
	snprintf(sentence, sizeof(sentence), "cannot replay %s: %s", daemon->options.replay, error);
	return complain(EXIT_RUNTIME, sentence);
}

static int run(struct daemon *daemon)
{
	const bool replay = daemon->options.replay;
	int code = block_signals(daemon);

	/* nothing is created before what is read turned out to be there */
	if (!code)
		code = replay ? open_replay(daemon) : open_walk(daemon);
	if (!code)
		code = open_store(daemon);
	if (!code)
		code = open_recording(daemon);
	if (!code && privileges_drop())
		code = complain(EXIT_RUNTIME, "cannot give up privileges");
	if (!code)
		code = replay ? run_replay(daemon) : run_live(daemon);
	return code;
}

static int shut_down(struct daemon *daemon, int code)
{
	int rc = recording_close(&daemon->recording);

	if (rc)
		code = complain(EXIT_RUNTIME, "cannot complete the recording");
	collect_clear(&daemon->collect);
	recording_free(&daemon->replay);
	walk_close(&daemon->walk);
	store_close(&daemon->store);
	if (daemon->signals >= 0)
		close(daemon->signals);
	return code;
}

int main(int argc, char **argv)
{
	struct daemon daemon = {.signals = -1};
	int code;

	if (!options_read(&daemon.options, argc, argv, &code))
		return code;
	if (daemon.options.check)
		return environment_check(stdout, false) ? EXIT_OK : EXIT_ENVIRONMENT;
	code = run(&daemon);
	return shut_down(&daemon, code);
}
