/* SPDX-License-Identifier: GPL-2.0-only */
#include "scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[256];

int scratch_setup(void **state)
{
	const char *parent = getenv("TMPDIR");

	(void)state;
	if (!parent) /* in memory where possible: databases sync to the disk often */
		parent = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(directory, sizeof(directory), "%s/vmascope-unit-XXXXXX", parent);
	return mkdtemp(directory) ? 0 : -1;
}

int scratch_teardown(void **state)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	(void)state;
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlink(scratch_path(entry->d_name));
	closedir(dir);
	return rmdir(directory);
}

const char *scratch_dir(void)
{
	return directory;
}

const char *scratch_path(const char *name)
{
	static char paths[4][512];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

void scratch_write(const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(scratch_path(name), "wbe");

	assert_non_null(file);
	if (size)
		assert_int_equal(fwrite(bytes, size, 1, file), 1);
	assert_int_equal(fclose(file), 0);
}

uint8_t *scratch_read(const char *name, size_t *ret_size)
{
	FILE *file = fopen(scratch_path(name), "rbe");
	uint8_t *bytes;
	long size;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size >= 0);
	rewind(file);
	bytes = malloc((size_t)size + 1);
	assert_non_null(bytes);
	if (size)
		assert_int_equal(fread(bytes, (size_t)size, 1, file), 1);
	fclose(file);
	*ret_size = (size_t)size;
	return bytes;
}
