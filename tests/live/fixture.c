/* SPDX-License-Identifier: GPL-2.0-only */
#include "fixture.h"

#include <stdio.h>

int fixture_setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.daemon = {.out = -1, .err = -1}};
	*state = &fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	collect_kill(&fixture->daemon);
	scenario_stop(&fixture->scenario);
	database_remove(&fixture->database);
	model_clear(&fixture->model);
	maps_clear(&fixture->maps);
	return 0;
}

struct fixture *fixture_begin(void **state)
{
	struct fixture *fixture = *state;

	environment_require();
	model_init(&fixture->model);
	database_create(&fixture->database);
	scenario_start(&fixture->scenario);
	return fixture;
}

int64_t fixture_collect(struct fixture *fixture)
{
	int64_t id = collect_model(&fixture->database, scenario_pid(&fixture->scenario, 0),
				   &fixture->model);

	expect_sound(&fixture->model);
	return id;
}

void fixture_expect_truth(struct fixture *fixture, int actor)
{
	pid_t pid = scenario_pid(&fixture->scenario, actor);

	assert_int_equal(maps_read(pid, &fixture->maps), 0);
	maps_expect(&fixture->model, pid, &fixture->maps);
}

void fixture_expect_all_true(struct fixture *fixture)
{
	for (int i = 0; i < fixture->scenario.count; i++)
		if (fixture->scenario.actors[i].alive && !fixture->scenario.actors[i].thread)
			fixture_expect_truth(fixture, i);
}

void fixture_start_daemon(struct fixture *fixture)
{
	char number[16];
	const char *const args[] = {
		"--db", fixture->database.path, "--tree", number, "--interval", "50ms", NULL};

	snprintf(number, sizeof(number), "%d", scenario_pid(&fixture->scenario, 0));
	collect_start(&fixture->daemon, args, NULL, NULL);
}

int64_t fixture_fresh(struct fixture *fixture)
{
	int64_t id = collect_fresh(&fixture->database, &fixture->daemon);

	database_load(&fixture->database, id, &fixture->model);
	return id;
}
