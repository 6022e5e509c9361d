/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk_task: the process and the address space that a visit is to.
 */
#ifndef VMASCOPE_WALK_TASK_H
#define VMASCOPE_WALK_TASK_H

#include "walk_state.h"
#include "walk_vma.h"

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

/*
 * What names an mm. Its memory is used again for the next mm soon, often within
 * one walk and with the same mm_lock_seq and size, so its address names it only
 * where the kernel has no number of its own for it.
 */
static __always_inline __u64 key_of(struct mm_struct *mm)
{
	if (bpf_core_field_exists(mm->context.ctx_id))
		return mm->context.ctx_id;
	mm_address_record.address = (__u64)mm;
	return NUMBER(mm_address_record.address);
}

/* The same process has the same mm until it calls exec. */
static __always_inline __u64 incarnation_of(struct task_struct *task)
{
	return mix(task->group_leader->start_boottime) ^ task->self_exec_id;
}

static __always_inline int emit_task(struct task_struct *task, struct mm_struct *mm, __u64 key,
				     __u32 number, __s32 tid, __s32 tgid)
{
	struct record_task *r = &task_record;
	struct task_struct *leader = task->group_leader;
	struct file *exe = mm->exe_file;

	r->head.type = RECORD_TASK;
	r->head.size = sizeof(*r);
	r->head.visit = number;
	r->mm = key;
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

static __always_inline int emit_mm_address(struct mm_struct *mm, __u64 key, __u32 number)
{
	struct record_mm_address *r = &mm_address_record;

	r->head.type = RECORD_MM_ADDRESS;
	r->head.size = sizeof(*r);
	r->head.visit = number;
	r->mm = key;
	r->address = (__u64)mm;
	return emit(r, sizeof(*r));
}

/* Begins the visit, so it comes last of what begin_visit() writes: what was
 * written before a full ring is written again. */
static __always_inline int emit_mm(struct mm_struct *mm, __u64 key, __u32 number)
{
	struct record_mm *r = &mm_record;

	r->head.type = RECORD_MM;
	r->head.size = sizeof(*r);
	r->head.visit = number;
	r->mm = key;
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

#endif
