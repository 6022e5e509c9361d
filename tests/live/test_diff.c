/* SPDX-License-Identifier: GPL-2.0-only */
/* The diff of two snapshots says what was done in between, and nothing else. */
#include <stdlib.h>
#include <sys/mman.h>

#include "fixture.h"
#include "schema/store_diff.h"

#define ROWS_MAX 16
#define PAGES 8

static struct store_diff_vma_row vmas[ROWS_MAX];
static struct store_diff_process_row processes[ROWS_MAX];
static unsigned int vma_count, process_count;

/* Elsewhere in its address space an actor may touch a page for the first time. */
static int keep_vma(void *context, const void *row)
{
	const struct store_diff_vma_row *vma = row;
	int64_t start = vma->head.state == STORE_DIFF_REMOVED ? vma->before.vm_start :
								vma->after.vm_start;

	(void)context;
	if (start < (int64_t)scenario_region(0) || start >= (int64_t)scenario_region(1))
		return 0;
	assert_true(vma_count < ROWS_MAX);
	vmas[vma_count++] = *vma;
	return 0;
}

static int keep_process(void *context, const void *row)
{
	(void)context;
	assert_true(process_count < ROWS_MAX);
	processes[process_count++] = *(const struct store_diff_process_row *)row;
	return 0;
}

static void read_diff(const struct fixture *f, int64_t from, int64_t to, pid_t pid)
{
	struct store_diff_query query = {.diff = {from, to}, .page = {.limit = 1000}};
	struct store_error error;
	struct store *store;

	vma_count = process_count = 0;
	if (store_open_read(f->database.path, &store, &error))
		fail_msg("%s", error.text);
	query.section = STORE_DIFF_PROCESSES;
	assert_int_equal(store_diff_list(store, &query, keep_process, NULL), 0);
	query.section = STORE_DIFF_VMAS;
	query.pid = pid;
	assert_int_equal(store_diff_list(store, &query, keep_vma, NULL), 0);
	store_close(&store);
}

static const struct store_diff_process_row *process_of(pid_t pid)
{
	for (unsigned int i = 0; i < process_count; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

static int64_t address(unsigned int page)
{
	return (int64_t)(scenario_region(0) + page * scenario_page());
}

static void expect_change(unsigned int i, enum store_diff_state state, unsigned int first,
			  unsigned int behind)
{
	const struct store_diff_vma *shown = state == STORE_DIFF_REMOVED ? &vmas[i].before :
									   &vmas[i].after;

	assert_true(i < vma_count);
	assert_int_equal(vmas[i].head.state, state);
	assert_int_equal(shown->vm_start, address(first));
	assert_int_equal(shown->vm_end, address(behind));
}

static void test_protect_fork_and_exit(void **state)
{
	struct fixture *f = fixture_begin(state);
	int gone = scenario_fork(&f->scenario, 0), born;
	pid_t gone_pid = scenario_pid(&f->scenario, gone);
	pid_t pid = scenario_pid(&f->scenario, 0);
	int64_t from, to;

	scenario_map(&f->scenario, 0, scenario_region(0), PAGES);
	scenario_write(&f->scenario, 0, scenario_region(0), PAGES);
	from = fixture_collect(f);
	scenario_protect(&f->scenario, 0, (unsigned long)address(2), 2, PROT_READ);
	scenario_kill(&f->scenario, gone);
	scenario_reap(&f->scenario);
	born = scenario_fork(&f->scenario, 0);
	to = fixture_collect(f);

	read_diff(f, from, to, pid);
	assert_int_equal(process_count, 3);
	assert_int_equal(process_of(gone_pid)->head.state, STORE_DIFF_REMOVED);
	assert_int_equal(process_of(scenario_pid(&f->scenario, born))->head.state,
			 STORE_DIFF_ADDED);
	assert_int_equal(process_of(pid)->head.state, STORE_DIFF_GROWN);
	assert_int_equal(process_of(pid)->after.vmas - process_of(pid)->before.vmas, 2);

	assert_int_equal(vma_count, 3);
	expect_change(0, STORE_DIFF_CHANGED, 0, 2);
	assert_int_equal(vmas[0].before.vm_end, address(PAGES));
	assert_int_equal(vmas[0].before.vm_flags, vmas[0].after.vm_flags);
	assert_int_equal(vmas[0].before.anon_vma, vmas[0].after.anon_vma);
	expect_change(1, STORE_DIFF_ADDED, 2, 4);
	expect_change(2, STORE_DIFF_ADDED, 4, PAGES);
	assert_int_equal(vmas[1].after.anon_vma, vmas[0].after.anon_vma);
	assert_int_equal(vmas[1].pid, pid);

	read_diff(f, to, from, pid);
	assert_int_equal(vma_count, 3);
	expect_change(0, STORE_DIFF_CHANGED, 0, PAGES);
	expect_change(1, STORE_DIFF_REMOVED, 2, 4);
	assert_int_equal(process_of(gone_pid)->head.state, STORE_DIFF_ADDED);
}

/* The same program again is another address space of the same process. */
static void test_exec(void **state)
{
	struct fixture *f = fixture_begin(state);
	int child = scenario_fork(&f->scenario, 0);
	pid_t pid = scenario_pid(&f->scenario, child);
	const struct store_diff_process_row *process;
	int64_t from = fixture_collect(f), to;

	scenario_exec(&f->scenario, child);
	to = fixture_collect(f);
	read_diff(f, from, to, pid);
	process = process_of(pid);
	assert_non_null(process);
	assert_int_equal(process->head.state, STORE_DIFF_EXECED);
	assert_true(process->before.mm_id != process->after.mm_id);
	assert_true(process->before.exec_id != process->after.exec_id);
	read_diff(f, to, to, pid);
	assert_int_equal(process_count + vma_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_protect_fork_and_exit),
		LIVE_TEST(test_exec),
	};

	return cmocka_run_group_tests_name("live/diff", tests, NULL, NULL);
}
