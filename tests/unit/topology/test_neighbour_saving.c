/* SPDX-License-Identifier: GPL-2.0-only */
/* neighbour_saving: groups made by hand, and made-up lineages in which the fork
 * simulator says what khlebnikov_v2 saved. */
#include "topology/neighbour_saving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/forest.h"
#include "topology/fork_simulator.h"

struct fixture {
	struct model model;
	struct missed_reuse missed;
	struct neighbour_saving saving;
	struct marks group_of, joined;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){0};
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_clear(&fixture->model);
	missed_reuse_clear(&fixture->missed);
	neighbour_saving_clear(&fixture->saving);
	marks_clear(&fixture->group_of);
	marks_clear(&fixture->joined);
	return 0;
}

static void count(struct fixture *fixture, uint32_t mm)
{
	uint32_t anon_vmas = fixture->model.anon_vma_count;

	assert_int_equal(missed_reuse_find_in(&fixture->missed, &fixture->model, mm), 0);
	assert_int_equal(marks_reserve(&fixture->group_of, anon_vmas), 0);
	assert_int_equal(marks_reserve(&fixture->joined, anon_vmas), 0);
	assert_int_equal(neighbour_saving_count(&fixture->saving, &fixture->model, &fixture->missed,
						&fixture->group_of, &fixture->joined),
			 0);
	for (uint32_t i = 0; i < fixture->missed.group_count; i++)
		assert_int_equal(marks_get(&fixture->group_of, fixture->missed.groups[i].parent),
				 i);
}

/* The saving of the one group that the mm added last has. */
static uint32_t saved(struct fixture *fixture)
{
	count(fixture, fixture->model.mm_count - 1);
	assert_int_equal(fixture->missed.group_count, 1);
	return fixture->saving.saved[0];
}

/* A root and its children, keys from `key` on. */
struct family {
	uint32_t root;
	uint32_t child[6];
};

static struct family begin_family(struct model *model, uint64_t key)
{
	struct family family = {.root = forest_root(model, key)};

	for (uint32_t i = 0; i < 6; i++)
		family.child[i] = forest_child(model, key + 1 + i, family.root);
	return family;
}

static void neighbours_share(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	struct family family = begin_family(model, 10);

	forest_mm(model, 1);
	for (uint32_t i = 0; i < 4; i++)
		forest_vma(model, 16 + 8 * i, 4, family.child[i], family.root);
	assert_int_equal(saved(fixture), 3);
}

/* A VMA that another anon_vma was inherited for was there, and in between. */
static void an_inherited_chain_keeps_apart(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	struct family family = begin_family(model, 10), other = begin_family(model, 20);

	forest_mm(model, 1);
	forest_vma(model, 16, 4, family.child[0], family.root);
	forest_vma(model, 20, 4, family.child[1], family.root);
	forest_vma(model, 24, 4, other.child[0], other.root);
	forest_vma(model, 28, 4, family.child[2], family.root);
	assert_int_equal(saved(fixture), 1);
}

/* Nobody knows whether they were there. */
static void what_may_be_new_keeps_nothing_apart(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	struct family family = begin_family(model, 10);
	uint32_t other = forest_root(model, 30);

	forest_mm(model, 1);
	forest_vma(model, 16, 4, family.child[0], family.root);
	forest_plain_vma(model, 20, 4);
	forest_vma(model, 24, 4, family.child[1], family.root);
	forest_vma(model, 28, 4, other);
	forest_vma(model, 32, 4, family.child[2], family.root);
	assert_int_equal(saved(fixture), 2);
}

/* A B A B: three pairs of neighbours, one anon_vma too many. */
static void an_anon_vma_on_several_vmas_counts_once(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	struct family family = begin_family(model, 10);

	forest_mm(model, 1);
	for (uint32_t i = 0; i < 4; i++)
		forest_vma(model, 16 + 4 * i, 4, family.child[i % 2], family.root);
	assert_int_equal(saved(fixture), 1);
}

/* A C | B C | D: B, which nothing is beside but C, is joined to A by way of C. */
static void parts_of_one_anon_vma_join(void **state)
{
	static const uint32_t order[] = {0, 2, 5, 1, 2, 5, 3};
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	struct family family = begin_family(model, 10), other = begin_family(model, 20);

	forest_mm(model, 1);
	for (uint32_t i = 0; i < 7; i++)
		if (order[i] == 5)
			forest_vma(model, 16 + 4 * i, 4, other.child[0], other.root);
		else
			forest_vma(model, 16 + 4 * i, 4, family.child[order[i]], family.root);
	assert_int_equal(saved(fixture), 2);
}

/* Two groups in turns: each keeps the other's apart. */
static void groups_are_counted_each_for_itself(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	struct family a = begin_family(model, 10), b = begin_family(model, 20);

	forest_mm(model, 1);
	forest_vma(model, 16, 4, a.child[0], a.root);
	forest_vma(model, 20, 4, b.child[0], b.root);
	forest_vma(model, 24, 4, b.child[1], b.root);
	forest_vma(model, 28, 4, b.child[2], b.root);
	forest_vma(model, 32, 4, a.child[1], a.root);
	count(fixture, 0);
	assert_int_equal(fixture->missed.group_count, 2);
	assert_int_equal(fixture->missed.groups[0].parent, a.root);
	assert_int_equal(fixture->saving.saved[0], 0);
	assert_int_equal(fixture->saving.saved[1], 2);
}

/* A VMA that shared the parent's anon_vma too, but for which fork() took that of
 * a dead ancestor: the policy shares before it looks for one to reuse. */
static void a_vma_that_reused_shares(void **state)
{
	struct fixture *fixture = *state;
	struct model *model = &fixture->model;
	uint32_t root = forest_root(model, 10), dead = forest_child(model, 11, root);
	uint32_t parent = forest_child(model, 12, dead);
	uint32_t a = forest_child(model, 13, parent), b = forest_child(model, 14, parent);

	forest_mm(model, 1);
	forest_vma(model, 16, 4, a, parent, dead, root);
	forest_vma(model, 20, 4, dead, parent, root);
	forest_vma(model, 24, 4, b, parent, dead, root);
	assert_int_equal(saved(fixture), 1);
}

static void an_mm_without_groups(void **state)
{
	struct fixture *fixture = *state;

	forest_mm(&fixture->model, 1);
	forest_vma(&fixture->model, 16, 4, forest_root(&fixture->model, 10));
	count(fixture, 0);
	assert_int_equal(fixture->missed.group_count, 0);
}

/*
 * A lineage: spaces that fork, split, map, unmap, fault and exit. What the kernel
 * makes at each fork, and what khlebnikov_v2 would have made of the same parent,
 * comes from the simulator. Nothing is moved.
 */
#define SPACES 10u
#define AREAS 14u
#define LINKS 14u
#define OBJECTS 4096u

struct area {
	uint32_t chain[LINKS], links;
	uint32_t active; /* object or MODEL_NONE */
	uint32_t under_v2; /* tells what it would have active now; MODEL_NONE: was
			      not there at the fork */
	uint64_t flags;
	bool reused;
};

struct space {
	struct area areas[AREAS];
	uint32_t count;
	bool alive;
	bool as_forked; /* nothing was done to it since */
};

struct lineage {
	uint64_t random;
	enum fork_policy policy;
	struct space spaces[SPACES];
	uint32_t parent[OBJECTS]; /* of each anon_vma; itself for a root */
	uint32_t objects;
	struct model model; /* as it is now; keys are objects + 1 */
	uint32_t mm_of[SPACES];
};

/* How often the count was what the policy saved, how often of a child that is_plain,
 * and how often it was more. */
struct tally {
	uint32_t exact, plain, more;
};

static uint32_t any(struct lineage *lineage, uint32_t below)
{
	lineage->random = lineage->random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(lineage->random >> 40) % below;
}

static uint32_t add_object(struct lineage *lineage, uint32_t parent)
{
	assert_true(lineage->objects < OBJECTS);
	lineage->parent[lineage->objects] = parent == MODEL_NONE ? lineage->objects : parent;
	return lineage->objects++;
}

static void show_object(struct lineage *lineage, uint32_t object)
{
	if (model_find_anon_vma(&lineage->model, object + 1ull) != MODEL_NONE)
		return;
	if (lineage->parent[object] == object) {
		forest_root(&lineage->model, object + 1ull);
		return;
	}
	show_object(lineage, lineage->parent[object]);
	forest_child(&lineage->model, object + 1ull,
		     model_find_anon_vma(&lineage->model, lineage->parent[object] + 1ull));
}

static void show_area(struct lineage *lineage, const struct area *area, uint64_t page)
{
	struct model *model = &lineage->model;
	uint32_t chain[LINKS] = {0}, vma;

	for (uint32_t i = 0; i < area->links; i++) {
		show_object(lineage, area->chain[i]);
		chain[i] = model_find_anon_vma(model, area->chain[i] + 1ull);
	}
	vma = forest_vma_of(model, page, 2, chain, area->links);
	model->vmas[vma].flags = area->flags;
	if (area->links == 0)
		return;
	model->anon_vmas[chain[0]].num_active_vmas--;
	model->vmas[vma].active = model_find_anon_vma(model, area->active + 1ull);
	model->anon_vmas[model->vmas[vma].active].num_active_vmas++;
}

static void show(struct lineage *lineage)
{
	model_reset(&lineage->model);
	forest_origin(&lineage->model);
	for (uint32_t s = 0; s < SPACES; s++) {
		struct space *space = &lineage->spaces[s];

		if (!space->alive)
			continue;
		lineage->mm_of[s] = forest_mm(&lineage->model, s + 1ull);
		for (uint32_t i = 0; i < space->count; i++)
			show_area(lineage, &space->areas[i], 16 + 3 * i);
	}
}

static uint32_t object_of(const struct lineage *lineage, const uint32_t *made, uint32_t anon_vma)
{
	return anon_vma < lineage->model.anon_vma_count ?
		       (uint32_t)lineage->model.anon_vmas[anon_vma].key - 1 :
		       made[anon_vma - lineage->model.anon_vma_count];
}

static bool fits(const struct fork_child *child)
{
	for (uint32_t i = 0; i < child->vma_count; i++)
		if (child->vmas[i].chain_count > LINKS)
			return false;
	return true;
}

static void take_child(struct lineage *lineage, struct space *space, const struct space *parent,
		       const struct fork_child *child, const struct fork_child *under_v2)
{
	const struct model_mm *mm = &lineage->model.mms[lineage->mm_of[parent - lineage->spaces]];
	uint32_t made[AREAS] = {0};

	for (uint32_t i = 0; i < child->new_count; i++)
		made[i] = add_object(lineage,
				     object_of(lineage, made, child->new_anon_vmas[i].parent));
	assert_int_equal(child->vma_count, under_v2->vma_count);
	*space = (struct space){.alive = true, .as_forked = true, .count = child->vma_count};
	for (uint32_t i = 0; i < child->vma_count; i++) {
		const struct fork_vma *vma = &child->vmas[i];
		struct area *area = &space->areas[i];

		*area = (struct area){
			.links = vma->chain_count,
			.active = MODEL_NONE,
			.under_v2 = under_v2->vmas[i].active,
			.flags = parent->areas[vma->source - mm->vma_first].flags,
			.reused = vma->reused,
		};
		for (uint32_t k = 0; k < vma->chain_count; k++)
			area->chain[k] = object_of(lineage, made,
						   child->chains[vma->chain_first + k]);
		if (vma->active != MODEL_NONE)
			area->active = object_of(lineage, made, vma->active);
	}
}

static struct space *any_space(struct lineage *lineage, bool alive)
{
	uint32_t first = any(lineage, SPACES);

	for (uint32_t i = 0; i < SPACES; i++)
		if (lineage->spaces[(first + i) % SPACES].alive == alive)
			return &lineage->spaces[(first + i) % SPACES];
	return NULL;
}

static void do_fork(struct lineage *lineage, struct space *parent)
{
	struct space *space = any_space(lineage, false);
	uint32_t mm = lineage->mm_of[parent - lineage->spaces];
	struct fork_child child = {0}, under_v2 = {0};

	assert_int_equal(fork_simulate(&lineage->model, mm, lineage->policy, &child), 0);
	assert_int_equal(fork_simulate(&lineage->model, mm, FORK_KHLEBNIKOV_V2, &under_v2), 0);
	if (space && fits(&child))
		take_child(lineage, space, parent, &child, &under_v2);
	fork_child_clear(&child);
	fork_child_clear(&under_v2);
}

/* Makes a place for an area that is like the one at it, or new. */
static struct area *insert(struct space *space, uint32_t at)
{
	if (space->count == AREAS)
		return NULL;
	memmove(&space->areas[at + 1], &space->areas[at],
		(space->count - at) * sizeof(*space->areas));
	space->count++;
	return &space->areas[at];
}

static void map(struct lineage *lineage, struct space *space)
{
	struct area *area = insert(space, any(lineage, space->count + 1));

	if (area)
		*area = (struct area){.active = MODEL_NONE, .under_v2 = MODEL_NONE};
}

/* Neighbours may share, as after find_mergeable_anon_vma(). */
static void fault(struct lineage *lineage, struct space *space)
{
	uint32_t at = any(lineage, space->count);
	struct area *area = &space->areas[at];

	if (area->links)
		return;
	if (at > 0 && area[-1].links == 1 && any(lineage, 2))
		area->active = area[-1].active;
	else
		area->active = add_object(lineage, MODEL_NONE);
	area->links = 1;
	area->chain[0] = area->active;
}

static void change(struct lineage *lineage, struct space *space)
{
	uint32_t at = any(lineage, space->count), what = any(lineage, 12);

	if (what == 0)
		space->areas[at].flags ^= FORK_VM_DONTCOPY;
	else if (what == 1)
		space->areas[at].flags ^= FORK_VM_WIPEONFORK;
	else if (what < 4)
		memmove(&space->areas[at], &space->areas[at + 1],
			(--space->count - at) * sizeof(*space->areas));
	else if (what < 6)
		map(lineage, space);
	else if (what < 9)
		fault(lineage, space);
	else
		insert(space, at); /* a split */
}

static void event(struct lineage *lineage)
{
	struct space *space = any_space(lineage, true);
	uint32_t what = any(lineage, 10);

	if (!space) {
		lineage->spaces[0] = (struct space){.alive = true};
	} else if (what < 3) {
		do_fork(lineage, space);
	} else if (what == 3) {
		space->alive = false;
	} else {
		space->as_forked = false;
		if (space->count == 0)
			map(lineage, space);
		else
			change(lineage, space);
	}
}

static bool is_member(const struct fixture *fixture, const struct lineage *lineage,
		      const struct area *area, uint32_t group)
{
	uint64_t parent = lineage->model.anon_vmas[fixture->missed.groups[group].parent].key - 1;

	return area->links && lineage->parent[area->active] == parent &&
	       lineage->parent[parent] != area->active;
}

/* What the fork would have saved of the group under khlebnikov_v2. */
static uint32_t truly_saved(const struct fixture *fixture, const struct lineage *lineage,
			    const struct space *space, uint32_t group)
{
	uint32_t distinct = 0, seen[AREAS];

	for (uint32_t i = 0; i < space->count; i++) {
		uint32_t k = 0;

		if (!is_member(fixture, lineage, &space->areas[i], group))
			continue;
		while (k < distinct && seen[k] != space->areas[i].under_v2)
			k++;
		if (k == distinct)
			seen[distinct++] = space->areas[i].under_v2;
	}
	return fixture->missed.groups[group].member_count - distinct;
}

/* Whether the count has to be exact: the child is as it was made, and each VMA got
 * an anon_vma of its own. */
static bool is_plain(const struct space *space)
{
	for (uint32_t i = 0; i < space->count; i++)
		if (space->areas[i].active == MODEL_NONE || space->areas[i].reused)
			return false;
	return space->as_forked;
}

static void compare(struct fixture *fixture, const struct lineage *lineage,
		    const struct space *space, struct tally *tally)
{
	fixture->model = lineage->model;
	count(fixture, lineage->mm_of[space - lineage->spaces]);
	fixture->model = (struct model){0};
	for (uint32_t i = 0; i < fixture->missed.group_count; i++) {
		uint32_t most = fixture->missed.groups[i].member_count - 1;
		uint32_t truly = truly_saved(fixture, lineage, space, i);

		assert_in_range(fixture->saving.saved[i], truly, is_plain(space) ? truly : most);
		tally->exact += fixture->saving.saved[i] == truly;
		tally->more += fixture->saving.saved[i] > truly;
		tally->plain += is_plain(space);
	}
}

static void never_less_than_the_simulator_says(void **state)
{
	static const enum fork_policy policies[] = {FORK_DEGREE, FORK_COUNTERS, FORK_REVERSED};
	struct lineage *lineage = calloc(1, sizeof(*lineage));
	struct tally tally = {0};

	assert_non_null(lineage);
	for (uint32_t seed = 0; seed < 600; seed++) {
		lineage->random = seed;
		lineage->policy = policies[seed % 3];
		lineage->objects = 0;
		memset(lineage->spaces, 0, sizeof(lineage->spaces));
		for (uint32_t step = 0; step < 200; step++) {
			show(lineage);
			for (uint32_t s = 0; s < SPACES; s++)
				if (lineage->spaces[s].alive)
					compare(*state, lineage, &lineage->spaces[s], &tally);
			event(lineage);
		}
	}
	assert_true(tally.plain > 1000);
	assert_true(tally.more > 1000);
	assert_true(tally.exact > 5 * tally.more);
	model_clear(&lineage->model);
	free(lineage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(neighbours_share),
		TEST(an_inherited_chain_keeps_apart),
		TEST(what_may_be_new_keeps_nothing_apart),
		TEST(an_anon_vma_on_several_vmas_counts_once),
		TEST(parts_of_one_anon_vma_join),
		TEST(groups_are_counted_each_for_itself),
		TEST(a_vma_that_reused_shares),
		TEST(an_mm_without_groups),
		TEST(never_less_than_the_simulator_says),
	};

	return cmocka_run_group_tests_name("topology/neighbour_saving", tests, NULL, NULL);
}
