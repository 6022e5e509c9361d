/* SPDX-License-Identifier: GPL-2.0-only */
#include "finding_details.h"

#include <string.h>

#define DETAIL(kind_, ...) SHAPE(kind_, __VA_ARGS__, .optional = true)

/* The names of finding_kinds[].details. */
const struct field finding_details_shape[] = {
	DETAIL(FIELD_INTEGER, "khlebnikov_v2_saves"),
	DETAIL(FIELD_INTEGER, "blocked_merges"),
	DETAIL(FIELD_HEX, "vm_end", .description = "Where the run of neighbours ends"),
	DETAIL(FIELD_INTEGER, "linked_mms"),
	DETAIL(FIELD_INTEGER, "reusable",
	       .description = "1: the next fork() below it may reuse it; else 0"),
	DETAIL(FIELD_INTEGER, "deep_vmas"),
	DETAIL(FIELD_INTEGER, "threshold",
	       .description = "Of deep_chain, the longest that is no finding; of wide_lock, the "
			      "fewest that are one"),
	DETAIL(FIELD_INTEGER, "covered_pages"),
	DETAIL(FIELD_INTEGER, "covered_visits"),
	DETAIL(FIELD_INTEGER, "depth"),
	DETAIL(FIELD_INTEGER, "expected"),
	DETAIL(FIELD_INTEGER, "observed"),
	FIELD_END,
};

void finding_details_write(struct json_writer *json, const struct finding_kind_info *kind,
			   const int64_t values[FINDING_DETAILS])
{
	json_begin_object(json);
	for (int i = 0; i < FINDING_DETAILS; i++) {
		const char *name = kind->details[i];

		if (name && strcmp(name, "vm_end") == 0)
			json_name_hex(json, name, (uint64_t)values[i]);
		else if (name)
			json_name_integer(json, name, values[i]);
	}
	json_end_object(json);
}
