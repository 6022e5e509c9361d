/* SPDX-License-Identifier: GPL-2.0-only */
#include "finding_details.h"

#include <string.h>

#include "topology/invariants.h"

#define DETAIL(kind_, ...) SHAPE(kind_, __VA_ARGS__, .optional = true)

/* The names of finding_kinds[].details. */
const struct field finding_details_shape[] = {
	DETAIL(FIELD_INTEGER, "khlebnikov_v2_saves"),
	DETAIL(FIELD_INTEGER, "blocked_merges"),
	DETAIL(FIELD_HEX, "vm_end", .description = "Where the run of neighbours ends"),
	DETAIL(FIELD_INTEGER, "linked_mms"),
	DETAIL(FIELD_BOOLEAN, "reusable"),
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

		if (!name)
			continue;
		if (strcmp(name, "vm_end") == 0)
			json_name_hex(json, name, (uint64_t)values[i]);
		else if (strcmp(name, "reusable") == 0)
			json_name_boolean(json, name, values[i] != 0);
		else
			json_name_integer(json, name, values[i]);
	}
	json_end_object(json);
}

void finding_details_write_rule(struct row_sink *sink, int64_t rule)
{
	const struct invariant_info *info = invariant_info((uint32_t)rule);

	if (info)
		row_string(sink, info->name);
	else
		row_null(sink);
}
