/* SPDX-License-Identifier: GPL-2.0-only */
/* The slab hands an address out again: the anon_vma that gets it is another
 * one, and must not continue the history of the first. */
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

#define OBJECTS 400
#define ROUNDS 5
#define MM_ROUNDS 40

struct object {
	uint32_t id;
	int64_t address;
};

/* Single-page regions, each with a root of its own. */
static void make_objects(struct fixture *f, int actor, unsigned int region)
{
	for (unsigned int i = 0; i < OBJECTS; i++) {
		unsigned long at = scenario_region(region) + i * 16 * scenario_page();

		scenario_map(&f->scenario, actor, at, 1);
		scenario_write(&f->scenario, actor, at, 1);
	}
}

static void drop_objects(struct fixture *f, int actor, unsigned int region)
{
	/* munmap of the whole range, holes and all */
	scenario_unmap(&f->scenario, actor, scenario_region(region), OBJECTS * 16);
}

static void read_objects(struct fixture *f, int actor, unsigned int region, struct object *objects)
{
	pid_t pid = scenario_pid(&f->scenario, actor);

	for (unsigned int i = 0; i < OBJECTS; i++) {
		unsigned long at = scenario_region(region) + i * 16 * scenario_page();
		uint32_t active = expect_active(&f->model, pid, at);

		assert_int_not_equal(active, MODEL_NONE);
		objects[i].id = f->model.anon_vmas[active].id;
		objects[i].address = database_number(&f->database,
						     "SELECT address FROM raw_address "
						     "WHERE kind = 'anon_vma' AND id = %u",
						     objects[i].id);
		assert_int_not_equal(objects[i].address, 0);
	}
}

/* How many addresses of `a` are in `b` again. Their ids must differ. */
static unsigned int check_recycled(const struct object *a, const struct object *b)
{
	unsigned int recycled = 0;

	for (unsigned int i = 0; i < OBJECTS; i++) {
		for (unsigned int j = 0; j < OBJECTS; j++) {
			if (a[i].id == b[j].id)
				fail_msg("anon_vma %u goes on elsewhere", a[i].id);
			recycled += a[i].address == b[j].address;
		}
	}
	return recycled;
}

static bool is_refused(void)
{
	FILE *file = fopen("/proc/sys/kernel/kptr_restrict", "re");
	int restricted = 0;

	if (!file || fscanf(file, "%d", &restricted) != 1)
		restricted = 0;
	if (file)
		fclose(file);
	if (restricted == 2)
		print_message("skipped: kptr_restrict is 2, raw addresses are refused\n");
	return restricted == 2;
}

static void load_fresh(struct fixture *f)
{
	database_load(&f->database, collect_fresh(&f->database, &f->daemon), &f->model);
}

static void start_collector(struct fixture *f)
{
	char number[16];
	const char *const args[] = {"--db",   f->database.path, "--interval",	   "50ms",
				    "--tree", number,		"--raw-addresses", NULL};

	snprintf(number, sizeof(number), "%d", scenario_pid(&f->scenario, 0));
	collect_start(&f->daemon, args, NULL, NULL);
}

/* As the collector goes on from one snapshot to the next: objects of one
 * actor's region are freed and another's made, until addresses come back. */
static void check_running_collector(struct fixture *f, int other, unsigned int other_region)
{
	static struct object first[OBJECTS], second[OBJECTS];
	unsigned int recycled = 0;

	start_collector(f);
	for (int round = 0; round < ROUNDS && !recycled; round++) {
		make_objects(f, 1, 0);
		load_fresh(f);
		read_objects(f, 1, 0, first);
		drop_objects(f, 1, 0);
		make_objects(f, other, other_region);
		load_fresh(f);
		read_objects(f, other, other_region, second);
		drop_objects(f, other, other_region);
		recycled = check_recycled(first, second);
	}
	print_message("%u of %d addresses came back\n", recycled, OBJECTS);
	assert_true(recycled > 0);

	/* what does stay keeps its id */
	make_objects(f, 1, 0);
	load_fresh(f);
	read_objects(f, 1, 0, first);
	load_fresh(f);
	read_objects(f, 1, 0, second);
	for (unsigned int i = 0; i < OBJECTS; i++) {
		assert_int_equal(first[i].id, second[i].id);
		assert_int_equal(first[i].address, second[i].address);
	}
}

static void test_recycled_in_another_process(void **state)
{
	struct fixture *f = fixture_begin(state);

	if (is_refused())
		skip();
	scenario_fork(&f->scenario, 0);
	scenario_fork(&f->scenario, 0);
	check_running_collector(f, 2, 0);
}

static void test_recycled_elsewhere_in_the_process(void **state)
{
	struct fixture *f = fixture_begin(state);

	if (is_refused())
		skip();
	scenario_fork(&f->scenario, 0);
	check_running_collector(f, 1, 1);
}

static void collect_raw(struct fixture *f)
{
	char number[16];
	const char *const args[] = {"--once",	       "--db", f->database.path, "--tree", number,
				    "--raw-addresses", NULL};
	struct run run;

	snprintf(number, sizeof(number), "%d", scenario_pid(&f->scenario, 0));
	collect_run(args, NULL, NULL, &run);
	if (run.exit_code)
		fail_msg("collector: exit code %d: %s", run.exit_code, run.err);
	database_load(&f->database, database_latest(&f->database), &f->model);
}

/* As a collector resumes from the database. */
static void test_recycled_between_collectors(void **state)
{
	static struct object first[OBJECTS], second[OBJECTS];
	struct fixture *f = fixture_begin(state);
	unsigned int recycled = 0;

	if (is_refused())
		skip();
	scenario_fork(&f->scenario, 0);
	scenario_fork(&f->scenario, 0);
	for (int round = 0; round < ROUNDS && !recycled; round++) {
		make_objects(f, 1, 0);
		collect_raw(f);
		read_objects(f, 1, 0, first);
		drop_objects(f, 1, 0);
		make_objects(f, 2, 0);
		collect_raw(f);
		read_objects(f, 2, 0, second);
		drop_objects(f, 2, 0);
		recycled = check_recycled(first, second);
	}
	print_message("%u of %d addresses came back\n", recycled, OBJECTS);
	assert_true(recycled > 0);
}

/* No address is stored unless it is asked for. */
static void test_no_raw_addresses_by_default(void **state)
{
	struct fixture *f = fixture_begin(state);

	make_objects(f, 0, 0);
	fixture_collect(f);
	assert_int_equal(database_number(&f->database, "SELECT count(*) FROM raw_address"), 0);
}

/*
 * The memory of an mm is handed out again as well, to the next child, which has
 * the same number and size of VMAs and the same mm_lock_seq as the one before:
 * it has another parent all the same.
 */
static void test_recycled_mm(void **state)
{
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	int other = scenario_fork(&f->scenario, 0);
	int parents[] = {0, other};

	for (int i = 0; i < 2; i++) {
		scenario_map(&f->scenario, parents[i], region, 4);
		scenario_write(&f->scenario, parents[i], region, 4);
	}
	fixture_start_daemon(f);
	fixture_fresh(f);
	for (int round = 0; round < MM_ROUNDS; round++) {
		int parent = parents[round % 2], child = scenario_fork(&f->scenario, parent);
		const struct model_vma *vma;

		fixture_fresh(f);
		expect_sound(&f->model);
		vma = expect_vma(&f->model, scenario_pid(&f->scenario, child), region);
		assert_int_equal(vma->avc_count, 2);
		assert_int_equal(f->model.anon_vmas[vma->active].parent,
				 expect_active(&f->model, scenario_pid(&f->scenario, parent),
					       region));
		scenario_kill(&f->scenario, child);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_recycled_in_another_process),
		LIVE_TEST(test_recycled_elsewhere_in_the_process),
		LIVE_TEST(test_recycled_between_collectors),
		LIVE_TEST(test_recycled_mm),
		LIVE_TEST(test_no_raw_addresses_by_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
