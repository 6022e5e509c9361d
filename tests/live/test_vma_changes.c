/* SPDX-License-Identifier: GPL-2.0-only */
/* What madvise, exec, munmap, mprotect, mremap and private file mappings do to
 * anon_vmas. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fixture.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static void test_dontfork_and_wipeonfork(void **state)
{
	static const struct expected_vma before[] = {
		{.actor = 0, .region = 0, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 0, .region = 1, .pages = 1, .active = 'B', .chain = "B"},
		{.actor = 0, .region = 2, .pages = 1, .active = 'C', .chain = "C"},
		{.actor = 1, .region = 1, .pages = 1, .chain = ""},
		{.actor = 1, .region = 2, .pages = 1, .active = 'D', .chain = "DC"},
	};
	static const struct expected_vma after[] = {
		{.actor = 0, .region = 0, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 0, .region = 1, .pages = 1, .active = 'B', .chain = "B"},
		{.actor = 0, .region = 2, .pages = 1, .active = 'C', .chain = "C"},
		{.actor = 1, .region = 1, .pages = 1, .active = 'E', .chain = "E"},
		{.actor = 1, .region = 2, .pages = 1, .active = 'D', .chain = "DC"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 1, .active = 1, .refcount = 1},
		{'B', 'B', .children = 1, .active = 1, .refcount = 1},
		{'C', 'C', .children = 2, .active = 1, .refcount = 2},
		{'D', 'C', .children = 0, .active = 1, .refcount = 1},
		{'E', 'E', .children = 1, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	int64_t id;

	for (unsigned int i = 0; i < 3; i++) {
		scenario_map(&f->scenario, 0, scenario_region(i), 1);
		scenario_write(&f->scenario, 0, scenario_region(i), 1);
	}
	scenario_advise(&f->scenario, 0, scenario_region(0), 1, MADV_DONTFORK);
	scenario_advise(&f->scenario, 0, scenario_region(1), 1, MADV_WIPEONFORK);
	scenario_fork(&f->scenario, 0);
	fixture_collect(f);
	expect_topology(&f->model, &f->scenario, before, ARRAY_SIZE(before), anon_vmas, 4);

	/* what was wiped starts a tree of its own */
	scenario_write(&f->scenario, 1, scenario_region(1), 1);
	id = fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, after, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
}

static void test_exec(void **state)
{
	static const struct expected_vma before[] = {
		{.actor = 0, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 1, .pages = 1, .active = 'B', .chain = "BA"},
	};
	static const struct expected_anon_vma anon_vmas_before[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 2},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
	};
	static const struct expected_vma after[] = {
		{.actor = 0, .pages = 1, .active = 'A', .chain = "A"},
	};
	static const struct expected_anon_vma anon_vmas_after[] = {
		{'A', 'A', .children = 1, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	pid_t parent = scenario_pid(&f->scenario, 0);
	pid_t child;
	uint32_t process_id, mm_id, parent_mm_id, root_id;

	scenario_map(&f->scenario, 0, scenario_region(0), 1);
	scenario_write(&f->scenario, 0, scenario_region(0), 1);
	child = scenario_pid(&f->scenario, scenario_fork(&f->scenario, 0));
	fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, before, anon_vmas_before);
	process_id = f->model.processes[expect_process(&f->model, child)].id;
	mm_id = expect_mm(&f->model, child)->id;
	parent_mm_id = expect_mm(&f->model, parent)->id;
	root_id = f->model.anon_vmas[expect_active(&f->model, parent, scenario_region(0))].id;

	scenario_exec(&f->scenario, 1);
	fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, after, anon_vmas_after);
	/* still that process, in an address space of its own */
	assert_int_equal(f->model.processes[expect_process(&f->model, child)].id, process_id);
	assert_int_not_equal(expect_mm(&f->model, child)->id, mm_id);
	assert_int_equal(expect_mm(&f->model, parent)->id, parent_mm_id);
	assert_int_equal(
		f->model.anon_vmas[expect_active(&f->model, parent, scenario_region(0))].id,
		root_id);
}

static void test_hole_in_a_region(void **state)
{
	static const struct expected_vma hole[] = {
		{.actor = 0, .page = 0, .pages = 1, .active = 'A', .chain = "A"},
		{.actor = 0, .page = 2, .pages = 1, .active = 'A', .chain = "A"},
	};
	static const struct expected_anon_vma shared[] = {
		{'A', 'A', .children = 1, .active = 2, .refcount = 1},
	};
	/* what fills the hole lends from its neighbour and merges with both */
	static const struct expected_vma filled[] = {
		{.actor = 0, .page = 0, .pages = 3, .active = 'A', .chain = "A"},
	};
	static const struct expected_anon_vma single[] = {
		{'A', 'A', .children = 1, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);

	scenario_map(&f->scenario, 0, region, 3);
	scenario_write(&f->scenario, 0, region, 3);
	scenario_unmap(&f->scenario, 0, region + scenario_page(), 1);
	fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, hole, shared);

	scenario_map(&f->scenario, 0, region + scenario_page(), 1);
	fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, filled, single);
}

/* The halves of a split copy the whole chain; the copy is what 7.0 reverses. */
static void test_split_of_a_forked_vma(void **state)
{
	static const struct expected_vma kept[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 1, .page = 0, .pages = 1, .active = 'B', .chain = "BA"},
		{.actor = 1, .page = 1, .pages = 1, .active = 'B', .chain = "BA"},
	};
	static const struct expected_vma lower_reversed[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 1, .page = 0, .pages = 1, .active = 'B', .chain = "AB"},
		{.actor = 1, .page = 1, .pages = 1, .active = 'B', .chain = "BA"},
	};
	static const struct expected_vma upper_reversed[] = {
		{.actor = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 1, .page = 0, .pages = 1, .active = 'B', .chain = "BA"},
		{.actor = 1, .page = 1, .pages = 1, .active = 'B', .chain = "AB"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 2},
		{'B', 'A', .children = 0, .active = 2, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	unsigned long region = scenario_region(0);
	const struct model_vma *lower;
	int64_t id;

	scenario_map(&f->scenario, 0, region, 2);
	scenario_write(&f->scenario, 0, region, 2);
	scenario_fork(&f->scenario, 0);
	scenario_protect(&f->scenario, 1, region + scenario_page(), 1, PROT_READ);
	id = fixture_collect(f);
	lower = expect_vma(&f->model, scenario_pid(&f->scenario, 1), region);
	if (observed_chain_order() == CHAIN_KEPT)
		EXPECT_TOPOLOGY(&f->model, &f->scenario, kept, anon_vmas);
	else if (model_chain(&f->model, lower)[0] == lower->active)
		EXPECT_TOPOLOGY(&f->model, &f->scenario, upper_reversed, anon_vmas);
	else
		EXPECT_TOPOLOGY(&f->model, &f->scenario, lower_reversed, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
}

static void create_file(const struct fixture *f, const char *name, unsigned long pages,
			char *ret_path, size_t size)
{
	int fd;

	snprintf(ret_path, size, "%s/%s", f->database.directory, name);
	fd = open(ret_path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(pages * scenario_page())), 0);
	close(fd);
}

static void check_file(const struct model *model, const struct model_vma *vma, const char *path)
{
	const struct model_file *file;
	struct stat stat;

	assert_int_not_equal(vma->file, MODEL_NONE);
	file = &model->files[vma->file];
	assert_string_equal(model_text(model, file->path), path);
	assert_int_equal(lstat(path, &stat), 0);
	assert_int_equal(file->ino, stat.st_ino);
	assert_int_equal(file->dev, major(stat.st_dev) << 20 | minor(stat.st_dev));
}

/* A private file mapping has an anon_vma from its first copied page on. */
static void test_private_file_written_after_fork(void **state)
{
	static const struct expected_vma untouched[] = {
		{.actor = 0, .region = 0, .pages = 2, .chain = ""},
		{.actor = 0, .region = 1, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 0, .region = 2, .pages = 2, .chain = ""},
		{.actor = 1, .region = 0, .pages = 2, .chain = ""},
		{.actor = 1, .region = 1, .pages = 2, .active = 'B', .chain = "BA"},
		{.actor = 1, .region = 2, .pages = 2, .chain = ""},
	};
	static const struct expected_anon_vma anon_vmas_untouched[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 2},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
	};
	static const struct expected_vma written[] = {
		{.actor = 0, .region = 0, .pages = 2, .active = 'D', .chain = "D"},
		{.actor = 0, .region = 1, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 0, .region = 2, .pages = 2, .chain = ""},
		{.actor = 1, .region = 0, .pages = 2, .active = 'C', .chain = "C"},
		{.actor = 1, .region = 1, .pages = 2, .active = 'B', .chain = "BA"},
		{.actor = 1, .region = 2, .pages = 2, .chain = ""},
		{.actor = 2, .region = 0, .pages = 2, .active = 'E', .chain = "EC"},
		{.actor = 2, .region = 1, .pages = 2, .active = 'F', .chain = "FBA"},
		{.actor = 2, .region = 2, .pages = 2, .chain = ""},
	};
	static const struct expected_vma written_reversed[] = {
		{.actor = 0, .region = 0, .pages = 2, .active = 'D', .chain = "D"},
		{.actor = 0, .region = 1, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 0, .region = 2, .pages = 2, .chain = ""},
		{.actor = 1, .region = 0, .pages = 2, .active = 'C', .chain = "C"},
		{.actor = 1, .region = 1, .pages = 2, .active = 'B', .chain = "BA"},
		{.actor = 1, .region = 2, .pages = 2, .chain = ""},
		{.actor = 2, .region = 0, .pages = 2, .active = 'E', .chain = "EC"},
		{.actor = 2, .region = 1, .pages = 2, .active = 'F', .chain = "FAB"},
		{.actor = 2, .region = 2, .pages = 2, .chain = ""},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 3},
		{'B', 'A', .children = 1, .active = 1, .refcount = 1},
		{'C', 'C', .children = 2, .active = 1, .refcount = 2},
		{'D', 'D', .children = 1, .active = 1, .refcount = 1},
		{'E', 'C', .children = 0, .active = 1, .refcount = 1},
		{'F', 'B', .children = 0, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	pid_t parent = scenario_pid(&f->scenario, 0);
	const struct model_vma *vma;
	char path[128];
	int64_t id;

	create_file(f, "mapped file", 8, path, sizeof(path));
	scenario_map_file(&f->scenario, 0, scenario_region(0), 2, path, MAP_PRIVATE, 3);
	scenario_read(&f->scenario, 0, scenario_region(0), 2);
	scenario_map_file(&f->scenario, 0, scenario_region(1), 2, path, MAP_PRIVATE, 0);
	scenario_write(&f->scenario, 0, scenario_region(1), 2);
	scenario_map_file(&f->scenario, 0, scenario_region(2), 2, path, MAP_SHARED, 0);
	scenario_write(&f->scenario, 0, scenario_region(2), 2);
	scenario_fork(&f->scenario, 0);
	fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, untouched, anon_vmas_untouched);

	scenario_write(&f->scenario, 1, scenario_region(0), 2);
	scenario_write(&f->scenario, 0, scenario_region(0), 2);
	scenario_fork(&f->scenario, 1);
	id = fixture_collect(f);
	if (observed_chain_order() == CHAIN_KEPT)
		EXPECT_TOPOLOGY(&f->model, &f->scenario, written, anon_vmas);
	else
		EXPECT_TOPOLOGY(&f->model, &f->scenario, written_reversed, anon_vmas);
	expect_rollups(&f->database, id, &f->model);
	for (unsigned int i = 0; i < 3; i++) {
		vma = expect_vma(&f->model, parent, scenario_region(i));
		check_file(&f->model, vma, path);
		assert_int_equal(vma->pgoff, i == 0 ? 3 : 0);
		/* 7.3 indexes private file mappings by address */
		if (f->model.origin.has_anon_pgoff && i < 2)
			assert_int_equal(vma->anon_pgoff, scenario_region(i) / scenario_page());
	}
	unlink(path);
}

static void test_mremap(void **state)
{
	static const struct expected_vma vmas[] = {
		{.actor = 0, .region = 1, .pages = 4, .active = 'A', .chain = "A"},
		{.actor = 0, .region = 3, .pages = 4, .chain = ""},
		{.actor = 0, .region = 4, .pages = 2, .active = 'B', .chain = "B"},
		{.actor = 0, .region = 5, .pages = 2, .active = 'B', .chain = "B"},
		{.actor = 0, .region = 6, .pages = 4, .chain = ""},
		{.actor = 0, .region = 7, .pages = 4, .active = 'C', .chain = "C"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 1, .active = 1, .refcount = 1},
		{'B', 'B', .children = 1, .active = 2, .refcount = 1},
		{'C', 'C', .children = 1, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);
	pid_t pid = scenario_pid(&f->scenario, 0);
	unsigned long page = scenario_page();
	int64_t id;

	for (unsigned int i = 0; i <= 6; i += 2) {
		scenario_map(&f->scenario, 0, scenario_region(i), 4);
		if (i != 2)
			scenario_write(&f->scenario, 0, scenario_region(i), 4);
	}
	scenario_remap(&f->scenario, 0, scenario_region(0), 4, scenario_region(1), 0);
	scenario_remap(&f->scenario, 0, scenario_region(2), 4, scenario_region(3), 0);
	scenario_remap(&f->scenario, 0, scenario_region(4) + 2 * page, 2, scenario_region(5), 0);
	scenario_remap(&f->scenario, 0, scenario_region(6), 4, scenario_region(7),
		       MREMAP_DONTUNMAP);
	id = fixture_collect(f);
	EXPECT_TOPOLOGY(&f->model, &f->scenario, vmas, anon_vmas);
	expect_rollups(&f->database, id, &f->model);

	/* pages know their offset, so what was faulted keeps it */
	assert_int_equal(expect_vma(&f->model, pid, scenario_region(1))->pgoff,
			 scenario_region(0) / page);
	assert_int_equal(expect_vma(&f->model, pid, scenario_region(3))->pgoff,
			 scenario_region(3) / page);
	assert_int_equal(expect_vma(&f->model, pid, scenario_region(5))->pgoff,
			 scenario_region(4) / page + 2);
	assert_int_equal(expect_vma(&f->model, pid, scenario_region(7))->pgoff,
			 scenario_region(6) / page);
	if (f->model.origin.has_anon_pgoff)
		assert_int_equal(expect_vma(&f->model, pid, scenario_region(1))->anon_pgoff,
				 scenario_region(0) / page);
}

/* copy_vma() clones the chain, so moving is also a copy for 7.0's order. */
static void test_mremap_of_a_forked_vma(void **state)
{
	static const struct expected_vma kept[] = {
		{.actor = 0, .region = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 1, .region = 1, .pages = 2, .active = 'B', .chain = "BA"},
	};
	static const struct expected_vma reversed[] = {
		{.actor = 0, .region = 0, .pages = 2, .active = 'A', .chain = "A"},
		{.actor = 1, .region = 1, .pages = 2, .active = 'B', .chain = "AB"},
	};
	static const struct expected_anon_vma anon_vmas[] = {
		{'A', 'A', .children = 2, .active = 1, .refcount = 2},
		{'B', 'A', .children = 0, .active = 1, .refcount = 1},
	};
	struct fixture *f = fixture_begin(state);

	scenario_map(&f->scenario, 0, scenario_region(0), 2);
	scenario_write(&f->scenario, 0, scenario_region(0), 2);
	scenario_fork(&f->scenario, 0);
	scenario_remap(&f->scenario, 1, scenario_region(0), 2, scenario_region(1), 0);
	fixture_collect(f);
	if (observed_chain_order() == CHAIN_KEPT)
		EXPECT_TOPOLOGY(&f->model, &f->scenario, kept, anon_vmas);
	else
		EXPECT_TOPOLOGY(&f->model, &f->scenario, reversed, anon_vmas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_dontfork_and_wipeonfork),
		LIVE_TEST(test_exec),
		LIVE_TEST(test_hole_in_a_region),
		LIVE_TEST(test_split_of_a_forked_vma),
		LIVE_TEST(test_private_file_written_after_fork),
		LIVE_TEST(test_mremap),
		LIVE_TEST(test_mremap_of_a_forked_vma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
