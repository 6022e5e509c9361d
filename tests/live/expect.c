/* SPDX-License-Identifier: GPL-2.0-only */
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

/* expect_topology: which stored anon_vma each letter means. */
struct binding {
	const struct model *model;
	uint32_t of[256];
};

static const char *chain_text(const struct binding *binding, const struct model_vma *vma)
{
	static char text[512];
	const uint32_t *chain = model_chain(binding->model, vma);
	size_t length = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < vma->avc_count && length < sizeof(text) - 16; i++) {
		char name[16];

		snprintf(name, sizeof(name), "(%u)", binding->model->anon_vmas[chain[i]].id);
		for (int letter = 'A'; letter <= 'z'; letter++)
			if (binding->of[letter] == chain[i])
				snprintf(name, sizeof(name), "%c", letter);
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s", name);
	}
	return text;
}

/* Whether the letter means this anon_vma; gives it the meaning if it has none. */
static bool bind(struct binding *binding, char letter, uint32_t anon_vma)
{
	uint32_t *of = &binding->of[(unsigned char)letter];

	if (*of != MODEL_NONE)
		return *of == anon_vma;
	for (int other = 0; other < 256; other++)
		if (binding->of[other] == anon_vma)
			return false;
	*of = anon_vma;
	return true;
}

static void compare_vma(struct binding *binding, const struct scenario *scenario,
			const struct expected_vma *expected)
{
	unsigned long start = scenario_region(expected->region) + expected->page * scenario_page();
	pid_t pid = scenario_pid(scenario, expected->actor);
	const struct model_vma *vma = expect_vma(binding->model, pid, start);
	const uint32_t *chain = model_chain(binding->model, vma);
	size_t length = strlen(expected->chain);

	if (vma->end != start + expected->pages * scenario_page())
		fail_msg("actor %d, region %u, page %u: VMA of %llu pages, expected %u",
			 expected->actor, expected->region, expected->page,
			 (unsigned long long)((vma->end - vma->start) / scenario_page()),
			 expected->pages);
	for (size_t i = 0; i < length; i++)
		if (length != vma->avc_count || !bind(binding, expected->chain[i], chain[i]))
			fail_msg("actor %d, region %u, page %u: chain %s, expected %s",
				 expected->actor, expected->region, expected->page,
				 chain_text(binding, vma), expected->chain);
	if (!length && vma->avc_count)
		fail_msg("actor %d, region %u, page %u: chain %s, expected none", expected->actor,
			 expected->region, expected->page, chain_text(binding, vma));
	if (expected->active ? !bind(binding, expected->active, vma->active) :
			       vma->active != MODEL_NONE)
		fail_msg("actor %d, region %u, page %u: active is not %c", expected->actor,
			 expected->region, expected->page,
			 expected->active ? expected->active : '-');
}

static void compare_anon_vma(const struct binding *binding,
			     const struct expected_anon_vma *expected)
{
	uint32_t index = binding->of[(unsigned char)expected->name];
	const struct model_anon_vma *anon_vma;
	uint32_t root;

	if (index == MODEL_NONE)
		fail_msg("no chain holds anon_vma %c", expected->name);
	anon_vma = &binding->model->anon_vmas[index];
	assert_true(anon_vma->described);
	if (anon_vma->parent != binding->of[(unsigned char)expected->parent])
		fail_msg("parent of %c is not %c", expected->name, expected->parent);
	if (anon_vma->num_children != expected->children ||
	    anon_vma->num_active_vmas != expected->active ||
	    anon_vma->refcount != expected->refcount)
		fail_msg("%c: children %llu, active %llu, refcount %u; expected %u, %u, %u",
			 expected->name, (unsigned long long)anon_vma->num_children,
			 (unsigned long long)anon_vma->num_active_vmas, anon_vma->refcount,
			 expected->children, expected->active, expected->refcount);
	root = index;
	for (uint32_t steps = 0; binding->model->anon_vmas[root].parent != root; steps++) {
		assert_true(steps < binding->model->anon_vma_count);
		root = binding->model->anon_vmas[root].parent;
	}
	if (anon_vma->root != root)
		fail_msg("root of %c is not where its parents lead", expected->name);
}

/* No letter stands for it, though it is in a tree of the expectation. */
static void refuse_strangers(const struct binding *binding, const struct scenario *scenario,
			     const struct expected_vma *expected, size_t expected_count)
{
	const struct model *model = binding->model;
	bool *ours = calloc(model->anon_vma_count + 1, sizeof(*ours));
	size_t vmas = 0;

	assert_non_null(ours);
	for (int letter = 0; letter < 256; letter++)
		if (binding->of[letter] != MODEL_NONE)
			ours[model->anon_vmas[binding->of[letter]].root] = true;
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		bool known = false;

		for (int letter = 0; letter < 256; letter++)
			known |= binding->of[letter] == i;
		if (!known && ours[model->anon_vmas[i].root])
			fail_msg("anon_vma %u is in the tree but not expected",
				 model->anon_vmas[i].id);
	}
	for (uint32_t i = 0; i < model->vma_count; i++) {
		const struct model_vma *vma = &model->vmas[i];
		bool counts = vma->active != MODEL_NONE && ours[model->anon_vmas[vma->active].root];

		for (size_t j = 0; j < expected_count && !counts; j++) {
			unsigned long region = scenario_region(expected[j].region);

			counts = vma->start >= region &&
				 vma->start < scenario_region(expected[j].region + 1);
		}
		vmas += counts;
	}
	free(ours);
	(void)scenario;
	if (vmas != expected_count)
		fail_msg("%zu VMAs in these regions and trees, expected %zu", vmas, expected_count);
}

void expect_topology(const struct model *model, const struct scenario *scenario,
		     const struct expected_vma *vmas, size_t vma_count,
		     const struct expected_anon_vma *anon_vmas, size_t anon_vma_count)
{
	struct binding binding = {.model = model};

	for (int letter = 0; letter < 256; letter++)
		binding.of[letter] = MODEL_NONE;
	for (size_t i = 0; i < vma_count; i++)
		compare_vma(&binding, scenario, &vmas[i]);
	for (size_t i = 0; i < anon_vma_count; i++)
		compare_anon_vma(&binding, &anon_vmas[i]);
	for (int letter = 0; letter < 256; letter++) {
		bool listed = binding.of[letter] == MODEL_NONE;

		for (size_t i = 0; i < anon_vma_count; i++)
			listed |= anon_vmas[i].name == letter;
		if (!listed)
			fail_msg("the expectation does not describe %c", letter);
	}
	refuse_strangers(&binding, scenario, vmas, vma_count);
}

/* What chains say about an anon_vma. */
struct observed {
	uint32_t children; /* a root counts itself */
	uint32_t active;
	uint32_t descendants; /* of a root */
};

static void check_chain(const struct model *model, uint32_t vma_index, struct observed *observed,
			uint32_t *seen_by)
{
	const struct model_vma *vma = &model->vmas[vma_index];
	const uint32_t *chain = model_chain(model, vma);
	bool has_active = false;

	if ((vma->active == MODEL_NONE) != (vma->avc_count == 0))
		fail_msg("VMA %#llx: active anon_vma without a chain, or the reverse",
			 (unsigned long long)vma->start);
	for (uint32_t i = 0; i < vma->avc_count; i++) {
		if (seen_by[chain[i]] == vma_index + 1)
			fail_msg("VMA %#llx: an anon_vma is in the chain twice",
				 (unsigned long long)vma->start);
		seen_by[chain[i]] = vma_index + 1;
		has_active |= chain[i] == vma->active;
	}
	if (vma->avc_count && !has_active)
		fail_msg("VMA %#llx: active anon_vma is not in the chain",
			 (unsigned long long)vma->start);
	for (uint32_t i = 0; i < vma->avc_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[chain[i]];

		if (seen_by[anon_vma->parent] != vma_index + 1)
			fail_msg("VMA %#llx: chain lacks a parent", (unsigned long long)vma->start);
		if (anon_vma->root != model->anon_vmas[chain[0]].root)
			fail_msg("VMA %#llx: chain with two roots", (unsigned long long)vma->start);
	}
	if (vma->active != MODEL_NONE)
		observed[vma->active].active++;
}

static void check_counters(const struct model *model, const struct observed *observed)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		const struct model_anon_vma *anon_vma = &model->anon_vmas[i];

		if (!anon_vma->described || anon_vma->moved)
			fail_msg("anon_vma %u is %s", anon_vma->id,
				 anon_vma->moved ? "marked as moved" : "not described");
		if (anon_vma->num_children != observed[i].children ||
		    anon_vma->num_active_vmas != observed[i].active ||
		    anon_vma->refcount != 1 + observed[i].descendants)
			fail_msg("anon_vma %u: children %llu, active %llu, refcount %u; "
				 "chains show %u, %u, %u",
				 anon_vma->id, (unsigned long long)anon_vma->num_children,
				 (unsigned long long)anon_vma->num_active_vmas, anon_vma->refcount,
				 observed[i].children, observed[i].active,
				 1 + observed[i].descendants);
	}
}

void expect_sound(const struct model *model)
{
	struct observed *observed = calloc(model->anon_vma_count + 1, sizeof(*observed));
	uint32_t *seen_by = calloc(model->anon_vma_count + 1, sizeof(*seen_by));

	assert_true(observed && seen_by);
	assert_true(model->process_count > 0 && model->vma_count > 0);
	assert_true(model->origin.split_counters);
	for (uint32_t i = 0; i < model->mm_count; i++) {
		const struct model_mm *mm = &model->mms[i];

		if (mm->torn || mm->cut)
			fail_msg("mm %u is %s", mm->id, mm->torn ? "torn" : "cut");
		if (mm->map_count != mm->vma_count)
			fail_msg("mm %u: %u VMAs, map_count %u", mm->id, mm->vma_count,
				 mm->map_count);
	}
	for (uint32_t i = 0; i < model->vma_count; i++)
		check_chain(model, i, observed, seen_by);
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		observed[model->anon_vmas[i].parent].children++;
		if (!model_is_root(model, i))
			observed[model->anon_vmas[i].root].descendants++;
	}
	check_counters(model, observed);
	free(observed);
	free(seen_by);
}

uint32_t expect_process(const struct model *model, pid_t pid)
{
	uint32_t found = MODEL_NONE;

	for (uint32_t i = 0; i < model->process_count; i++) {
		if (model->processes[i].tgid != pid)
			continue;
		if (found != MODEL_NONE)
			fail_msg("process %d is there twice", pid);
		found = i;
	}
	if (found == MODEL_NONE)
		fail_msg("process %d is not there", pid);
	return found;
}

const struct model_mm *expect_mm(const struct model *model, pid_t pid)
{
	uint32_t mm = model->processes[expect_process(model, pid)].mm;

	assert_true(mm < model->mm_count);
	return &model->mms[mm];
}

/* The first VMA of the mm that starts at the address or above. */
static uint32_t lower_bound(const struct model *model, const struct model_mm *mm,
			    unsigned long address)
{
	uint32_t low = mm->vma_first;
	uint32_t high = mm->vma_first + mm->vma_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->vmas[middle].start < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct model_vma *expect_vma(const struct model *model, pid_t pid, unsigned long start)
{
	const struct model_mm *mm = expect_mm(model, pid);
	uint32_t index = lower_bound(model, mm, start);

	if (index == mm->vma_first + mm->vma_count || model->vmas[index].start != start)
		fail_msg("process %d has no VMA at %#lx", pid, start);
	return &model->vmas[index];
}

uint32_t expect_active(const struct model *model, pid_t pid, unsigned long start)
{
	return expect_vma(model, pid, start)->active;
}

uint32_t count_vmas(const struct model *model, pid_t pid, unsigned long start, unsigned long end)
{
	const struct model_mm *mm = expect_mm(model, pid);
	uint32_t count = 0;

	for (uint32_t i = mm->vma_first; i < mm->vma_first + mm->vma_count; i++)
		count += model->vmas[i].start < end && model->vmas[i].end > start;
	return count;
}

/* Three generations, all alive: the third one's chain is CBA or CAB. */
enum chain_order observed_chain_order(void)
{
	static int known = -1;
	static struct scenario scenario;
	struct model model;
	unsigned long region = scenario_region(0);
	uint32_t parent, root;
	const struct model_vma *vma;
	const uint32_t *chain;

	if (known >= 0)
		return (enum chain_order)known;
	model_init(&model);
	scenario_start(&scenario);
	scenario_map(&scenario, 0, region, 1);
	scenario_write(&scenario, 0, region, 1);
	scenario_fork(&scenario, 0);
	scenario_fork(&scenario, 1);
	collect_tree(scenario_pid(&scenario, 0), &model);
	root = expect_active(&model, scenario_pid(&scenario, 0), region);
	parent = expect_active(&model, scenario_pid(&scenario, 1), region);
	vma = expect_vma(&model, scenario_pid(&scenario, 2), region);
	chain = model_chain(&model, vma);
	assert_int_equal(vma->avc_count, 3);
	assert_int_equal(chain[0], vma->active);
	if (chain[1] == parent && chain[2] == root)
		known = CHAIN_KEPT;
	else if (chain[1] == root && chain[2] == parent)
		known = CHAIN_REVERSED;
	scenario_stop(&scenario);
	model_clear(&model);
	if (known < 0)
		fail_msg("a third generation's chain is in no known order");
	print_message("this kernel %s the inherited part of a chain\n",
		      known == CHAIN_KEPT ? "keeps" : "reverses");
	return (enum chain_order)known;
}
