/* SPDX-License-Identifier: GPL-2.0-only */
/* A snapshot says what /proc says: every process once, every VMA of a quiet
 * process with its range, permissions, offset, device, inode and path. */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixture.h"

static void create_file(const char *path, unsigned long pages)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(ftruncate(fd, (off_t)(pages * scenario_page())), 0);
	close(fd);
}

static void map_in(struct fixture *f, unsigned int region, long flags, long fd)
{
	long rc = scenario_syscall(&f->scenario, 0, SYS_mmap, (long)scenario_region(region),
				   (long)(2 * scenario_page()), PROT_READ | PROT_WRITE,
				   flags | MAP_FIXED_NOREPLACE, fd, 0);

	assert_int_equal(rc, scenario_region(region));
}

static void test_anonymous_and_shared_memory(void **state)
{
	struct fixture *f = fixture_begin(state);
	long fd;

	scenario_map(&f->scenario, 0, scenario_region(0), 7);
	scenario_split(&f->scenario, 0, scenario_region(0), 7);
	scenario_map(&f->scenario, 0, scenario_region(1), 2);
	scenario_protect(&f->scenario, 0, scenario_region(1), 2, PROT_NONE);
	scenario_map(&f->scenario, 0, scenario_region(2), 2);
	scenario_protect(&f->scenario, 0, scenario_region(2), 2,
			 PROT_READ | PROT_WRITE | PROT_EXEC);
	/* "/dev/zero (deleted)" */
	map_in(f, 3, MAP_SHARED | MAP_ANONYMOUS, -1);
	fd = scenario_syscall(&f->scenario, 0, SYS_memfd_create,
			      scenario_text(&f->scenario, "name with \n and \xff"), 0, 0, 0, 0, 0);
	assert_true(fd >= 0);
	assert_int_equal(scenario_syscall(&f->scenario, 0, SYS_ftruncate, fd,
					  (long)(2 * scenario_page()), 0, 0, 0, 0),
			 0);
	map_in(f, 4, MAP_SHARED, fd);
	map_in(f, 5, MAP_PRIVATE, fd);
	map_in(f, 6, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1);
	scenario_write(&f->scenario, 0, scenario_region(5), 1);
	scenario_fork(&f->scenario, 0);
	fixture_collect(f);
	fixture_expect_all_true(f);
}

/* Names are bytes that users choose. */
static void test_file_names(void **state)
{
	static const char *const names[] = {
		"plain",
		"with space",
		"with\nnewline",
		"with\\012backslash",
		"tab\tand\rreturn",
		"invalid \xff\xfe\xc3 utf-8",
		"(deleted)",
		" (deleted)",
		"\x01\x1b[31m",
		"<script>",
	};
	struct fixture *f = fixture_begin(state);
	char path[256];

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->database.directory, names[i]);
		create_file(path, 4);
		scenario_map_file(&f->scenario, 0, scenario_region(i), 2, path,
				  i % 2 ? MAP_SHARED : MAP_PRIVATE, i % 3);
		scenario_write(&f->scenario, 0, scenario_region(i), 1);
	}
	scenario_fork(&f->scenario, 0);
	fixture_collect(f);
	fixture_expect_all_true(f);
}

/* The name at the moment of the snapshot counts, as in /proc. */
static void test_renamed_and_deleted_files(void **state)
{
	struct fixture *f = fixture_begin(state);
	char first[256];
	char second[256];

	snprintf(first, sizeof(first), "%s/first", f->database.directory);
	snprintf(second, sizeof(second), "%s/second", f->database.directory);
	create_file(first, 4);
	scenario_map_file(&f->scenario, 0, scenario_region(0), 2, first, MAP_PRIVATE, 0);
	scenario_fork(&f->scenario, 0);
	fixture_collect(f);
	fixture_expect_all_true(f);

	assert_int_equal(rename(first, second), 0);
	fixture_collect(f);
	fixture_expect_all_true(f);

	assert_int_equal(unlink(second), 0);
	fixture_collect(f);
	fixture_expect_all_true(f);

	/* another file of the first name, often of the same inode number */
	create_file(first, 4);
	scenario_map_file(&f->scenario, 0, scenario_region(1), 2, first, MAP_SHARED, 0);
	fixture_collect(f);
	fixture_expect_all_true(f);
}

/* A file is stored once, so one of its names stands for all. */
static void test_two_names_of_a_file(void **state)
{
	struct fixture *f = fixture_begin(state);
	const struct model_vma *vmas[2];
	char names[2][256];
	const char *stored;

	for (unsigned int i = 0; i < 2; i++) {
		snprintf(names[i], sizeof(names[i]), "%s/%c", f->database.directory, 'a' + (int)i);
		if (i)
			assert_int_equal(link(names[0], names[1]), 0);
		else
			create_file(names[0], 2);
		scenario_map_file(&f->scenario, 0, scenario_region(i), 2, names[i], MAP_PRIVATE, 0);
	}
	fixture_collect(f);
	for (unsigned int i = 0; i < 2; i++)
		vmas[i] = expect_vma(&f->model, scenario_pid(&f->scenario, 0), scenario_region(i));
	assert_int_not_equal(vmas[0]->file, MODEL_NONE);
	assert_int_equal(vmas[0]->file, vmas[1]->file);
	stored = model_text(&f->model, f->model.files[vmas[0]->file].path);
	assert_true(!strcmp(stored, names[0]) || !strcmp(stored, names[1]));
}

static void test_long_path_and_large_offset(void **state)
{
	struct fixture *f = fixture_begin(state);
	char path[4096];
	size_t length;
	size_t ends[16];
	int depth = 0;

	length = (size_t)snprintf(path, sizeof(path), "%s", f->database.directory);
	while (length + 1 + 240 + 1 + 1 < sizeof(path) - 8) {
		ends[depth++] = length;
		path[length++] = '/';
		memset(path + length, 'a' + depth, 240);
		length += 240;
		path[length] = 0;
		assert_int_equal(mkdir(path, 0700), 0);
	}
	memcpy(path + length, "/f", sizeof("/f"));
	/* beyond 4 GiB, but sparse */
	create_file(path, 0x200004);
	scenario_map_file(&f->scenario, 0, scenario_region(0), 2, path, MAP_PRIVATE, 0x200001);
	fixture_collect(f);
	unlink(path);
	path[length] = 0;
	while (depth) {
		rmdir(path);
		path[ends[--depth]] = 0;
	}
	/* /proc would say where it was deleted from */
	assert_int_equal(
		expect_vma(&f->model, scenario_pid(&f->scenario, 0), scenario_region(0))->pgoff,
		0x200001);
	fixture_collect(f);
	fixture_expect_all_true(f);
}

static void read_line(const char *format, pid_t pid, char *ret_line, size_t size)
{
	char path[64];
	FILE *file;
	size_t got;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(path, sizeof(path), format, pid);
#pragma GCC diagnostic pop
	file = fopen(path, "re");
	assert_non_null(file);
	got = fread(ret_line, 1, size - 1, file);
	fclose(file);
	ret_line[got] = 0;
}

static void check_attributes(const struct fixture *f, int actor)
{
	pid_t pid = scenario_pid(&f->scenario, actor);
	const struct model_process *process = &f->model.processes[expect_process(&f->model, pid)];
	static struct process_list list;
	char text[4096];
	ssize_t size;
	char path[64];
	char *v2;

	read_line("/proc/%d/comm", pid, text, sizeof(text));
	text[strlen(text) - 1] = 0;
	assert_string_equal(process->comm, text);
	assert_int_equal(process_list_read(&list), 0);
	assert_int_equal(process->start_ns / (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK)),
			 process_list_find(&list, pid)->start_ticks);
	assert_int_equal(process->ppid, actor ? scenario_pid(&f->scenario, 0) : getpid());
	assert_int_equal(process->uid, actor == 1 ? 1234 : 0);

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	size = readlink(path, text, sizeof(text) - 1);
	assert_true(size > 0);
	text[size] = 0;
	assert_int_not_equal(process->exe, MODEL_NONE);
	assert_string_equal(model_text(&f->model, f->model.files[process->exe].path), text);

	read_line("/proc/%d/cgroup", pid, text, sizeof(text));
	v2 = strstr(text, "0::");
	if (v2 && process->cgroup_path) {
		v2[strcspn(v2, "\n")] = 0;
		assert_string_equal(model_text(&f->model, process->cgroup_path), v2 + 3);
	}
}

static void test_process_attributes(void **state)
{
	struct fixture *f = fixture_begin(state);

	scenario_fork(&f->scenario, 0);
	scenario_fork(&f->scenario, 0);
	scenario_syscall(&f->scenario, 2, SYS_prctl, PR_SET_NAME,
			 scenario_text(&f->scenario, "a) S 1\n\"\xff<b>"), 0, 0, 0, 0);
	assert_int_equal(
		scenario_syscall(&f->scenario, 1, SYS_setresuid, 1234, 1234, 1234, 0, 0, 0), 0);
	fixture_collect(f);
	for (int i = 0; i < 3; i++)
		check_attributes(f, i);
}

/* What every attempt disagreed about. */
struct complaints {
	uint32_t count;
	pid_t pid;
	char text[1024];
};

static void complain(struct complaints *complaints, pid_t pid, const char *text)
{
	if (!complaints->count++)
		complaints->pid = pid;
	if (complaints->pid == pid)
		snprintf(complaints->text, sizeof(complaints->text), "process %d: %s", pid, text);
}

/* Each process that was there throughout is in the snapshot; where its maps
 * were the same before and after, they are the snapshot's. */
static void check_listed(const struct fixture *f, const struct process_list *before,
			 const struct process_list *after, struct complaints *complaints)
{
	for (uint32_t i = 0; i < before->count; i++) {
		const struct process_entry *entry = &before->entries[i];
		const struct process_entry *still = process_list_find(after, entry->pid);
		uint32_t process = model_find_process(&f->model, entry->pid);
		char why[900];

		if (!still || still->start_ticks != entry->start_ticks)
			continue;
		if (process == MODEL_NONE) {
			complain(complaints, entry->pid, "is in /proc only");
			continue;
		}
		if (f->model.mms[f->model.processes[process].mm].torn)
			continue;
		if (maps_equal(&entry->maps, &still->maps) &&
		    !maps_match(&f->model, process, &entry->maps, why, sizeof(why)))
			complain(complaints, entry->pid, why);
	}
}

static void check_nothing_invented(const struct fixture *f, const struct process_list *before,
				   const struct process_list *after, uint64_t began)
{
	uint64_t tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);

	for (uint32_t i = 0; i < f->model.process_count; i++) {
		const struct model_process *process = &f->model.processes[i];

		assert_int_equal(expect_process(&f->model, process->tgid), i);
		assert_true(process->mm < f->model.mm_count);
		/* came and went between the two readings */
		if (process->start_ns / tick_ns + 1 >= began)
			continue;
		if (!process_list_find(before, process->tgid) &&
		    !process_list_find(after, process->tgid))
			fail_msg("process %d is in the snapshot only", process->tgid);
	}
}

static void take_and_check(struct fixture *f, struct complaints *complaints)
{
	static struct process_list before, after;
	uint64_t began = boottime_ticks();

	assert_int_equal(process_list_read(&before), 0);
	collect_model(&f->database, 0, &f->model);
	assert_int_equal(process_list_read(&after), 0);
	check_listed(f, &before, &after, complaints);
	check_nothing_invented(f, &before, &after, began);
}

static void test_every_process_once(void **state)
{
	struct fixture *f = fixture_begin(state);
	struct complaints complaints = {0};

	for (int i = 0; i < 50; i++)
		scenario_fork(&f->scenario, i / 2);
	scenario_clone(&f->scenario, 3, CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD, 0);
	scenario_exit_thread(&f->scenario, 3);
	/* A process that is not ours may change and change back between the two
	 * readings of /proc, but not three times in a row. */
	for (int attempt = 0; attempt < 3; attempt++) {
		complaints.count = 0;
		take_and_check(f, &complaints);
		expect_process(&f->model, getpid());
		for (int i = 0; i <= 50; i++)
			expect_process(&f->model, scenario_pid(&f->scenario, i));
		fixture_expect_all_true(f);
		if (!complaints.count)
			return;
		print_message("attempt %d: %s\n", attempt, complaints.text);
	}
	fail_msg("%u disagreements, %s", complaints.count, complaints.text);
}

static bool mount_overlay(const char *directory)
{
	static const char *const parts[] = {"lower", "upper", "work", "merged"};
	char path[256];
	char options[1024];

	assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("vmascope-live", directory, "tmpfs", 0, NULL), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, parts[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/lower/file%u", directory, i);
		create_file(path, 4);
	}
	snprintf(path, sizeof(path), "%s/merged", directory);
	snprintf(options, sizeof(options), "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work",
		 directory, directory, directory);
	return mount("vmascope-live", path, "overlay", 0, options) == 0;
}

static int enter_namespace(void *argument)
{
	return setns(*(int *)argument, CLONE_NEWNS);
}

static void collect_from(struct fixture *f, int *namespace)
{
	char number[16];
	const char *const args[] = {"--once", "--db", f->database.path, "--tree", number, NULL};
	struct run run;

	snprintf(number, sizeof(number), "%d", scenario_pid(&f->scenario, 0));
	collect_run(args, enter_namespace, namespace, &run);
	if (run.exit_code)
		fail_msg("collector: exit code %d: %s", run.exit_code, run.err);
	database_load(&f->database, database_latest(&f->database), &f->model);
	expect_sound(&f->model);
}

/* Everything is as /proc says, but the path of a file may be told as it is
 * within its layer: that is what its f_path says on kernels 6.8 and later. */
static void expect_layered_truth(struct fixture *f)
{
	for (int i = 0; i < f->scenario.count; i++) {
		pid_t pid = scenario_pid(&f->scenario, i);
		const struct model_mm *mm = expect_mm(&f->model, pid);

		assert_int_equal(maps_read(pid, &f->maps), 0);
		assert_int_equal(mm->vma_count, f->maps.count);
		for (uint32_t j = 0; j < f->maps.count; j++) {
			const struct model_vma *vma = &f->model.vmas[mm->vma_first + j];
			struct maps_vma *line = &f->maps.vmas[j];
			const char *path = vma->file == MODEL_NONE ?
						   "" :
						   model_text(&f->model,
							      f->model.files[vma->file].path);
			size_t whole = strlen(line->name);
			size_t part = strlen(path);

			if (part > 1 && part < whole && !strcmp(line->name + whole - part, path))
				line->name += whole - part;
		}
		maps_expect(&f->model, pid, &f->maps);
	}
}

/* overlayfs maps the file of the layer below; /proc shows the one that was
 * opened, in a way that has changed between kernels. Runs last: this program
 * stays in its own mount namespace. */
static void test_overlay(void **state)
{
	struct fixture *f = *state;
	char mounted[128];
	char path[256];
	int outside;

	environment_require();
	model_init(&f->model);
	database_create(&f->database);
	outside = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	assert_true(outside >= 0);
	if (unshare(CLONE_NEWNS)) {
		print_message("skipped: no private mount namespace: %s\n", strerror(errno));
		skip();
	}
	snprintf(mounted, sizeof(mounted), "%s/mount", f->database.directory);
	assert_int_equal(mkdir(mounted, 0700), 0);
	if (!mount_overlay(mounted)) {
		print_message("skipped: no overlay here: %s\n", strerror(errno));
		umount2(mounted, MNT_DETACH);
		rmdir(mounted);
		skip();
	}

	scenario_start(&f->scenario);
	/* from the layer below, private and untouched, then written */
	snprintf(path, sizeof(path), "%s/merged/file0", mounted);
	scenario_map_file(&f->scenario, 0, scenario_region(0), 2, path, MAP_PRIVATE, 1);
	scenario_map_file(&f->scenario, 0, scenario_region(1), 2, path, MAP_PRIVATE, 2);
	scenario_write(&f->scenario, 0, scenario_region(1), 2);
	/* copied up by being opened for writing, before and after a mapping */
	snprintf(path, sizeof(path), "%s/merged/file1", mounted);
	scenario_map_file(&f->scenario, 0, scenario_region(2), 2, path, MAP_PRIVATE, 0);
	scenario_map_file(&f->scenario, 0, scenario_region(3), 2, path, MAP_SHARED, 0);
	scenario_write(&f->scenario, 0, scenario_region(3), 2);
	/* only in the layer above, then deleted */
	snprintf(path, sizeof(path), "%s/merged/new", mounted);
	create_file(path, 4);
	scenario_map_file(&f->scenario, 0, scenario_region(4), 2, path, MAP_PRIVATE, 0);
	assert_int_equal(unlink(path), 0);
	scenario_fork(&f->scenario, 0);

	fixture_collect(f);
	expect_layered_truth(f);
	/* a collector that does not see these mounts says the same */
	collect_from(f, &outside);
	expect_layered_truth(f);
	close(outside);
	scenario_stop(&f->scenario);
	snprintf(path, sizeof(path), "%s/merged", mounted);
	umount2(path, MNT_DETACH);
	umount2(mounted, MNT_DETACH);
	rmdir(mounted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_anonymous_and_shared_memory), LIVE_TEST(test_file_names),
		LIVE_TEST(test_renamed_and_deleted_files),   LIVE_TEST(test_two_names_of_a_file),
		LIVE_TEST(test_long_path_and_large_offset),  LIVE_TEST(test_process_attributes),
		LIVE_TEST(test_every_process_once),	     LIVE_TEST(test_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
