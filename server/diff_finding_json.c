/* SPDX-License-Identifier: GPL-2.0-only */
#include "diff_finding_json.h"

#include "finding_details.h"
#include "schema/store_diff.h"
#include "topology/findings.h"

#define SENTENCE_SIZE 640

static const struct finding_kind_info *kind_of(const void *row)
{
	return &finding_kinds[((const struct store_diff_finding_row *)row)->kind];
}

void diff_finding_write_kind(struct row_sink *sink, const void *row)
{
	row_string(sink, kind_of(row)->name);
}

void diff_finding_write_title(struct row_sink *sink, const void *row)
{
	row_string(sink, kind_of(row)->title);
}

void diff_finding_write_sentence(struct row_sink *sink, const void *row)
{
	const struct store_diff_finding_row *view = row;
	const struct store_diff_finding *side = view->head.state == STORE_DIFF_REMOVED ?
							&view->before :
							&view->after;
	const struct finding finding = {
		.kind = (enum finding_kind)view->kind,
		.rule = (uint32_t)view->rule,
		.mm = (uint32_t)view->mm_id,
		.anon_vma = (uint32_t)view->anon_vma,
		.root = (uint32_t)side->root,
		.vmas = (uint32_t)side->vmas,
		.anon_vmas = (uint32_t)side->anon_vmas,
		.avcs = (uint32_t)side->avcs,
		.vm_start = (uint64_t)side->vm_start,
		.bytes = (uint64_t)side->bytes,
		.size = (uint64_t)side->size,
		.details = {(uint64_t)side->detail_1, (uint64_t)side->detail_2},
	};
	char sentence[SENTENCE_SIZE] = "";

	finding_explain(&finding, sentence, sizeof(sentence));
	row_string(sink, sentence);
}

void diff_finding_write_rule(struct row_sink *sink, const void *row)
{
	finding_details_write_rule(sink, ((const struct store_diff_finding_row *)row)->rule);
}

static void write_vm_start(struct row_sink *sink, const struct store_diff_finding *side)
{
	if (side->vm_start)
		row_hex(sink, (uint64_t)side->vm_start);
	else
		row_null(sink);
}

void diff_finding_write_vm_start_before(struct row_sink *sink, const void *row)
{
	write_vm_start(sink, &((const struct store_diff_finding_row *)row)->before);
}

void diff_finding_write_vm_start_after(struct row_sink *sink, const void *row)
{
	write_vm_start(sink, &((const struct store_diff_finding_row *)row)->after);
}

static void write_details(struct json_writer *json, const struct finding_kind_info *kind,
			  const struct store_diff_finding *side)
{
	const int64_t values[FINDING_DETAILS] = {side->detail_1, side->detail_2};

	finding_details_write(json, kind, values);
}

void diff_finding_write_details_before(struct json_writer *json, const void *row)
{
	write_details(json, kind_of(row), &((const struct store_diff_finding_row *)row)->before);
}

void diff_finding_write_details_after(struct json_writer *json, const void *row)
{
	write_details(json, kind_of(row), &((const struct store_diff_finding_row *)row)->after);
}
