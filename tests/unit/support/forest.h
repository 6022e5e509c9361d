/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * forest: builds models by hand. Each function appends to the model, keeps the
 * counters that a kernel would keep, and fails the test when it cannot.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_FOREST_H
#define VMASCOPE_TESTS_SUPPORT_FOREST_H

#include <stdint.h>

#include "topology/model.h"

#define FOREST_PAGE 4096u

/* Page size, object sizes, boot id; a kernel with split counters. */
void forest_origin(struct model *model);

/* Number of a process: also its start time in microseconds. */
uint32_t forest_process(struct model *model, int32_t tgid, uint32_t mm);
uint32_t forest_mm(struct model *model, uint64_t key);
uint32_t forest_root(struct model *model, uint64_t key);
uint32_t forest_child(struct model *model, uint64_t key, uint32_t parent);

/*
 * A VMA of the mm that was added last, from page `page` on. The first of the
 * chain is the active anon_vma.
 */
uint32_t forest_vma_of(struct model *model, uint64_t page, uint64_t pages, const uint32_t *chain,
		       uint32_t count);
#define forest_vma(model, page, pages, ...)                                      \
	forest_vma_of((model), (page), (pages), (const uint32_t[]){__VA_ARGS__}, \
		      sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))
/* One that no page was ever faulted into. */
uint32_t forest_plain_vma(struct model *model, uint64_t page, uint64_t pages);

/* The simplest of all identities: ids are the keys, numbers and inodes that the
 * test chose; `previous` is the object of the same name. */
void forest_name_objects(struct model *now, const struct model *before);

#endif
