/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmap_json: the JSON of what a reverse-map walk costs.
 */
#ifndef VMASCOPE_SERVER_RMAP_JSON_H
#define VMASCOPE_SERVER_RMAP_JSON_H

#include <stdint.h>

#include "json_writer.h"
#include "topology/rmap_cost.h"

/* The members of an rmap object, which is open. */
void rmap_json_members(struct json_writer *json, const struct rmap_cost *cost);
/* One more member: visits over pages, null where there are no pages. */
void rmap_json_mean(struct json_writer *json, const char *name, uint64_t visits, uint64_t pages);

#endif
