/* SPDX-License-Identifier: GPL-2.0-only */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forest.h"

#define PROCESSES 24u
#define VMAS 10u
#define CHAIN 12u
#define ANON_VMAS 8192u
#define FILES 9u

struct anon_vma {
	uint32_t root, parent; /* indexes; itself for a root */
	uint32_t refcount;
	uint64_t rwsem_count;
	bool lost; /* could not be described */
};

struct vma {
	uint64_t page, pages, pgoff, flags;
	uint32_t file, name, chain_count;
	uint32_t chain[CHAIN];
	bool policy;
};

struct mm {
	uint64_t key;
	uint64_t rss, locked;
	struct vma vmas[VMAS];
	uint32_t vma_count;
	bool torn, cut;
};

struct process {
	int32_t tgid, ppid; /* 0 = a free place */
	uint64_t exec_id;
	uint32_t uid, comm, exe, cgroup;
	uint32_t borrows; /* vfork: place of the process whose mm it uses + 1 */
	struct mm mm;
};

struct world {
	uint64_t random;
	struct process processes[PROCESSES];
	struct anon_vma anon_vmas[ANON_VMAS];
	uint32_t anon_vma_count;
	uint32_t paths[FILES]; /* how often each file was renamed */
	int32_t next_tgid;
	uint64_t next_mm;
};

uint32_t world_random(struct world *world, uint32_t below)
{
	/* xorshift64* */
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (uint32_t)((world->random * 0x2545f4914f6cdd1dull) >> 33) % below;
}

struct world *world_create(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->random = seed * 0x9e3779b97f4a7c15ull + 1;
	world->next_tgid = 1;
	world->next_mm = 1;
	for (int i = 0; i < 8; i++)
		world_step(world);
	return world;
}

void world_free(struct world *world)
{
	free(world);
}

static uint32_t new_anon_vma(struct world *world, uint32_t parent)
{
	uint32_t index = world->anon_vma_count++;

	assert_true(index < ANON_VMAS);
	world->anon_vmas[index] = (struct anon_vma){
		.root = parent == MODEL_NONE ? index : world->anon_vmas[parent].root,
		.parent = parent == MODEL_NONE ? index : parent,
		.refcount = 1,
		/* for good: one whose root changes is another anon_vma */
		.lost = world_random(world, 20) == 0,
	};
	return index;
}

static struct process *any_process(struct world *world, bool alive)
{
	uint32_t first = world_random(world, PROCESSES);

	for (uint32_t i = 0; i < PROCESSES; i++) {
		struct process *process = &world->processes[(first + i) % PROCESSES];

		if ((process->tgid != 0) == alive)
			return process;
	}
	return NULL;
}

static void map(struct world *world, struct mm *mm)
{
	struct vma *last = mm->vma_count ? &mm->vmas[mm->vma_count - 1] : NULL;
	struct vma *vma = &mm->vmas[mm->vma_count];

	if (mm->vma_count == VMAS)
		return;
	mm->vma_count++;
	*vma = (struct vma){
		.page = (last ? last->page + last->pages : 16) + world_random(world, 3),
		.pages = 2 + world_random(world, 6),
		.flags = 0x71 + 2 * world_random(world, 2),
		.file = world_random(world, 2) ? 1 + world_random(world, FILES) : 0,
		.name = world_random(world, 4) ? 0 : 1 + world_random(world, 3),
		.policy = world_random(world, 8) == 0,
	};
	vma->pgoff = vma->page;
}

static void fault(struct world *world, struct mm *mm)
{
	struct vma *vma;

	if (!mm->vma_count)
		return;
	vma = &mm->vmas[world_random(world, mm->vma_count)];
	if (vma->chain_count)
		return;
	vma->chain_count = 1;
	/* neighbours may share (find_mergeable_anon_vma) */
	if (vma > mm->vmas && vma[-1].chain_count == 1 && world_random(world, 2))
		vma->chain[0] = vma[-1].chain[0];
	else
		vma->chain[0] = new_anon_vma(world, MODEL_NONE);
}

static void begin(struct world *world)
{
	struct process *process = any_process(world, false);

	if (!process)
		return;
	*process = (struct process){
		.tgid = world->next_tgid++,
		.ppid = 1,
		.exec_id = 1,
		.exe = world_random(world, FILES + 1),
		.mm.key = world->next_mm++,
	};
	for (uint32_t i = 0; i < 4; i++) {
		map(world, &process->mm);
		fault(world, &process->mm);
	}
}

static void do_fork(struct world *world)
{
	struct process *parent = any_process(world, true), *child = any_process(world, false);

	if (!parent || !child || parent->borrows)
		return;
	*child = *parent;
	child->tgid = world->next_tgid++;
	child->ppid = parent->tgid;
	if (world_random(world, 6) == 0) {
		child->borrows = 1 + (uint32_t)(parent - world->processes);
		return;
	}
	child->mm.key = world->next_mm++;
	for (uint32_t v = 0; v < child->mm.vma_count; v++) {
		struct vma *vma = &child->mm.vmas[v];

		if (!vma->chain_count || vma->chain_count == CHAIN || world_random(world, 5) == 0)
			continue; /* nothing to inherit, or reuse */
		memmove(vma->chain + 1, vma->chain, vma->chain_count * sizeof(uint32_t));
		vma->chain[0] = new_anon_vma(world, vma->chain[1]);
		vma->chain_count++;
	}
}

static void do_exit(struct world *world)
{
	struct process *process = any_process(world, true);
	uint32_t place;

	if (!process)
		return;
	place = 1 + (uint32_t)(process - world->processes);
	for (uint32_t i = 0; i < PROCESSES; i++)
		if (world->processes[i].tgid && world->processes[i].borrows == place)
			return; /* a vfork parent waits */
	process->tgid = 0;
}

static void do_exec(struct world *world)
{
	struct process *process = any_process(world, true);

	if (!process)
		return;
	for (uint32_t i = 0; i < PROCESSES; i++)
		if (world->processes[i].tgid &&
		    world->processes[i].borrows == 1 + (uint32_t)(process - world->processes))
			return;
	process->exec_id++;
	process->borrows = 0;
	process->comm++;
	process->mm = (struct mm){.key = world->next_mm++};
	map(world, &process->mm);
	fault(world, &process->mm);
}

static void unmap(struct world *world, struct mm *mm)
{
	uint32_t at;

	if (!mm->vma_count)
		return;
	at = world_random(world, mm->vma_count);
	mm->vma_count--;
	memmove(&mm->vmas[at], &mm->vmas[at + 1], (mm->vma_count - at) * sizeof(mm->vmas[0]));
}

/* mprotect() of the tail. */
static void split(struct mm *mm, struct vma *vma)
{
	struct vma *tail = vma + 1;

	if (mm->vma_count == VMAS || vma->pages < 2)
		return;
	memmove(tail, vma, (size_t)(mm->vmas + mm->vma_count - vma) * sizeof(*vma));
	mm->vma_count++;
	vma->pages /= 2;
	tail->page += vma->pages;
	tail->pgoff += vma->pages;
	tail->pages -= vma->pages;
	tail->flags ^= 2;
}

static void change_vma(struct world *world, struct mm *mm)
{
	struct vma *vma;

	if (!mm->vma_count)
		return;
	vma = &mm->vmas[world_random(world, mm->vma_count)];
	switch (world_random(world, 8)) {
	case 0:
		if (vma->pages > 1)
			vma->pages--;
		break;
	case 6: /* the head is unmapped */
		if (vma->pages > 1) {
			vma->page++;
			vma->pgoff++;
			vma->pages--;
		}
		break;
	case 7:
		split(mm, vma);
		break;
	case 1:
		vma->flags ^= 2;
		break;
	case 2:
		vma->policy = !vma->policy;
		break;
	case 3:
		vma->name = world_random(world, 4);
		break;
	case 4:
		vma->pgoff++;
		break;
	default:
		vma->file = world_random(world, FILES + 1);
	}
}

static void change_anon_vma(struct world *world)
{
	struct anon_vma *anon_vma;

	if (!world->anon_vma_count)
		return;
	anon_vma = &world->anon_vmas[world_random(world, world->anon_vma_count)];
	if (world_random(world, 2))
		anon_vma->refcount = 1 + world_random(world, 3);
	else
		anon_vma->rwsem_count = world_random(world, 2) ? 0x101 : 0;
}

static void change_process(struct world *world, struct process *process)
{
	switch (world_random(world, 5)) {
	case 0:
		process->comm++;
		break;
	case 1:
		process->uid ^= 1000;
		break;
	case 2:
		process->cgroup = world_random(world, 3);
		break;
	case 3:
		process->mm.rss += world_random(world, 5);
		break;
	default:
		process->mm.torn = world_random(world, 4) == 0;
		process->mm.cut = world_random(world, 4) == 0;
		process->mm.locked = world_random(world, 2);
	}
}

static void event(struct world *world)
{
	struct process *process = any_process(world, true);
	uint32_t what = world_random(world, 14);

	if (!process || what == 0)
		begin(world);
	else if (what < 4)
		do_fork(world);
	else if (what == 4)
		do_exit(world);
	else if (what == 5)
		do_exec(world);
	else if (what == 6)
		map(world, &process->mm);
	else if (what == 7)
		unmap(world, &process->mm);
	else if (what == 8)
		fault(world, &process->mm);
	else if (what == 9)
		change_vma(world, &process->mm);
	else if (what == 10)
		change_process(world, process);
	else if (what == 11)
		change_anon_vma(world);
	else if (what == 12)
		world->paths[world_random(world, FILES)]++;
}

void world_step(struct world *world)
{
	for (uint32_t count = world_random(world, 8); count > 0; count--)
		event(world);
}

static uint32_t show_text(struct model *model, const char *format, uint32_t number)
{
	char text[64];
	uint32_t offset;
	int size = snprintf(text, sizeof(text), "%s%u", format, number);

	assert_int_equal(model_add_text(model, text, (uint32_t)size, &offset), 0);
	return offset;
}

static uint32_t show_file(const struct world *world, struct model *model, uint32_t file)
{
	uint32_t index;

	if (!file)
		return MODEL_NONE;
	index = model_find_file(model, 0xfe00000, file);
	if (index != MODEL_NONE)
		return index;
	assert_int_equal(model_add_file(model, 0xfe00000, file, &index), 0);
	index = model->file_count - 1;
	model->files[index].path = show_text(model, "/lib/it's \xff\n file ",
					     file * 1000 + world->paths[file - 1]);
	return index;
}

/* The key of an anon_vma is its place + 1. */
static uint32_t show_anon_vma(const struct world *world, struct model *model, uint32_t place)
{
	const struct anon_vma *anon_vma = &world->anon_vmas[place];
	uint32_t index = model_find_anon_vma(model, place + 1ull);

	if (index != MODEL_NONE)
		return index;
	index = forest_root(model, place + 1ull);
	model->anon_vmas[index].refcount = anon_vma->refcount;
	model->anon_vmas[index].num_children = 0;
	model->anon_vmas[index].described = !anon_vma->lost;
	model->anon_vmas[index].rwsem_count = anon_vma->root == place ? anon_vma->rwsem_count : 0;
	return index;
}

/* Edges, and what lost ones have below them, as decode would leave it. */
static void show_edges(const struct world *world, struct model *model)
{
	for (uint32_t i = 0; i < model->anon_vma_count; i++) {
		uint32_t place = (uint32_t)model->anon_vmas[i].key - 1;
		bool whole = !world->anon_vmas[place].lost;

		for (uint32_t at = place; whole && at != world->anon_vmas[at].parent;) {
			at = world->anon_vmas[at].parent;
			show_anon_vma(world, model, at); /* may be linked to nothing */
			whole = !world->anon_vmas[at].lost;
		}
		model->anon_vmas[i].described = whole;
		if (!whole)
			continue;
		model->anon_vmas[i].root = show_anon_vma(world, model,
							 world->anon_vmas[place].root);
		model->anon_vmas[i].parent = show_anon_vma(world, model,
							   world->anon_vmas[place].parent);
		model->anon_vmas[model->anon_vmas[i].parent].num_children++;
	}
}

static void show_vma(const struct world *world, struct model *model, const struct vma *vma)
{
	uint32_t chain[CHAIN], index;
	struct model_vma *shown;

	for (uint32_t i = 0; i < vma->chain_count; i++)
		chain[i] = show_anon_vma(world, model, vma->chain[i]);
	index = forest_vma_of(model, vma->page, vma->pages, chain, vma->chain_count);
	shown = &model->vmas[index];
	shown->pgoff = vma->pgoff;
	shown->flags = vma->flags | (1ull << 63);
	shown->policy = vma->policy;
	shown->file = show_file(world, model, vma->file);
	if (vma->name)
		shown->name = show_text(model, "[anon: ", vma->name);
}

static uint32_t show_mm(const struct world *world, struct model *model, const struct mm *mm)
{
	uint32_t index = model_find_mm(model, mm->key);

	if (index != MODEL_NONE)
		return index;
	index = forest_mm(model, mm->key);
	model->mms[index].torn = mm->torn;
	model->mms[index].cut = mm->cut;
	model->mms[index].locked_pages = mm->locked;
	model->mms[index].usage.anon_rss_pages = mm->rss;
	model->mms[index].tree_height = 2;
	for (uint32_t v = 0; v < mm->vma_count; v++)
		show_vma(world, model, &mm->vmas[v]);
	return index;
}

static void show_process(const struct world *world, struct model *model,
			 const struct process *process)
{
	const struct process *holder = process->borrows ? &world->processes[process->borrows - 1] :
							  process;
	uint32_t mm = show_mm(world, model, &holder->mm);
	uint32_t index = forest_process(model, process->tgid, mm);
	struct model_process *shown = &model->processes[index];

	shown->ppid = process->ppid;
	shown->exec_id = process->exec_id;
	shown->uid = process->uid;
	snprintf(shown->comm, sizeof(shown->comm), "\xfe%u", process->comm % 100000);
	shown->exe = show_file(world, model, process->exe);
	shown->cgroup = process->cgroup;
	if (process->cgroup)
		shown->cgroup_path = show_text(model, "/slice", process->cgroup);
	if (model->processes[model->mms[mm].owner].start_ns > shown->start_ns)
		model->mms[mm].owner = index;
}

void world_show(struct world *world, struct model *model)
{
	uint32_t first = world_random(world, PROCESSES);

	for (uint32_t i = 0; i < PROCESSES; i++) {
		const struct process *process = &world->processes[(first + i * 7) % PROCESSES];

		if (process->tgid)
			show_process(world, model, process);
	}
	show_edges(world, model);
}
