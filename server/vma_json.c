/* SPDX-License-Identifier: GPL-2.0-only */
#include "vma_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* include/linux/mm.h; the same in every kernel we read */
#define VM_READ 0x1u
#define VM_WRITE 0x2u
#define VM_EXEC 0x4u
#define VM_MAYSHARE 0x80u /* what show_map_vma() asks, not VM_SHARED */

#define MINOR_BITS 20

void vma_json_permissions(struct json_writer *json, uint64_t vm_flags)
{
	const char permissions[] = {
		vm_flags & VM_READ ? 'r' : '-',
		vm_flags & VM_WRITE ? 'w' : '-',
		vm_flags & VM_EXEC ? 'x' : '-',
		vm_flags & VM_MAYSHARE ? 's' : 'p',
	};

	json_text(json, permissions, sizeof(permissions));
}

void vma_json_dev(struct json_writer *json, uint64_t dev)
{
	char text[32];

	snprintf(text, sizeof(text), "%02" PRIx64 ":%02" PRIx64, dev >> MINOR_BITS,
		 dev & ((1u << MINOR_BITS) - 1));
	json_text(json, text, strlen(text));
}

void vma_json_path(struct json_writer *json, const char *name, const struct model *model,
		   uint32_t file)
{
	if (file != MODEL_NONE) {
		json_name_text(json, name, model_text(model, model->files[file].path));
		return;
	}
	json_name(json, name);
	json_null(json);
}
