/* SPDX-License-Identifier: GPL-2.0-only */
#include "cgroup_paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../topology/table.h"

#define LINE_MAX_BYTES 4200

/* The line of the unified hierarchy is "0::PATH". */
static char *read_path(int32_t tgid)
{
	char name[64], line[LINE_MAX_BYTES], *path = NULL;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", tgid);
	file = fopen(name, "re");
	if (!file)
		return NULL;
	while (!path && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "0::", 3) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		path = strdup(line + 3);
	}
	fclose(file);
	return path;
}

static const char *remember(struct cgroup_paths *paths, uint64_t cgroup, char *path)
{
	if (table_reserve((void **)&paths->paths, &paths->capacity, paths->count + 1ull,
			  sizeof(*paths->paths))) {
		free(path);
		return NULL;
	}
	if (key_map_put(&paths->by_id, cgroup, paths->count)) {
		free(path);
		return NULL;
	}
	paths->paths[paths->count++] = path;
	return path;
}

const char *cgroup_paths_find(struct cgroup_paths *paths, uint64_t cgroup, int32_t tgid)
{
	uint32_t index = key_map_find(&paths->by_id, cgroup);
	char *path;

	if (index != KEY_MAP_NONE)
		return paths->paths[index];
	path = cgroup ? read_path(tgid) : NULL;
	return path ? remember(paths, cgroup, path) : NULL;
}

void cgroup_paths_clear(struct cgroup_paths *paths)
{
	for (uint32_t i = 0; i < paths->count; i++)
		free(paths->paths[i]);
	free(paths->paths);
	key_map_clear(&paths->by_id);
	*paths = (struct cgroup_paths){0};
}
