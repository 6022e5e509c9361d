/* SPDX-License-Identifier: GPL-2.0-only */
#include "procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmocka_all.h"

#define VM_READ 0x1
#define VM_WRITE 0x2
#define VM_EXEC 0x4
#define VM_MAYSHARE 0x80

/* The whole file, with a NUL; -errno. */
static ssize_t read_file(const char *path, char **text, size_t *capacity)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t got;

		if (size + 65536 > *capacity) {
			*capacity = size + 65536 + *capacity / 2;
			*text = realloc(*text, *capacity);
			assert_non_null(*text);
		}
		got = read(fd, *text + size, *capacity - size - 1);
		if (got <= 0) {
			int error = got < 0 ? errno : 0;

			close(fd);
			(*text)[size] = 0;
			return error ? -error : (ssize_t)size;
		}
		size += (size_t)got;
	}
}

static struct maps_vma *new_vma(struct maps *maps)
{
	if (maps->count == maps->capacity) {
		maps->capacity = maps->capacity ? 2 * maps->capacity : 64;
		maps->vmas = realloc(maps->vmas, maps->capacity * sizeof(*maps->vmas));
		assert_non_null(maps->vmas);
	}
	return &maps->vmas[maps->count++];
}

static void parse_line(struct maps *maps, char *line)
{
	struct maps_vma *vma = new_vma(maps);
	unsigned long long start, end, offset, ino;
	unsigned int major, minor;
	int name = 0;

	if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu%n", &start, &end, vma->permissions, &offset,
		   &major, &minor, &ino, &name) < 7)
		fail_msg("a line of maps that is not understood: %s", line);
	while (line[name] == ' ')
		name++;
	vma->start = start;
	vma->end = end;
	vma->offset = offset;
	vma->ino = ino;
	vma->dev = (uint32_t)(major << 20 | minor);
	vma->name = line + name;
	if (!strcmp(vma->name, "[vsyscall]"))
		maps->count--;
}

static void parse(struct maps *maps)
{
	char *line = maps->text;

	maps->count = 0;
	while (line && *line) {
		char *end = strchr(line, '\n');

		if (end)
			*end = 0;
		parse_line(maps, line);
		if (!end)
			break;
		line = end + 1;
	}
}

/* maps of the first thread that still has an mm. */
static ssize_t read_thread_maps(pid_t pid, struct maps *maps)
{
	char path[300];
	struct dirent *entry;
	ssize_t size = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	directory = opendir(path);
	if (!directory)
		return -errno;
	while (size <= 0 && (entry = readdir(directory))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/maps", pid, entry->d_name);
		size = read_file(path, &maps->text, &maps->size);
	}
	closedir(directory);
	return size;
}

int maps_read(pid_t pid, struct maps *maps)
{
	char path[64];
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	size = read_file(path, &maps->text, &maps->size);
	if (size <= 0)
		size = read_thread_maps(pid, maps);
	if (size <= 0)
		return size ? (int)size : -ESRCH;
	parse(maps);
	return maps->count ? 0 : -ESRCH;
}

bool maps_equal(const struct maps *a, const struct maps *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct maps_vma *x = &a->vmas[i];
		const struct maps_vma *y = &b->vmas[i];

		if (x->start != y->start || x->end != y->end || x->offset != y->offset ||
		    x->ino != y->ino || x->dev != y->dev ||
		    strcmp(x->permissions, y->permissions) || strcmp(x->name, y->name))
			return false;
	}
	return true;
}

void maps_clear(struct maps *maps)
{
	free(maps->vmas);
	free(maps->text);
	*maps = (struct maps){0};
}

/* The way seq_path() prints it: only newlines are escaped. */
static bool same_path(const char *path, const char *printed)
{
	for (; *path; path++) {
		if (*path == '\n') {
			if (strncmp(printed, "\\012", 4))
				return false;
			printed += 4;
		} else if (*path != *printed++) {
			return false;
		}
	}
	return !*printed;
}

static const char *compare_vma(const struct model *model, const struct model_vma *vma,
			       const struct maps_vma *line)
{
	const char permissions[5] = {
		vma->flags & VM_READ ? 'r' : '-',
		vma->flags & VM_WRITE ? 'w' : '-',
		vma->flags & VM_EXEC ? 'x' : '-',
		vma->flags & VM_MAYSHARE ? 's' : 'p',
	};
	const struct model_file *file;

	if (vma->start != line->start || vma->end != line->end)
		return "range";
	if (strcmp(permissions, line->permissions))
		return "permissions";
	if (vma->file == MODEL_NONE)
		return line->ino || line->dev || line->offset ? "file missing" : NULL;
	file = &model->files[vma->file];
	if (file->dev != line->dev)
		return "device";
	if (file->ino != line->ino)
		return "inode";
	if (vma->pgoff * (uint64_t)sysconf(_SC_PAGESIZE) != line->offset)
		return "offset";
	return same_path(model_text(model, file->path), line->name) ? NULL : "path";
}

bool maps_match(const struct model *model, uint32_t process, const struct maps *maps, char *why,
		size_t size)
{
	const struct model_mm *mm = &model->mms[model->processes[process].mm];

	for (uint32_t i = 0; i < mm->vma_count && i < maps->count; i++) {
		const struct model_vma *vma = &model->vmas[mm->vma_first + i];
		const struct maps_vma *line = &maps->vmas[i];
		const char *difference = compare_vma(model, vma, line);

		if (!difference)
			continue;
		snprintf(why, size,
			 "%s: VMA %u is stored as %llx-%llx pgoff %llx dev %x ino %llu %s, "
			 "/proc has %llx-%llx %s %llx dev %x ino %llu %s",
			 difference, i, (unsigned long long)vma->start,
			 (unsigned long long)vma->end, (unsigned long long)vma->pgoff,
			 vma->file == MODEL_NONE ? 0 : model->files[vma->file].dev,
			 vma->file == MODEL_NONE ? 0ull :
						   (unsigned long long)model->files[vma->file].ino,
			 vma->file == MODEL_NONE ? "" :
						   model_text(model, model->files[vma->file].path),
			 (unsigned long long)line->start, (unsigned long long)line->end,
			 line->permissions, (unsigned long long)line->offset, line->dev,
			 (unsigned long long)line->ino, line->name);
		return false;
	}
	if (mm->vma_count != maps->count) {
		snprintf(why, size, "%u VMAs are stored, /proc has %u", mm->vma_count, maps->count);
		return false;
	}
	return true;
}

void maps_expect(const struct model *model, pid_t pid, const struct maps *maps)
{
	uint32_t process = model_find_process(model, pid);
	char why[1024] = "";

	if (process == MODEL_NONE)
		fail_msg("process %d is not there", pid);
	if (!maps_match(model, process, maps, why, sizeof(why)))
		fail_msg("process %d: %s", pid, why);
}

/* Field 22 of /proc/PID/stat. */
static int read_start(pid_t pid, uint64_t *ret_ticks)
{
	char text[1024];
	char path[64];
	char *at;
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = 0;
	at = strrchr(text, ')');
	for (int field = 2; field < 22 && at; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EINVAL;
	*ret_ticks = strtoull(at, NULL, 10);
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	const struct process_entry *x = a;
	const struct process_entry *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

int process_list_read(struct process_list *list)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	process_list_clear(list);
	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		struct process_entry new = {.pid = (pid_t)strtol(entry->d_name, NULL, 10)};

		if (new.pid <= 0)
			continue;
		if (read_start(new.pid, &new.start_ticks) || maps_read(new.pid, &new.maps)) {
			maps_clear(&new.maps);
			continue;
		}
		if (list->count == list->capacity) {
			list->capacity = list->capacity ? 2 * list->capacity : 64;
			list->entries = realloc(list->entries, list->capacity * sizeof(new));
			assert_non_null(list->entries);
		}
		list->entries[list->count++] = new;
	}
	closedir(directory);
	qsort(list->entries, list->count, sizeof(*list->entries), compare_pids);
	return 0;
}

const struct process_entry *process_list_find(const struct process_list *list, pid_t pid)
{
	const struct process_entry key = {.pid = pid};

	return list->count ? bsearch(&key, list->entries, list->count, sizeof(key), compare_pids) :
			     NULL;
}

void process_list_clear(struct process_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		maps_clear(&list->entries[i].maps);
	free(list->entries);
	*list = (struct process_list){0};
}

uint64_t boottime_ticks(void)
{
	struct timespec now;
	uint64_t hertz = (uint64_t)sysconf(_SC_CLK_TCK);

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * hertz + (uint64_t)now.tv_nsec * hertz / 1000000000u;
}
