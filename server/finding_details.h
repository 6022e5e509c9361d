/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding_details: what a finding of its kind has beside its size.
 */
#ifndef VMASCOPE_SERVER_FINDING_DETAILS_H
#define VMASCOPE_SERVER_FINDING_DETAILS_H

#include <stdint.h>

#include "field.h"
#include "json_writer.h"
#include "row_sink.h"
#include "topology/findings.h"

/* All names of all kinds. */
extern const struct field finding_details_shape[];

/* An object of those that the kind has. */
void finding_details_write(struct json_writer *json, const struct finding_kind_info *kind,
			   const int64_t values[FINDING_DETAILS]);
/* The name of the invariant of that number; null for one that there is not. */
void finding_details_write_rule(struct row_sink *sink, int64_t rule);

#endif
