/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vma_json: the JSON of what is written of a VMA in more than one place.
 */
#ifndef VMASCOPE_SERVER_VMA_JSON_H
#define VMASCOPE_SERVER_VMA_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "json_writer.h"
#include "row_sink.h"
#include "topology/model.h"

#define VMA_PERMISSIONS 4

/* "rw-p", as in /proc/PID/maps; no NUL. */
void vma_permissions(uint64_t vm_flags, char ret_text[VMA_PERMISSIONS]);
void vma_json_permissions(struct json_writer *json, uint64_t vm_flags);
/* "fe:00", as in /proc/PID/maps, of a kernel dev_t (major << 20 | minor). */
void vma_row_dev(struct row_sink *sink, uint64_t dev);
/* The ids of a chain as the store keeps it (schema/store_chain.h), as an array. */
void vma_json_chain(struct json_writer *json, const char *bytes, size_t size);
/* A member: the path of a file of the model, or null for MODEL_NONE. */
void vma_json_path(struct json_writer *json, const char *name, const struct model *model,
		   uint32_t file);

#endif
