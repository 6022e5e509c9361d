/* SPDX-License-Identifier: GPL-2.0-only */
#include "server/split_parents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"

static struct history history;
static struct request request;
static struct call call;
static struct problem problem;

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	memset(&history, 0, sizeof(history));
	history_open(&history, scratch_path("test.db"));
	request = (struct request){0};
	problem = (struct problem){0};
	call = (struct call){.request = &request, .store = history.store, .snapshot = 1};
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

#define WIDE (SPLIT_PARENT_VMAS_MAX + 5)

/* Process pid with `shared` VMAs on the root, and a child whose VMAs were split. */
static void add_family(struct model *model, uint64_t root_key, int32_t pid, uint32_t shared)
{
	uint32_t root = forest_root(model, root_key);

	forest_process(model, pid, forest_mm(model, (uint64_t)pid));
	for (uint32_t k = 0; k < shared; k++)
		forest_vma(model, 16 + 2 * k, 1, root);
	forest_process(model, pid + 1, forest_mm(model, (uint64_t)pid + 1));
	for (uint32_t k = 0; k < shared; k++)
		forest_vma(model, 16 + 2 * k, 1, forest_child(model, root_key * 1000 + k, root),
			   root);
}

static const struct split_parent *find(struct split_parents *parents, int64_t root,
				       int64_t anon_vma)
{
	const struct split_parent *parent;

	assert_int_equal(split_parents_find(parents, &call, root, anon_vma, &parent), 0);
	return parent;
}

static void assert_parent(const struct split_parents *parents, const struct split_parent *parent,
			  int64_t pid, uint32_t count)
{
	assert_non_null(parent);
	assert_int_equal(parent->pid, pid);
	assert_int_equal(parent->count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(parents->starts[parent->first + i], (16 + 2 * i) * FOREST_PAGE);
}

static void parents_of_several_trees(void **state)
{
	struct split_parents parents = {0};
	struct model *model = history_next(&history);

	(void)state;
	add_family(model, 1, 10, 3);
	add_family(model, 2, 20, WIDE);
	history_write(&history, NULL);
	assert_parent(&parents, find(&parents, 1, 1), 10, 3);
	assert_parent(&parents, find(&parents, 2, 2), 20, SPLIT_PARENT_VMAS_MAX);
	assert_string_equal(find(&parents, 2, 2)->comm, "p20");
	assert_parent(&parents, find(&parents, 1, 1), 10, 3);
	assert_int_equal(parents.count, 2);
	split_parents_clear(&parents);
}

/* What was found of a tree stays: it is read once for a page. */
static void a_tree_is_looked_through_once(void **state)
{
	struct split_parents parents = {0};

	(void)state;
	add_family(history_next(&history), 1, 10, 3);
	history_write(&history, NULL);
	find(&parents, 1, 1);
	database_exec(scratch_path("test.db"), "DELETE FROM vma");
	assert_parent(&parents, find(&parents, 1, 1), 10, 3);
	split_parents_clear(&parents);
	assert_null(find(&parents, 1, 1));
	split_parents_clear(&parents);
}

static void nobody_has_what_is_no_parent(void **state)
{
	struct split_parents parents = {0};

	(void)state;
	add_family(history_next(&history), 1, 10, 3);
	history_write(&history, NULL);
	assert_null(find(&parents, 9, 1)); /* of another tree */
	assert_null(find(&parents, 1, 1001)); /* active, but no group's parent */
	assert_null(find(&parents, 0, 0));
	assert_null(find(&parents, -1, 1));
	split_parents_clear(&parents);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(parents_of_several_trees),
		TEST(a_tree_is_looked_through_once),
		TEST(nobody_has_what_is_no_parent),
	};

	return cmocka_run_group_tests_name("server/split_parents", tests, NULL, NULL);
}
