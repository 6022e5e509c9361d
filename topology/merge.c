/* SPDX-License-Identifier: GPL-2.0-only */
#include "merge.h"

#include <string.h>

/* include/linux/mm.h; the values have not moved since 4.x. */
#define VM_UFFD_MISSING 0x00000200ul
#define VM_PFNMAP 0x00000400ul
#define VM_MAYBE_GUARD 0x00000800ul /* 6.19; before that the bit meant nothing for a merge */
#define VM_UFFD_WP 0x00001000ul
#define VM_IO 0x00004000ul
#define VM_DONTEXPAND 0x00040000ul
#define VM_SOFTDIRTY 0x08000000ul
#define VM_MIXEDMAP 0x10000000ul

#define NEVER_MERGED \
	(VM_UFFD_MISSING | VM_PFNMAP | VM_UFFD_WP | VM_IO | VM_DONTEXPAND | VM_MIXEDMAP)
/* What a merged VMA gets when either has it. */
#define IGNORED (VM_SOFTDIRTY | VM_MAYBE_GUARD)

static bool continues(const struct model *model, const struct model_vma *left,
		      const struct model_vma *right)
{
	uint64_t pages = (left->end - left->start) / model->origin.page_size;

	return left->end == right->start && left->pgoff + pages == right->pgoff &&
	       (!model->origin.has_anon_pgoff || left->anon_pgoff + pages == right->anon_pgoff);
}

bool merge_alike(const struct model *model, const struct model_vma *left,
		 const struct model_vma *right)
{
	if (left->end != right->start || ((left->flags ^ right->flags) & ~IGNORED) ||
	    (left->flags & NEVER_MERGED))
		return false;
	return left->file == right->file && !left->policy && !right->policy &&
	       continues(model, left, right) &&
	       (left->name == right->name ||
		strcmp(model_text(model, left->name), model_text(model, right->name)) == 0);
}
