/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk_state: the settings, maps and variables of the walk, and the few helpers
 * that all its parts use. Part of walk.bpf.c, as the other walk_*.h.
 */
#ifndef VMASCOPE_WALK_STATE_H
#define VMASCOPE_WALK_STATE_H

#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "../record.h"

#define NULL ((void *)0)

/* Set by user space before loading; the verifier drops what they rule out. */
const volatile bool have_rdonly_cast; /* 6.2+ */
const volatile bool have_bpf_loop; /* 5.17+ */
const volatile __u32 tree_tgid; /* only this process and its descendants */

/* Set by user space before each walk. */
__u32 walk_number; /* never 0; one more than the last if that one was used */
__u32 fresh_pass; /* moves when another iterator is started in the same walk */
__u32 one_tgid; /* only this process; 0 = all */
__u32 described_mask; /* described_anon_vmas has one slot more */
__u32 places_mask; /* and so has vma_places */
bool incremental; /* leave out descriptions that the last walk gave */
bool quiet_visits; /* ... and mms that did not change since */
bool last_attempt; /* read on in an mm that someone wrote to */

/* The visit in progress; user space takes the last one of a walk from here. */
struct record_visit_end visit;

/* Bounds a chain where bpf_loop is missing; the verifier walks every turn and
 * gives up after 8192 jumps. */
#define CHAIN_BOUND 512
/* bpf_loop's own limit is 1 << 23. */
#define CHAIN_LIMIT (1 << 22)
#define GENERATION_LIMIT (1 << 16)
#define GENERATION_BOUND 32
#define FMODE_BACKING_MAYBE (3u << 24)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);
} ring SEC(".maps");

/*
 * Lossy memory of the anon_vmas that were described, in this walk or the one
 * before: a slot, chosen by address, holds a hash of address, counters and
 * walk. A collision costs one repeated record, never a missing one.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 16); /* user space asks for more */
	__type(key, __u32);
	__type(value, __u64);
} described_anon_vmas SEC(".maps");

/* The same for files, forgotten at every walk. */
#define FILE_SLOTS 4096
static __u64 described_files[FILE_SLOTS]; /* by inode */
static __u64 quiet_files[FILE_SLOTS]; /* by struct file */
static __u64 file_key;

/*
 * VMAs without a file, one after the other: the first one's place in its mm and
 * the one after the last. vm_file is in another cache line than what a quiet visit
 * looks at anyway, and that line is a miss for each VMA of a large system; so the
 * longest stretch is remembered, and no VMA in it is asked for its file again.
 */
struct stretch {
	__u32 first;
	__u32 end;
};

/* Lossy memory of the mms that held still through the last walk. */
#define QUIET_SLOTS (1 << 15)
#define AUDIT 32
static struct {
	__u64 mm;
	__u64 incarnation;
	__u64 sequence;
	__u32 walk;
	__u32 places; /* see vma_places */
	struct stretch no_file;
} quiet_mms[QUIET_SLOTS];

/*
 * Where the VMAs of an mm are, for a quiet visit to fetch into the cache before it
 * gets to them: on a large system each VMA is a miss, and misses that are waited
 * for together cost little more than one. A visit that reads an mm completely
 * appends its VMAs; the oldest are overwritten. Nothing depends on what is read there.
 */
#define FETCH_AT_ONCE 16
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 16); /* user space asks for more */
	__type(key, __u32);
	__type(value, __u64);
} vma_places SEC(".maps");
static __u32 places_end; /* counts on, modulo 2^32 */
static volatile __u64 fetched; /* keeps the reads from being optimised away */

static struct {
	__u32 walk;
	__u32 pass;
	__u32 pid_ns_level; /* of the process that walks */
	__s32 tid; /* in the initial pid namespace */
	__u64 mm; /* address */
	__u64 walked_mm; /* key of the last one that was not skipped */
	__u64 incarnation; /* of the process the mm was reached through */
	__u64 sequence;
	__u32 places;
	struct stretch no_file; /* the longest of this visit, or known from the last */
	__u32 no_file_first; /* where the VMAs without a file began that the last one
				belongs to */
	bool skip; /* nothing is wanted of this visit */
} state;

/* Records are put together here, not on the stack of 512 bytes. */
static struct record_task task_record;
static struct record_mm mm_record;
static struct record_mm_address mm_address_record;
static struct record_anon_vma anon_vma_record;
static struct record_vma_name name_record;
static struct {
	struct record_vma head;
	__u64 chain[RECORD_CHAIN_MAX];
} vma_record;
static struct {
	struct record_chain head;
	__u64 chain[RECORD_CHAIN_MAX];
} chain_record;
static struct {
	struct record_file head;
	char path[RECORD_PATH_MAX];
} file_record;

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

#define CAST(type, ptr) \
	((struct type *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(struct type)))

/* A plain load with an exception table entry where the verifier can be told
 * the type, a probe read where it cannot. */
#define LOAD(ret, type, ptr, field)                                                          \
	do {                                                                                 \
		if (have_rdonly_cast)                                                        \
			(ret) = (__typeof__(ret))CAST(type, ptr)->field;                     \
		else                                                                         \
			(ret) = (__typeof__(ret))BPF_CORE_READ((struct type *)(ptr), field); \
	} while (0)

/* The verifier forbids arithmetic on what it knows to be a kernel pointer; what
 * comes back from memory is a number. */
#define NUMBER(field) (*(volatile __u64 *)&(field))

static __always_inline int emit(void *record, __u32 size)
{
	return bpf_ringbuf_output(&ring, record, size, BPF_RB_NO_WAKEUP) ? 1 : 0;
}

static __always_inline __u64 mix(__u64 value)
{
	value *= 0x9e3779b97f4a7c15ULL;
	return value ^ (value >> 29);
}

/* A slot of a table. Before 6.10 the verifier forgets a bound at xor, so the
 * compiler must not mask first. */
static __always_inline __u32 slot_of(__u64 value, __u32 mask)
{
	__u64 hash = mix(value) >> 24;

	barrier_var(hash);
	return hash & mask;
}

static __always_inline __u64 in_walk(__u64 value, __u32 walk)
{
	return value ^ mix(walk);
}

#endif
