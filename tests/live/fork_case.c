/* SPDX-License-Identifier: GPL-2.0-only */
#include "fork_case.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "cmocka_all.h"

#define REGIONS 3u
#define REGION_PAGES 12u
#define STEPS_MIN 24u
#define STEPS_SPREAD 40u

/* A stretch of a region. */
struct range {
	unsigned long address;
	unsigned long pages;
	unsigned long first; /* page within the region */
};

/* splitmix64: any seed will do, neighbours too. */
static uint64_t next_random(struct fork_case *c)
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static unsigned int below(struct fork_case *c, unsigned int limit)
{
	return (unsigned int)(next_random(c) % limit);
}

static int any_actor(struct fork_case *c)
{
	return c->actors[below(c, (unsigned int)c->actor_count)];
}

static struct range any_range(struct fork_case *c)
{
	unsigned int first = below(c, REGION_PAGES), most = REGION_PAGES - first;
	unsigned int region = below(c, REGIONS);

	return (struct range){
		.address = scenario_region(region) + first * scenario_page(),
		.pages = 1 + below(c, most < 4 ? most : 4),
		.first = first,
	};
}

static struct range any_region(struct fork_case *c)
{
	return (struct range){.address = scenario_region(below(c, REGIONS)), .pages = REGION_PAGES};
}

__attribute__((format(printf, 2, 3))) static void note(struct fork_case *c, const char *format, ...)
{
	size_t room = sizeof(c->log) - c->log_length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(c->log + c->log_length, room, format, args);
	va_end(args);
	c->log_length += length > 0 && (size_t)length < room ? (size_t)length : room - 1;
}

static void note_range(struct fork_case *c, const char *what, int actor, struct range range,
		       long result)
{
	note(c, "actor %d: %s %#lx, %lu pages = %ld\n", actor, what, range.address, range.pages,
	     result);
}

/* What the kernel refuses is part of the past as well: a hole, a shared mapping
 * that cannot be wiped, a move onto itself. */
static long call(struct fork_case *c, int actor, long number, long a, long b, long d, long e,
		 long f, long g)
{
	return scenario_syscall(c->scenario, actor, number, a, b, d, e, f, g);
}

static long bytes_of(struct range range)
{
	return (long)(range.pages * scenario_page());
}

static void map(struct fork_case *c, const char *what, int actor, struct range range, int flags,
		long fd, long offset)
{
	long result = call(c, actor, SYS_mmap, (long)range.address, bytes_of(range),
			   PROT_READ | PROT_WRITE, MAP_FIXED | flags, fd, offset);

	note_range(c, what, actor, range, result < 0 ? result : 0);
}

static void map_anonymous(struct fork_case *c)
{
	int actor = any_actor(c);

	map(c, "map", actor, any_range(c), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void map_file(struct fork_case *c)
{
	int actor = any_actor(c);
	struct range range = any_range(c);

	/* where the whole region would have it, so that neighbours can merge */
	map(c, "map file", actor, range, MAP_PRIVATE, c->file,
	    (long)(range.first * scenario_page()));
}

static void map_shared(struct fork_case *c)
{
	int actor = any_actor(c);

	map(c, "map shared", actor, any_range(c), MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void unmap(struct fork_case *c)
{
	int actor = any_actor(c);
	struct range range = any_range(c);

	note_range(c, "unmap", actor, range,
		   call(c, actor, SYS_munmap, (long)range.address, bytes_of(range), 0, 0, 0, 0));
}

static void protect(struct fork_case *c, const char *what, int actor, struct range range, int prot)
{
	note_range(c, what, actor, range,
		   call(c, actor, SYS_mprotect, (long)range.address, bytes_of(range), prot, 0, 0,
			0));
}

static void split(struct fork_case *c)
{
	int actor = any_actor(c);

	protect(c, "make readonly", actor, any_range(c), PROT_READ);
}

/* Up to the first hole. */
static void merge(struct fork_case *c)
{
	int actor = any_actor(c);

	protect(c, "make writable", actor, any_region(c), PROT_READ | PROT_WRITE);
}

static void make_writable(struct fork_case *c)
{
	int actor = any_actor(c);

	protect(c, "make writable", actor, any_range(c), PROT_READ | PROT_WRITE);
}

static void move(struct fork_case *c, const char *what, int flags)
{
	int actor = any_actor(c);
	struct range from = any_range(c), to = any_range(c);
	long result = call(c, actor, SYS_mremap, (long)from.address, bytes_of(from), bytes_of(from),
			   MREMAP_MAYMOVE | MREMAP_FIXED | flags, (long)to.address, 0);

	note_range(c, what, actor, from, result < 0 ? result : 0);
	note(c, "\tto %#lx\n", to.address);
}

static void move_away(struct fork_case *c)
{
	move(c, "move", 0);
}

static void move_pages(struct fork_case *c)
{
	move(c, "move and leave mapped", MREMAP_DONTUNMAP);
}

static void advise(struct fork_case *c, const char *what, int advice)
{
	int actor = any_actor(c);
	struct range range = any_range(c);

	note_range(c, what, actor, range,
		   call(c, actor, SYS_madvise, (long)range.address, bytes_of(range), advice, 0, 0,
			0));
}

static void advise_dontfork(struct fork_case *c)
{
	advise(c, "dontfork", MADV_DONTFORK);
}

static void advise_dofork(struct fork_case *c)
{
	advise(c, "dofork", MADV_DOFORK);
}

static void advise_wipeonfork(struct fork_case *c)
{
	advise(c, "wipeonfork", MADV_WIPEONFORK);
}

static void advise_keeponfork(struct fork_case *c)
{
	advise(c, "keeponfork", MADV_KEEPONFORK);
}

/* The n-th VMA of the regions with the permission, or NULL; counts them. */
static const struct maps_vma *nth_mapped(const struct fork_case *c, int column, char permission,
					 unsigned int n, unsigned int *ret_count)
{
	const struct maps_vma *found = NULL;

	*ret_count = 0;
	for (uint32_t i = 0; i < c->maps.count; i++) {
		const struct maps_vma *vma = &c->maps.vmas[i];

		if (vma->start < scenario_region(0) || vma->end > scenario_region(REGIONS) ||
		    vma->permissions[column] != permission)
			continue;
		if ((*ret_count)++ == n)
			found = vma;
	}
	return found;
}

/* Pages that the actor can touch without a signal; none: pages is 0. */
static struct range any_mapped(struct fork_case *c, int actor, int column, char permission)
{
	const struct maps_vma *vma;
	unsigned int count, pages, first;

	assert_int_equal(maps_read(scenario_pid(c->scenario, actor), &c->maps), 0);
	nth_mapped(c, column, permission, 0, &count);
	if (!count)
		return (struct range){0};
	vma = nth_mapped(c, column, permission, below(c, count), &count);
	pages = (unsigned int)((vma->end - vma->start) / scenario_page());
	first = below(c, pages);
	return (struct range){
		.address = vma->start + first * scenario_page(),
		.pages = 1 + below(c, pages - first),
	};
}

static void write_some(struct fork_case *c)
{
	int actor = any_actor(c);
	struct range range = any_mapped(c, actor, 1, 'w');

	scenario_write(c->scenario, actor, range.address, range.pages);
	note_range(c, "write", actor, range, 0);
}

static void read_some(struct fork_case *c)
{
	int actor = any_actor(c);
	struct range range = any_mapped(c, actor, 0, 'r');

	scenario_read(c->scenario, actor, range.address, range.pages);
	note_range(c, "read", actor, range, 0);
}

static void fork_one(struct fork_case *c)
{
	int actor = any_actor(c), child;

	if (c->actor_count == FORK_CASE_ACTORS - 1)
		return; /* the last place is that of the predicted child */
	child = scenario_fork(c->scenario, actor);
	fork_case_add(c, child);
	note(c, "actor %d: fork = actor %d\n", actor, child);
}

static void kill_at(struct fork_case *c, unsigned int place)
{
	note(c, "actor %d: dies\n", c->actors[place]);
	scenario_kill(c->scenario, c->actors[place]);
	c->actors[place] = c->actors[--c->actor_count];
}

static void kill_one(struct fork_case *c)
{
	if (c->actor_count > 1)
		kill_at(c, below(c, (unsigned int)c->actor_count));
}

/* Forks once more and lets the parent die: ancestors that live on in their
 * anon_vmas only are what a fork can reuse. */
static void succeed(struct fork_case *c)
{
	unsigned int place = below(c, (unsigned int)c->actor_count);
	int parent = c->actors[place], child = scenario_fork(c->scenario, parent);

	note(c, "actor %d: fork = actor %d\n", parent, child);
	fork_case_add(c, child);
	kill_at(c, place);
}

static const struct {
	void (*take)(struct fork_case *c);
	unsigned int weight;
} steps[] = {
	{map_anonymous, 10},
	{map_file, 6},
	{map_shared, 2},
	{unmap, 4},
	{split, 8},
	{make_writable, 4},
	{merge, 3},
	{move_away, 6},
	{move_pages, 2},
	{advise_dontfork, 8},
	{advise_dofork, 2},
	{advise_wipeonfork, 4},
	{advise_keeponfork, 2},
	{write_some, 22},
	{read_some, 3},
	{fork_one, 10},
	{kill_one, 3},
	{succeed, 8},
};

static void take_step(struct fork_case *c)
{
	unsigned int total = 0, chosen, step = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		total += steps[i].weight;
	chosen = below(c, total);
	while (chosen >= steps[step].weight)
		chosen -= steps[step++].weight;
	steps[step].take(c);
}

/* A fresh address space, so that nothing of an earlier case is left. */
static void start_family(struct fork_case *c)
{
	int first = scenario_fork(c->scenario, 0);

	scenario_exec(c->scenario, first);
	fork_case_add(c, first);
	c->file = call(c, first, SYS_openat, AT_FDCWD, scenario_text(c->scenario, "/proc/self/exe"),
		       O_RDONLY, 0, 0, 0);
	assert_true(c->file >= 0);
	for (unsigned int i = 0; i < REGIONS; i++)
		map(c, "map", first,
		    (struct range){.address = scenario_region(i), .pages = REGION_PAGES},
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int fork_case_build(struct fork_case *fork_case, struct scenario *scenario, uint64_t seed)
{
	unsigned int count;

	fork_case->scenario = scenario;
	fork_case->random = seed;
	fork_case->actor_count = 0;
	fork_case->log_length = 0;
	fork_case->log[0] = 0;
	start_family(fork_case);
	count = STEPS_MIN + below(fork_case, STEPS_SPREAD);
	for (unsigned int i = 0; i < count; i++)
		take_step(fork_case);
	return any_actor(fork_case);
}

void fork_case_add(struct fork_case *fork_case, int actor)
{
	assert_true(fork_case->actor_count < FORK_CASE_ACTORS);
	fork_case->actors[fork_case->actor_count++] = actor;
}

void fork_case_end(struct fork_case *fork_case)
{
	while (fork_case->actor_count)
		scenario_kill(fork_case->scenario, fork_case->actors[--fork_case->actor_count]);
	scenario_reap(fork_case->scenario);
	maps_clear(&fork_case->maps);
}
