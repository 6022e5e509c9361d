/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as the judge of fork_simulator: families with a random past are
 * walked, a fork is predicted, then done, and everything is compared.
 *
 *	live_fork_oracle [CASES [SEED]]
 *
 * Case i of seed S is case 0 of seed S + i.
 *
 * All of it happens in a pid namespace of its own: a walk passes through every
 * process that its namespace shows, and there are two walks to a case.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "environment.h"
#include "expect.h"
#include "fork_case.h"
#include "fork_compare.h"
#include "topology/fork_observed.h"
#include "walker.h"

#define CASES 600 /* ten seconds */
/* From so many on, cases without some event of the coverage are no accident. */
#define CASES_COVER 100

static unsigned long wanted_cases = CASES;
static uint64_t first_seed;

/* What the cases contained; a test without it would prove little. */
enum event {
	EVENT_NEW,
	EVENT_REUSED,
	EVENT_NOT_REUSABLE,
	EVENT_DONTCOPY,
	EVENT_WIPEONFORK,
	EVENT_UNFAULTED,
	EVENT_SHARING,
	EVENT_LONG_CHAIN,
	EVENT_FILE,
	EVENT_MOVED,
	EVENT_COUNT,
};

static const char *const event_names[EVENT_COUNT] = {
	[EVENT_NEW] = "new anon_vmas",
	[EVENT_REUSED] = "reused anon_vmas",
	[EVENT_NOT_REUSABLE] = "idle anon_vmas with two children, not to be reused",
	[EVENT_DONTCOPY] = "faulted VMAs with VM_DONTCOPY",
	[EVENT_WIPEONFORK] = "faulted VMAs with VM_WIPEONFORK",
	[EVENT_UNFAULTED] = "private VMAs that were never faulted",
	[EVENT_SHARING] = "VMAs that share the anon_vma of one before",
	[EVENT_LONG_CHAIN] = "chains of three links or more",
	[EVENT_FILE] = "faulted VMAs of files in the regions",
	[EVENT_MOVED] = "faulted VMAs that were moved",
};

#define VM_SHARED 0x8ul

struct oracle {
	struct scenario scenario;
	struct walker walker;
	struct model before, after;
	struct fork_child predicted;
	struct fork_compared compared;
	struct fork_case fork_case;
	struct fork_observed observed; /* over all walks */
	enum fork_policy policy;
	unsigned long right[FORK_POLICY_COUNT]; /* cases foreseen by each policy */
	unsigned long events[EVENT_COUNT];
};

static int setup(void **state)
{
	static struct oracle oracle;

	oracle = (struct oracle){0};
	*state = &oracle;
	return 0;
}

static int teardown(void **state)
{
	struct oracle *oracle = *state;

	walker_close(&oracle->walker);
	scenario_stop(&oracle->scenario);
	fork_child_clear(&oracle->predicted);
	fork_compared_clear(&oracle->compared);
	model_clear(&oracle->before);
	model_clear(&oracle->after);
	maps_clear(&oracle->fork_case.maps);
	return 0;
}

static uint32_t mm_of(const struct model *model, pid_t pid)
{
	return model->processes[expect_process(model, pid)].mm;
}

/* The rule that this kernel follows, from a line of living generations. */
static void learn_policy(struct oracle *oracle)
{
	struct scenario *scenario = &oracle->scenario;
	struct fork_observed observed;
	int actor = scenario_fork(scenario, 0);

	scenario_map(scenario, actor, scenario_region(0), 1);
	scenario_write(scenario, actor, scenario_region(0), 1);
	for (int i = 0; i < 3; i++)
		actor = scenario_fork(scenario, actor);
	walker_take(&oracle->walker, NULL, &oracle->before);
	fork_observe(&oracle->before, &observed);
	if (observed.policy == FORK_POLICY_COUNT)
		fail_msg("%u chains kept their order, %u did not: no known rule", observed.kept,
			 observed.reversed);
	/* neither kernel contradicts itself in what was built so plainly */
	assert_true(observed.kept == 0 || observed.reversed == 0);
	oracle->policy = observed.policy;
	print_message("this kernel follows \"%s\": %u chains kept their order, %u did not\n",
		      fork_policies[observed.policy].name, observed.kept, observed.reversed);
	while (actor)
		scenario_kill(scenario, actor--);
	scenario_reap(scenario);
}

static bool shares(const struct model *model, const struct model_mm *mm,
		   const struct model_vma *vma)
{
	for (uint32_t v = mm->vma_first; &model->vmas[v] < vma; v++)
		if (model->vmas[v].active == vma->active)
			return true;
	return false;
}

static bool is_region(const struct model_vma *vma)
{
	return vma->start >= scenario_region(0) && vma->start < scenario_region(16);
}

/* What the parent is like. */
static void count_vma(struct oracle *oracle, const struct model_mm *mm, const struct model_vma *vma)
{
	const struct model *model = &oracle->before;
	unsigned long *events = oracle->events;

	if (vma->active == MODEL_NONE) {
		events[EVENT_UNFAULTED] += is_region(vma) && !(vma->flags & VM_SHARED);
		return;
	}
	events[EVENT_DONTCOPY] += (vma->flags & FORK_VM_DONTCOPY) != 0;
	events[EVENT_WIPEONFORK] += (vma->flags & FORK_VM_WIPEONFORK) != 0;
	events[EVENT_SHARING] += shares(model, mm, vma);
	events[EVENT_LONG_CHAIN] += vma->avc_count >= 3;
	events[EVENT_FILE] += is_region(vma) && vma->file != MODEL_NONE;
	events[EVENT_MOVED] += is_region(vma) && vma->file == MODEL_NONE &&
			       vma->pgoff != vma->start / scenario_page();
	for (uint32_t i = 0; i < vma->avc_count; i++) {
		const struct model_anon_vma *linked = &model->anon_vmas[model_chain(model, vma)[i]];

		events[EVENT_NOT_REUSABLE] += linked->num_active_vmas == 0 &&
					      linked->num_children >= 2;
	}
}

static void count_events(struct oracle *oracle, uint32_t parent)
{
	const struct model_mm *mm = &oracle->before.mms[parent];

	for (uint32_t v = mm->vma_first; v < mm->vma_first + mm->vma_count; v++)
		count_vma(oracle, mm, &oracle->before.vmas[v]);
	oracle->events[EVENT_NEW] += oracle->predicted.new_count;
	for (uint32_t i = 0; i < oracle->predicted.vma_count; i++)
		oracle->events[EVENT_REUSED] += oracle->predicted.vmas[i].reused;
}

static bool foresees(struct oracle *oracle, enum fork_policy policy, uint32_t parent,
		     uint32_t child)
{
	assert_int_equal(fork_simulate(&oracle->before, parent, policy, &oracle->predicted), 0);
	return fork_compare(&oracle->compared, &oracle->before, &oracle->predicted, &oracle->after,
			    child);
}

static void report(const struct oracle *oracle, uint64_t seed, int forker)
{
	print_error("case of seed %llu (live_fork_oracle 1 %llu):\n%sactor %d: fork\n",
		    (unsigned long long)seed, (unsigned long long)seed, oracle->fork_case.log,
		    forker);
	fork_compared_print(&oracle->compared);
	fail_msg("the kernel's fork is not the simulator's");
}

/* All policies are put to the question: a comparison that every policy passes
 * would find nothing. */
static void judge(struct oracle *oracle, uint64_t seed, int forker, int child_actor)
{
	const struct scenario *scenario = &oracle->scenario;
	uint32_t parent = mm_of(&oracle->before, scenario_pid(scenario, forker));
	uint32_t child = mm_of(&oracle->after, scenario_pid(scenario, child_actor));

	for (int policy = 0; policy < FORK_POLICY_COUNT; policy++)
		oracle->right[policy] += foresees(oracle, (enum fork_policy)policy, parent, child);
	if (!foresees(oracle, oracle->policy, parent, child))
		report(oracle, seed, forker);
	assert_int_equal(oracle->predicted.violations, 0);
	count_events(oracle, parent);
}

/* Where the order of lists is kept, no past may make a chain say otherwise. */
static void observe(struct oracle *oracle)
{
	struct fork_observed observed;

	fork_observe(&oracle->after, &observed);
	oracle->observed.kept += observed.kept;
	oracle->observed.reversed += observed.reversed;
	if (oracle->policy == FORK_COUNTERS)
		assert_int_equal(observed.reversed, 0);
}

static void run_case(struct oracle *oracle, uint64_t seed)
{
	struct fork_case *fork_case = &oracle->fork_case;
	int forker = fork_case_build(fork_case, &oracle->scenario, seed), child;

	walker_take(&oracle->walker, NULL, &oracle->before);
	child = scenario_fork(&oracle->scenario, forker);
	fork_case_add(fork_case, child);
	/* every second time by what an incremental walk makes of it */
	walker_take(&oracle->walker, seed % 2 ? &oracle->before : NULL, &oracle->after);
	judge(oracle, seed, forker, child);
	observe(oracle);
	fork_case_end(fork_case);
}

static void print_results(const struct oracle *oracle)
{
	print_message("%lu forks were as predicted, with\n", wanted_cases);
	for (int i = 0; i < EVENT_COUNT; i++)
		print_message("  %6lu %s\n", oracle->events[i], event_names[i]);
	print_message("other policies foresaw:\n");
	for (int i = 0; i < FORK_POLICY_COUNT; i++)
		if (i != (int)oracle->policy)
			print_message("  %6lu %s\n", oracle->right[i], fork_policies[i].name);
	print_message("over all walks, %u chains kept their order and %u did not\n",
		      oracle->observed.kept, oracle->observed.reversed);
}

static void test_the_kernel_forks_as_simulated(void **state)
{
	struct oracle *oracle = *state;

	environment_require();
	print_message("%lu cases, seed %llu\n", wanted_cases, (unsigned long long)first_seed);
	scenario_start(&oracle->scenario);
	walker_open(&oracle->walker, scenario_pid(&oracle->scenario, 0));
	learn_policy(oracle);
	for (uint64_t i = 0; i < wanted_cases; i++)
		run_case(oracle, first_seed + i);
	print_results(oracle);
	if (wanted_cases < CASES_COVER)
		return;
	for (int i = 0; i < EVENT_COUNT; i++)
		if (!oracle->events[i])
			fail_msg("no case had %s", event_names[i]);
	/* the policy of the kernel, once more by all that the cases left behind */
	assert_int_equal(oracle->observed.reversed > oracle->observed.kept,
			 oracle->policy == FORK_REVERSED);
	assert_true(oracle->right[FORK_COUNTERS + FORK_REVERSED - oracle->policy] < wanted_cases);
}

static int run_cases(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_kernel_forks_as_simulated, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The first process of a new pid namespace, with a /proc that shows it. */
static int run_inside(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL)) {
		fprintf(stderr, "cannot mount /proc: %s\n", strerror(errno));
		return 1;
	}
	return run_cases();
}

static int run_in_namespace(void)
{
	int status = 0;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS))
		return run_cases(); /* slower; or skipped, without root */
	fflush(NULL);
	pid = fork();
	if (!pid)
		exit(run_inside());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(1);
	/* No exit handlers: LeakSanitizer's wants to fork, and the namespace that
	 * this process forks into has ended. Its check was made inside. */
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char **argv)
{
	if (getrandom(&first_seed, sizeof(first_seed), 0) != sizeof(first_seed))
		return 1;
	first_seed >>= 32; /* short enough to type */
	if (argc > 1)
		wanted_cases = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		first_seed = strtoull(argv[2], NULL, 0);
	return run_in_namespace();
}
