/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diff_finding_json: the JSON of what a struct store_diff_finding_row has that
 * its kind decides.
 */
#ifndef VMASCOPE_SERVER_DIFF_FINDING_JSON_H
#define VMASCOPE_SERVER_DIFF_FINDING_JSON_H

#include "json_writer.h"
#include "row_sink.h"

void diff_finding_write_kind(struct row_sink *sink, const void *row);
void diff_finding_write_title(struct row_sink *sink, const void *row);
/* Of after, where it is there. */
void diff_finding_write_sentence(struct row_sink *sink, const void *row);
void diff_finding_write_rule(struct row_sink *sink, const void *row);
void diff_finding_write_vm_start_before(struct row_sink *sink, const void *row);
void diff_finding_write_vm_start_after(struct row_sink *sink, const void *row);
void diff_finding_write_details_before(struct json_writer *json, const void *row);
void diff_finding_write_details_after(struct json_writer *json, const void *row);

#endif
