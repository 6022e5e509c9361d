/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_cost: the same counts as the simulator, in any system that a kernel could
 * have made: processes that fault, split, unmap, fork and exit under the rule at
 * hand, with the counters that follow from it.
 */
#include "topology/fork_cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "../support/snapshots.h"
#include "topology/missed_reuse.h"

#define PROCESSES 8u
#define VMAS 12u
#define CHAIN 24u
#define ANON_VMAS 512u
#define STEPS 150u

struct vma {
	uint64_t page, pages, flags;
	uint32_t active; /* or MODEL_NONE */
	uint32_t chain_count;
	uint32_t chain[CHAIN];
};

struct process {
	bool alive;
	uint32_t vma_count;
	struct vma vmas[VMAS];
};

static struct kernel {
	enum fork_policy policy;
	uint64_t random;
	uint32_t anon_vma_count;
	uint32_t parents[ANON_VMAS], roots[ANON_VMAS];
	struct process processes[PROCESSES];
	struct model model; /* what is there now */
	uint32_t place[ANON_VMAS]; /* in the model, or MODEL_NONE */
	uint32_t name[ANON_VMAS]; /* of an anon_vma of the model */
	uint32_t mms[PROCESSES]; /* in the model */
	struct fork_child child;
} kernel;

static uint32_t below(uint32_t count)
{
	kernel.random = kernel.random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(kernel.random >> 33) % count;
}

static uint32_t place_anon_vma(uint32_t name)
{
	struct model *model = &kernel.model;
	uint32_t parent = kernel.parents[name];

	if (kernel.place[name] != MODEL_NONE)
		return kernel.place[name];
	if (parent == name)
		kernel.place[name] = forest_root(model, name + 1ull);
	else /* every chain is closed under parents */
		kernel.place[name] = forest_child(model, name + 1ull, place_anon_vma(parent));
	kernel.name[kernel.place[name]] = name;
	return kernel.place[name];
}

static void show_vma(const struct vma *vma)
{
	uint32_t chain[CHAIN] = {0}, index;

	for (uint32_t i = 0; i < vma->chain_count; i++)
		chain[i] = place_anon_vma(vma->chain[i]);
	index = forest_vma_of(&kernel.model, vma->page, vma->pages, chain, vma->chain_count);
	kernel.model.vmas[index].flags = vma->flags;
	if (!vma->chain_count || vma->active == vma->chain[0])
		return;
	kernel.model.anon_vmas[chain[0]].num_active_vmas--;
	kernel.model.vmas[index].active = place_anon_vma(vma->active);
	kernel.model.anon_vmas[kernel.model.vmas[index].active].num_active_vmas++;
}

/* degree counts itself, its children and, but for the first, its active VMAs. */
static void mix_counters(struct model *model)
{
	model->origin.split_counters = false;
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		struct model_anon_vma *anon_vma = &model->anon_vmas[i];

		anon_vma->num_children += anon_vma->num_active_vmas;
		anon_vma->num_active_vmas = 0;
	}
}

/* The model of what is there; an anon_vma without links is freed. */
static void show(void)
{
	model_reset(&kernel.model);
	forest_origin(&kernel.model);
	for (uint32_t i = 0; i < kernel.anon_vma_count; i++)
		kernel.place[i] = MODEL_NONE;
	for (uint32_t p = 0; p < PROCESSES; p++) {
		if (!kernel.processes[p].alive)
			continue;
		kernel.mms[p] = forest_mm(&kernel.model, p + 1ull);
		for (uint32_t v = 0; v < kernel.processes[p].vma_count; v++)
			show_vma(&kernel.processes[p].vmas[v]);
	}
	if (kernel.policy == FORK_DEGREE)
		mix_counters(&kernel.model);
}

static void map(struct process *process)
{
	struct vma *last = process->vma_count ? &process->vmas[process->vma_count - 1] : NULL;

	if (process->vma_count == VMAS)
		return;
	process->vmas[process->vma_count++] = (struct vma){
		.page = (last ? last->page + last->pages : 16) + below(2),
		.pages = 2 + below(6),
		.flags = below(8) == 0 ? FORK_VM_DONTCOPY :
			 below(8) == 0 ? FORK_VM_WIPEONFORK :
					 0,
		.active = MODEL_NONE,
	};
}

static uint32_t new_anon_vma(uint32_t parent)
{
	uint32_t name = kernel.anon_vma_count++;

	assert_true(name < ANON_VMAS);
	kernel.parents[name] = parent == MODEL_NONE ? name : parent;
	kernel.roots[name] = parent == MODEL_NONE ? name : kernel.roots[parent];
	return name;
}

static void fault(struct vma *vma)
{
	if (vma->chain_count)
		return;
	vma->active = vma->chain[0] = new_anon_vma(MODEL_NONE);
	vma->chain_count = 1;
}

static void split(struct process *process, uint32_t at)
{
	struct vma *vma = &process->vmas[at];

	if (process->vma_count == VMAS || vma->pages < 2)
		return;
	memmove(vma + 1, vma, (process->vma_count - at) * sizeof(*vma));
	process->vma_count++;
	vma->pages /= 2;
	vma[1].page += vma->pages;
	vma[1].pages -= vma->pages;
	if (kernel.policy == FORK_REVERSED) /* __split_vma() clones the chain */
		for (uint32_t i = 0; i < vma->chain_count; i++)
			vma[1].chain[i] = vma->chain[vma->chain_count - 1 - i];
}

static void begin(enum fork_policy policy, uint64_t seed)
{
	kernel.policy = policy;
	kernel.random = seed;
	kernel.anon_vma_count = 0;
	memset(kernel.processes, 0, sizeof(kernel.processes));
	kernel.processes[0].alive = true;
	for (uint32_t i = 0; i < 3; i++) {
		map(&kernel.processes[0]);
		fault(&kernel.processes[0].vmas[i]);
		split(&kernel.processes[0], i);
	}
}

static void unmap(struct process *process, uint32_t at)
{
	process->vma_count--;
	memmove(&process->vmas[at], &process->vmas[at + 1],
		(process->vma_count - at) * sizeof(struct vma));
}

/* From the names of the simulator to those of this kernel. */
static uint32_t name_of(uint32_t anon_vma, const uint32_t *new_names)
{
	if (anon_vma == MODEL_NONE)
		return MODEL_NONE;
	return anon_vma < kernel.model.anon_vma_count ?
		       kernel.name[anon_vma] :
		       new_names[anon_vma - kernel.model.anon_vma_count];
}

static bool fits(const struct process *process)
{
	for (uint32_t v = 0; v < process->vma_count; v++)
		if (process->vmas[v].chain_count + 1 > CHAIN)
			return false;
	return kernel.anon_vma_count + process->vma_count <= ANON_VMAS - VMAS;
}

static void do_fork(uint32_t from, uint32_t to)
{
	const struct process *parent = &kernel.processes[from];
	struct process *process = &kernel.processes[to];
	uint32_t new_names[VMAS];

	if (process->alive || !fits(parent))
		return;
	show();
	assert_int_equal(
		fork_simulate(&kernel.model, kernel.mms[from], kernel.policy, &kernel.child), 0);
	assert_int_equal(kernel.child.violations, 0);
	for (uint32_t i = 0; i < kernel.child.new_count; i++)
		new_names[i] =
			new_anon_vma(name_of(kernel.child.new_anon_vmas[i].parent, new_names));
	*process = (struct process){.alive = true, .vma_count = kernel.child.vma_count};
	for (uint32_t v = 0; v < process->vma_count; v++) {
		const struct fork_vma *made = &kernel.child.vmas[v];
		uint32_t first = kernel.model.mms[kernel.mms[from]].vma_first;
		struct vma *vma = &process->vmas[v];

		*vma = parent->vmas[made->source - first];
		vma->active = name_of(made->active, new_names);
		vma->chain_count = made->chain_count;
		for (uint32_t i = 0; i < made->chain_count; i++)
			vma->chain[i] = name_of(kernel.child.chains[made->chain_first + i],
						new_names);
	}
}

static uint32_t alive(void)
{
	uint32_t count = 0;

	for (uint32_t p = 0; p < PROCESSES; p++)
		count += kernel.processes[p].alive;
	return count;
}

static void step(void)
{
	uint32_t p = below(PROCESSES);
	struct process *process = &kernel.processes[p];
	uint32_t what = below(14);

	if (!process->alive)
		return;
	if (what < 2)
		map(process);
	else if (what < 7)
		do_fork(p, below(PROCESSES));
	else if (what < 9 && alive() > 1)
		process->alive = false;
	else if (process->vma_count == 0)
		return;
	else if (what == 9)
		unmap(process, below(process->vma_count));
	else if (what == 10)
		split(process, below(process->vma_count));
	else
		fault(&process->vmas[below(process->vma_count)]);
}

static void assert_counted(const struct model *model, uint32_t mm, enum fork_policy policy,
			   const struct fork_cost *cost)
{
	assert_int_equal(fork_simulate(model, mm, policy, &kernel.child), 0);
	assert_int_equal(cost->vmas, kernel.child.vma_count);
	assert_int_equal(cost->anon_vmas, kernel.child.new_count);
	assert_int_equal(cost->avcs, kernel.child.avcs);
}

static const enum fork_policy policies[] = {FORK_DEGREE, FORK_COUNTERS, FORK_REVERSED};

static void as_the_simulator_counts(void **state)
{
	struct fork_counter counter = {0};
	uint32_t forks = 0, reuses = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (uint64_t seed = 1; seed <= 60; seed++) {
			begin(policies[i], seed);
			for (uint32_t s = 0; s < STEPS; s++) {
				step();
				show();
				for (uint32_t mm = 0; mm < kernel.model.mm_count; mm++) {
					struct fork_cost cost;

					assert_int_equal(fork_cost_count(&counter, &kernel.model,
									 mm, policies[i], NULL,
									 &cost),
							 0);
					assert_counted(&kernel.model, mm, policies[i], &cost);
					forks++;
					for (uint32_t v = 0; v < kernel.child.vma_count; v++)
						reuses += kernel.child.vmas[v].reused;
				}
			}
		}
	assert_true(forks > 20000);
	assert_true(reuses > 2000); /* or nothing hard was counted */
	fork_counter_clear(&counter);
}

/* One of anon_vmas that sharing would have made one. */
static uint32_t shared_with(const struct missed_reuse *missed, uint32_t anon_vma)
{
	for (uint32_t g = 0; g < missed->group_count; g++) {
		const uint32_t *members = missed->members + missed->groups[g].member_first;

		for (uint32_t i = 0; i < missed->groups[g].member_count; i++)
			if (members[i] == anon_vma)
				return members[0];
	}
	return anon_vma;
}

/* Chains of an mm as they are when members of a group are one anon_vma. False
 * when one chain holds two of them, which no fork() with sharing makes. */
static bool share_chain(struct model *model, const struct missed_reuse *missed,
			const struct model_vma *vma)
{
	uint32_t *chain = model->avcs + vma->avc_first;

	for (uint32_t i = 0; i < vma->avc_count; i++) {
		chain[i] = shared_with(missed, chain[i]);
		for (uint32_t k = 0; k < i; k++)
			if (chain[k] == chain[i])
				return false;
	}
	return true;
}

static void share_counters(struct model *model, const struct missed_reuse *missed)
{
	for (uint32_t g = 0; g < missed->group_count; g++) {
		const struct missed_group *group = &missed->groups[g];
		const uint32_t *members = missed->members + group->member_first;

		for (uint32_t i = 1; i < group->member_count; i++) {
			struct model_anon_vma *gone = &model->anon_vmas[members[i]];

			model->anon_vmas[members[0]].num_active_vmas += gone->num_active_vmas;
			model->anon_vmas[members[0]].num_children += gone->num_children;
			model->anon_vmas[group->parent].num_children--;
		}
	}
}

/* Leaves the VMAs out that would be part of the one before. */
static void merge(struct model *model, struct model_mm *mm, const uint8_t *merged)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < mm->vma_count; i++) {
		struct model_vma *vma = &model->vmas[mm->vma_first + i];

		if (!merged[i])
			model->vmas[mm->vma_first + kept++] = *vma;
		else
			model->vmas[mm->vma_first + kept - 1].end = vma->end;
		if (merged[i] && model->origin.split_counters)
			model->anon_vmas[vma->active].num_active_vmas--;
	}
	mm->vma_count = kept;
}

static bool is_merged(const struct model *model, uint32_t v)
{
	const struct model_vma *left = &model->vmas[v - 1], *right = &model->vmas[v];

	return left->active != MODEL_NONE && right->active != MODEL_NONE &&
	       left->active != right->active && left->end == right->start &&
	       left->flags == right->flags;
}

/* The model as it were if the mm had been made with sharing and had merged then.
 * False where there is no such model. */
static bool really_undo(struct model *model, uint32_t index, struct missed_reuse *missed)
{
	struct model_mm *mm = &model->mms[index];
	uint8_t merged[VMAS] = {0};

	assert_int_equal(missed_reuse_find_in(missed, model, index), 0);
	for (uint32_t i = 1; i < mm->vma_count; i++)
		merged[i] = is_merged(model, mm->vma_first + i);
	share_counters(model, missed);
	for (uint32_t i = 0; i < mm->vma_count; i++) {
		struct model_vma *vma = &model->vmas[mm->vma_first + i];

		if (vma->active != MODEL_NONE)
			vma->active = shared_with(missed, vma->active);
		if (!share_chain(model, missed, vma))
			return false;
	}
	merge(model, mm, merged);
	return true;
}

/* What fork() would allocate after an undo is what it allocates after a real one. */
static void as_the_simulator_counts_what_was_undone(void **state)
{
	struct snapshots snapshots;
	struct missed_reuse missed = {0};
	uint32_t undone = 0, odd = 0, cheaper = 0;

	(void)state;
	snapshots_open(&snapshots);
	snapshots.options.policy_known = true;
	for (size_t i = 0; i < 3; i++)
		for (uint64_t seed = 1; seed <= 150; seed++) {
			begin(policies[i], seed);
			for (uint32_t s = 0; s < STEPS; s++)
				step();
			for (uint32_t p = 0; p < alive(); p++) {
				const struct mm_summary *summary;
				struct model_mm *mm;

				show();
				snapshots.options.policy = policies[i];
				snapshots.any = false;
				/* the analysis of a model that is then changed */
				model_clear(&snapshots.models[snapshots.now]);
				snapshots.models[snapshots.now] = kernel.model;
				kernel.model = (struct model){0};
				summary = &snapshots_analyse(&snapshots)->mms[p];
				mm = &snapshots_model(&snapshots)->mms[p];
				assert_counted(snapshots_model(&snapshots), p, policies[i],
					       &summary->fork);
				if (!summary->missed_reuse && !summary->blocked_merges) {
					assert_memory_equal(&summary->fork, &summary->fork_undone,
							    sizeof(summary->fork));
					continue;
				}
				if (!really_undo(snapshots_model(&snapshots), p, &missed)) {
					odd++;
					continue;
				}
				assert_true(mm->vma_count > 0);
				assert_counted(snapshots_model(&snapshots), p, policies[i],
					       &summary->fork_undone);
				undone++;
				cheaper += summary->fork_undone.anon_vmas < summary->fork.anon_vmas;
			}
		}
	assert_true(undone > 800);
	assert_true(cheaper > 600);
	assert_true(odd < undone / 10);
	missed_reuse_clear(&missed);
	snapshots_close(&snapshots);
}

/* The parent of a group of two is idle and has one child too many. */
static void an_undone_child_makes_its_parent_reusable(void **state)
{
	struct fork_counter counter = {0};
	struct marks children = {0};
	struct fork_undo undo = {.children = &children};
	struct model *model = &kernel.model;
	uint32_t root, parent, a, b;
	struct fork_cost cost;

	(void)state;
	model_reset(model);
	forest_origin(model);
	root = forest_root(model, 1);
	parent = forest_child(model, 2, root);
	a = forest_child(model, 3, parent);
	b = forest_child(model, 4, parent);
	forest_mm(model, 1);
	forest_vma(model, 16, 4, a, parent, root);
	forest_vma(model, 24, 4, b, parent, root);
	assert_int_equal(marks_reserve(&children, model->anon_vma_count), 0);
	assert_int_equal(fork_cost_count(&counter, model, 0, FORK_COUNTERS, &undo, &cost), 0);
	assert_int_equal(cost.anon_vmas, 2);
	assert_int_equal(cost.avcs, 8);
	marks_set(&children, parent, 1);
	assert_int_equal(fork_cost_count(&counter, model, 0, FORK_COUNTERS, &undo, &cost), 0);
	assert_int_equal(cost.vmas, 2);
	assert_int_equal(cost.anon_vmas, 1);
	assert_int_equal(cost.avcs, 7);
	undo.merged = (const uint8_t[]){0, 1};
	assert_int_equal(fork_cost_count(&counter, model, 0, FORK_COUNTERS, &undo, &cost), 0);
	assert_int_equal(cost.vmas, 1);
	assert_int_equal(cost.anon_vmas, 0);
	assert_int_equal(cost.avcs, 3);
	/* a counter that was read in passing tells of fewer children than were seen */
	marks_set(&children, parent, 9);
	assert_int_equal(fork_cost_count(&counter, model, 0, FORK_COUNTERS, &undo, &cost), 0);
	assert_int_equal(cost.anon_vmas, 0);
	marks_clear(&children);
	fork_counter_clear(&counter);
}

/* Counters of 0 that nobody read. */
static void what_could_not_be_read_is_not_reused(void **state)
{
	static const enum fork_policy all[] = {FORK_DEGREE, FORK_COUNTERS, FORK_REVERSED};
	struct fork_counter counter = {0};
	struct model *model = &kernel.model;
	struct fork_cost cost;
	uint32_t root, lost;

	(void)state;
	model_reset(model);
	forest_origin(model);
	root = forest_root(model, 1);
	lost = forest_child(model, 2, root);
	model->anon_vmas[lost].described = false;
	forest_mm(model, 1);
	forest_vma(model, 16, 4, root, lost);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(fork_cost_count(&counter, model, 0, all[i], NULL, &cost), 0);
		assert_int_equal(cost.anon_vmas, 1);
		assert_counted(model, 0, all[i], &cost);
	}
	fork_counter_clear(&counter);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_the_simulator_counts),
		TEST(as_the_simulator_counts_what_was_undone),
		TEST(an_undone_child_makes_its_parent_reusable),
		TEST(what_could_not_be_read_is_not_reused),
	};
	int failed = cmocka_run_group_tests_name("topology/fork_cost", tests, NULL, NULL);

	model_clear(&kernel.model);
	fork_child_clear(&kernel.child);
	return failed;
}
