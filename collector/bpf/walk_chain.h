/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk_chain: the chain of a VMA and the counters of the anon_vmas it links to.
 */
#ifndef VMASCOPE_WALK_CHAIN_H
#define VMASCOPE_WALK_CHAIN_H

#include "walk_state.h"

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
	__u64 vma;
	__u64 start; /* of the VMA */
	__u32 count; /* entries in the record being filled */
	__u32 first; /* entries in records already written */
	bool foreign; /* an AVC named another VMA */
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
	struct vm_area_struct *owner;
	struct anon_vma_chain *avc;
	struct anon_vma *av;

	if (walk->next == walk->end || !walk->next)
		return 1;
	if (walk->count >= RECORD_CHAIN_MAX && flush_chain(walk, 0)) {
		walk->failed = true;
		return 1;
	}
	avc = (void *)(walk->next - bpf_core_field_offset(struct anon_vma_chain, same_vma));
	LOAD(owner, anon_vma_chain, avc, vma);
	if ((__u64)owner != walk->vma)
		walk->foreign = true;
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
	walk->vma = (__u64)vma;
	walk->start = vma->vm_start;
	walk->count = 0;
	walk->first = 0;
	walk->foreign = false;
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
	if (walk->foreign)
		bits |= RECORD_VMA_FOREIGN_AVC;
	return flush_chain(walk, bits);
}

#endif
