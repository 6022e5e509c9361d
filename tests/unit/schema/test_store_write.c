/* SPDX-License-Identifier: GPL-2.0-only */
/* store_write: a snapshot costs what changed, and is there whole or not at all. */
#include "schema/store.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/database.h"
#include "../support/forest.h"
#include "../support/history.h"
#include "../support/scratch.h"
#include "schema/store_internal.h"

/* Indexes in the model that fill() makes. */
enum {
	ROOT,
	CHILD,
	DAEMON_VMA = 0,
	FILE_VMA,
	WORKER_VMA,
	DAEMON = 0,
	WORKER,
};

static struct history history;

static const char *db(void)
{
	return scratch_path("test.db");
}

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	history_open(&history, db());
	return 0;
}

static int teardown(void **state)
{
	history_close(&history);
	return scratch_teardown(state);
}

static uint32_t add_text(struct model *model, const char *text)
{
	uint32_t offset;

	assert_int_equal(model_add_text(model, text, (uint32_t)strlen(text), &offset), 0);
	return offset;
}

static uint32_t add_file(struct model *model, uint64_t ino, const char *path)
{
	uint32_t index;

	assert_int_equal(model_add_file(model, 0xfe00000, ino, &index), 0);
	model->files[index].path = add_text(model, path);
	return index;
}

/* A daemon (10) with an anonymous and a file VMA, and a worker (20). */
static void fill(struct model *model)
{
	uint32_t root = forest_root(model, 1), child = forest_child(model, 2, root);

	add_file(model, 7, "/lib/x");
	forest_process(model, 10, forest_mm(model, 1));
	forest_vma(model, 16, 4, root);
	model->vmas[forest_plain_vma(model, 64, 4)].file = 0;
	forest_process(model, 20, forest_mm(model, 2));
	forest_vma(model, 16, 4, child, root);
	model->processes[DAEMON].exe = 0;
}

/* "table +opened-closed" of each table of objects that a snapshot touched; findings
 * and results of invariants follow from them. */
static const char *changes(int64_t snapshot)
{
	static const char *const tables[] = {"anon_vma", "anon_vma_state", "file", "mm",
					     "mm_usage", "process",	   "tree", "vma"};
	static char text[512];
	size_t size = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		long long opened, closed;
		char sql[128];

		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE born = %lld", tables[i],
			 (long long)snapshot);
		opened = database_number(db(), sql);
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE died = %lld", tables[i],
			 (long long)snapshot);
		closed = database_number(db(), sql);
		if (opened || closed)
			size += (size_t)snprintf(text + size, sizeof(text) - size,
						 "%s%s +%lld-%lld", size ? " " : "", tables[i],
						 opened, closed);
	}
	return text;
}

static void a_first_snapshot_opens_everything(void **state)
{
	(void)state;
	fill(history_next(&history));
	assert_int_equal(history_write(&history, NULL), 1);
	assert_string_equal(changes(1), "anon_vma +2-0 anon_vma_state +1-0 file +1-0 mm +2-0 "
					"mm_usage +2-0 process +2-0 tree +1-0 vma +3-0");
}

static void an_equal_snapshot_adds_its_own_row_only(void **state)
{
	int64_t rows;
	char *before, *after;

	(void)state;
	fill(history_next(&history));
	history_write(&history, NULL);
	rows = database_versioned_rows(db());
	for (int64_t snapshot = 2; snapshot < 6; snapshot++) {
		fill(history_next(&history));
		assert_int_equal(history_write(&history, NULL), snapshot);
		assert_string_equal(changes(snapshot), "");
	}
	assert_int_equal(database_versioned_rows(db()), rows);
	before = database_as_of(db(), 1);
	after = database_as_of(db(), 5);
	assert_string_equal(before, after);
	assert_true(strlen(before) > 500);
	free(before);
	free(after);
}

static void vma_end(struct model *model)
{
	model->vmas[DAEMON_VMA].end += FOREST_PAGE;
}

static void vma_pgoff(struct model *model)
{
	model->vmas[DAEMON_VMA].pgoff++;
}

static void vma_flags(struct model *model)
{
	model->vmas[DAEMON_VMA].flags ^= 1ull << 63;
}

static void vma_policy(struct model *model)
{
	model->vmas[DAEMON_VMA].policy = true;
}

static void vma_name(struct model *model)
{
	model->vmas[DAEMON_VMA].name = add_text(model, "[anon:x]");
}

static void vma_anon_pgoff(struct model *model)
{
	model->vmas[DAEMON_VMA].anon_pgoff = 5;
}

static void vma_file(struct model *model)
{
	model->vmas[FILE_VMA].file = MODEL_NONE;
}

static void vma_other_file(struct model *model)
{
	model->vmas[FILE_VMA].file = add_file(model, 8, "/lib/y");
}

static void vma_active(struct model *model)
{
	model->vmas[WORKER_VMA].active = ROOT;
}

static void vma_chain_order(struct model *model)
{
	uint32_t *chain = model->avcs + model->vmas[WORKER_VMA].avc_first;

	chain[0] = ROOT;
	chain[1] = CHILD;
}

static void vma_moved(struct model *model)
{
	model->vmas[DAEMON_VMA].start += FOREST_PAGE;
}

static void vma_added(struct model *model)
{
	forest_plain_vma(model, 100, 1); /* of the worker */
}

static void mm_torn(struct model *model)
{
	model->mms[WORKER].torn = true;
}

static void mm_cut(struct model *model)
{
	model->mms[WORKER].cut = true;
}

static void mm_pages(struct model *model)
{
	model->mms[WORKER].locked_pages = 1;
}

static void mm_rss(struct model *model)
{
	model->mms[WORKER].usage.swap_pages = 1;
}

static void anon_vma_counters(struct model *model)
{
	model->anon_vmas[CHILD].num_children++;
}

static void anon_vma_refcount(struct model *model)
{
	model->anon_vmas[CHILD].refcount++;
}

static void anon_vma_refcount_gone(struct model *model)
{
	model->anon_vmas[ROOT].refcount = 1; /* was 2; 1 is not stored */
}

static void anon_vma_lock(struct model *model)
{
	model->anon_vmas[ROOT].rwsem_count = 0x101;
}

static void anon_vma_lost(struct model *model)
{
	model->anon_vmas[CHILD].described = false;
}

static void process_comm(struct model *model)
{
	strcpy(model->processes[WORKER].comm, "renamed");
}

static void process_parent(struct model *model)
{
	model->processes[WORKER].ppid = 10;
}

static void process_uid(struct model *model)
{
	model->processes[WORKER].uid = 1000;
}

static void process_exec(struct model *model)
{
	model->processes[WORKER].exec_id++;
}

static void process_cgroup(struct model *model)
{
	model->processes[WORKER].cgroup = 5;
}

static void process_cgroup_path(struct model *model)
{
	model->processes[WORKER].cgroup_path = add_text(model, "/a");
}

static void process_exe(struct model *model)
{
	model->processes[WORKER].exe = 0;
}

static void process_mm(struct model *model)
{
	model->processes[WORKER].mm = DAEMON; /* as if vforked */
	model->mms[WORKER].owner = MODEL_NONE;
}

static void file_path(struct model *model)
{
	model->files[0].path = add_text(model, "/lib/x (deleted)");
}

static void file_gone(struct model *model)
{
	model->vmas[FILE_VMA].file = MODEL_NONE;
	model->processes[DAEMON].exe = MODEL_NONE;
	model->file_count = 0;
}

static void boot_again(struct model *model)
{
	model->origin.boot_id[0]++;
}

static void nothing(struct model *model)
{
	(void)model;
}

/* Each kind of change and exactly the rows it touches. */
static const struct {
	const char *name;
	void (*apply)(struct model *model);
	const char *touches;
} kinds[] = {
	{"nothing", nothing, ""},
	{"vma_end", vma_end, "tree +1-1 vma +1-1"},
	{"vma_pgoff", vma_pgoff, "tree +1-1 vma +1-1"},
	{"vma_flags", vma_flags, "vma +1-1"},
	{"vma_policy", vma_policy, "vma +1-1"},
	{"vma_name", vma_name, "vma +1-1"},
	{"vma_anon_pgoff", vma_anon_pgoff, "vma +1-1"},
	{"vma_file", vma_file, "vma +1-1"},
	{"vma_other_file", vma_other_file, "file +1-0 vma +1-1"},
	{"vma_active", vma_active, "mm +1-1 tree +1-1 vma +1-1"},
	{"vma_chain_order", vma_chain_order, "vma +1-1"},
	{"vma_moved", vma_moved, "tree +1-1 vma +1-1"},
	{"vma_added", vma_added, "mm +1-1 vma +1-0"},
	{"mm_torn", mm_torn, "mm +1-1 tree +1-1"},
	{"mm_cut", mm_cut, "mm +1-1 tree +1-1"},
	{"mm_pages", mm_pages, "mm +1-1"},
	{"mm_rss", mm_rss, "mm_usage +1-1"},
	{"anon_vma_counters", anon_vma_counters, "anon_vma +1-1"},
	{"anon_vma_refcount", anon_vma_refcount, "anon_vma_state +1-0"},
	{"anon_vma_refcount_gone", anon_vma_refcount_gone, "anon_vma_state +0-1"},
	{"anon_vma_lock", anon_vma_lock, "anon_vma_state +1-1"},
	{"anon_vma_lost", anon_vma_lost, "anon_vma +1-1"},
	{"process_comm", process_comm, "process +1-1"},
	{"process_parent", process_parent, "process +1-1"},
	{"process_uid", process_uid, "process +1-1"},
	{"process_exec", process_exec, "process +1-1"},
	{"process_cgroup", process_cgroup, "process +1-1"},
	{"process_cgroup_path", process_cgroup_path, "process +1-1"},
	{"process_exe", process_exe, "process +1-1"},
	{"process_mm", process_mm, "mm +1-1 process +1-1"},
	{"file_path", file_path, "file +1-1"},
	{"file_gone", file_gone, "file +0-1 process +1-1 vma +1-1"},
	{"boot_again", boot_again, ""},
};

static void each_change_touches_its_rows_only(void **state)
{
	int64_t snapshot;

	fill(history_next(&history));
	history_write(&history, NULL);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *expected = kinds[i].touches;
		struct model *model = history_next(&history);

		fill(model);
		kinds[i].apply(model);
		snapshot = history_write(&history, NULL);
		if (strcmp(changes(snapshot), expected) != 0)
			fail_msg("%s: '%s', not '%s'", kinds[i].name, changes(snapshot), expected);
		fill(history_next(&history)); /* and back */
		history_write(&history, NULL);
	}
	(void)state;
}

static void what_is_gone_is_closed(void **state)
{
	struct model *model;

	(void)state;
	fill(history_next(&history));
	history_write(&history, NULL);
	model = history_next(&history);
	forest_process(model, 10, forest_mm(model, 1));
	forest_root(model, 1);
	forest_vma(model, 16, 4, ROOT);
	model->anon_vmas[ROOT].refcount = 2;
	model->anon_vmas[ROOT].num_children = 2;
	history_write(&history, NULL);
	assert_string_equal(changes(2), "anon_vma +0-1 file +0-1 mm +1-2 mm_usage +0-1 "
					"process +1-2 tree +1-1 vma +0-2");
	history_next(&history);
	history_write(&history, NULL);
	assert_string_equal(changes(3), "anon_vma +0-1 anon_vma_state +0-1 mm +0-1 mm_usage +0-1 "
					"process +0-1 tree +0-1 vma +0-1");
}

/* An mm that was taken over is not compared again; its rows come with it. */
static void an_unchanged_mm_keeps_its_rows(void **state)
{
	struct model *model;

	(void)state;
	fill(history_next(&history));
	history_write(&history, NULL);
	model = history_next(&history);
	fill(model);
	for (uint32_t i = 0; i < model->mm_count; i++)
		model->mms[i].unchanged = true;
	for (uint32_t i = 0; i < model->vma_count; i++)
		model->vmas[i].row = history_last(&history)->vmas[i].row;
	history_write(&history, NULL);
	assert_string_equal(changes(2), "");
	model = history_next(&history);
	fill(model);
	vma_end(model);
	history_write(&history, NULL);
	assert_string_equal(changes(3), "tree +1-1 vma +1-1");
}

static void the_snapshot_row_says_what_it_was(void **state)
{
	struct model *model = history_next(&history);

	(void)state;
	fill(model);
	model->origin.tree_tgid = 10;
	model->mms[WORKER].torn = true;
	history.snapshot = (struct store_snapshot){
		.walk_ns = 1,
		.identity_ns = 2,
		.analyse_ns = 3,
		.cpu_ns = 4,
		.stream_bytes = 5,
		.rewalked_mms = 6,
	};
	history_write(&history, "it's a label");
	assert_int_equal(
		database_number(
			db(),
			"SELECT label = 'it''s a label' AND pinned = 0 AND tree_tgid = 10 AND "
			"taken_ns = 1000000000 AND processes = 2 AND mms = 2 AND vmas = 3 AND "
			"anon_vmas = 2 AND avcs = 3 AND trees = 1 AND files = 1 AND "
			"idle_anon_vmas = 0 AND missed_groups = 0 AND missed_reuse = 0 AND "
			"max_chain = 2 AND max_depth = 1 AND "
			"object_bytes = 3 * 192 + 2 * 104 + 3 * 64 AND torn_mms = 1 AND "
			"rewalked_mms = 6 AND cut_mms = 0 AND moved_anon_vmas = 0 AND "
			"undescribed_anon_vmas = 0 AND walk_ns = 1 AND identity_ns = 2 AND "
			"analyse_ns = 3 AND store_ns > 0 AND cpu_ns > 4 AND stream_bytes = 5 "
			"FROM snapshot"),
		1);
	assert_int_equal(database_number(db(), "SELECT host = 'forest' AND release = '6.18.0' AND "
					       "machine = 'x86_64' AND page_size = 4096 AND "
					       "vma_bytes = 192 AND anon_vma_bytes = 104 AND "
					       "avc_bytes = 64 AND split_counters = 1 AND "
					       "has_anon_pgoff = 0 FROM boot"),
			 1);
}

static void a_boot_is_written_once(void **state)
{
	struct model *model;

	(void)state;
	for (int i = 0; i < 4; i++) {
		model = history_next(&history);
		model->origin.boot_id[0] = i < 2 ? 'a' : 'b';
		history_write(&history, NULL);
	}
	assert_int_equal(database_number(db(), "SELECT count(*) FROM boot"), 2);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot WHERE boot = 2"), 2);
}

static void addresses_are_stored_when_asked_for_only(void **state)
{
	struct model *model;

	(void)state;
	fill(history_next(&history));
	history_write(&history, NULL);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM raw_address"), 0);
	history.snapshot.raw_addresses = true;
	model = history_next(&history);
	fill(model);
	forest_process(model, 30, forest_mm(model, 3));
	forest_root(model, 9);
	history_write(&history, NULL);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM raw_address"), 2);
	assert_int_equal(
		database_number(db(), "SELECT id FROM raw_address WHERE kind = 'anon_vma'"), 9);
}

static void fill_much(struct model *model)
{
	forest_process(model, 10, forest_mm(model, 1));
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t root = forest_root(model, i + 1);

		forest_vma(model, 16 + 2 * i, 1, root);
	}
}

static void assert_as_after_the_first(const char *first)
{
	char *now = database_as_of(db(), INT64_MAX - 1);

	assert_string_equal(now, first);
	free(now);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM snapshot"), 1);
	assert_int_equal(database_number(db(), "SELECT next FROM sequence WHERE name = 'mm'"),
			 1001);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM pragma_integrity_check "
					       "WHERE integrity_check = 'ok'"),
			 1);
}

static void a_full_disk_leaves_the_last_snapshot(void **state)
{
	char sql[64], *first;
	int64_t id = 77;

	(void)state;
	fill(history_next(&history));
	history_write(&history, NULL);
	first = database_as_of(db(), 1);
	for (int64_t room = 0; room <= 40; room += 10) {
		snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld",
			 (long long)database_number(db(), "PRAGMA page_count") + room);
		assert_int_equal(store_exec(history.store, sql), 0);
		fill_much(history_next(&history));
		assert_int_equal(history_try(&history, NULL, &id), -ENOSPC);
		assert_int_equal(id, 77);
		assert_true(store_reason(history.store)[0] != '\0');
		assert_as_after_the_first(first);
	}
	assert_int_equal(store_exec(history.store, "PRAGMA max_page_count = 1000000"), 0);
	fill_much(history_next(&history));
	assert_int_equal(history_try(&history, NULL, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(database_number(db(), "SELECT count(*) FROM vma WHERE died > 2"), 2000);
	free(first);
}

static int die(void *context)
{
	(void)context;
	raise(SIGKILL);
	return 1;
}

/* Killed after so many steps of SQLite's machine, anywhere in a snapshot. */
static void a_killed_writer_leaves_the_last_snapshot(void **state)
{
	static const int steps[] = {10, 100, 1000, 10000, 50000};
	char *first;

	(void)state;
	fill(history_next(&history));
	history_write(&history, NULL);
	first = database_as_of(db(), 1);
	history_close(&history);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int status;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			struct store_error error;
			int64_t id;

			if (store_open_write(db(), &history.store, &error) ||
			    analyser_new(&history.analyser))
				_exit(1);
			sqlite3_progress_handler(history.store->db, steps[i], die, NULL);
			fill_much(history_next(&history));
			history_try(&history, NULL, &id);
			_exit(2);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSIGNALED(status))
			fail_msg("%d steps: %#x", steps[i], (unsigned int)status);
		assert_as_after_the_first(first);
	}
	free(first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_snapshot_opens_everything),
		TEST(an_equal_snapshot_adds_its_own_row_only),
		TEST(each_change_touches_its_rows_only),
		TEST(what_is_gone_is_closed),
		TEST(an_unchanged_mm_keeps_its_rows),
		TEST(the_snapshot_row_says_what_it_was),
		TEST(a_boot_is_written_once),
		TEST(addresses_are_stored_when_asked_for_only),
		TEST(a_full_disk_leaves_the_last_snapshot),
		TEST(a_killed_writer_leaves_the_last_snapshot),
	};

	return cmocka_run_group_tests_name("schema/store_write", tests, NULL, NULL);
}
