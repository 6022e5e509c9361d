/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * environment: whether this machine can be walked, and what it is.
 */
#ifndef VMASCOPE_COLLECTOR_ENVIRONMENT_H
#define VMASCOPE_COLLECTOR_ENVIRONMENT_H

#include <stdbool.h>
#include <stdio.h>

#include "record.h"

/* Features of the running kernel that the BPF program is fitted to. */
struct environment_features {
	bool rdonly_cast; /* kfunc bpf_rdonly_cast, 6.2+ */
	bool bpf_loop; /* helper bpf_loop, 5.17+ */
	bool task_filter; /* iterators of one task, 6.1+ */
	bool mm_lock_seq; /* 6.4+ with CONFIG_PER_VMA_LOCK */
};

/* libbpf's own words go to stderr only where VMASCOPE_BPF_LOG is set: one
 * sentence of ours says what matters. To be called before libbpf is. */
void environment_quiet_libbpf(void);

/*
 * Looks at everything the walk needs. Prints one line each, "ok" or what is
 * missing and how to get it; with quiet, only what is missing. True when
 * nothing is missing.
 */
bool environment_check(FILE *out, bool quiet);
/* 0, or -errno where there is no BTF. */
int environment_features(struct environment_features *features);
/* Fills in all but the moment. */
void environment_describe(struct record_begin *begin);
/* anon_vmas and VMAs alive in the kernel now, as the slab allocator counts; 0 = not
 * known. */
unsigned long environment_anon_vma_count(void);
unsigned long environment_vma_count(void);

#endif
