/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workload: processes of a known shape to measure on, one workload at a time.
 */
#ifndef VMASCOPE_TESTS_BENCH_WORKLOAD_H
#define VMASCOPE_TESTS_BENCH_WORKLOAD_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Starts a process with about vmas VMAs, all that it adds faulted, that forks
 * `children` which then sleep; every VMA of a child has its own anon_vma and a
 * chain of two. Returns the process, or exits the program with a sentence. It
 * dies with its children when the caller does.
 */
pid_t workload_forest(uint32_t children, uint32_t vmas);
/* The same with vmas VMAs that all share one anon_vma, which a fork splits: with
 * the children's links, (children + 1) * vmas AVCs are on it. */
pid_t workload_split(uint32_t children, uint32_t vmas);
/* Generations, each forked from the one before, all alive; a few VMAs each, whose
 * chains are as long as the generation is old. */
pid_t workload_generations(uint32_t count);
/* The workload_forest that runs ends count of its children and forks as many new
 * ones. */
void workload_replace(uint32_t count);
/* Ends it and waits until all of it is gone. */
void workload_stop(pid_t forest);

/* Adds count faulted VMAs that do not merge to the calling process. */
void workload_map(uint32_t count);

/* VMAs that /proc/PID/maps of the calling process lists. */
uint32_t workload_count_vmas(void);

#endif
