/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model: the anon_vma topology of one moment, in memory.
 *
 * Tables are growing arrays; an object is named by its index in its table and
 * edges are indexes too (MODEL_NONE is "no object"). Two names live beside the
 * index: the key, under which the object was seen by whoever filled the model
 * (0 = not known; meaningful within one boot only), and the id, which means the
 * same object in every snapshot (0 = not assigned yet). `previous` is the index
 * of the same object in the model of the snapshot before (MODEL_NONE = new),
 * and `row` is the store's name for what it last wrote of the object (0 = not
 * written); both are carried here for the stages that need them.
 *
 * Terms are the kernel's. The VMAs of an mm are contiguous and sorted by
 * vm_start; the chain of a VMA is a slice of the avc table in list order, head
 * first, and the chains of an mm follow each other as its VMAs do. Nothing here does I/O or keeps state outside the struct. Not
 * thread-safe; one thread owns a model.
 */
#ifndef VMASCOPE_TOPOLOGY_MODEL_H
#define VMASCOPE_TOPOLOGY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "key_map.h"

#define MODEL_NONE UINT32_MAX
#define MODEL_COMM_SIZE 16

/* The machine and the moment a model describes. */
struct model_origin {
	uint64_t taken_ns; /* CLOCK_REALTIME */
	uint64_t boottime_ns; /* CLOCK_BOOTTIME */
	uint32_t page_size;
	uint32_t vma_bytes; /* slab object sizes */
	uint32_t anon_vma_bytes;
	uint32_t avc_bytes;
	int32_t tree_tgid; /* 0 = the whole system was walked */
	bool split_counters; /* num_children and num_active_vmas, not degree */
	bool has_anon_pgoff; /* 7.3+ */
	char boot_id[40];
	char release[128];
	char machine[32];
	char host[128];
};

struct model_file {
	uint64_t ino;
	uint64_t row;
	uint32_t dev; /* kernel dev_t: major << 20 | minor */
	uint32_t id;
	uint32_t previous;
	uint32_t path; /* offset in model.text; bytes, not checked UTF-8 */
};

struct model_process {
	uint64_t start_ns; /* of the thread group leader, CLOCK_BOOTTIME */
	uint64_t exec_id; /* moves with every exec */
	uint64_t cgroup; /* cgroup v2 id, 0 = unknown */
	uint64_t row;
	uint32_t id;
	uint32_t previous;
	int32_t tgid;
	int32_t ppid;
	uint32_t uid;
	uint32_t exe; /* file or MODEL_NONE */
	uint32_t cgroup_path; /* offset in model.text, 0 = unknown */
	uint32_t mm;
	char comm[MODEL_COMM_SIZE]; /* NUL-terminated bytes chosen by the process */
};

/* Counters that move without any change of topology. */
struct model_mm_usage {
	uint64_t file_rss_pages;
	uint64_t anon_rss_pages;
	uint64_t shmem_rss_pages;
	uint64_t swap_pages;
	uint64_t pgtables_bytes;
};

struct model_mm {
	uint64_t key;
	uint64_t address; /* 0 = not known */
	uint64_t total_pages;
	uint64_t data_pages;
	uint64_t stack_pages;
	uint64_t exec_pages;
	uint64_t locked_pages;
	struct model_mm_usage usage;
	uint64_t row;
	uint64_t usage_row;
	uint32_t id;
	uint32_t previous;
	uint32_t owner; /* process that gives the mm its identity */
	uint32_t vma_first;
	uint32_t vma_count;
	uint32_t linked_count; /* VMAs with a chain */
	uint32_t map_count;
	uint32_t tree_height; /* of the maple tree, 0 = unknown */
	bool torn; /* never held still while it was walked */
	bool cut; /* a chain was longer than this kernel lets the walk follow */
	bool unchanged; /* VMAs and chains are those of the previous model */
	bool unread; /* ... and were taken over because nobody can have changed
			them, not because they were read again */
};

struct model_vma {
	uint64_t start;
	uint64_t end;
	uint64_t pgoff; /* pages */
	uint64_t anon_pgoff; /* pages; 0 where the kernel has none */
	uint64_t flags;
	uint64_t row; /* of the store, 0 = not stored */
	uint32_t mm;
	uint32_t file; /* or MODEL_NONE */
	uint32_t name; /* of anonymous memory: offset in model.text, 0 = none */
	uint32_t active; /* anon_vma or MODEL_NONE */
	uint32_t avc_first;
	uint32_t avc_count;
	bool policy; /* has its own NUMA policy */
	bool foreign_avc; /* an AVC of the chain named another VMA */
	bool reused; /* fork() took the active anon_vma from a dead ancestor: the
			chain holds a deeper one; set by the analysis */
};

struct model_anon_vma {
	uint64_t key;
	uint64_t row;
	uint64_t state_row; /* of refcount and rwsem_count */
	uint64_t num_children; /* degree where counters are not split */
	uint64_t num_active_vmas;
	uint64_t rwsem_count; /* of a root: raw count, 0 = idle */
	uint32_t refcount;
	uint32_t id;
	uint32_t root; /* itself for a root */
	uint32_t parent; /* itself for a root */
	uint32_t previous;
	bool described; /* root, parent and counters were read */
	bool moved; /* counters changed while the walk was on */
	bool settled; /* what links to it explains its counters exactly */
};

struct model {
	struct model_origin origin;
	struct model_process *processes;
	struct model_mm *mms;
	struct model_vma *vmas;
	uint32_t *avcs; /* anon_vma of each link */
	struct model_anon_vma *anon_vmas;
	struct model_file *files;
	char *text; /* NUL-terminated strings; offset 0 is "" */

	uint32_t process_count, process_capacity;
	uint32_t mm_count, mm_capacity;
	uint32_t vma_count, vma_capacity;
	uint32_t avc_count, avc_capacity;
	uint32_t anon_vma_count, anon_vma_capacity;
	uint32_t file_count, file_capacity;
	uint32_t text_size, text_capacity;

	struct key_map anon_vma_by_key;
	struct key_map mm_by_key;
	struct key_map process_by_tgid;
	struct key_map file_by_inode; /* key: model_file_key() */
};

/* An empty model is all zero bytes; model_init is that. */
void model_init(struct model *model);
/* Forgets the content and keeps the memory for the next snapshot. */
void model_reset(struct model *model);
/* Frees all memory; the model is empty and usable afterwards. */
void model_clear(struct model *model);

/*
 * Each appends one zeroed object and puts its index in ret_index. Return 0, or
 * -ENOMEM, or -EOVERFLOW at 2^32 - 1 objects; the model is unchanged then.
 * Pointers into a table are invalid after an append to it.
 */
int model_add_process(struct model *model, int32_t tgid, uint32_t *ret_index);
int model_add_mm(struct model *model, uint64_t key, uint32_t *ret_index);
int model_add_vma(struct model *model, uint32_t mm, uint32_t *ret_index);
int model_add_avc(struct model *model, uint32_t anon_vma);
int model_add_anon_vma(struct model *model, uint64_t key, uint32_t *ret_index);
int model_add_file(struct model *model, uint32_t dev, uint64_t ino, uint32_t *ret_index);
/* Copies size bytes and a NUL; size may be 0. */
int model_add_text(struct model *model, const char *bytes, uint32_t size, uint32_t *ret_offset);

/* Appends copies of objects of another model; the indexes in them are that
 * model's. 0, -ENOMEM or -EOVERFLOW. */
int model_append_vmas(struct model *model, const struct model_vma *vmas, uint32_t count);
int model_append_avcs(struct model *model, const uint32_t *avcs, uint32_t count);
/*
 * Makes the anon_vmas of another model those of this one, which had none, under
 * the same indexes and as that snapshot left them; but `previous` is the index,
 * ids and rows are 0, and nothing moved yet. 0, -ENOMEM or -EOVERFLOW.
 */
int model_copy_anon_vmas(struct model *model, const struct model *from);

/* Index, or MODEL_NONE. */
uint32_t model_find_process(const struct model *model, int32_t tgid);
uint32_t model_find_mm(const struct model *model, uint64_t key);
uint32_t model_find_anon_vma(const struct model *model, uint64_t key);
uint32_t model_find_file(const struct model *model, uint32_t dev, uint64_t ino);

/* The one of two processes that started first, the lower index of equals; each
 * may be MODEL_NONE, which never wins over a process. */
uint32_t model_older_process(const struct model *model, uint32_t left, uint32_t right);

static inline const char *model_text(const struct model *model, uint32_t offset)
{
	return model->text ? model->text + offset : "";
}

/* NULL where no VMA of the model has a chain. */
static inline const uint32_t *model_chain(const struct model *model, const struct model_vma *vma)
{
	return model->avcs ? model->avcs + vma->avc_first : NULL;
}

/* How many links the VMAs of an mm have together; they follow the first one's
 * avc_first. */
static inline uint32_t model_link_count(const struct model *model, const struct model_mm *mm)
{
	const struct model_vma *first, *last;

	if (mm->vma_count == 0)
		return 0;
	first = model->vmas + mm->vma_first;
	last = first + mm->vma_count - 1;
	return last->avc_first + last->avc_count - first->avc_first;
}

static inline bool model_is_root(const struct model *model, uint32_t anon_vma)
{
	return model->anon_vmas[anon_vma].root == anon_vma;
}

/* No VMA has it active, by its own counter. Where counters are not split nobody
 * can tell. */
static inline bool model_is_idle(const struct model *model, const struct model_anon_vma *anon_vma)
{
	return model->origin.split_counters && anon_vma->described &&
	       anon_vma->num_active_vmas == 0;
}

/* fork() may take it instead of a new one (anon_vma_clone(), since 6.0). */
static inline bool model_is_reusable(const struct model *model,
				     const struct model_anon_vma *anon_vma)
{
	return model_is_idle(model, anon_vma) && anon_vma->num_children < 2;
}

#endif
