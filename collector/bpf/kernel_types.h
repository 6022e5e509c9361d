/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_types: the few kernel structures and fields that the walk reads.
 *
 * Written by hand. Only names and types matter: libbpf relocates every access
 * against the running kernel's BTF (preserve_access_index), so order and gaps
 * here mean nothing. A field that only some kernels have is asked for with
 * bpf_core_field_exists before it is read; a structure whose layout changed
 * has a second flavour with a ___suffix, which libbpf ignores when matching.
 */
#ifndef VMASCOPE_KERNEL_TYPES_H
#define VMASCOPE_KERNEL_TYPES_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
enum {
	false = 0,
	true = 1
};

enum bpf_map_type {
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_RB_NO_WAKEUP = 1,
};

/* Asked for with bpf_core_enum_value_exists: the program must not name a
 * helper that the running kernel does not have. */
enum bpf_func_id {
	BPF_FUNC_loop = 181,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct rw_semaphore {
	atomic_long_t count;
};

struct anon_vma {
	struct anon_vma *root;
	struct rw_semaphore rwsem;
	atomic_t refcount;
	unsigned long num_children;
	unsigned long num_active_vmas;
	struct anon_vma *parent;
};

/* 3.19 ... September 2022: one counter for both. */
struct anon_vma___degree {
	unsigned int degree;
};

struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma;
	struct list_head same_vma;
};

struct super_block {
	unsigned int s_dev;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct dentry {
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct vfsmount {
	struct super_block *mnt_sb;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	unsigned int f_mode;
	struct inode *f_inode;
	struct path f_path;
};

/* What overlayfs maps: f_inode is the lower file, user_path the one that was
 * opened and that /proc shows. */
struct backing_file {
	struct path user_path;
};

struct percpu_counter {
	long long count;
};

struct maple_tree {
	unsigned int ma_flags;
};

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

struct mm_struct {
	struct maple_tree mm_mt;
	int map_count;
	atomic_t mm_users;
	atomic_long_t pgtables_bytes;
	seqcount_t mm_lock_seq;
	unsigned long total_vm;
	unsigned long locked_vm;
	unsigned long data_vm;
	unsigned long exec_vm;
	unsigned long stack_vm;
	struct percpu_counter rss_stat[4];
	struct file *exe_file;
	struct {
		__u64 ctx_id; /* x86 only: never used again */
	} context;
};

/* 6.4 ... 6.13: a plain int, bumped at write unlock only. */
struct mm_struct___int_seq {
	int mm_lock_seq;
};

/* ... 6.1: one atomic per counter. */
struct mm_rss_stat {
	atomic_long_t count[4];
};

struct mm_struct___atomic_rss {
	struct mm_rss_stat rss_stat;
};

struct anon_vma_name {
	char name[0];
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	struct list_head anon_vma_chain;
	struct anon_vma *anon_vma;
	unsigned long vm_pgoff;
	struct file *vm_file;
	void *vm_policy;
};

struct vm_area_struct___named {
	struct anon_vma_name *anon_name;
};

/* 7.3+ */
struct vm_area_struct___anon_pgoff {
	unsigned int __vm_anon_pgoff_lo;
	unsigned int __vm_anon_pgoff_hi;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	__u64 start_boottime;
	const struct cred *real_cred;
	char comm[16];
	__u64 self_exec_id;
	struct css_set *cgroups;
};

struct bpf_iter_meta {
	__u64 session_id;
};

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

#pragma clang attribute pop

#endif
