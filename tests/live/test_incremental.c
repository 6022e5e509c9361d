/* SPDX-License-Identifier: GPL-2.0-only */
/* A collector that goes on takes over what stood still since its last snapshot.
 * What it stores must be what a collector that knows nothing stores. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

#define STEPS 60
#define REGIONS 6
#define PAGES 6
#define ALIVE_MAX 14

/* Which anon_vma of one model is which of the other. */
struct matching {
	const struct model *model; /* of the collector that goes on */
	const struct model *truth;
	uint32_t *to_truth; /* of each anon_vma of model */
	uint32_t *from_truth;
};

static bool same_anon_vma(struct matching *m, uint32_t a, uint32_t b)
{
	if (a == MODEL_NONE || b == MODEL_NONE)
		return a == b;
	if (m->to_truth[a] == MODEL_NONE && m->from_truth[b] == MODEL_NONE) {
		m->to_truth[a] = b;
		m->from_truth[b] = a;
	}
	return m->to_truth[a] == b && m->from_truth[b] == a;
}

static bool same_file(struct matching *m, uint32_t a, uint32_t b)
{
	if (a == MODEL_NONE || b == MODEL_NONE)
		return a == b;

	const struct model_file *x = &m->model->files[a];
	const struct model_file *y = &m->truth->files[b];

	return x->dev == y->dev && x->ino == y->ino &&
	       !strcmp(model_text(m->model, x->path), model_text(m->truth, y->path));
}

static const char *compare_vma(struct matching *m, const struct model_vma *x,
			       const struct model_vma *y)
{
	if (x->start != y->start || x->end != y->end)
		return "range";
	if (x->flags != y->flags || x->pgoff != y->pgoff || x->anon_pgoff != y->anon_pgoff ||
	    x->policy != y->policy)
		return "flags or offset";
	if (!same_file(m, x->file, y->file))
		return "file";
	if (!same_anon_vma(m, x->active, y->active))
		return "active anon_vma";
	if (x->avc_count != y->avc_count)
		return "length of the chain";
	for (uint32_t i = 0; i < x->avc_count; i++)
		if (!same_anon_vma(m, model_chain(m->model, x)[i], model_chain(m->truth, y)[i]))
			return "chain";
	return NULL;
}

static void compare_mm(struct matching *m, pid_t pid)
{
	const struct model_mm *a = expect_mm(m->model, pid);
	const struct model_mm *b = expect_mm(m->truth, pid);

	assert_false(a->torn || b->torn);
	for (uint32_t i = 0; i < a->vma_count && i < b->vma_count; i++) {
		const struct model_vma *x = &m->model->vmas[a->vma_first + i];
		const struct model_vma *y = &m->truth->vmas[b->vma_first + i];
		const char *difference = compare_vma(m, x, y);

		if (difference)
			fail_msg("process %d: VMA at %llx: %s differs", pid,
				 (unsigned long long)y->start, difference);
	}
	if (a->vma_count != b->vma_count || a->map_count != b->map_count)
		fail_msg("process %d: %u VMAs of %u, the truth is %u of %u", pid, a->vma_count,
			 a->map_count, b->vma_count, b->map_count);
}

static void compare_process(struct matching *m, const struct model_process *y)
{
	const struct model_process *x = &m->model->processes[expect_process(m->model, y->tgid)];

	if (x->start_ns != y->start_ns || x->exec_id != y->exec_id || x->ppid != y->ppid ||
	    x->uid != y->uid || strcmp(x->comm, y->comm) || !same_file(m, x->exe, y->exe))
		fail_msg("process %d: ppid %d uid %u comm %s, the truth is %d %u %s", y->tgid,
			 x->ppid, x->uid, x->comm, y->ppid, y->uid, y->comm);
	compare_mm(m, y->tgid);
}

static void compare_anon_vma(struct matching *m, uint32_t index)
{
	const struct model_anon_vma *x = &m->model->anon_vmas[index];
	const struct model_anon_vma *y;

	if (m->to_truth[index] == MODEL_NONE)
		fail_msg("anon_vma %u is in no chain of the truth", x->id);
	y = &m->truth->anon_vmas[m->to_truth[index]];
	if (!same_anon_vma(m, x->root, y->root) || !same_anon_vma(m, x->parent, y->parent))
		fail_msg("anon_vma %u: root or parent differs", x->id);
	if (x->num_children != y->num_children || x->num_active_vmas != y->num_active_vmas ||
	    x->refcount != y->refcount)
		fail_msg("anon_vma %u: children %llu, active %llu, refcount %u; the truth is %llu, "
			 "%llu, %u",
			 x->id, (unsigned long long)x->num_children,
			 (unsigned long long)x->num_active_vmas, x->refcount,
			 (unsigned long long)y->num_children,
			 (unsigned long long)y->num_active_vmas, y->refcount);
}

static uint32_t *none(uint32_t count)
{
	uint32_t *array = malloc((count + 1ul) * sizeof(*array));

	assert_non_null(array);
	memset(array, 0xff, (count + 1ul) * sizeof(*array));
	return array;
}

static void expect_equal(const struct model *model, const struct model *truth)
{
	static struct matching m;

	free(m.to_truth);
	free(m.from_truth);
	m = (struct matching){
		.model = model,
		.truth = truth,
		.to_truth = none(model->anon_vma_count),
		.from_truth = none(truth->anon_vma_count),
	};
	assert_int_equal(model->process_count, truth->process_count);
	assert_int_equal(model->mm_count, truth->mm_count);
	for (uint32_t i = 0; i < truth->process_count; i++)
		compare_process(&m, &truth->processes[i]);
	assert_int_equal(model->anon_vma_count, truth->anon_vma_count);
	for (uint32_t i = 0; i < model->anon_vma_count; i++)
		compare_anon_vma(&m, i);
}

/* The daemon's latest, a fresh collector's, and /proc agree. */
static void check_now(struct fixture *f)
{
	static struct model truth;

	fixture_fresh(f);
	collect_tree(scenario_pid(&f->scenario, 0), &truth);
	expect_sound(&truth);
	expect_equal(&f->model, &truth);
	expect_sound(&f->model);
	fixture_expect_all_true(f);
}

static unsigned int below(unsigned int limit)
{
	return (unsigned int)random() % limit;
}

/* Each returns without a change where it does not apply. */
static void step_map(struct fixture *f, int actor, unsigned long region)
{
	scenario_syscall(&f->scenario, actor, SYS_mmap, (long)region,
			 (long)(PAGES * scenario_page()), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | (below(2) ? MAP_FIXED : MAP_FIXED_NOREPLACE),
			 -1, 0);
}

/* A first fault sets vma->anon_vma without the mmap lock for writing. */
static void step_write(struct fixture *f, int actor, unsigned long region)
{
	unsigned long at = region + below(PAGES) * scenario_page();
	long fd = scenario_syscall(&f->scenario, actor, SYS_openat, AT_FDCWD,
				   scenario_text(&f->scenario, "/dev/zero"), O_RDONLY, 0, 0, 0);

	/* read() fails with EFAULT where a store would be deadly */
	scenario_syscall(&f->scenario, actor, SYS_read, fd, (long)at, 1, 0, 0, 0);
	scenario_syscall(&f->scenario, actor, SYS_close, fd, 0, 0, 0, 0, 0);
}

static void step_protect(struct fixture *f, int actor, unsigned long region)
{
	unsigned int first = below(PAGES);
	unsigned int pages = 1 + below(PAGES - first);

	scenario_syscall(&f->scenario, actor, SYS_mprotect,
			 (long)(region + first * scenario_page()), (long)(pages * scenario_page()),
			 below(3) ? PROT_READ | PROT_WRITE : PROT_READ, 0, 0, 0);
}

static void step_unmap(struct fixture *f, int actor, unsigned long region)
{
	unsigned int first = below(PAGES);

	scenario_syscall(&f->scenario, actor, SYS_munmap, (long)(region + first * scenario_page()),
			 (long)((1 + below(2)) * scenario_page()), 0, 0, 0, 0);
}

static void step_remap(struct fixture *f, int actor, unsigned long region)
{
	scenario_syscall(&f->scenario, actor, SYS_mremap, (long)region, (long)scenario_page(),
			 (long)scenario_page(), MREMAP_MAYMOVE | MREMAP_FIXED,
			 (long)(scenario_region(REGIONS + below(4)) + below(8) * scenario_page()),
			 0);
}

static void step_advise(struct fixture *f, int actor, unsigned long region)
{
	static const int advice[] = {MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK,
				     MADV_DONTNEED};

	scenario_syscall(&f->scenario, actor, SYS_madvise, (long)region,
			 (long)(PAGES * scenario_page()), advice[below(ARRAY_SIZE(advice))], 0, 0,
			 0);
}

static int count_alive(const struct fixture *f)
{
	int alive = 0;

	for (int i = 0; i < f->scenario.count; i++)
		alive += f->scenario.actors[i].alive;
	return alive;
}

static void step_fork(struct fixture *f, int actor, unsigned long region)
{
	(void)region;
	if (count_alive(f) < ALIVE_MAX)
		scenario_fork(&f->scenario, actor);
}

static void step_kill(struct fixture *f, int actor, unsigned long region)
{
	(void)region;
	/* actor 0 keeps the family together */
	if (actor && below(2))
		scenario_kill(&f->scenario, actor);
}

static void step_exec(struct fixture *f, int actor, unsigned long region)
{
	(void)region;
	if (actor && !below(4))
		scenario_exec(&f->scenario, actor);
}

static void step_rename(struct fixture *f, int actor, unsigned long region)
{
	char name[16];

	(void)region;
	snprintf(name, sizeof(name), "actor %u", below(1000));
	scenario_syscall(&f->scenario, actor, SYS_prctl, PR_SET_NAME,
			 scenario_text(&f->scenario, name), 0, 0, 0, 0);
}

static void step_nothing(struct fixture *f, int actor, unsigned long region)
{
	(void)f;
	(void)actor;
	(void)region;
}

typedef void (*step)(struct fixture *f, int actor, unsigned long region);

static const struct {
	const char *name;
	step take;
} steps[] = {
	{"map", step_map},	   {"write", step_write}, {"write", step_write},
	{"protect", step_protect}, {"unmap", step_unmap}, {"remap", step_remap},
	{"advise", step_advise},   {"fork", step_fork},	  {"fork", step_fork},
	{"kill", step_kill},	   {"exec", step_exec},	  {"rename", step_rename},
	{"nothing", step_nothing},
};

static int any_alive(const struct fixture *f)
{
	for (;;) {
		int actor = (int)below((unsigned int)f->scenario.count);

		if (f->scenario.actors[actor].alive)
			return actor;
	}
}

static void take_steps(struct fixture *f, unsigned int count, char *ret_log, size_t size)
{
	size_t length = 0;

	ret_log[0] = 0;
	while (count--) {
		unsigned int which = below(ARRAY_SIZE(steps));
		unsigned int region = below(REGIONS);
		int actor = any_alive(f);

		length += (size_t)snprintf(ret_log + length, size - length, " %s(%d,%u)",
					   steps[which].name, actor, region);
		steps[which].take(f, actor, scenario_region(region));
	}
}

/* The same seed takes the same steps; VMASCOPE_VERBOSE=1 prints them. */
static void choose_seed(void)
{
	const char *text = getenv("VMASCOPE_SEED");
	unsigned int seed = text ? (unsigned int)strtoul(text, NULL, 0) : (unsigned int)time(NULL);

	print_message("VMASCOPE_SEED=%u\n", seed);
	srandom(seed);
}

static void test_random_steps(void **state)
{
	struct fixture *f = fixture_begin(state);
	char log[1024];

	choose_seed();
	for (unsigned int i = 0; i < REGIONS; i++) {
		scenario_map(&f->scenario, 0, scenario_region(i), PAGES);
		scenario_write(&f->scenario, 0, scenario_region(i), i % 2 ? PAGES : 0);
	}
	fixture_start_daemon(f);
	for (int i = 0; i < STEPS; i++) {
		take_steps(f, i % 4 ? 1 : 12, log, sizeof(log));
		if (getenv("VMASCOPE_VERBOSE"))
			print_message("%d:%s\n", i, log);
		check_now(f);
	}
}

/* What changes without anything about the mm changing. */
static void test_what_no_lock_shows(void **state)
{
	struct fixture *f = fixture_begin(state);
	char first[128], second[128];
	int grandchild;
	int fd;

	snprintf(first, sizeof(first), "%s/first", f->database.directory);
	snprintf(second, sizeof(second), "%s/second", f->database.directory);
	fd = open(first, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(2 * scenario_page())), 0);
	close(fd);
	scenario_map(&f->scenario, 0, scenario_region(0), 2);
	scenario_map(&f->scenario, 0, scenario_region(2), 2);
	scenario_write(&f->scenario, 0, scenario_region(2), 2);
	scenario_map_file(&f->scenario, 0, scenario_region(1), 2, first, MAP_PRIVATE, 0);
	scenario_fork(&f->scenario, 0);
	grandchild = scenario_fork(&f->scenario, 1);
	scenario_fork(&f->scenario, grandchild);
	fixture_start_daemon(f);
	check_now(f);

	/* a first fault takes no lock for writing */
	scenario_write(&f->scenario, 1, scenario_region(0), 1);
	check_now(f);
	scenario_write(&f->scenario, 0, scenario_region(1), 1);
	check_now(f);
	/* a file gets another name, then none */
	assert_int_equal(rename(first, second), 0);
	check_now(f);
	assert_int_equal(unlink(second), 0);
	check_now(f);
	/* a descendant's end moves the counters of its ancestors */
	scenario_kill(&f->scenario, 3);
	check_now(f);
	/* a father's end gives the grandchild another one */
	scenario_kill(&f->scenario, 1);
	check_now(f);
	/* names and owners */
	scenario_syscall(&f->scenario, grandchild, SYS_prctl, PR_SET_NAME,
			 scenario_text(&f->scenario, "other name"), 0, 0, 0, 0);
	check_now(f);
	assert_int_equal(scenario_syscall(&f->scenario, grandchild, SYS_setresuid, 4321, 4321, 4321,
					  0, 0, 0),
			 0);
	check_now(f);
	scenario_exec(&f->scenario, grandchild);
	check_now(f);
}

/* Sharers come and go, the address space stays. */
static void test_sharers(void **state)
{
	struct fixture *f = fixture_begin(state);
	int sharer;

	scenario_map(&f->scenario, 0, scenario_region(0), 2);
	scenario_write(&f->scenario, 0, scenario_region(0), 2);
	scenario_fork(&f->scenario, 0);
	fixture_start_daemon(f);
	check_now(f);
	sharer = scenario_clone(&f->scenario, 1, CLONE_VM | SIGCHLD, 0);
	check_now(f);
	scenario_write(&f->scenario, sharer, scenario_region(0), 1);
	check_now(f);
	/* the one whose mm it was in the first place goes */
	scenario_kill(&f->scenario, 1);
	check_now(f);
	scenario_exec(&f->scenario, sharer);
	check_now(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_what_no_lock_shows),
		LIVE_TEST(test_sharers),
		LIVE_TEST(test_random_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
