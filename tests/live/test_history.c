/* SPDX-License-Identifier: GPL-2.0-only */
/* What the database keeps over time: through kills, at the cost of what
 * changed, under ids that go on. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

#define KILLS 50
#define QUIET 10
#define PAGES 8
#define PROCESSES 1000
#define REPLACED 10

/* Ids of what does not change while a test runs. */
struct identity {
	uint32_t process[QUIET + 1];
	uint32_t mm[QUIET + 1];
	uint32_t anon_vma[(QUIET + 1) * PAGES];
};

static void read_identity(const struct fixture *f, struct identity *ret_identity)
{
	for (int i = 0; i <= QUIET; i++) {
		pid_t pid = scenario_pid(&f->scenario, i);

		ret_identity->process[i] = f->model.processes[expect_process(&f->model, pid)].id;
		ret_identity->mm[i] = expect_mm(&f->model, pid)->id;
		for (unsigned int j = 0; j < PAGES; j++) {
			uint32_t active = expect_active(&f->model, pid,
							scenario_region(0) + j * scenario_page());

			ret_identity->anon_vma[i * PAGES + (int)j] = f->model.anon_vmas[active].id;
		}
	}
}

static void start_quiet_family(struct fixture *f)
{
	scenario_map(&f->scenario, 0, scenario_region(0), PAGES);
	scenario_write(&f->scenario, 0, scenario_region(0), PAGES);
	scenario_split(&f->scenario, 0, scenario_region(0), PAGES);
	scenario_map(&f->scenario, 0, scenario_region(1), PAGES);
	scenario_write(&f->scenario, 0, scenario_region(1), PAGES);
	for (int i = 0; i < QUIET; i++)
		scenario_fork(&f->scenario, i / 2);
}

static int64_t count_as_of(const struct database *database, const char *what, const char *table,
			   int64_t snapshot)
{
	return database_number(database,
			       "SELECT ifnull(%s, 0) FROM %s WHERE born <= %lld AND died > %lld",
			       what, table, (long long)snapshot, (long long)snapshot);
}

/* The totals of a finished snapshot are those of the rows it shows. */
static void check_complete(const struct database *database, int64_t snapshot)
{
	static const struct {
		const char *column;
		const char *what;
		const char *table;
	} totals[] = {
		{"processes", "count(*)", "process"},  {"mms", "count(*)", "mm"},
		{"vmas", "count(*)", "vma"},	       {"vmas", "sum(vmas)", "mm"},
		{"anon_vmas", "count(*)", "anon_vma"}, {"anon_vmas", "sum(anon_vmas)", "tree"},
		{"avcs", "sum(chain_length)", "vma"},  {"trees", "count(*)", "tree"},
		{"files", "count(*)", "file"},	       {"missed_reuse", "sum(missed_reuse)", "mm"},
		{"torn_mms", "sum(torn)", "mm"},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(totals); i++) {
		int64_t stored = database_number(database,
						 "SELECT %s FROM snapshot WHERE id = %lld",
						 totals[i].column, (long long)snapshot);
		int64_t counted = count_as_of(database, totals[i].what, totals[i].table, snapshot);

		if (stored != counted)
			fail_msg("snapshot %lld: %s is %lld, %s of %s gives %lld",
				 (long long)snapshot, totals[i].column, (long long)stored,
				 totals[i].what, totals[i].table, (long long)counted);
	}
}

static void check_integrity(const struct database *database)
{
	char *text = database_text(database, "PRAGMA integrity_check");

	assert_string_equal(text, "ok");
	free(text);
}

static void test_kill_at_any_moment(void **state)
{
	struct fixture *f = fixture_begin(state);
	const char *const args[] = {"--db", f->database.path, "--interval", "50ms", NULL};
	unsigned int seed = (unsigned int)time(NULL);
	struct identity before, now;
	int64_t checked, first;
	int forker;

	print_message("seed %u\n", seed);
	srandom(seed);
	start_quiet_family(f);
	forker = scenario_fork(&f->scenario, 0);
	first = checked = fixture_collect(f);
	read_identity(f, &before);
	scenario_begin(&f->scenario, forker, OP_CHURN_FORK, (long)scenario_region(1),
		       (long)(PAGES * scenario_page()), 0);
	for (int i = 0; i < KILLS; i++) {
		int64_t last;

		collect_start(&f->daemon, args, NULL, NULL);
		/* every fifth is killed before it can have stored anything */
		if (i % 5)
			collect_next(&f->database, &f->daemon, checked);
		environment_nap(random() % 120);
		collect_kill(&f->daemon);

		check_integrity(&f->database);
		last = database_latest(&f->database);
		assert_true(last >= checked);
		for (; checked < last; checked++)
			check_complete(&f->database, checked + 1);
		database_load(&f->database, last, &f->model);
		read_identity(f, &now);
		assert_memory_equal(&now, &before, sizeof(now));
	}
	scenario_end(&f->scenario, forker);
	print_message("%lld snapshots\n", (long long)(checked - first));
	assert_true(checked - first >= KILLS / 2);

	/* nothing that came later has changed what was there */
	for (int64_t id = first; id <= checked; id += (checked - first) / 10 + 1)
		check_complete(&f->database, id);
	database_load(&f->database, first, &f->model);
	expect_sound(&f->model);
	read_identity(f, &now);
	assert_memory_equal(&now, &before, sizeof(now));
}

/* Ends by itself on SIGTERM, with everything written. */
static void test_clean_end(void **state)
{
	struct fixture *f = fixture_begin(state);
	const char *const args[] = {"--db", f->database.path, "--interval", "50ms", NULL};
	struct run run;

	start_quiet_family(f);
	for (int i = 0; i < 2; i++) {
		int64_t before = database_number_or(&f->database, 0,
						    "SELECT max(id) FROM snapshot");

		collect_start(&f->daemon, args, NULL, NULL);
		collect_next(&f->database, &f->daemon, before + 1);
		assert_int_equal(kill(f->daemon.pid, i ? SIGINT : SIGTERM), 0);
		collect_finish(&f->daemon, COLLECT_PATIENCE_MS, &run);
		if (run.exit_code)
			fail_msg("exit code %d, signal %d: %s", run.exit_code, run.signal, run.err);
		check_integrity(&f->database);
		check_complete(&f->database, database_latest(&f->database));
	}
}

static void record(struct fixture *f, const char *path)
{
	char number[16];
	/* the recording is what is wanted, the database is thrown away */
	struct database scratch;
	const char *args[] = {"--once", "--tree", number, "--record", path, "--db", NULL, NULL};
	struct run run;

	database_create(&scratch);
	args[6] = scratch.path;
	snprintf(number, sizeof(number), "%d", scenario_pid(&f->scenario, 0));
	collect_run(args, NULL, NULL, &run);
	database_remove(&scratch);
	if (run.exit_code)
		fail_msg("--record: exit code %d: %s", run.exit_code, run.err);
	assert_int_equal(access(path, R_OK), 0);
}

static void replay(struct fixture *f, const char *path)
{
	const char *const args[] = {"--once", "--replay", path, "--db", f->database.path, NULL};
	int64_t before = database_number_or(&f->database, 0, "SELECT max(id) FROM snapshot");
	struct run run;

	collect_run(args, NULL, NULL, &run);
	if (run.exit_code)
		fail_msg("--replay: exit code %d: %s", run.exit_code, run.err);
	assert_int_equal(database_latest(&f->database), before + 1);
	check_complete(&f->database, before + 1);
}

static void fork_many(struct fixture *f)
{
	/* with its own VMAs each process has some 40 */
	for (unsigned int i = 0; i < 8; i++) {
		scenario_map(&f->scenario, 0, scenario_region(i), 4);
		scenario_write(&f->scenario, 0, scenario_region(i), 4);
		scenario_split(&f->scenario, 0, scenario_region(i), 4);
	}
	for (int i = 0; i < PROCESSES; i++)
		scenario_fork(&f->scenario, 0);
}

static void test_cost_of_history(void **state)
{
	struct fixture *f = fixture_begin(state);
	char first[128], second[128];
	int64_t empty, bytes[4];

	snprintf(first, sizeof(first), "%s/first.rec", f->database.directory);
	snprintf(second, sizeof(second), "%s/second.rec", f->database.directory);
	fork_many(f);
	record(f, first);
	for (int i = 0; i < REPLACED; i++) {
		scenario_kill(&f->scenario, 1 + i * (PROCESSES / REPLACED));
		scenario_fork(&f->scenario, 0);
	}
	record(f, second);

	empty = 0;
	replay(f, first);
	bytes[0] = database_bytes(&f->database) - empty;
	for (int i = 1; i <= 2; i++) {
		replay(f, first);
		bytes[i] = database_bytes(&f->database);
	}
	replay(f, second);
	bytes[3] = database_bytes(&f->database);
	database_load(&f->database, 1, &f->model);
	print_message("%u processes, %u VMAs: first snapshot %lld bytes, equal ones %lld and %lld, "
		      "%d processes replaced %lld (%.2f %%)\n",
		      f->model.process_count, f->model.vma_count, (long long)bytes[0],
		      (long long)(bytes[1] - bytes[0]), (long long)(bytes[2] - bytes[1]), REPLACED,
		      (long long)(bytes[3] - bytes[2]),
		      100.0 * (double)(bytes[3] - bytes[2]) / (double)bytes[0]);
	/* two equal replays */
	assert_true(bytes[2] - bytes[0] <= 4096);
	assert_true((bytes[3] - bytes[2]) * 50 <= bytes[0]);
}

/* A replay of a recording stores what a live snapshot stores. */
static void test_replay_equals_live(void **state)
{
	struct fixture *f = fixture_begin(state);
	struct model live;
	char path[128];

	model_init(&live);
	snprintf(path, sizeof(path), "%s/tree.rec", f->database.directory);
	start_quiet_family(f);
	record(f, path);
	collect_tree(scenario_pid(&f->scenario, 0), &live);
	replay(f, path);
	database_load(&f->database, 1, &f->model);
	expect_sound(&f->model);
	expect_rollups(&f->database, 1, &f->model);
	assert_int_equal(f->model.process_count, live.process_count);
	assert_int_equal(f->model.vma_count, live.vma_count);
	assert_int_equal(f->model.avc_count, live.avc_count);
	for (uint32_t i = 0; i < live.process_count; i++) {
		pid_t pid = live.processes[i].tgid;
		const struct model_mm *a = expect_mm(&live, pid);
		const struct model_mm *b = expect_mm(&f->model, pid);

		assert_int_equal(a->vma_count, b->vma_count);
		for (uint32_t j = 0; j < a->vma_count; j++) {
			const struct model_vma *x = &live.vmas[a->vma_first + j];
			const struct model_vma *y = &f->model.vmas[b->vma_first + j];

			assert_int_equal(x->start, y->start);
			assert_int_equal(x->end, y->end);
			assert_int_equal(x->flags, y->flags);
			assert_int_equal(x->pgoff, y->pgoff);
			assert_int_equal(x->avc_count, y->avc_count);
		}
	}
	model_clear(&live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_kill_at_any_moment),
		LIVE_TEST(test_clean_end),
		LIVE_TEST(test_cost_of_history),
		LIVE_TEST(test_replay_equals_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
