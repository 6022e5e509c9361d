/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmascope-collector: takes snapshots of the anon_vma topology until it is told
 * to stop.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../schema/clock.h"
#include "../schema/store.h"
#include "../schema/unix_socket.h"
#include "collect.h"
#include "control.h"
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
	struct control *control; /* NULL: takes no orders */
	uint64_t deadline_ns; /* of the next snapshot; 0: none */
	int signals;
};

static int complain(int code, const char *sentence)
{
	fprintf(stderr, PROGRAM ": %s\n", sentence);
	return code;
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

static const char *explain_socket(int error)
{
	switch (error) {
	case -ENAMETOOLONG:
		return "the name is too long";
	case -EADDRINUSE:
		return "another program answers there";
	case -EEXIST:
		return "something else has that name";
	default:
		return strerror(-error);
	}
}

/* Without it snapshots are taken all the same. To be called with the database
 * open for writing: what lies there then is nobody's. */
static void open_control(struct daemon *daemon)
{
	char beside[UNIX_SOCKET_PATH_SIZE];
	char sentence[UNIX_SOCKET_PATH_SIZE + 256];
	const char *path = daemon->options.socket;
	int rc = path ? 0 : unix_socket_beside(daemon->options.db, beside);

	if (daemon->options.once)
		return;
	if (!path)
		path = beside;
	if (!rc)
		rc = control_open(path, &daemon->control);
	if (!rc)
		return;
	snprintf(sentence, sizeof(sentence),
		 "cannot take orders on %s: %s; it goes on without, give another path with "
		 "--socket",
		 path, explain_socket(rc));
	complain(EXIT_OK, sentence);
}

/* True when a signal asked to stop. Waits until the time, or the control socket
 * has something. */
static bool stopped_by(const struct daemon *daemon, uint64_t until_ns)
{
	struct pollfd waiting[] = {
		{.fd = daemon->signals, .events = POLLIN},
		{.fd = daemon->control ? control_fd(daemon->control) : -1, .events = POLLIN},
	};
	uint64_t now = clock_ns(CLOCK_MONOTONIC), left = until_ns > now ? until_ns - now : 0;
	struct timespec timeout = {
		.tv_sec = (time_t)(left / 1000000000u),
		.tv_nsec = (long)(left % 1000000000u),
	};

	return ppoll(waiting, 2, &timeout, NULL) > 0 && waiting[0].revents;
}

static int take_snapshot(struct daemon *daemon, const char *label, int64_t *ret_snapshot)
{
	struct collect_result result;
	int rc = collect_live(&daemon->collect, daemon->walk, daemon->recording, label, &result);

	if (rc)
		return complain(EXIT_RUNTIME, daemon->collect.error);
	report(&result);
	if (result.prune_error)
		complain(EXIT_OK, daemon->collect.error);
	*ret_snapshot = result.snapshot;
	return EXIT_OK;
}

static size_t answer_status(const struct daemon *daemon, char *answer)
{
	struct control_status status = {
		.interval_ms = daemon->options.interval_ns / 1000000,
		.next_in_ms = -1,
		.replaying = daemon->replay,
	};
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	store_latest_snapshot(daemon->store, NULL, &status.snapshot);
	if (daemon->deadline_ns)
		status.next_in_ms = daemon->deadline_ns > now ?
					    (int64_t)((daemon->deadline_ns - now) / 1000000) :
					    0;
	return control_answer_status(answer, &status);
}

__attribute__((format(printf, 3, 4))) static size_t refuse(char *answer, int status,
							   const char *format, ...)
{
	struct control_problem problem = {.status = status};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem.detail, sizeof(problem.detail), format, arguments);
	va_end(arguments);
	return control_answer_problem(answer, &problem);
}

static size_t order_snapshot(struct daemon *daemon, const struct control_request *request,
			     char *answer)
{
	int64_t snapshot = 0;

	if (daemon->replay)
		return refuse(answer, 409,
			      "The collector replays a recording; it takes no snapshots.");
	if (take_snapshot(daemon, request->label[0] ? request->label : NULL, &snapshot))
		return refuse(answer, 500, "The snapshot failed: %s.", daemon->collect.error);
	return control_answer_done(answer, snapshot);
}

static size_t order_mark(struct daemon *daemon, const struct control_request *request, char *answer)
{
	const char *label = request->label[0] ? request->label : NULL;
	int rc = request->command == CONTROL_LABEL ?
			 store_label_snapshot(daemon->store, request->snapshot, label) :
			 store_pin_snapshot(daemon->store, request->snapshot,
					    request->command == CONTROL_PIN);

	if (rc == -ENOENT)
		return refuse(answer, 404, "There is no snapshot %lld.",
			      (long long)request->snapshot);
	if (rc)
		return refuse(answer, 500, "It was not stored: %s.", store_reason(daemon->store));
	return control_answer_done(answer, request->snapshot);
}

static void serve_one(struct daemon *daemon)
{
	struct control_request request;
	char answer[CONTROL_ANSWER_SIZE];
	size_t size;

	if (!control_next(daemon->control, &request))
		return;
	if (request.command == CONTROL_STATUS)
		size = answer_status(daemon, answer);
	else if (request.command == CONTROL_SNAPSHOT)
		size = order_snapshot(daemon, &request, answer);
	else
		size = order_mark(daemon, &request, answer);
	control_answer(daemon->control, answer, size, clock_ns(CLOCK_MONOTONIC));
}

/* When to look at the control socket again if nothing happens on it. */
static uint64_t serve_control(struct daemon *daemon)
{
	struct control_request waiting;

	if (!daemon->control)
		return UINT64_MAX;
	control_serve(daemon->control, clock_ns(CLOCK_MONOTONIC));
	serve_one(daemon);
	return control_next(daemon->control, &waiting) ? 0 : control_deadline_ns(daemon->control);
}

/*
 * Carries out orders until the deadline. True when a signal asked to stop before
 * it. One order comes before a deadline that is past, so that neither keeps the
 * other waiting for ever.
 */
static bool stopped_before(struct daemon *daemon, uint64_t deadline_ns)
{
	do {
		uint64_t until_ns = serve_control(daemon);

		if (stopped_by(daemon, until_ns < deadline_ns ? until_ns : deadline_ns))
			return true;
	} while (clock_ns(CLOCK_MONOTONIC) < deadline_ns);
	return false;
}

/* A snapshot that fails is reported and the next one tried: a full disk may be
 * emptied. Missed deadlines are skipped, not made up for. */
static int run_live(struct daemon *daemon)
{
	const struct options *options = &daemon->options;
	int64_t snapshot;
	int code;

	daemon->deadline_ns = clock_ns(CLOCK_MONOTONIC);
	code = take_snapshot(daemon, options->label, &snapshot);
	if (options->once || code)
		return code;
	for (;;) {
		do
			daemon->deadline_ns += options->interval_ns;
		while (daemon->deadline_ns <= clock_ns(CLOCK_MONOTONIC));
		if (stopped_before(daemon, daemon->deadline_ns))
			return EXIT_OK;
		take_snapshot(daemon, NULL, &snapshot);
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
	if (!code)
		open_control(daemon);
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
	control_close(&daemon->control);
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
