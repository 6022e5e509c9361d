/* SPDX-License-Identifier: GPL-2.0-only */
#include "rmap_json.h"

void rmap_json_mean(struct json_writer *json, const char *name, uint64_t visits, uint64_t pages)
{
	json_name(json, name);
	if (pages)
		json_number(json, (double)visits / (double)pages);
	else
		json_null(json);
}

void rmap_json_members(struct json_writer *json, const struct rmap_cost *cost)
{
	json_name_integer(json, "max_visits", cost->max_visits);
	json_name_integer(json, "covered_pages", (int64_t)cost->covered_pages);
	rmap_json_mean(json, "covered_mean_visits", cost->covered_visits, cost->covered_pages);
	json_name_integer(json, "written_pages", (int64_t)cost->written_pages);
	rmap_json_mean(json, "written_mean_visits", cost->written_visits, cost->written_pages);
}
