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
 * walk, and which is still the same mm (key_of() and incarnation_of()). Nobody held its mmap_lock for write in between, so its VMAs and their
 * non-empty chains are the same, and the only thing that can have happened is a
 * first fault, which gives an unlinked VMA its chain under the read lock. It is
 * enough to count the VMAs with a chain. Counters of anon_vmas can move through
 * other mms: user space knows which and asks for those (decode_plan.h). One mm in
 * AUDIT is read completely all the same at every walk, in turns.
 */
#include "walk_state.h"
#include "walk_task.h"
#include "walk_vma.h"

char LICENSE[] SEC("license") = "GPL";

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
		quiet_mms[slot].incarnation = state.incarnation;
		quiet_mms[slot].sequence = state.sequence;
		quiet_mms[slot].walk = walk_number;
		quiet_mms[slot].no_file = state.no_file;
		quiet_mms[slot].places = state.places;
	}
	visit.head.type = 0;
	return 0;
}

static __always_inline bool is_quiet(__u64 mm, __u64 sequence)
{
	__u32 slot = quiet_slot(mm);

	return quiet_visits && quiet_mms[slot].mm == mm &&
	       quiet_mms[slot].incarnation == state.incarnation &&
	       quiet_mms[slot].sequence == sequence && quiet_mms[slot].walk == walk_number - 1 &&
	       ((mix(mm) >> 48) ^ walk_number) % AUDIT != 0;
}

/* A task or an mm that was not the last one: 1 when the ring is full. */
static __always_inline int begin_visit(struct task_struct *task, struct mm_struct *mm)
{
	__s32 tid = pid_of(task);
	__s32 tgid = pid_of(BPF_CORE_READ(task, group_leader));
	__u32 number = visit.head.visit + 1;
	__u64 key = key_of(mm);
	bool skip = true;

	if (end_visit())
		return 1;
	if (wanted(task, tid, tgid)) {
		/* already walked through another thread or a process that shares it? */
		skip = state.walked_mm == key;
		if (!(skip && visit.tgid == tgid) && emit_task(task, mm, key, number, tid, tgid))
			return 1;
		if (!skip && (emit_mm_address(mm, key, number) || emit_mm(mm, key, number)))
			return 1;
		state.walked_mm = key;
	}
	state.mm = (__u64)mm;
	state.incarnation = incarnation_of(task);
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
	visit.bits = last_attempt ? RECORD_VISIT_LAST_ATTEMPT : 0;
	state.no_file.first = state.no_file.end = state.no_file_first = 0;
	state.places = places_end;
	if (is_quiet(key, state.sequence)) {
		visit.bits |= RECORD_VISIT_QUIET;
		state.no_file = quiet_mms[quiet_slot(key)].no_file;
		state.places = quiet_mms[quiet_slot(key)].places;
	}
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
