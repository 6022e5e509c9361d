/* SPDX-License-Identifier: GPL-2.0-only */
#include "rmap_json.h"

#include "row_json.h"

struct rmap_row {
	int64_t max_visits, covered_pages, covered_visits, written_pages, written_visits;
};

const struct field rmap_json_fields[] = {
	RMAP_FIELDS(rmap_row, ),
	FIELD_END,
};

void rmap_json_write(struct json_writer *json, const struct rmap_cost *cost)
{
	const struct rmap_row row = {
		.max_visits = cost->max_visits,
		.covered_pages = (int64_t)cost->covered_pages,
		.covered_visits = (int64_t)cost->covered_visits,
		.written_pages = (int64_t)cost->written_pages,
		.written_visits = (int64_t)cost->written_visits,
	};

	json_name(json, "rmap");
	row_json_write(json, rmap_json_fields, &row);
}
