/* SPDX-License-Identifier: GPL-2.0-only */
#include "vma_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "schema/store_chain.h"

/* include/linux/mm.h; the same in every kernel we read */
#define VM_READ 0x1u
#define VM_WRITE 0x2u
#define VM_EXEC 0x4u
#define VM_MAYSHARE 0x80u /* what show_map_vma() asks, not VM_SHARED */

#define MINOR_BITS 20

void vma_permissions(uint64_t vm_flags, char ret_text[VMA_PERMISSIONS])
{
	ret_text[0] = vm_flags & VM_READ ? 'r' : '-';
	ret_text[1] = vm_flags & VM_WRITE ? 'w' : '-';
	ret_text[2] = vm_flags & VM_EXEC ? 'x' : '-';
	ret_text[3] = vm_flags & VM_MAYSHARE ? 's' : 'p';
}

void vma_json_permissions(struct json_writer *json, uint64_t vm_flags)
{
	char text[VMA_PERMISSIONS];

	vma_permissions(vm_flags, text);
	json_text(json, text, sizeof(text));
}

void vma_row_dev(struct row_sink *sink, uint64_t dev)
{
	char text[32];

	snprintf(text, sizeof(text), "%02" PRIx64 ":%02" PRIx64, dev >> MINOR_BITS,
		 dev & ((1u << MINOR_BITS) - 1));
	row_string(sink, text);
}

void vma_json_chain(struct json_writer *json, const char *bytes, size_t size)
{
	const uint8_t *at = (const uint8_t *)bytes;
	const uint8_t *end = at ? at + size : NULL;
	uint32_t id;

	json_begin_array(json);
	while (at != end && (id = store_chain_get(&at, end)) != 0)
		json_integer(json, id);
	json_end_array(json);
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
