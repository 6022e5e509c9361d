/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_history NAME DIRECTORY: what reading a history costs. Requests go through
 * the server's dispatch(), from the text of the request to the body, without a
 * socket.
 *
 *   diff_growth    a diff (the summary and the first page of every section) of
 *                  200 changed VMAs among 1,000,000 over the same among 10,000
 *   history_depth  reading snapshot 1 over reading snapshot 1,000 of a history
 *                  in which nearly everything was replaced, or the other way
 *                  round: whichever is more, of the resource with the worst
 *                  (the list of all VMAs is not among them: it is read in the order
 *                  of its table, for the sake of the whole list, and so the first
 *                  page of a late snapshot comes behind all that died before)
 *
 * Prints "NAME RATIO"; the medians behind it go to stderr.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_up.h"
#include "measure.h"
#include "server/dispatch.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define RW 0x100073u
#define RO 0x100071u

static void give_up(const char *sentence)
{
	fprintf(stderr, "bench: %s\n", sentence);
	exit(1);
}

/* Seconds that an answer took; there must be one. */
static double time_request(struct server *server, const char *target)
{
	const struct wire_header host = {"Host", "localhost", strlen("localhost")};
	const struct wire_request request = {
		.method = "GET", .target = target, .headers = &host, .header_count = 1};
	struct reply reply = {0};
	double start = measure_now(), end;

	dispatch(server, &request, &reply);
	while (reply.stream.more && reply.stream.more(reply.stream.context, &reply.body) == 1)
		;
	end = measure_now();
	if (reply.status != 200) {
		fprintf(stderr, "bench: %s: %d %.*s\n", target, reply.status, (int)reply.body.size,
			reply.body.bytes ? reply.body.bytes : "");
		exit(1);
	}
	reply_clear(&reply);
	return end - start;
}

/* Diff_growth. */

#define VMAS_EACH 100
#define CHANGED_PROCESSES 100
#define GROWTH_ROUNDS 41

/* Processes of VMAS_EACH VMAs, every third faulted. In the second snapshot
 * CHANGED_PROCESSES of them, evenly spread, have one VMA protected and one
 * faulted. */
static void fill(struct model *model, uint32_t processes, bool second)
{
	for (uint32_t i = 0; i < processes; i++) {
		bool changed = second && i % (processes / CHANGED_PROCESSES) == 0;

		made_up_process(model, (int32_t)i + 1, 0);
		for (uint32_t v = 0; v < VMAS_EACH; v++) {
			bool faulted = v % 3 == 0 || (changed && v == 50);
			uint32_t root =
				faulted ? made_up_root(model, (uint64_t)i * VMAS_EACH + v + 1) : 0;

			made_up_vma(model, 16 + v * 8, 4, changed && v == 10 ? RO : RW, &root,
				    faulted);
		}
	}
}

static void make_two_snapshots(const char *path, uint32_t processes)
{
	struct made_up made_up;

	made_up_open(&made_up, path);
	for (int i = 0; i < 2; i++) {
		fill(made_up_next(&made_up), processes, i == 1);
		made_up_write(&made_up);
	}
	made_up_close(&made_up);
}

static double time_diff(struct server *server)
{
	static const char *const targets[] = {
		"/api/v1/diff?from=1&to=2",
		"/api/v1/diff?from=1&to=2&section=processes",
		"/api/v1/diff?from=1&to=2&section=trees",
		"/api/v1/diff?from=1&to=2&section=anon_vmas",
		"/api/v1/diff?from=1&to=2&section=vmas",
		"/api/v1/diff?from=1&to=2&section=findings",
	};
	double sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		sum += time_request(server, targets[i]);
	return sum;
}

static void diff_growth(const char *directory)
{
	static const uint32_t processes[2] = {100, 10000};
	double times[2][GROWTH_ROUNDS], medians[2];
	static struct server servers[2];
	char paths[2][4096];

	for (int i = 0; i < 2; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/growth%d.db", directory, i);
		make_two_snapshots(paths[i], processes[i]);
		database_start(&servers[i].database, paths[i]);
		time_diff(&servers[i]); /* opens the database */
	}
	for (int round = 0; round < GROWTH_ROUNDS; round++)
		for (int i = 0; i < 2; i++)
			times[i][round] = time_diff(&servers[i]);
	for (int i = 0; i < 2; i++) {
		medians[i] = measure_median(times[i], GROWTH_ROUNDS);
		fprintf(stderr, "diff_growth: %u VMAs: %.2f ms\n", processes[i] * VMAS_EACH,
			medians[i] * 1e3);
		database_stop(&servers[i].database);
	}
	printf("diff_growth %.3f\n", medians[1] / medians[0]);
}

/* History_depth. */

#define SNAPSHOTS 1000u
#define WORKERS 100u
#define REPLACED 5u /* workers in each snapshot */
#define WORKER_VMAS 20u
#define SHARED_VMAS 10u /* of the master, with its workers */
#define MASTER_VMAS 200u
#define DEPTH_ROUNDS 41

/* A master whose workers are replaced in turns. In each snapshot the master and
 * every worker have one VMA protected that was not in the one before. */
static void fill_depth(struct model *model, uint32_t snapshot)
{
	uint32_t root = made_up_root(model, 1);

	made_up_process(model, 1, 0);
	for (uint32_t v = 0; v < MASTER_VMAS; v++)
		made_up_vma(model, 16 + v * 8, 4, v == snapshot % MASTER_VMAS ? RO : RW, &root,
			    v < SHARED_VMAS);
	for (uint32_t w = 0; w < WORKERS; w++) {
		/* the worker's place is filled anew every WORKERS / REPLACED snapshots */
		uint32_t generation = (snapshot * REPLACED + WORKERS - 1 - w) / WORKERS;
		uint32_t number = 2 + generation * WORKERS + w;

		made_up_process(model, (int32_t)number, 1);
		for (uint32_t v = 0; v < WORKER_VMAS; v++) {
			bool shared = v < SHARED_VMAS;
			uint64_t name = 2 + (uint64_t)number * SHARED_VMAS + v;
			const uint32_t chain[2] = {shared ? made_up_child(model, name, root) : 0,
						   root};

			made_up_vma(model, 16 + v * 8, 4,
				    v == (snapshot + w) % WORKER_VMAS ? RO : RW, chain,
				    shared ? 2 : 0);
		}
	}
}

static void make_history(const char *path)
{
	double start = measure_now();
	struct made_up made_up;

	made_up_open(&made_up, path);
	for (uint32_t i = 0; i < SNAPSHOTS; i++) {
		fill_depth(made_up_next(&made_up), i);
		made_up_write(&made_up);
	}
	made_up_close(&made_up);
	fprintf(stderr, "history_depth: %u snapshots written in %.1f s\n", SNAPSHOTS,
		measure_now() - start);
}

/* Larger over smaller of the medians for the first and the last snapshot. */
static double depth_of(struct server *server, const char *resource)
{
	static const uint32_t snapshots[3] = {1, SNAPSHOTS, SNAPSHOTS / 2};
	double times[3][DEPTH_ROUNDS], medians[3];

	for (int round = 0; round < DEPTH_ROUNDS; round++)
		for (int i = 0; i < 3; i++) {
			char target[128];

			snprintf(target, sizeof(target), "/api/v1/snapshots/%u%s", snapshots[i],
				 resource);
			times[i][round] = time_request(server, target);
		}
	for (int i = 0; i < 3; i++)
		medians[i] = measure_median(times[i], DEPTH_ROUNDS);
	fprintf(stderr, "history_depth: %s of snapshot 1 %.2f ms, %u %.2f ms (%u %.2f ms)\n",
		*resource ? resource : "/", medians[0] * 1e3, SNAPSHOTS, medians[1] * 1e3,
		SNAPSHOTS / 2, medians[2] * 1e3);
	return medians[0] > medians[1] ? medians[0] / medians[1] : medians[1] / medians[0];
}

static void history_depth(const char *directory)
{
	static const char *const resources[] = {
		"",	  "/processes", "/processes/1", "/processes/1/vmas",
		"/trees", "/trees/1",	"/findings",	"/executables",
	};
	static struct server server;
	double worst = 0;
	char path[4096];

	snprintf(path, sizeof(path), "%s/depth.db", directory);
	make_history(path);
	database_start(&server.database, path);
	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		double ratio = depth_of(&server, resources[i]);

		worst = ratio > worst ? ratio : worst;
	}
	database_stop(&server.database);
	printf("history_depth %.3f\n", worst);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		give_up("usage: bench_history NAME DIRECTORY");
	if (strcmp(argv[1], "diff_growth") == 0)
		diff_growth(argv[2]);
	else if (strcmp(argv[1], "history_depth") == 0)
		history_depth(argv[2]);
	else
		give_up("no such measurement");
	return 0;
}
