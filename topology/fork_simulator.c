/* SPDX-License-Identifier: GPL-2.0-only */
#include "fork_simulator.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

/* One fork in progress. */
struct simulation {
	const struct model *model;
	struct fork_child *child;
	enum fork_policy policy;
	const struct model_vma *parent_before; /* P: VMA before in the parent */
	uint32_t child_before; /* Q: VMA created last in the child, or MODEL_NONE */
};

void fork_child_clear(struct fork_child *child)
{
	free(child->vmas);
	free(child->chains);
	free(child->new_anon_vmas);
	free(child->changes);
	key_map_clear(&child->change_of);
	*child = (struct fork_child){0};
}

static bool is_new(const struct simulation *simulation, uint32_t anon_vma)
{
	return anon_vma >= simulation->model->anon_vma_count;
}

static struct fork_anon_vma *new_anon_vma(const struct simulation *simulation, uint32_t anon_vma)
{
	return &simulation->child->new_anon_vmas[anon_vma - simulation->model->anon_vma_count];
}

static uint32_t parent_of(const struct simulation *simulation, uint32_t anon_vma)
{
	return is_new(simulation, anon_vma) ? new_anon_vma(simulation, anon_vma)->parent :
					      simulation->model->anon_vmas[anon_vma].parent;
}

/* The counters as the fork has left them so far. */
static void read_counters(const struct simulation *simulation, uint32_t anon_vma,
			  uint64_t *ret_children, uint64_t *ret_active)
{
	uint32_t change = key_map_find(&simulation->child->change_of, anon_vma + 1ull);

	if (is_new(simulation, anon_vma)) {
		*ret_children = new_anon_vma(simulation, anon_vma)->num_children;
		*ret_active = new_anon_vma(simulation, anon_vma)->num_active_vmas;
	} else if (change != KEY_MAP_NONE) {
		*ret_children = simulation->child->changes[change].num_children;
		*ret_active = simulation->child->changes[change].num_active_vmas;
	} else {
		*ret_children = simulation->model->anon_vmas[anon_vma].num_children;
		*ret_active = simulation->model->anon_vmas[anon_vma].num_active_vmas;
	}
}

static int count(struct simulation *simulation, uint32_t anon_vma, uint32_t children,
		 uint32_t active)
{
	struct fork_child *child = simulation->child;
	struct fork_change change = {.anon_vma = anon_vma};
	uint32_t index;
	int rc;

	if (is_new(simulation, anon_vma)) {
		new_anon_vma(simulation, anon_vma)->num_children += children;
		new_anon_vma(simulation, anon_vma)->num_active_vmas += active;
		return 0;
	}
	read_counters(simulation, anon_vma, &change.num_children, &change.num_active_vmas);
	change.num_children += children;
	change.num_active_vmas += active;
	index = key_map_find(&child->change_of, anon_vma + 1ull);
	if (index != KEY_MAP_NONE) {
		child->changes[index] = change;
		return 0;
	}
	rc = table_reserve((void **)&child->changes, &child->change_capacity,
			   child->change_count + 1ull, sizeof(*child->changes));
	if (!rc)
		rc = key_map_put(&child->change_of, anon_vma + 1ull, child->change_count);
	if (!rc)
		child->changes[child->change_count++] = change;
	return rc;
}

static int link_to(struct simulation *simulation, struct fork_vma *vma, uint32_t anon_vma)
{
	struct fork_child *child = simulation->child;
	int rc;

	if (child->chain_count >= FORK_LINKS_MAX)
		return -EOVERFLOW;
	rc = table_reserve((void **)&child->chains, &child->chain_capacity,
			   child->chain_count + 1ull, sizeof(*child->chains));

	if (rc)
		return rc;
	child->chains[child->chain_count++] = anon_vma;
	vma->chain_count++;
	return 0;
}

/* anon_vma_clone(): links to all that the source links to. */
static int clone_chain(struct simulation *simulation, struct fork_vma *vma,
		       const struct model_vma *source)
{
	const uint32_t *chain = model_chain(simulation->model, source);
	bool reverse = simulation->policy == FORK_REVERSED;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < source->avc_count; i++)
		rc = link_to(simulation, vma, chain[reverse ? source->avc_count - 1 - i : i]);
	return rc;
}

/* A new anon_vma, child of the source's active one. Its link goes to the head,
 * so this comes before clone_chain. */
static int allocate(struct simulation *simulation, struct fork_vma *vma,
		    const struct model_vma *source)
{
	struct fork_child *child = simulation->child;
	int rc = table_reserve((void **)&child->new_anon_vmas, &child->new_capacity,
			       child->new_count + 1ull, sizeof(*child->new_anon_vmas));

	if (rc)
		return rc;
	child->new_anon_vmas[child->new_count] = (struct fork_anon_vma){
		.parent = source->active,
		.root = simulation->model->anon_vmas[source->active].root,
	};
	vma->active = simulation->model->anon_vma_count + child->new_count++;
	rc = count(simulation, vma->active, 0, 1);
	if (!rc)
		rc = count(simulation, source->active, 1, 0);
	return rc ? rc : link_to(simulation, vma, vma->active);
}

/* degree is the sum of both counters that replaced it. */
static bool reusable(const struct simulation *simulation, uint32_t anon_vma, uint32_t source_active)
{
	uint64_t children, active;

	if (!simulation->model->anon_vmas[anon_vma].described) /* nothing is known of it */
		return false;
	read_counters(simulation, anon_vma, &children, &active);
	if (simulation->policy == FORK_COUNTERS || simulation->policy == FORK_REVERSED)
		return active == 0 && children < 2;
	return anon_vma != source_active && children + active < 2;
}

/* The anon_vma of the chain that the child takes over, or MODEL_NONE. */
static uint32_t find_reusable(const struct simulation *simulation, const struct model_vma *source)
{
	const uint32_t *chain = model_chain(simulation->model, source);
	bool from_head = simulation->policy == FORK_REVERSED;

	for (uint32_t i = 0; i < source->avc_count; i++) {
		uint32_t anon_vma = chain[from_head ? i : source->avc_count - 1 - i];

		if (reusable(simulation, anon_vma, source->active))
			return anon_vma;
	}
	return MODEL_NONE;
}

static int fork_chain(struct simulation *simulation, struct fork_vma *vma,
		      const struct model_vma *source)
{
	int rc = allocate(simulation, vma, source);

	return rc ? rc : clone_chain(simulation, vma, source);
}

/* The rule since 2015, in either way of counting. */
static int fork_with_reuse(struct simulation *simulation, struct fork_vma *vma,
			   const struct model_vma *source)
{
	uint32_t reused = find_reusable(simulation, source);
	int rc;

	if (reused == MODEL_NONE)
		return fork_chain(simulation, vma, source);
	vma->active = reused;
	vma->reused = true;
	rc = count(simulation, reused, 0, 1);
	return rc ? rc : clone_chain(simulation, vma, source);
}

static int fork_shared(struct simulation *simulation, struct fork_vma *vma,
		       const struct model_vma *source)
{
	int rc = count(simulation, source->active, 0, 1);

	vma->active = source->active;
	vma->shared = true;
	return rc ? rc : link_to(simulation, vma, source->active);
}

/* Takes an active anon_vma as given and clones the source's chain. */
static int fork_to(struct simulation *simulation, struct fork_vma *vma,
		   const struct model_vma *source, uint32_t active)
{
	int rc = active == MODEL_NONE ? 0 : count(simulation, active, 0, 1);

	vma->active = active;
	vma->shared = true;
	return rc ? rc : clone_chain(simulation, vma, source);
}

static bool shares_with_before(const struct simulation *simulation, const struct model_vma *source)
{
	return simulation->parent_before && simulation->parent_before->active == source->active;
}

/* vm_area_dup() had copied vm_prev, so the VMA "before" was the parent's. */
static int fork_yang(struct simulation *simulation, struct fork_vma *vma,
		     const struct model_vma *source)
{
	if (shares_with_before(simulation, source))
		return fork_to(simulation, vma, source, source->active);
	return fork_with_reuse(simulation, vma, source);
}

static const struct fork_vma *child_before(const struct simulation *simulation)
{
	return simulation->child_before == MODEL_NONE ?
		       NULL :
		       &simulation->child->vmas[simulation->child_before];
}

static int fork_yang_intended(struct simulation *simulation, struct fork_vma *vma,
			      const struct model_vma *source)
{
	const struct fork_vma *before = child_before(simulation);

	if (shares_with_before(simulation, source) && before && before->active != MODEL_NONE)
		return fork_to(simulation, vma, source, before->active);
	return fork_with_reuse(simulation, vma, source);
}

static int fork_khlebnikov_v1(struct simulation *simulation, struct fork_vma *vma,
			      const struct model_vma *source)
{
	const struct fork_vma *before = child_before(simulation);

	if (shares_with_before(simulation, source) && before && before->active != MODEL_NONE &&
	    simulation->model->vmas[before->source].start == simulation->parent_before->start)
		return fork_to(simulation, vma, source, before->active);
	return fork_with_reuse(simulation, vma, source);
}

/* Clones the chain of the child's VMA before, so its own anon_vma is in it. */
static int fork_khlebnikov_v2(struct simulation *simulation, struct fork_vma *vma,
			      const struct model_vma *source)
{
	const struct fork_vma *before = child_before(simulation);
	uint32_t first, links;
	int rc;

	if (!before || before->active == MODEL_NONE ||
	    parent_of(simulation, before->active) != source->active ||
	    before->active == source->active)
		return fork_with_reuse(simulation, vma, source);
	first = before->chain_first;
	links = before->chain_count;
	vma->active = before->active;
	vma->shared = true;
	rc = count(simulation, vma->active, 0, 1);
	for (uint32_t i = 0; !rc && i < links; i++)
		rc = link_to(simulation, vma, simulation->child->chains[first + i]);
	return rc;
}

typedef int (*fork_function)(struct simulation *simulation, struct fork_vma *vma,
			     const struct model_vma *source);

static const fork_function functions[FORK_POLICY_COUNT] = {
	[FORK_SHARED] = fork_shared,
	[FORK_CHAIN] = fork_chain,
	[FORK_DEGREE] = fork_with_reuse,
	[FORK_YANG] = fork_yang,
	[FORK_YANG_INTENDED] = fork_yang_intended,
	[FORK_KHLEBNIKOV_V1] = fork_khlebnikov_v1,
	[FORK_KHLEBNIKOV_V2] = fork_khlebnikov_v2,
	[FORK_COUNTERS] = fork_with_reuse,
	[FORK_REVERSED] = fork_with_reuse,
};

static int copy_vma(struct simulation *simulation, uint32_t index)
{
	const struct model_vma *source = &simulation->model->vmas[index];
	struct fork_child *child = simulation->child;
	struct fork_vma vma = {
		.source = index,
		.active = MODEL_NONE,
		.chain_first = child->chain_count,
	};
	int rc = table_reserve((void **)&child->vmas, &child->vma_capacity, child->vma_count + 1ull,
			       sizeof(*child->vmas));

	if (!rc && !(source->flags & FORK_VM_WIPEONFORK) && source->active != MODEL_NONE)
		rc = functions[simulation->policy](simulation, &vma, source);
	if (rc)
		return rc;
	simulation->child_before = child->vma_count;
	child->vmas[child->vma_count++] = vma;
	return 0;
}

/* Marks what a VMA is linked to: marks[anon_vma] == i + 1 for the i-th VMA. So
 * each chain is looked at link by link, however long it is. */
struct checking {
	const struct simulation *simulation;
	uint32_t *marks; /* one for each anon_vma, new ones too */
	uint32_t now;
};

static bool is_linked(const struct checking *checking, uint32_t anon_vma)
{
	return checking->marks[anon_vma] == checking->now;
}

static uint32_t link_of(const struct checking *checking, const struct fork_vma *vma, uint32_t i)
{
	return checking->simulation->child->chains[vma->chain_first + i];
}

/* Whether the VMA has the links of the marked one; links that come twice are
 * found on their own. */
static bool same_set(const struct checking *checking, const struct fork_vma *vma,
		     const struct fork_vma *marked)
{
	if (vma->chain_count != marked->chain_count)
		return false;
	for (uint32_t i = 0; i < vma->chain_count; i++)
		if (!is_linked(checking, link_of(checking, vma, i)))
			return false;
	return true;
}

/* Marks the VMA's links and says what is wrong with them. */
static uint32_t violations_of(struct checking *checking, const struct fork_vma *vma)
{
	const struct simulation *simulation = checking->simulation;
	uint32_t found = 0;

	for (uint32_t i = 0; i < vma->chain_count; i++) {
		uint32_t anon_vma = link_of(checking, vma, i);

		if (is_linked(checking, anon_vma))
			found |= FORK_LINKED_TWICE;
		checking->marks[anon_vma] = checking->now;
	}
	if (vma->active != MODEL_NONE && !is_linked(checking, vma->active))
		found |= FORK_ACTIVE_NOT_LINKED;
	for (uint32_t i = 0; simulation->policy != FORK_SHARED && i < vma->chain_count; i++)
		if (!is_linked(checking, parent_of(simulation, link_of(checking, vma, i))))
			found |= FORK_NOT_CLOSED;
	return found;
}

static int check_vmas(struct checking *checking, struct key_map *first)
{
	struct fork_child *child = checking->simulation->child;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < child->vma_count; i++) {
		const struct fork_vma *vma = &child->vmas[i];
		uint32_t other;

		checking->now = i + 1;
		child->violations |= violations_of(checking, vma);
		if (vma->active == MODEL_NONE)
			continue;
		other = key_map_find(first, vma->active + 1ull);
		if (other == KEY_MAP_NONE)
			rc = key_map_put(first, vma->active + 1ull, i);
		else if (!same_set(checking, &child->vmas[other], vma))
			child->violations |= FORK_SETS_DIFFER;
	}
	return rc;
}

/* Checks what the kernel relies on, on the child alone. */
static int check(const struct simulation *simulation)
{
	size_t anon_vmas = (size_t)simulation->model->anon_vma_count + simulation->child->new_count;
	struct checking checking = {
		.simulation = simulation,
		.marks = calloc(anon_vmas + 1, sizeof(*checking.marks)),
	};
	struct key_map first = {0};
	int rc = checking.marks ? check_vmas(&checking, &first) : -ENOMEM;

	key_map_clear(&first);
	free(checking.marks);
	return rc;
}

int fork_simulate(const struct model *model, uint32_t mm, enum fork_policy policy,
		  struct fork_child *child)
{
	struct simulation simulation = {
		.model = model,
		.child = child,
		.policy = policy,
		.child_before = MODEL_NONE,
	};
	const struct model_mm *parent = &model->mms[mm];
	int rc = 0;

	child->vma_count = child->chain_count = child->new_count = child->change_count = 0;
	child->violations = 0;
	key_map_reset(&child->change_of);
	for (uint32_t v = parent->vma_first; !rc && v < parent->vma_first + parent->vma_count;
	     v++) {
		if (!(model->vmas[v].flags & FORK_VM_DONTCOPY))
			rc = copy_vma(&simulation, v);
		simulation.parent_before = &model->vmas[v];
	}
	if (!rc)
		rc = check(&simulation);
	if (rc)
		fork_child_clear(child);
	child->avcs = policy == FORK_SHARED ? 0 : child->chain_count;
	return rc;
}
