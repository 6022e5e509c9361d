/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * procfs: what /proc says about processes, to hold snapshots against.
 */
#ifndef VMASCOPE_TESTS_LIVE_PROCFS_H
#define VMASCOPE_TESTS_LIVE_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "topology/model.h"

/* A line of /proc/PID/maps. */
struct maps_vma {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* bytes; 0 for what has no file */
	uint64_t ino;
	uint32_t dev; /* kernel dev_t */
	char permissions[5];
	const char *name; /* as printed, in maps.text */
};

/* All zero bytes is empty. */
struct maps {
	struct maps_vma *vmas;
	uint32_t count, capacity;
	char *text;
	size_t size;
};

/* Reads /proc/PID/maps, without [vsyscall], which is in no mm. A process whose
 * leader has exited is read through one of its threads. 0 or -errno; a process
 * without an mm gives -ESRCH. */
int maps_read(pid_t pid, struct maps *maps);
bool maps_equal(const struct maps *a, const struct maps *b);
void maps_clear(struct maps *maps);

/*
 * Whether the model's VMAs of the process are those of the maps: range,
 * permissions, device, inode, offset and path of what has a file. If not, says
 * the first difference.
 */
bool maps_match(const struct model *model, uint32_t process, const struct maps *maps, char *why,
		size_t size);
/* Fails the running test if not. */
void maps_expect(const struct model *model, pid_t pid, const struct maps *maps);

/* Everything in /proc that has an mm. */
struct process_entry {
	pid_t pid;
	uint64_t start_ticks; /* since boot */
	struct maps maps;
};

struct process_list {
	struct process_entry *entries; /* by pid */
	uint32_t count, capacity;
};

/* Replaces what the list held. */
int process_list_read(struct process_list *list);
const struct process_entry *process_list_find(const struct process_list *list, pid_t pid);
void process_list_clear(struct process_list *list);

/* CLOCK_BOOTTIME in the unit of process_entry.start_ticks. */
uint64_t boottime_ticks(void);

#endif
