/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fixture: what every live test has, and that is cleared away however the test
 * ends.
 */
#ifndef VMASCOPE_TESTS_LIVE_FIXTURE_H
#define VMASCOPE_TESTS_LIVE_FIXTURE_H

#include "cmocka_all.h"
#include "collect.h"
#include "environment.h"
#include "expect.h"
#include "procfs.h"
#include "scenario.h"
#include "topology/model.h"

struct fixture {
	struct scenario scenario;
	struct database database;
	struct daemon daemon;
	struct model model;
	struct maps maps; /* to read /proc into */
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

#define LIVE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* Skips the test where nothing can be collected; else gives a database and
 * actor 0. */
struct fixture *fixture_begin(void **state);

/* A snapshot of actor 0's family into the fixture's database, loaded into the
 * model and found sound. Returns its id. */
int64_t fixture_collect(struct fixture *fixture);

/* Starts a collector on the fixture's database that looks at actor 0's family
 * every 50 ms. */
void fixture_start_daemon(struct fixture *fixture);
/* Loads a snapshot that the daemon began after the call. */
int64_t fixture_fresh(struct fixture *fixture);

/* The model's VMAs of the actor's process are those of /proc. */
void fixture_expect_truth(struct fixture *fixture, int actor);
/* ... of all that live. */
void fixture_expect_all_true(struct fixture *fixture);

#endif
