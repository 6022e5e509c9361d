/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No invariant finding is a false alarm: while processes fork, exit, protect,
 * unmap and move memory as fast as they can, every disagreement between
 * counters and what is shown is excused by a race that has a name.
 *
 * VMASCOPE_CHURN_SECONDS sets how long; a short while by default.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fixture.h"
#include "topology/invariants.h"

#define SECONDS 15
#define PAGES 64
#define FORKERS 4
#define STORMS 2

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static time_t duration(void)
{
	const char *text = getenv("VMASCOPE_CHURN_SECONDS");

	return text ? atol(text) : SECONDS;
}

/* The sum of a column over all snapshots: a row stands for as many as it is
 * valid for. */
static int64_t sum(struct fixture *f, uint32_t rule, const char *column)
{
	return database_number(&f->database,
			       "SELECT coalesce(sum((%s) * (min(died, (SELECT max(id) + 1 FROM "
			       "snapshot)) - born)), 0) FROM invariant WHERE rule = %u",
			       column, rule);
}

static void print_results(struct fixture *f)
{
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		print_message("%2u %-20s %9lld checked", rule, invariant_info(rule)->name,
			      (long long)sum(f, rule, "checked"));
		for (int excuse = 1; excuse < EXCUSE_COUNT; excuse++) {
			const char *name = invariant_excuses[excuse].name;
			int64_t count = sum(f, rule, name);

			if (count)
				print_message(", %lld %s", (long long)count, name);
		}
		print_message("\n");
	}
}

static void test_churn_raises_no_alarm(void **state)
{
	struct fixture *f = fixture_begin(state);
	time_t end = seconds() + duration();
	int last = 0, actors[FORKERS + STORMS];
	int64_t first, snapshots;

	scenario_map(&f->scenario, 0, scenario_region(0), PAGES);
	scenario_write(&f->scenario, 0, scenario_region(0), PAGES);
	scenario_split(&f->scenario, 0, scenario_region(0), PAGES);
	/* generations below one another, so that counters of all are shared */
	for (int i = 0; i < FORKERS + STORMS; i++)
		actors[i] = last = scenario_fork(&f->scenario, i % 3 ? last : 0);
	fixture_start_daemon(f);
	first = collect_next(&f->database, &f->daemon, 0);
	for (int i = 0; i < FORKERS; i++)
		scenario_begin(&f->scenario, actors[i], OP_CHURN_FORK, (long)scenario_region(0),
			       (long)(PAGES * scenario_page()), 0);
	for (int i = FORKERS; i < FORKERS + STORMS; i++)
		scenario_begin(&f->scenario, actors[i], OP_CHURN_STORM, (long)scenario_region(2),
			       PAGES, 0);
	while (seconds() < end)
		environment_nap(200);
	for (int i = 0; i < FORKERS + STORMS; i++) {
		assert_true(scenario_rounds(&f->scenario, actors[i]) > 10);
		scenario_end(&f->scenario, actors[i]);
	}
	snapshots = database_latest(&f->database) - first;
	print_message("%lld snapshots under churn\n", (long long)snapshots);
	print_results(f);
	assert_true(snapshots >= 3);
	for (uint32_t rule = 1; rule < INVARIANT_END; rule++) {
		assert_int_equal(sum(f, rule, "violated"), 0);
		assert_int_equal(sum(f, rule,
				     "checked - held - torn - moved - not_shown - "
				     "pinned - in_flight - first_fault - seen_once"),
				 0);
	}
	assert_true(sum(f, INVARIANT_ACTIVE_COUNT, "held") > 0);

	/* when it is over, nothing has to be excused */
	fixture_fresh(f);
	fixture_fresh(f);
	assert_int_equal(database_number(&f->database,
					 "SELECT sum(checked - held) FROM invariant WHERE "
					 "died > (SELECT max(id) FROM snapshot)"),
			 0);
	expect_sound(&f->model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_churn_raises_no_alarm),
	};

	return cmocka_run_group_tests_name("live/alarms", tests, NULL, NULL);
}
