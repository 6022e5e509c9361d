/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmap_json: what is shown of the cost of a reverse-map walk.
 */
#ifndef VMASCOPE_SERVER_RMAP_JSON_H
#define VMASCOPE_SERVER_RMAP_JSON_H

#include <stdint.h>

#include "field.h"
#include "topology/rmap_cost.h"

/* Rows of a table, of a struct whose int64_t members are those of a struct rmap_cost
 * with a prefix. */
#define RMAP_FIELDS(type, prefix)                                                      \
	FIELD_AS(FIELD_INTEGER, type, prefix##max_visits, "max_visits"),               \
		FIELD_AS(FIELD_INTEGER, type, prefix##covered_pages, "covered_pages"), \
		FIELD_MEAN_AS(type, prefix##covered_visits, prefix##covered_pages,     \
			      "covered_mean_visits"),                                  \
		FIELD_AS(FIELD_INTEGER, type, prefix##written_pages, "written_pages"), \
		FIELD_MEAN_AS(type, prefix##written_visits, prefix##written_pages,     \
			      "written_mean_visits")

struct rmap_row {
	int64_t max_visits, covered_pages, covered_visits, written_pages, written_visits;
};

extern const struct field rmap_json_fields[];

static inline struct rmap_row rmap_row_of(const struct rmap_cost *cost)
{
	return (struct rmap_row){
		.max_visits = cost->max_visits,
		.covered_pages = (int64_t)cost->covered_pages,
		.covered_visits = (int64_t)cost->covered_visits,
		.written_pages = (int64_t)cost->written_pages,
		.written_visits = (int64_t)cost->written_visits,
	};
}

#endif
