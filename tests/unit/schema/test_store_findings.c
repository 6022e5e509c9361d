/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema/store_findings.h"

#include <errno.h>
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
#include "../support/world.h"

#define ROWS_MAX 4096
#define DAY_NS 86400000000000u

static struct history history;

/* Rows as they came, without their texts, which do not live on. */
static struct store_finding_row found[ROWS_MAX];
static int found_count;

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	memset(&history, 0, sizeof(history));
	history_open(&history, scratch_path("test.db"));
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

static int keep(void *context, const void *row)
{
	(void)context;
	assert_true(found_count < ROWS_MAX);
	found[found_count++] = *(const struct store_finding_row *)row;
	return 0;
}

static int list(const struct store_finding_query *query)
{
	found_count = 0;
	assert_int_equal(store_list_findings(history.store, query, keep, NULL), 0);
	return found_count;
}

static int list_all(int64_t snapshot)
{
	const struct store_finding_query query = {.snapshot = snapshot,
						  .page = {.limit = ROWS_MAX}};

	return list(&query);
}

/*
 * Process 10 with `shared` VMAs on root 1; each of its `workers` children 20, 21
 * ... (mm of the same number) has an anon_vma of its own for each of them.
 */
static void fill(struct model *model, uint32_t workers, uint32_t shared)
{
	uint32_t root = forest_root(model, 1);

	forest_process(model, 10, forest_mm(model, 10));
	for (uint32_t k = 0; k < shared; k++)
		forest_vma(model, 16 + 2 * k, 1, root);
	for (uint32_t i = 0; i < workers; i++) {
		forest_process(model, (int32_t)(20 + i), forest_mm(model, 20 + i));
		for (uint32_t k = 0; k < shared; k++)
			forest_vma(model, 16 + 2 * k, 1,
				   forest_child(model, 100 + i * shared + k, root), root);
	}
}

static void a_finding_comes_as_it_was_written(void **state)
{
	(void)state;
	fill(history_next(&history), 1, 3);
	assert_int_equal(history_write(&history, NULL), 1);
	assert_int_equal(list_all(1), 1);
	assert_int_equal(found[0].kind, FINDING_FORK_SPLIT);
	assert_int_equal(found[0].rule, 0);
	assert_int_equal(found[0].since, 1);
	assert_int_equal(found[0].since_taken_ns, 1000000000);
	assert_int_equal(found[0].pid, 20);
	assert_int_equal(found[0].mm_id, 20);
	assert_int_equal(found[0].anon_vma, 1);
	assert_int_equal(found[0].root, 1);
	assert_int_equal(found[0].vm_start, 0);
	assert_int_equal(found[0].size, 3);
	assert_int_equal(found[0].detail_1, 2);
	assert_int_equal(found[0].detail_2, 0);
	assert_int_equal(found[0].anon_vmas, 2);
	assert_int_equal(found[0].bytes, 2 * 104);
	assert_int_equal(list_all(0), 0);
}

/* The finding grows, so it has a row for each snapshot, but it is one. */
static void since_is_the_first_snapshot_that_is_still_there(void **state)
{
	const struct store_retention newest_two = {.keep_count = 2};
	uint32_t deleted = 0;
	int64_t id = 0;

	(void)state;
	for (uint32_t shared = 2; shared < 6; shared++) {
		fill(history_next(&history), 1, shared);
		history_write(&history, NULL);
		assert_int_equal(list_all(shared - 1), 1);
		assert_int_equal(found[0].since, 1);
		assert_int_equal(found[0].size, shared);
		assert_true(id == 0 || id == found[0].id);
		id = found[0].id;
	}
	assert_int_equal(store_prune(history.store, &newest_two, DAY_NS, &deleted), 0);
	assert_int_equal(deleted, 2);
	assert_int_equal(list_all(4), 1);
	assert_int_equal(found[0].id, id);
	assert_int_equal(found[0].since, 3);
	assert_int_equal(found[0].since_taken_ns, 3000000000);
}

static void a_finding_that_is_gone_begins_anew(void **state)
{
	int64_t id;

	(void)state;
	fill(history_next(&history), 1, 2);
	history_write(&history, NULL);
	fill(history_next(&history), 0, 2);
	history_write(&history, NULL);
	fill(history_next(&history), 1, 2);
	history_write(&history, NULL);
	assert_int_equal(list_all(1), 1);
	id = found[0].id;
	assert_int_equal(list_all(2), 0);
	assert_int_equal(list_all(3), 1);
	assert_int_not_equal(found[0].id, id);
	assert_int_equal(found[0].since, 3);
}

/* A world in which everything is a finding. */
static void write_worlds(uint64_t seed)
{
	struct world *world = world_create(seed);

	history.options = (struct analysis_options){
		.deep_chain = 1,
		.wide_rmap = 2,
		.wide_lock = 2,
	};
	for (int i = 0; i < 20; i++) {
		world_show(world, history_next(&history));
		history_write(&history, NULL);
		world_step(world);
	}
	world_free(world);
}

static int64_t key_of(const struct store_finding_row *row, enum store_finding_sort sort)
{
	return sort == STORE_FINDINGS_BY_BYTES ? row->bytes :
	       sort == STORE_FINDINGS_BY_SIZE  ? row->size :
						 row->id;
}

/* In pages of the given size; as long as the list without pages. */
static void check_order(enum store_finding_sort sort, bool descending, uint32_t limit, int count)
{
	struct store_finding_query query = {
		.snapshot = 20,
		.sort = sort,
		.page = {.descending = descending, .limit = limit},
	};
	int sign = descending ? -1 : 1, before;

	found_count = 0;
	do {
		before = found_count;
		assert_int_equal(store_list_findings(history.store, &query, keep, NULL), 0);
		query.page.resume = true;
		query.page.after_key = found[found_count - 1].sort_key;
		query.page.after_id = found[found_count - 1].id;
	} while (found_count > before);
	assert_int_equal(found_count, count);
	for (int i = 0; i < count; i++) {
		assert_true(found[i].sort_key == key_of(&found[i], sort));
		if (i == 0)
			continue;

		int64_t step = found[i].sort_key - found[i - 1].sort_key;

		assert_true(sign * (step ? step : found[i].id - found[i - 1].id) > 0);
	}
}

static void every_order_in_pages_has_every_finding_once(void **state)
{
	static const uint32_t limits[] = {1, 3, ROWS_MAX};
	int count;

	(void)state;
	write_worlds(11);
	count = list_all(20);
	assert_true(count > 20);
	for (enum store_finding_sort sort = 0; sort < STORE_FINDING_SORT_COUNT; sort++)
		for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
			check_order(sort, false, limits[i], count);
			check_order(sort, true, limits[i], count);
		}
}

static int count_kind(void *context, const void *row)
{
	const struct store_finding_count_row *count = row;
	struct store_finding_query query = {
		.snapshot = 20,
		.one_kind = true,
		.kind = count->kind,
		.page = {.limit = ROWS_MAX},
	};
	int64_t bytes = 0;

	assert_int_equal(list(&query), count->count);
	for (int i = 0; i < found_count; i++) {
		assert_int_equal(found[i].kind, count->kind);
		bytes += found[i].bytes;
	}
	assert_int_equal(bytes, count->bytes);
	*(int *)context += found_count;
	return 0;
}

static void counts_are_those_of_the_lists(void **state)
{
	int counted = 0;

	(void)state;
	write_worlds(8);
	assert_int_equal(store_count_findings(history.store, 20, count_kind, &counted), 0);
	assert_int_equal(counted, list_all(20));
	assert_true(counted > 0);
}

static void filters_leave_what_fits(void **state)
{
	struct store_finding_query query = {.snapshot = 1, .page = {.limit = ROWS_MAX}};

	(void)state;
	history.options.wide_lock = 2;
	fill(history_next(&history), 4, 3);
	history_write(&history, NULL);
	assert_int_equal(list(&query), 5); /* four splits and the lock */
	query.min_bytes = 209;
	assert_int_equal(list(&query), 1);
	assert_int_equal(found[0].kind, FINDING_WIDE_LOCK);
	query.min_bytes = 208;
	assert_int_equal(list(&query), 5);
	query.root = 1;
	assert_int_equal(list(&query), 5);
	query.root = 2;
	assert_int_equal(list(&query), 0);
	query.root = 0;
	query.mm_id = 21;
	query.process_id = 21;
	assert_int_equal(list(&query), 1);
	assert_int_equal(found[0].mm_id, 21);
	/* the oldest process of the tree is the one that the lock is shown under */
	query.mm_id = 10;
	query.process_id = 10;
	assert_int_equal(list(&query), 1);
	assert_int_equal(found[0].kind, FINDING_WIDE_LOCK);
	assert_int_equal(found[0].pid, 10);
	query.one_kind = true;
	query.kind = FINDING_FORK_SPLIT;
	assert_int_equal(list(&query), 0);
}

struct parents {
	int rows;
	int64_t last_start;
};

static int check_parent(void *context, const void *row)
{
	const struct store_split_parent_row *parent = row;
	struct parents *parents = context;

	assert_int_equal(parent->anon_vma, 1);
	assert_int_equal(parent->mm_id, 10);
	assert_int_equal(parent->pid, 10);
	assert_int_equal(parent->comm.size, 3);
	assert_memory_equal(parent->comm.bytes, "p10", 3);
	assert_true(parent->vm_start > parents->last_start);
	parents->last_start = parent->vm_start;
	parents->rows++;
	return 0;
}

/* The anon_vmas of the children are active too, but no group has them for a
 * parent. */
static void parents_are_those_of_groups(void **state)
{
	struct parents parents = {0};

	(void)state;
	fill(history_next(&history), 3, 4);
	history_write(&history, NULL);
	assert_int_equal(store_list_split_parents(history.store, 1, 1, check_parent, &parents), 0);
	assert_int_equal(parents.rows, 4);
	assert_int_equal(store_list_split_parents(history.store, 1, 2, check_parent, &parents), 0);
	assert_int_equal(parents.rows, 4);
}

static int check_result(void *context, const void *row)
{
	const struct store_invariant_row *result = row;

	assert_int_equal(result->rule, ++*(int *)context);
	assert_int_equal(result->checked, result->held + result->violated + result->torn +
						  result->moved + result->not_shown +
						  result->pinned + result->in_flight +
						  result->first_fault + result->seen_once);
	return 0;
}

static void each_rule_has_a_result_in_each_snapshot(void **state)
{
	(void)state;
	write_worlds(9);
	for (int64_t snapshot = 1; snapshot <= 20; snapshot++) {
		int rules = 0;

		assert_int_equal(
			store_list_invariants(history.store, snapshot, check_result, &rules), 0);
		assert_int_equal(rules, INVARIANT_COUNT);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_finding_comes_as_it_was_written),
		TEST(since_is_the_first_snapshot_that_is_still_there),
		TEST(a_finding_that_is_gone_begins_anew),
		TEST(every_order_in_pages_has_every_finding_once),
		TEST(counts_are_those_of_the_lists),
		TEST(filters_leave_what_fits),
		TEST(parents_are_those_of_groups),
		TEST(each_rule_has_a_result_in_each_snapshot),
	};

	return cmocka_run_group_tests_name("schema/store_findings", tests, NULL, NULL);
}
