/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk: an iter/task_vma program that writes what it sees as records (see
 * ../record.h) into a ring buffer and nothing into the seq file.
 *
 * The iterator holds mmap_lock for read while the program looks at a VMA, so
 * the VMA and its non-empty chain cannot change under it; the counters of an
 * anon_vma can, they belong to the root's rwsem which BPF cannot take.
 *
 * When a record does not fit the ring the program returns 1: the kernel ends
 * this read() and shows the same VMA again in the next one, after user space
 * has drained the ring (-EAGAIN of bpf_seq_read, kernel/bpf/bpf_iter.c).
 * Everything written for that VMA is then written again, so records may repeat
 * but are never lost. The lock was dropped in between: mm_lock_seq, compared at
 * every VMA, tells whether anyone wrote meanwhile. It is read under mmap_lock,
 * so two equal values mean that nobody held the lock for write in between, in
 * its int form (bumped at unlock only) as well as in its seqcount form.
 *
 * A quiet visit is one to an mm whose mm_lock_seq and size are those of the last
 * walk. Nobody held its mmap_lock for write in between, so its VMAs and their
 * non-empty chains are the same, and the only thing that can have happened is a
 * first fault, which gives an unlinked VMA its chain under the read lock. It is
 * enough to count the VMAs with a chain. Counters of anon_vmas can move through
 * other mms: user space knows which and asks for those (decode_plan.h). One mm in
 * AUDIT is read completely all the same at every walk, in turns.
 */
#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "../record.h"

#define NULL ((void *)0)

char LICENSE[] SEC("license") = "GPL";

/* Set by user space before loading; the verifier drops what they rule out. */
const volatile bool have_rdonly_cast; /* 6.2+ */
const volatile bool have_bpf_loop; /* 5.17+ */
const volatile __u32 tree_tgid; /* only this process and its descendants */

/* Set by user space before each walk. */
__u32 walk_number; /* never 0; one more than the last if that one was used */
__u32 fresh_pass; /* moves when another iterator is started in the same walk */
__u32 one_tgid; /* only this process; 0 = all */
__u32 described_mask; /* described_anon_vmas has one slot more */
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

/* Lossy memory of the mms that held still through the last walk. */
#define QUIET_SLOTS (1 << 15)
#define AUDIT 32
static struct {
	__u64 mm;
	__u64 sequence;
	__u64 walk;
} quiet_mms[QUIET_SLOTS];

static struct {
	__u32 walk;
	__u32 pass;
	__u32 pid_ns_level; /* of the process that walks */
	__s32 tid; /* in the initial pid namespace */
	__u64 mm;
	__u64 walked_mm; /* the last one that was not skipped */
	__u64 sequence;
	bool skip; /* nothing is wanted of this visit */
} state;

/* Records are put together here, not on the stack of 512 bytes. */
static struct record_task task_record;
static struct record_mm mm_record;
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

static __always_inline void read_anon_vma(struct anon_vma *av, struct record_anon_vma *r)
{
	r->anon_vma = (__u64)av;
	LOAD(r->root, anon_vma, av, root);
	LOAD(r->parent, anon_vma, av, parent);
	LOAD(r->refcount, anon_vma, av, refcount.counter);
	r->rwsem_count = 0;
	if (NUMBER(r->root) == NUMBER(r->anon_vma))
		LOAD(r->rwsem_count, anon_vma, av, rwsem.count.counter);
	if (bpf_core_field_exists(struct anon_vma, num_active_vmas)) {
		LOAD(r->num_children, anon_vma, av, num_children);
		LOAD(r->num_active_vmas, anon_vma, av, num_active_vmas);
	} else {
		r->num_children = BPF_CORE_READ((struct anon_vma___degree *)av, degree);
	}
}

/* The counters are read at every link to an anon_vma and written again when
 * they moved: a reader of the stream sees whether they held still. */
static __always_inline int emit_anon_vma(struct anon_vma *av)
{
	struct record_anon_vma *r = &anon_vma_record;
	__u64 value, *slot;
	__u32 index;

	read_anon_vma(av, r);
	index = slot_of(NUMBER(r->anon_vma), described_mask);
	value = mix(NUMBER(r->root) ^ mix(NUMBER(r->parent) ^ mix(NUMBER(r->anon_vma))));
	value = mix(value ^ r->num_children ^ mix(r->num_active_vmas));
	value = mix(value ^ r->refcount ^ mix(r->rwsem_count));
	slot = bpf_map_lookup_elem(&described_anon_vmas, &index);
	if (!slot || *slot == in_walk(value, walk_number))
		return 0;
	if (!incremental || *slot != in_walk(value, walk_number - 1)) {
		r->head.type = RECORD_ANON_VMA;
		r->head.size = sizeof(*r);
		r->head.visit = visit.head.visit;
		if (emit(r, sizeof(*r)))
			return 1;
	}
	*slot = in_walk(value, walk_number);
	return 0;
}

struct chain_walk {
	__u64 next; /* list_head of the next AVC */
	__u64 end; /* list_head in the VMA */
	__u64 start; /* of the VMA */
	__u32 count; /* entries in the record being filled */
	__u32 first; /* entries in records already written */
	bool failed;
};

static __always_inline __u32 chain_bytes(__u32 count)
{
	/* tells the verifier what the loop already ensures */
	if (count > RECORD_CHAIN_MAX)
		count = RECORD_CHAIN_MAX;
	return count * sizeof(__u64);
}

/* Writes the record being filled, the first of a VMA or a later one. */
static __always_inline int flush_chain(struct chain_walk *walk, __u16 bits)
{
	__u32 bytes = chain_bytes(walk->count);
	int failed;

	if (!walk->first) {
		vma_record.head.chain_count = walk->count;
		vma_record.head.bits |= bits;
		vma_record.head.head.size = sizeof(struct record_vma) + bytes;
		failed = emit(&vma_record, sizeof(struct record_vma) + bytes);
	} else {
		chain_record.head.start = walk->start;
		chain_record.head.first = walk->first;
		chain_record.head.chain_count = walk->count;
		chain_record.head.bits = bits;
		chain_record.head.head.type = RECORD_CHAIN;
		chain_record.head.head.visit = visit.head.visit;
		chain_record.head.head.size = sizeof(struct record_chain) + bytes;
		failed = emit(&chain_record, sizeof(struct record_chain) + bytes);
	}
	walk->first += walk->count;
	walk->count = 0;
	return failed;
}

/*
 * Not on the stack with a pointer for bpf_loop: before 6.8 the verifier looks at
 * a callback once only, believes that count stays what it was then, and drops
 * the bounds checks on it. Of what is in a map it believes nothing.
 */
static struct chain_walk chain_walk;

/* One AVC. bpf_loop callback: 1 ends the loop. */
static long chain_step(__u32 index, void *unused)
{
	struct chain_walk *walk = &chain_walk;
	struct anon_vma_chain *avc;
	struct anon_vma *av;

	if (walk->next == walk->end || !walk->next)
		return 1;
	if (walk->count >= RECORD_CHAIN_MAX && flush_chain(walk, 0)) {
		walk->failed = true;
		return 1;
	}
	avc = (void *)(walk->next - bpf_core_field_offset(struct anon_vma_chain, same_vma));
	LOAD(av, anon_vma_chain, avc, anon_vma);
	LOAD(walk->next, anon_vma_chain, avc, same_vma.next);
	if (emit_anon_vma(av)) {
		walk->failed = true;
		return 1;
	}
	if (!walk->first)
		vma_record.chain[walk->count & (RECORD_CHAIN_MAX - 1)] = (__u64)av;
	else
		chain_record.chain[walk->count & (RECORD_CHAIN_MAX - 1)] = (__u64)av;
	walk->count++;
	return 0;
}

/* The chain of the VMA that vma_record describes, head to tail. */
static __always_inline int emit_chain(struct vm_area_struct *vma)
{
	struct chain_walk *walk = &chain_walk;
	__u16 bits = RECORD_VMA_LAST;

	walk->next = (__u64)vma->anon_vma_chain.next;
	walk->end = (__u64)vma + bpf_core_field_offset(struct vm_area_struct, anon_vma_chain);
	walk->start = vma->vm_start;
	walk->count = 0;
	walk->first = 0;
	walk->failed = false;

	if (have_bpf_loop) {
		bpf_loop(CHAIN_LIMIT, chain_step, NULL, 0);
	} else {
		for (__u32 i = 0; i < CHAIN_BOUND; i++)
			if (chain_step(i, NULL))
				break;
	}
	if (walk->failed)
		return 1;
	if (walk->next != walk->end)
		bits |= RECORD_VMA_CHAIN_CUT;
	return flush_chain(walk, bits);
}

/*
 * The file that was opened, where it is not the one that overlayfs maps; /proc/
 * PID/maps shows it. FMODE_BACKING is bit 25 up to 6.13 and bit 24 since, and
 * each bit means something else in the other era. BTF knows no macros: what
 * lies behind an ordinary struct file is told by not looking like a path.
 */
static __always_inline struct inode *opened_inode(struct file *file)
{
	struct backing_file *backing = (void *)file;
	struct super_block *sb;
	struct dentry *dentry;

	if (!bpf_core_field_exists(backing->user_path) || !(file->f_mode & FMODE_BACKING_MAYBE))
		return NULL;
	sb = BPF_CORE_READ(backing, user_path.mnt, mnt_sb);
	dentry = BPF_CORE_READ(backing, user_path.dentry);
	if (!sb || sb != BPF_CORE_READ(dentry, d_sb))
		return NULL;
	return BPF_CORE_READ(dentry, d_inode);
}

static __always_inline void identify_file(struct file *file, __u32 *dev, __u64 *ino)
{
	struct inode *inode = opened_inode(file);

	if (!inode)
		inode = file->f_inode;
	*dev = BPF_CORE_READ(inode, i_sb, s_dev);
	*ino = BPF_CORE_READ(inode, i_ino);
}

static __always_inline int emit_file(struct file *file, __u32 dev, __u64 ino)
{
	__u64 value = in_walk(mix(ino ^ mix(dev + 1)), walk_number);
	__u32 slot = slot_of(ino ^ mix(dev), FILE_SLOTS - 1);
	__u32 size;
	long len;

	if (described_files[slot] == value)
		return 0;
	file_record.head.dev = dev;
	file_record.head.ino = ino;
	len = bpf_d_path(&file->f_path, file_record.path, RECORD_PATH_MAX);
	if (len < 1 || len > RECORD_PATH_MAX) {
		file_record.path[0] = 0;
		len = 1;
	}
	for (__u32 i = 0; i < 7; i++) { /* the padding: no rest of a longer path */
		__u32 at = len + i;

		if (at < RECORD_PATH_MAX)
			file_record.path[at] = 0;
	}
	file_record.head.path_size = len;
	size = (sizeof(struct record_file) + len + 7) & ~7u;
	if (size > sizeof(file_record))
		size = sizeof(file_record);
	file_record.head.head.type = RECORD_FILE;
	file_record.head.head.size = size;
	if (emit(&file_record, size))
		return 1;
	described_files[slot] = value;
	return 0;
}

/* Until 6.2 the name shares its place with the links of a file mapping. */
static __always_inline int emit_name(struct vm_area_struct *vma)
{
	struct vm_area_struct___named *named = (void *)vma;
	struct record_vma_name *r = &name_record;
	struct anon_vma_name *name;

	if (!bpf_core_field_exists(named->anon_name) || vma->vm_file)
		return 0;
	name = BPF_CORE_READ(named, anon_name);
	if (!name)
		return 0;
	r->head.type = RECORD_VMA_NAME;
	r->head.size = sizeof(*r);
	r->head.visit = visit.head.visit;
	r->start = vma->vm_start;
	__builtin_memset(r->name, 0, sizeof(r->name));
	if (bpf_core_read_str(r->name, sizeof(r->name), &name->name) < 0)
		return 0;
	return emit(r, sizeof(*r));
}

static __always_inline void count_vma(struct vm_area_struct *vma)
{
	__u64 head = (__u64)vma + bpf_core_field_offset(struct vm_area_struct, anon_vma_chain);

	visit.vma_count++;
	if ((__u64)vma->anon_vma_chain.next != head)
		visit.linked_count++;
}

/* A file keeps its inode, not its path. */
static __always_inline int emit_quiet_vma(struct vm_area_struct *vma)
{
	struct file *file = vma->vm_file;
	__u32 slot, dev;
	__u64 key, ino;

	if (file) {
		file_key = (__u64)file;
		key = NUMBER(file_key);
		slot = slot_of(key, FILE_SLOTS - 1);
		if (quiet_files[slot] != in_walk(key, walk_number)) {
			identify_file(file, &dev, &ino);
			if (emit_file(file, dev, ino))
				return 1;
			quiet_files[slot] = in_walk(key, walk_number);
		}
	}
	count_vma(vma);
	return 0;
}

static __always_inline int emit_vma(struct vm_area_struct *vma)
{
	struct record_vma *r = &vma_record.head;
	struct file *file = vma->vm_file;

	r->head.type = RECORD_VMA;
	r->head.visit = visit.head.visit;
	r->start = vma->vm_start;
	r->end = vma->vm_end;
	r->pgoff = vma->vm_pgoff;
	r->vm_flags = vma->vm_flags;
	r->anon_vma = (__u64)vma->anon_vma;
	r->anon_pgoff = 0;
	if (bpf_core_field_exists(struct vm_area_struct___anon_pgoff, __vm_anon_pgoff_lo)) {
		struct vm_area_struct___anon_pgoff *v = (void *)vma;

		r->anon_pgoff = ((__u64)BPF_CORE_READ(v, __vm_anon_pgoff_hi) << 32) |
				BPF_CORE_READ(v, __vm_anon_pgoff_lo);
	}
	r->bits = 0;
	if (bpf_core_field_exists(vma->vm_policy) && vma->vm_policy)
		r->bits |= RECORD_VMA_POLICY;
	r->dev = 0;
	r->ino = 0;
	if (file) {
		r->bits |= RECORD_VMA_FILE;
		identify_file(file, &r->dev, &r->ino);
		if (emit_file(file, r->dev, r->ino))
			return 1;
	}
	if (emit_name(vma) || emit_chain(vma))
		return 1;
	count_vma(vma);
	return 0;
}

/* Number of a task in the pid namespace of the process that walks. */
static __always_inline __s32 pid_of(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = state.pid_ns_level;
	__s32 nr = 0;

	if (level > 32)
		return 0;
	bpf_core_read(&nr, sizeof(nr),
		      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			      level * bpf_core_type_size(struct upid) +
			      bpf_core_field_offset(struct upid, nr));
	return nr;
}

struct ancestry {
	struct task_struct *task;
	bool found;
};

static long ancestry_step(__u32 index, struct ancestry *walk)
{
	/* copied first: BPF_CORE_READ would look for struct ancestry in the kernel */
	struct task_struct *task = walk->task, *leader, *parent;

	leader = BPF_CORE_READ(task, group_leader);
	if ((__u32)pid_of(leader) == tree_tgid) {
		walk->found = true;
		return 1;
	}
	parent = BPF_CORE_READ(leader, real_parent);
	if (!parent || parent == task)
		return 1;
	walk->task = parent;
	return 0;
}

static __always_inline bool wanted(struct task_struct *task, __s32 tid, __s32 tgid)
{
	struct ancestry walk = {.task = task};

	if (tid <= 0 || tgid <= 0) /* it exited since the iterator took its mm */
		return false;
	if (one_tgid)
		return (__u32)tgid == one_tgid;
	if (!tree_tgid)
		return true;
	if (have_bpf_loop) {
		bpf_loop(GENERATION_LIMIT, ancestry_step, &walk, 0);
	} else {
		for (__u32 i = 0; i < GENERATION_BOUND; i++)
			if (ancestry_step(i, &walk))
				break;
	}
	return walk.found;
}

static __always_inline int emit_task(struct task_struct *task, struct mm_struct *mm, __u32 number,
				     __s32 tid, __s32 tgid)
{
	struct record_task *r = &task_record;
	struct task_struct *leader = task->group_leader;
	struct file *exe = mm->exe_file;

	r->head.type = RECORD_TASK;
	r->head.size = sizeof(*r);
	r->head.visit = number;
	r->mm = (__u64)mm;
	r->start_ns = leader->start_boottime;
	r->exec_id = task->self_exec_id;
	r->cgroup = BPF_CORE_READ(leader, cgroups, dfl_cgrp, kn, id);
	r->exe_dev = 0;
	r->exe_ino = 0;
	if (exe) {
		identify_file(exe, &r->exe_dev, &r->exe_ino);
		if (emit_file(exe, r->exe_dev, r->exe_ino))
			return 1;
	}
	r->tid = tid;
	r->tgid = tgid;
	r->ppid = pid_of(BPF_CORE_READ(leader, real_parent, group_leader));
	r->uid = BPF_CORE_READ(leader, real_cred, uid.val);
	__builtin_memset(r->comm, 0, sizeof(r->comm)); /* no rest of a longer name */
	bpf_core_read_str(r->comm, sizeof(r->comm), &leader->comm);
	return emit(r, sizeof(*r));
}

/* The array's element is larger in the kernel than in kernel_types.h, so its
 * place is computed from relocated sizes. */
static __always_inline __u64 read_rss(struct mm_struct *mm, int which)
{
	__s64 pages = 0;
	__u32 offset;

	if (bpf_core_field_exists(((struct mm_struct___atomic_rss *)mm)->rss_stat.count))
		pages = BPF_CORE_READ((struct mm_struct___atomic_rss *)mm,
				      rss_stat.count[which].counter);
	else {
		offset = bpf_core_field_offset(struct mm_struct, rss_stat) +
			 which * bpf_core_type_size(struct percpu_counter) +
			 bpf_core_field_offset(struct percpu_counter, count);
		bpf_core_read(&pages, sizeof(pages), (void *)mm + offset);
	}
	return pages > 0 ? pages : 0;
}

static __always_inline int emit_mm(struct mm_struct *mm, __u32 number)
{
	struct record_mm *r = &mm_record;

	r->head.type = RECORD_MM;
	r->head.size = sizeof(*r);
	r->head.visit = number;
	r->mm = (__u64)mm;
	r->total_pages = mm->total_vm;
	r->data_pages = mm->data_vm;
	r->stack_pages = mm->stack_vm;
	r->exec_pages = mm->exec_vm;
	r->locked_pages = mm->locked_vm;
	r->pgtables_bytes = mm->pgtables_bytes.counter;
	r->file_rss_pages = read_rss(mm, 0);
	r->anon_rss_pages = read_rss(mm, 1);
	r->swap_pages = read_rss(mm, 2);
	r->shmem_rss_pages = read_rss(mm, 3);
	r->mm_users = mm->mm_users.counter;
	r->tree_height = 0;
	if (bpf_core_field_exists(mm->mm_mt)) /* MT_FLAGS_HEIGHT_MASK */
		r->tree_height = (mm->mm_mt.ma_flags >> 2) & 0x1f;
	return emit(r, sizeof(*r));
}

static __always_inline __u32 read_mm_lock_seq(struct mm_struct *mm)
{
	if (!bpf_core_field_exists(mm->mm_lock_seq))
		return 0;
	if (bpf_core_field_exists(mm->mm_lock_seq.sequence))
		return mm->mm_lock_seq.sequence;
	return BPF_CORE_READ((struct mm_struct___int_seq *)mm, mm_lock_seq);
}

/*
 * A value that moves when someone wrote to the mm. Before 6.4 there is no
 * mm_lock_seq and the value tells only what most writers change; 6.4 itself can
 * grow a stack under the read lock, which the size tells.
 */
static __always_inline __u64 read_sequence(struct mm_struct *mm)
{
	return mix(read_mm_lock_seq(mm) ^ mix(mm->total_vm ^ mix(mm->map_count))) ^
	       mix(mm->data_vm ^ mix(mm->exec_vm ^ mix(mm->stack_vm)));
}

static __always_inline __u32 quiet_slot(__u64 mm)
{
	return slot_of(mm, QUIET_SLOTS - 1);
}

/* Writes the end of the visit in progress, if there is one. */
static __always_inline int end_visit(void)
{
	if (!visit.head.type)
		return 0;
	if (emit(&visit, sizeof(visit)))
		return 1;
	if (!(visit.bits & RECORD_VISIT_MOVED)) {
		__u32 slot = quiet_slot(visit.mm);

		quiet_mms[slot].mm = visit.mm;
		quiet_mms[slot].sequence = state.sequence;
		quiet_mms[slot].walk = walk_number;
	}
	visit.head.type = 0;
	return 0;
}

static __always_inline bool is_quiet(__u64 mm, __u64 sequence)
{
	__u32 slot = quiet_slot(mm);

	return quiet_visits && quiet_mms[slot].mm == mm && quiet_mms[slot].sequence == sequence &&
	       quiet_mms[slot].walk == walk_number - 1 &&
	       ((mix(mm) >> 48) ^ walk_number) % AUDIT != 0;
}

/* A task or an mm that was not the last one: 1 when the ring is full. */
static __always_inline int begin_visit(struct task_struct *task, struct mm_struct *mm)
{
	__s32 tid = pid_of(task);
	__s32 tgid = pid_of(BPF_CORE_READ(task, group_leader));
	__u32 number = visit.head.visit + 1;
	bool skip = true;
	__u64 key;

	if (end_visit())
		return 1;
	mm_record.mm = (__u64)mm;
	key = NUMBER(mm_record.mm);
	if (wanted(task, tid, tgid)) {
		/* already walked through another thread or a process that shares it? */
		skip = state.walked_mm == key;
		if (!(skip && visit.tgid == tgid) && emit_task(task, mm, number, tid, tgid))
			return 1;
		if (!skip && emit_mm(mm, number))
			return 1;
		state.walked_mm = key;
	}
	state.mm = key;
	state.tid = task->pid;
	state.skip = skip;
	state.sequence = read_sequence(mm);
	visit.head.visit = number;
	visit.tgid = tgid;
	if (skip)
		return 0;
	visit.head.type = RECORD_VISIT_END;
	visit.head.size = sizeof(visit);
	visit.mm = key;
	visit.linked_count = 0;
	visit.tid = tid;
	visit.vma_count = 0;
	visit.map_count = mm->map_count;
	visit.mm_lock_seq = read_mm_lock_seq(mm);
	visit.bits = (is_quiet(key, state.sequence) ? RECORD_VISIT_QUIET : 0) |
		     (last_attempt ? RECORD_VISIT_LAST_ATTEMPT : 0);
	return 0;
}

/* The mm was written to since the visit began: what was read so far and what
 * follows need not fit together. */
static __always_inline void note_move(struct mm_struct *mm)
{
	visit.bits |= RECORD_VISIT_MOVED;
	visit.map_count = mm->map_count;
	if (!last_attempt)
		state.skip = true;
}

static __always_inline void begin_pass(void)
{
	struct task_struct *walker = (void *)bpf_get_current_task();

	__builtin_memset(&state, 0, sizeof(state));
	state.walk = walk_number;
	state.pass = fresh_pass;
	state.pid_ns_level = BPF_CORE_READ(walker, thread_pid, level);
	visit.head.type = 0;
	visit.tgid = 0;
}

SEC("iter/task_vma")
int walk_task_vma(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct mm_struct *mm;

	if (!task || !vma)
		return 0;
	if (state.walk != walk_number || state.pass != fresh_pass)
		begin_pass();
	mm = vma->vm_mm;
	if ((state.tid != task->pid || state.mm != (__u64)mm) && begin_visit(task, mm))
		return 1;
	if (state.skip)
		return 0;
	if (state.sequence != read_sequence(mm))
		note_move(mm);
	if (state.skip)
		return 0;
	return visit.bits & RECORD_VISIT_QUIET ? emit_quiet_vma(vma) : emit_vma(vma);
}
