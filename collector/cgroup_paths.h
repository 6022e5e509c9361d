/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroup_paths: the path of a cgroup v2 id, read once from /proc of a process
 * that is in it.
 */
#ifndef VMASCOPE_COLLECTOR_CGROUP_PATHS_H
#define VMASCOPE_COLLECTOR_CGROUP_PATHS_H

#include <stdint.h>

#include "../topology/key_map.h"

/* All zero bytes is empty. Remembers paths for the life of the collector. */
struct cgroup_paths {
	struct key_map by_id; /* -> index of paths */
	char **paths;
	uint32_t count, capacity;
};

/* The path, or NULL where it cannot be read (the process is gone); valid until
 * cgroup_paths_clear. */
const char *cgroup_paths_find(struct cgroup_paths *paths, uint64_t cgroup, int32_t tgid);
void cgroup_paths_clear(struct cgroup_paths *paths);

#endif
