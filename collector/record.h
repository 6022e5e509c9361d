/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record: the stream that one walk of the kernel leaves behind.
 *
 * The BPF program, user space, --record files and the decoder share this
 * layout. It is native-endian, every record is a multiple of 8 bytes long and
 * starts with a struct record_head. Objects are named by a key: the kernel
 * address in a live walk (of an mm: x86's context.ctx_id), a small number in a
 * recording made without --raw-addresses. 0 is "none". A decoder must not read meaning into a key.
 *
 * Order within a walk: RECORD_BEGIN, then for every visit of an address space
 * RECORD_TASK, RECORD_MM_ADDRESS, RECORD_MM, its RECORD_VMAs in address order and
 * RECORD_VISIT_END; RECORD_VMA_NAME precedes the RECORD_VMA it names, RECORD_CHAIN
 * continues a chain that did not fit its RECORD_VMA; RECORD_FILE and
 * RECORD_ANON_VMA may stand anywhere and describe what other records name;
 * RECORD_END closes the walk.
 *
 * An incremental walk (RECORD_WALK_INCREMENTAL) leaves out what the walk before
 * it already said: a quiet visit has no RECORD_VMAs because nothing can have
 * changed, and an anon_vma whose counters did not move is not described again.
 * Recordings are never incremental.
 */
#ifndef VMASCOPE_COLLECTOR_RECORD_H
#define VMASCOPE_COLLECTOR_RECORD_H

#ifdef __bpf__
typedef __u8 record_u8;
typedef __u16 record_u16;
typedef __u32 record_u32;
typedef __s32 record_s32;
typedef __u64 record_u64;
#else
#include <stdint.h>
typedef uint8_t record_u8;
typedef uint16_t record_u16;
typedef uint32_t record_u32;
typedef int32_t record_s32;
typedef uint64_t record_u64;
#endif

/* Chain entries carried by one record; a longer chain continues in
 * RECORD_CHAIN. */
#define RECORD_CHAIN_MAX 64
#define RECORD_PATH_MAX 4096
#define RECORD_COMM_MAX 16
#define RECORD_NAME_MAX 80 /* ANON_VMA_NAME_MAX_LEN */
#define RECORD_TEXT_MAX 128

enum record_type {
	RECORD_BEGIN = 1, /* written by user space: the machine and the moment */
	RECORD_TASK,
	RECORD_MM,
	RECORD_VMA_NAME,
	RECORD_VMA,
	RECORD_CHAIN,
	RECORD_ANON_VMA,
	RECORD_FILE,
	RECORD_VISIT_END,
	RECORD_CGROUP, /* written by user space: path of a cgroup id */
	RECORD_END, /* written by user space: the walk is complete */
	RECORD_MM_ADDRESS, /* before the RECORD_MM of the same mm */
	RECORD_TYPE_MAX,
};

struct record_head {
	record_u16 type; /* enum record_type */
	record_u16 size; /* of the whole record, head included */
	record_u32 visit; /* which visit of an address space; 0 where it does not
			     matter */
};

/* Properties of the walked kernel that change how records are read. */
#define RECORD_KERNEL_MM_LOCK_SEQ 0x1 /* record_visit_end.mm_lock_seq is real */
#define RECORD_KERNEL_SPLIT_COUNTERS \
	0x2 /* num_children/num_active_vmas, not
					    degree */
#define RECORD_KERNEL_ANON_PGOFF 0x4 /* record_vma.anon_pgoff is real (7.3+) */

/* How the walk was made. */
#define RECORD_WALK_INCREMENTAL 0x1

struct record_begin {
	struct record_head head;
	record_u64 taken_ns; /* CLOCK_REALTIME when the walk began */
	record_u64 boottime_ns; /* CLOCK_BOOTTIME at the same moment */
	record_u32 page_size;
	record_u32 kernel; /* RECORD_KERNEL_* */
	record_u32 vma_bytes; /* slab object sizes of the walked kernel */
	record_u32 anon_vma_bytes;
	record_u32 avc_bytes;
	record_u32 tree_tgid; /* --tree: the walk was limited to this process and
				 its descendants; 0 = whole system */
	record_u32 walk; /* RECORD_WALK_* */
	record_u32 reserved;
	char boot_id[40];
	char release[RECORD_TEXT_MAX];
	char machine[32];
	char host[RECORD_TEXT_MAX];
};

struct record_task {
	struct record_head head;
	record_u64 mm; /* key */
	record_u64 start_ns; /* of the thread group leader, CLOCK_BOOTTIME */
	record_u64 exec_id; /* self_exec_id: moves with every exec */
	record_u64 cgroup; /* cgroup v2 id; 0 = unknown */
	record_u64 exe_ino;
	record_u32 exe_dev;
	record_s32 tid; /* thread that was visited */
	record_s32 tgid;
	record_s32 ppid;
	record_u32 uid;
	record_u32 reserved;
	char comm[RECORD_COMM_MAX]; /* of the leader; bytes chosen by the process */
};

struct record_mm {
	struct record_head head;
	record_u64 mm; /* key */
	record_u64 total_pages;
	record_u64 data_pages;
	record_u64 stack_pages;
	record_u64 exec_pages;
	record_u64 locked_pages;
	record_u64 pgtables_bytes;
	record_u64 file_rss_pages; /* rss: the kernel's cheap per-mm sum, which lags
				      behind by a batch per CPU */
	record_u64 anon_rss_pages;
	record_u64 swap_pages;
	record_u64 shmem_rss_pages;
	record_u32 mm_users;
	record_u32 tree_height; /* of the maple tree; 0 = unknown */
};

/* Where the mm is; the key of an mm is a number that the kernel never uses again,
 * where it has one. */
struct record_mm_address {
	struct record_head head;
	record_u64 mm; /* key */
	record_u64 address; /* 0 in a recording made without --raw-addresses */
};

/* What prctl(PR_SET_VMA_ANON_NAME) called an anonymous VMA. */
struct record_vma_name {
	struct record_head head;
	record_u64 start; /* of the VMA that follows */
	char name[RECORD_NAME_MAX];
};

#define RECORD_VMA_POLICY 0x1 /* has its own NUMA policy */
#define RECORD_VMA_FILE 0x2
#define RECORD_VMA_LAST 0x4 /* this record ends the chain */
#define RECORD_VMA_CHAIN_CUT \
	0x8 /* the chain is longer than this kernel lets
				     the walk follow */
#define RECORD_VMA_FOREIGN_AVC 0x10 /* an AVC of the chain named another VMA */

struct record_vma {
	struct record_head head;
	record_u64 start;
	record_u64 end;
	record_u64 pgoff; /* pages */
	record_u64 anon_pgoff; /* pages; see RECORD_KERNEL_ANON_PGOFF */
	record_u64 vm_flags;
	record_u64 ino;
	record_u64 anon_vma; /* key of the active anon_vma */
	record_u32 dev; /* kernel dev_t: major << 20 | minor */
	record_u16 bits; /* RECORD_VMA_* */
	record_u16 chain_count; /* entries in this record */
	record_u64 chain[]; /* keys in list order, head (newest) first */
};

struct record_chain {
	struct record_head head;
	record_u64 start; /* of the VMA continued */
	record_u32 first; /* index of chain[0] in the whole chain */
	record_u16 bits; /* RECORD_VMA_LAST, _CHAIN_CUT, _FOREIGN_AVC */
	record_u16 chain_count;
	record_u64 chain[];
};

struct record_anon_vma {
	struct record_head head;
	record_u64 anon_vma; /* key */
	record_u64 root; /* key */
	record_u64 parent; /* key */
	record_u64 num_children; /* degree on kernels without split counters */
	record_u64 num_active_vmas;
	record_u64 rwsem_count; /* raw counter of the root's rwsem when this is a
				   root; 0 = idle */
	record_u32 refcount;
	record_u32 reserved;
};

#define RECORD_VISIT_QUIET 0x1 /* nobody wrote to the mm since the last walk */
#define RECORD_VISIT_MOVED 0x2 /* someone wrote to the mm between two VMAs */
#define RECORD_VISIT_LAST_ATTEMPT \
	0x4 /* no visit will follow that does better;
				       without it the rest of an mm that moved
				       was not looked at */

struct record_visit_end {
	struct record_head head;
	record_u64 mm; /* key */
	record_s32 tid; /* thread through which the mm was reached */
	record_s32 tgid;
	record_u32 vma_count; /* VMAs looked at */
	record_u32 linked_count; /* those of them with a chain */
	record_u32 map_count; /* what the kernel said there are */
	record_u32 mm_lock_seq;
	record_u32 bits; /* RECORD_VISIT_* */
	record_u32 reserved;
};

struct record_file {
	struct record_head head;
	record_u64 ino;
	record_u32 dev;
	record_u32 path_size; /* with the closing NUL, without padding */
	char path[];
};

struct record_cgroup {
	struct record_head head;
	record_u64 cgroup;
	record_u32 path_size;
	record_u32 reserved;
	char path[];
};

struct record_end {
	struct record_head head;
	record_u64 walk_ns;
	record_u64 records; /* between begin and end */
	record_u64 checksum; /* of all bytes from RECORD_BEGIN on, with 0 in this
				place; 0 in a live walk */
};

#endif
