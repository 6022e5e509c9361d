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

/* Of what rmap_json_write() writes. */
extern const struct field rmap_json_fields[];

/* A member "rmap" of the object that is open. */
void rmap_json_write(struct json_writer *json, const struct rmap_cost *cost);

#endif
