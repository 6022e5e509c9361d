/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk_vma: one VMA, with its file, name and chain.
 */
#ifndef VMASCOPE_WALK_VMA_H
#define VMASCOPE_WALK_VMA_H

#include "walk_chain.h"
#include "walk_state.h"

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

/* Takes note of whether the VMA at this place of its mm, which is about to be
 * counted, has a file. */
static __always_inline void note_stretch(struct file *file)
{
	struct stretch *longest = &state.no_file;
	__u32 place = visit.vma_count;

	if (file) {
		state.no_file_first = place + 1;
	} else if (place + 1 - state.no_file_first > longest->end - longest->first) {
		longest->first = state.no_file_first;
		longest->end = place + 1;
	}
}

static __always_inline void note_place(struct vm_area_struct *vma)
{
	__u32 index = places_end & places_mask;
	__u64 *slot = bpf_map_lookup_elem(&vma_places, &index);

	if (slot)
		*slot = (__u64)vma;
	places_end++;
}

/* Reads something of the VMAs that come after this one. */
static __always_inline void fetch_ahead(void)
{
	__u32 first = state.places + visit.vma_count, index;
	__u64 *slot;

	if (!have_rdonly_cast || visit.vma_count % FETCH_AT_ONCE)
		return;
	for (__u32 i = 1; i <= FETCH_AT_ONCE; i++) {
		index = (first + i) & places_mask;
		slot = bpf_map_lookup_elem(&vma_places, &index);
		if (slot && *slot)
			fetched = CAST(vm_area_struct, (void *)*slot)->vm_start;
	}
}

/* A file keeps its inode, not its path. */
static __always_inline int emit_quiet_file(struct file *file)
{
	__u32 slot, dev;
	__u64 key, ino;

	file_key = (__u64)file;
	key = NUMBER(file_key);
	slot = slot_of(key, FILE_SLOTS - 1);
	if (quiet_files[slot] == in_walk(key, walk_number))
		return 0;
	identify_file(file, &dev, &ino);
	if (emit_file(file, dev, ino))
		return 1;
	quiet_files[slot] = in_walk(key, walk_number);
	return 0;
}

static __always_inline int emit_quiet_vma(struct vm_area_struct *vma)
{
	struct file *file;

	fetch_ahead();
	if (visit.vma_count < state.no_file.first || visit.vma_count >= state.no_file.end) {
		file = vma->vm_file;
		if (file && emit_quiet_file(file))
			return 1;
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
	note_stretch(file);
	note_place(vma);
	count_vma(vma);
	return 0;
}

#endif
