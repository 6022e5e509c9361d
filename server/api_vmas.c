/* SPDX-License-Identifier: GPL-2.0-only */
#include "api_vmas.h"

#include "list.h"
#include "lookup.h"
#include "schema/store_vmas.h"
#include "vma_json.h"

static void write_permissions(struct row_sink *sink, const void *row)
{
	const struct store_vma_row *vma = row;
	char text[VMA_PERMISSIONS];

	vma_permissions((uint64_t)vma->vm_flags, text);
	row_text(sink, text, sizeof(text));
}

static void write_dev(struct row_sink *sink, const void *row)
{
	const struct store_vma_row *vma = row;

	if (vma->has_file)
		vma_row_dev(sink, (uint64_t)vma->dev);
	else
		row_null(sink);
}

static void write_ino(struct row_sink *sink, const void *row)
{
	const struct store_vma_row *vma = row;

	if (vma->has_file)
		row_decimal(sink, (uint64_t)vma->ino);
	else
		row_null(sink);
}

static void write_chain(struct json_writer *json, const void *row)
{
	const struct store_vma_row *vma = row;

	vma_json_chain(json, vma->chain.bytes, vma->chain.size);
}

static void write_anon_pgoff(struct row_sink *sink, const void *row)
{
	const struct store_vma_row *vma = row;

	if (vma->has_anon_pgoff)
		row_hex(sink, (uint64_t)vma->anon_pgoff);
	else
		row_null(sink);
}

/* clang-format off */
#define VMA_FIELDS                                                                                 \
	FIELD(FIELD_HEX, store_vma_row, vm_start),                                                 \
	FIELD(FIELD_HEX, store_vma_row, vm_end),                                                   \
	FIELD(FIELD_HEX, store_vma_row, vm_pgoff),                                                 \
	FIELD(FIELD_HEX, store_vma_row, vm_flags),                                                 \
	FIELD_BY(FIELD_TEXT, "permissions", write_permissions),                                    \
	FIELD_BY(FIELD_TEXT, "dev", write_dev, .nullable = true),                                                    \
	FIELD_BY(FIELD_DECIMAL, "ino", write_ino, .nullable = true),                                                 \
	FIELD(FIELD_TEXT, store_vma_row, path),                                                    \
	FIELD(FIELD_TEXT, store_vma_row, name),                                                    \
	FIELD(FIELD_ID, store_vma_row, anon_vma),                                                  \
	FIELD(FIELD_ID, store_vma_row, root),                                                      \
	FIELD_JSON_BY("chain", write_chain, .json = FIELD_ARRAY, .items = SHAPE_ITEM(FIELD_INTEGER)), \
	FIELD(FIELD_BOOLEAN, store_vma_row, reused),                                               \
	FIELD_BY(FIELD_HEX, "anon_pgoff", write_anon_pgoff, .nullable = true),                                       \
	FIELD(FIELD_BOOLEAN, store_vma_row, numa_policy)
/* clang-format on */

const struct field api_vmas_of_process_fields[] = {
	VMA_FIELDS,
	FIELD_END,
};

const struct field api_vmas_fields[] = {
	FIELD(FIELD_ID, store_vma_row, pid),
	FIELD(FIELD_TEXT, store_vma_row, comm),
	FIELD(FIELD_INTEGER, store_vma_row, mm_id),
	VMA_FIELDS,
	FIELD_END,
};

/* A process that does not exist has no empty list of VMAs. */
static int read_query(const struct call *call, const struct store_page *page,
		      struct store_vma_query *query, struct problem *problem)
{
	const struct param_value *values = call->request->values;
	struct lookup_process process;
	int rc;

	*query = (struct store_vma_query){
		.snapshot = call->snapshot,
		.page = *page,
		.anon_vma = values[PARAM_ANON_VMA].integer,
		.root = values[PARAM_ROOT].integer,
		.path = values[PARAM_PATH].text,
	};
	if (!values[PARAM_PID].text)
		return 0;
	rc = lookup_process(call, &process, problem);
	if (!rc)
		query->mm_id = process.mm_id;
	return rc;
}

static struct cursor address_position(const void *row)
{
	const struct store_vma_row *vma = row;

	return (struct cursor){.key = vma->vm_start};
}

static int read_of_process(const struct call *call, const struct store_page *page,
			   store_visit visit, void *context, struct problem *problem)
{
	struct store_vma_query query;
	int rc = read_query(call, page, &query, problem);

	return rc ? rc : store_list_vmas(call->store, &query, visit, context);
}

static struct cursor row_position(const void *row)
{
	const struct store_vma_row *vma = row;

	return (struct cursor){.key = vma->row};
}

static int read_all(const struct call *call, const struct store_page *page, store_visit visit,
		    void *context, struct problem *problem)
{
	struct store_vma_query query;
	int rc = read_query(call, page, &query, problem);

	return rc ? rc : store_list_all_vmas(call->store, &query, visit, context);
}

static const struct list_kind process_list = {
	.fields = api_vmas_of_process_fields,
	.position = address_position,
	.read = read_of_process,
};

static const struct list_kind snapshot_list = {
	.fields = api_vmas_fields,
	.position = row_position,
	.read = read_all,
};

int api_vmas_of_process(const struct call *call, struct reply *reply)
{
	return list_reply(call, &process_list, reply);
}

int api_vmas_list(const struct call *call, struct reply *reply)
{
	return list_reply(call, &snapshot_list, reply);
}
