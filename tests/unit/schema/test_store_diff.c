/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_diff: what it finds in the rows of a random history is what a comparison
 * of two snapshots that were read completely finds (support/whole.h).
 */
#include "schema/store_diff.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"
#include "../support/whole.h"
#include "../support/world.h"
#include "schema/store_internal.h"

#define SNAPSHOTS 30
#define PAGE_ROWS 29 /* a section of the history has up to a few pages */

struct fixture {
	struct history history;
	struct whole wholes[SNAPSHOTS + 1]; /* by id */
};

static struct fixture fixture;

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	memset(&fixture, 0, sizeof(fixture));
	history_open(&fixture.history, scratch_path("test.db"));
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i <= SNAPSHOTS; i++)
		whole_clear(&fixture.wholes[i]);
	history_close(&fixture.history);
	return scratch_teardown(state);
}

/* What the diff says. */

struct listing {
	FILE *out;
	enum store_diff_section section;
	uint32_t rows;
	int64_t key, id; /* of the last row */
};

static int list_row(void *context, const void *row)
{
	const struct store_diff_head *head = row;
	struct listing *listing = context;
	bool vmas = listing->section == STORE_DIFF_VMAS;
	char before[WHOLE_VALUES] = "", after[WHOLE_VALUES] = "";

	whole_print_row(listing->section, row, before, after);
	fprintf(listing->out, "%" PRId64 "/%" PRId64 " %" PRId64 " %" PRId64 " [%s] [%s]\n",
		vmas ? head->sort_key : 0, head->id, head->state, head->change,
		head->state == STORE_DIFF_ADDED ? "" : before,
		head->state == STORE_DIFF_REMOVED ? "" : after);
	if (listing->rows++) {
		bool larger = head->sort_key > listing->key ||
			      (head->sort_key == listing->key && head->id > listing->id);

		if (larger != vmas)
			fail_msg("rows out of order");
	}
	assert_true(vmas || head->sort_key == llabs(head->change));
	listing->key = head->sort_key;
	listing->id = head->id;
	return 0;
}

/* All pages of a section as sorted lines. */
static char *list_diff(const struct store_diff_query *wanted)
{
	struct store_diff_query query = *wanted;
	char *text = NULL;
	size_t size;
	struct listing listing = {.section = query.section};
	uint32_t before;

	listing.out = open_memstream(&text, &size);
	do {
		before = listing.rows;
		if (store_diff_list(fixture.history.store, &query, list_row, &listing))
			fail_msg("%s", store_reason(fixture.history.store));
		query.page.resume = true;
		query.page.after_key = listing.key;
		query.page.after_id = listing.id;
	} while (listing.rows == before + query.page.limit);
	fclose(listing.out);
	return whole_sort_lines(text);
}

static void check_section(int64_t from, int64_t to, enum store_diff_section section)
{
	const struct store_diff_query query = {
		.diff = {from, to}, .section = section, .page = {.limit = PAGE_ROWS}};
	int64_t truth_counts[STORE_DIFF_STATE_COUNT] = {0}, counts[STORE_DIFF_STATE_COUNT];
	char *truth = whole_compare(&fixture.wholes[from], &fixture.wholes[to], section,
				    truth_counts);
	char *listed = list_diff(&query);

	if (strcmp(truth, listed) != 0)
		fail_msg("%" PRId64 " to %" PRId64 ", section %d; compared:\n%s\nlisted:\n%s", from,
			 to, section, truth, listed);
	assert_int_equal(store_diff_count(fixture.history.store, &query.diff, section, counts), 0);
	assert_memory_equal(counts, truth_counts, sizeof(counts));
	free(truth);
	free(listed);
}

static void check_all_sections(int64_t from, int64_t to)
{
	for (int section = 0; section < STORE_DIFF_NAMES; section++)
		check_section(from, to, (enum store_diff_section)section);
}

static void write_world(uint64_t seed)
{
	struct world *world = world_create(seed);

	for (int64_t id = 1; id <= SNAPSHOTS; id++) {
		world_show(world, history_next(&fixture.history));
		assert_int_equal(history_write(&fixture.history, NULL), id);
		world_step(world);
		whole_read(fixture.history.store, id, &fixture.wholes[id]);
	}
	world_free(world);
}

static void every_pair_is_as_compared(void **state)
{
	(void)state;
	write_world(1);
	for (int64_t from = 1; from <= SNAPSHOTS; from++)
		for (int64_t to = 1; to <= SNAPSHOTS; to++)
			check_all_sections(from, to);
}

static void neighbours_and_ends_are_as_compared(uint64_t seed)
{
	write_world(seed);
	for (int64_t from = 1; from < SNAPSHOTS; from++) {
		check_all_sections(from, from + 1);
		check_all_sections(from, SNAPSHOTS);
		check_all_sections(SNAPSHOTS, from);
	}
}

static void another_history_is_as_compared(void **state)
{
	(void)state;
	neighbours_and_ends_are_as_compared(2);
}

static void a_third_history_is_as_compared(void **state)
{
	(void)state;
	neighbours_and_ends_are_as_compared(3);
}

/* Rows are gone from the middle of every table. */
static void what_is_left_is_as_compared(void **state)
{
	const struct store_retention newest = {.keep_count = 11};
	uint32_t deleted = 0;

	(void)state;
	write_world(4);
	for (int64_t id = 2; id <= SNAPSHOTS; id += 5) {
		char sql[80];

		snprintf(sql, sizeof(sql), "UPDATE snapshot SET pinned = 1 WHERE id = %" PRId64,
			 id);
		assert_int_equal(store_exec(fixture.history.store, sql), 0);
	}
	assert_int_equal(store_prune(fixture.history.store, &newest, 1, &deleted), 0);
	assert_int_equal(deleted, 13);
	for (int64_t from = 2; from <= SNAPSHOTS; from += 5)
		for (int64_t to = 17; to <= SNAPSHOTS; to++)
			if (to >= 20 || to == 17) {
				check_all_sections(from, to);
				check_all_sections(to, from);
			}
}

/* What a reader is told, by hand. */

/* Process 10 (mm 1) with VMAs on root 1, and a worker 20 (mm 2) on its child. */
static void fill(struct model *model)
{
	uint32_t root = forest_root(model, 1), child = forest_child(model, 2, root);

	forest_process(model, 10, forest_mm(model, 1));
	forest_vma(model, 16, 8, root);
	forest_vma(model, 32, 8, root);
	forest_process(model, 20, forest_mm(model, 2));
	forest_vma(model, 16, 8, child, root);
}

static char *list_section(enum store_diff_section section, const struct store_diff_query *filter)
{
	struct store_diff_query query = filter ? *filter : (struct store_diff_query){0};

	query.diff = (struct store_diff){1, 2};
	query.section = section;
	query.page.limit = 100;
	return list_diff(&query);
}

/* Key, state and change of each line, without the values. */
static void assert_lines(char *lines, const char *wanted)
{
	char *at = lines, *out = lines;

	while (*at) {
		char *values = strstr(at, " ["), *end = strchr(at, '\n');

		memmove(out, at, (size_t)(values - at));
		out += values - at;
		*out++ = '\n';
		at = end + 1;
	}
	*out = '\0';
	assert_string_equal(lines, wanted);
	free(lines);
}

#define PAGE(number) ((int64_t)(number)*FOREST_PAGE)

static const char *vma_line(int64_t mm, int64_t page, enum store_diff_state state, int64_t change)
{
	static char lines[8][64];
	static unsigned int next;
	char *line = lines[next++ % 8];

	snprintf(line, 64, "%" PRId64 "/%" PRId64 " %d %" PRId64 "\n", mm, PAGE(page), state,
		 change);
	return line;
}

/* mprotect() in the middle: the head shrank, the rest is new. */
static void a_split_is_one_vma_and_two_new_ones(void **state)
{
	struct model *model;
	char wanted[256];

	(void)state;
	fill(history_next(&fixture.history));
	history_write(&fixture.history, NULL);
	model = history_next(&fixture.history);
	forest_process(model, 10, forest_mm(model, 1));
	forest_root(model, 1);
	forest_vma(model, 16, 2, 0);
	model->vmas[forest_vma(model, 18, 2, 0)].flags = 1;
	forest_vma(model, 20, 4, 0);
	forest_vma(model, 32, 8, 0);
	forest_process(model, 20, forest_mm(model, 2));
	forest_child(model, 2, 0);
	forest_vma(model, 16, 8, 1, 0);
	history_write(&fixture.history, NULL);
	snprintf(wanted, sizeof(wanted), "%s%s%s", vma_line(1, 16, STORE_DIFF_CHANGED, 0),
		 vma_line(1, 18, STORE_DIFF_ADDED, 1), vma_line(1, 20, STORE_DIFF_ADDED, 1));
	assert_lines(list_section(STORE_DIFF_VMAS, NULL), wanted);
}

/* The head of one is unmapped, another one grew. */
static void a_vma_whose_start_moved_is_the_one_with_its_end(void **state)
{
	struct model *model;
	char wanted[256];

	(void)state;
	fill(history_next(&fixture.history));
	history_write(&fixture.history, NULL);
	model = history_next(&fixture.history);
	fill(model);
	model->vmas[0].start = (uint64_t)PAGE(18);
	model->vmas[1].end = (uint64_t)PAGE(50);
	history_write(&fixture.history, NULL);
	snprintf(wanted, sizeof(wanted), "%s%s", vma_line(1, 32, STORE_DIFF_CHANGED, 0),
		 vma_line(1, 18, STORE_DIFF_CHANGED, 0)); /* as sorted as text */
	assert_lines(list_section(STORE_DIFF_VMAS, NULL), wanted);
}

/* The worker execs: a new mm, and its anon_vma goes. */
static void write_an_exec(void)
{
	struct model *model;

	fill(history_next(&fixture.history));
	history_write(&fixture.history, NULL);
	model = history_next(&fixture.history);
	forest_root(model, 1);
	forest_process(model, 10, forest_mm(model, 1));
	forest_vma(model, 16, 8, 0);
	forest_vma(model, 32, 8, 0);
	forest_process(model, 20, forest_mm(model, 3));
	forest_plain_vma(model, 99, 1);
	model->processes[1].exec_id = 2;
	history_write(&fixture.history, NULL);
}

static void an_exec_is_one_process_and_other_vmas(void **state)
{
	char wanted[128];

	(void)state;
	write_an_exec();
	assert_lines(list_section(STORE_DIFF_PROCESSES, NULL), "0/20 2 -232\n");
	assert_lines(list_section(STORE_DIFF_ANON_VMAS, NULL), "0/1 4 -1\n0/2 1 -1\n");
	assert_lines(list_section(STORE_DIFF_TREES, NULL), "0/1 4 -232\n");
	snprintf(wanted, sizeof(wanted), "%s%s", vma_line(2, 16, STORE_DIFF_REMOVED, -2),
		 vma_line(3, 99, STORE_DIFF_ADDED, 0));
	assert_lines(list_section(STORE_DIFF_VMAS, NULL), wanted);
}

static void filters_leave_what_they_say(void **state)
{
	const struct store_diff_query removed = {.one_state = true, .state = STORE_DIFF_REMOVED};
	const struct store_diff_query large = {.min_change = 2};
	const struct store_diff_query tree = {.root = 1}, no_tree = {.root = 9};
	const struct store_diff_query worker = {.pid = 20}, master = {.pid = 10};
	const char *gone = vma_line(2, 16, STORE_DIFF_REMOVED, -2);
	char both[128];

	(void)state;
	write_an_exec();
	snprintf(both, sizeof(both), "%s%s", gone, vma_line(3, 99, STORE_DIFF_ADDED, 0));
	assert_lines(list_section(STORE_DIFF_ANON_VMAS, &removed), "0/2 1 -1\n");
	assert_lines(list_section(STORE_DIFF_ANON_VMAS, &large), "");
	assert_lines(list_section(STORE_DIFF_VMAS, &large), gone);
	assert_lines(list_section(STORE_DIFF_VMAS, &tree), gone);
	assert_lines(list_section(STORE_DIFF_TREES, &tree), "0/1 4 -232\n");
	assert_lines(list_section(STORE_DIFF_ANON_VMAS, &no_tree), "");
	assert_lines(list_section(STORE_DIFF_VMAS, &worker), both);
	assert_lines(list_section(STORE_DIFF_VMAS, &master), "");
	assert_lines(list_section(STORE_DIFF_PROCESSES, &worker), "0/20 2 -232\n");
	assert_lines(list_section(STORE_DIFF_PROCESSES, &master), "");
}

struct name_listing {
	char text[512];
	size_t size;
};

static int list_name(void *context, const void *row)
{
	const struct store_diff_name_row *name = row;
	struct name_listing *listing = context;
	int size = snprintf(listing->text + listing->size, sizeof(listing->text) - listing->size,
			    "%.*s %" PRId64 " %" PRId64 ": %" PRId64 " %" PRId64 " %" PRId64
			    " > %" PRId64 " %" PRId64 " %" PRId64 "\n",
			    (int)name->comm.size, name->comm.bytes, name->head.state,
			    name->head.change, name->before.processes, name->before.vmas,
			    name->before.object_bytes, name->after.processes, name->after.vmas,
			    name->after.object_bytes);

	listing->size += (size_t)size;
	return 0;
}

/* After a reboot every id is another one. */
static void names_are_compared_across_boots(void **state)
{
	const struct store_diff_query query = {
		.diff = {1, 2}, .section = STORE_DIFF_NAMES, .page = {.limit = 10}};
	int64_t counts[STORE_DIFF_STATE_COUNT];
	struct name_listing listing = {0};
	struct model *model;

	(void)state;
	fill(history_next(&fixture.history));
	history_write(&fixture.history, NULL);
	model = history_next(&fixture.history);
	model->origin.boot_id[0] = 'b';
	for (int32_t i = 0; i < 2; i++) {
		forest_process(model, 110 + i, forest_mm(model, (uint64_t)i + 101));
		strcpy(model->processes[i].comm, "p10");
		forest_plain_vma(model, 16, 1);
	}
	history_write(&fixture.history, NULL);
	assert_int_equal(store_diff_list(fixture.history.store, &query, list_name, &listing), 0);
	/* two VMAs with two AVCs and one anon_vma; one with two and one */
	assert_string_equal(listing.text, "p20 1 -424: 1 1 424 > 0 0 0\n"
					  "p10 4 -232: 1 2 616 > 2 2 384\n");
	assert_int_equal(
		store_diff_count(fixture.history.store, &query.diff, STORE_DIFF_NAMES, counts), 0);
	assert_int_equal(counts[STORE_DIFF_REMOVED] + counts[STORE_DIFF_SHRUNK], 2);
}

/* Cost. */

static void for_each_plan_line(void (*visit)(const char *sql, const char *line))
{
	const char *sql;

	for (unsigned int i = 0; (sql = store_diff_statement(i)); i++) {
		char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
		sqlite3_stmt *plan;

		assert_int_equal(sqlite3_prepare_v2(fixture.history.store->db, explain, -1, &plan,
						    NULL),
				 SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW)
			visit(sql, (const char *)sqlite3_column_text(plan, 3));
		sqlite3_finalize(plan);
		sqlite3_free(explain);
	}
}

/* What is scanned must be a result made before, of which none has the name of a
 * table. */
static void refuse_scan(const char *sql, const char *line)
{
	static const char *const tables[] = {"file",	 "process",	   "mm",     "vma", "tree",
					     "anon_vma", "anon_vma_state", "finding"};

	if (strncmp(line, "SCAN ", 5) != 0)
		return;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		size_t size = strlen(tables[i]);

		if (strncmp(line + 5, tables[i], size) == 0 &&
		    (line[5 + size] == '\0' || line[5 + size] == ' '))
			fail_msg("%s\nin %s", line, sql);
	}
}

static void no_statement_reads_a_whole_table(void **state)
{
	(void)state;
	for_each_plan_line(refuse_scan);
}

static int count_step(void *context)
{
	++*(int64_t *)context;
	return 0;
}

static int ignore_row(void *context, const void *row)
{
	(void)context;
	(void)row;
	return 0;
}

/* Two snapshots of `count` processes, of which the first has one VMA more in the
 * second. */
static void write_processes(struct history *history, uint32_t count)
{
	for (int snapshot = 0; snapshot < 2; snapshot++) {
		struct model *model = history_next(history);

		for (uint32_t i = 0; i < count; i++) {
			forest_process(model, (int32_t)i + 10, forest_mm(model, i + 10));
			forest_vma(model, 16, 4, forest_root(model, i + 10));
			if (i == 0 && snapshot)
				forest_plain_vma(model, 64, 1);
		}
		history_write(history, NULL);
	}
}

/* Steps of SQLite's machine for all sections among so many processes. */
static int64_t steps_among(const char *name, uint32_t count)
{
	struct store_diff_query query = {.diff = {1, 2}, .page = {.limit = 100}};
	int64_t steps = 0, counts[STORE_DIFF_STATE_COUNT];
	struct history history;

	history_open(&history, scratch_path(name));
	write_processes(&history, count);
	sqlite3_progress_handler(history.store->db, 1, count_step, &steps);
	for (int section = 0; section < STORE_DIFF_NAMES; section++) {
		query.section = (enum store_diff_section)section;
		assert_int_equal(store_diff_list(history.store, &query, ignore_row, NULL), 0);
		assert_int_equal(
			store_diff_count(history.store, &query.diff, query.section, counts), 0);
	}
	history_close(&history);
	return steps;
}

/* But for the look for the first row, by halves. */
static void a_diff_costs_what_changed_not_what_there_is(void **state)
{
	int64_t few = steps_among("few.db", 10), many = steps_among("many.db", 2000);

	(void)state;
	assert_true(few > 1000);
	if (many > few * 3 / 2)
		fail_msg("%" PRId64 " steps among 2,000 processes, %" PRId64 " among 10", many,
			 few);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_pair_is_as_compared),
		TEST(another_history_is_as_compared),
		TEST(a_third_history_is_as_compared),
		TEST(what_is_left_is_as_compared),
		TEST(a_split_is_one_vma_and_two_new_ones),
		TEST(a_vma_whose_start_moved_is_the_one_with_its_end),
		TEST(an_exec_is_one_process_and_other_vmas),
		TEST(filters_leave_what_they_say),
		TEST(names_are_compared_across_boots),
		TEST(no_statement_reads_a_whole_table),
		TEST(a_diff_costs_what_changed_not_what_there_is),
	};

	return cmocka_run_group_tests_name("schema/store_diff", tests, NULL, NULL);
}
