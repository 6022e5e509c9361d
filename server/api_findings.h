/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_findings: what is worth a look in a snapshot.
 */
#ifndef VMASCOPE_SERVER_API_FINDINGS_H
#define VMASCOPE_SERVER_API_FINDINGS_H

#include <stdint.h>

#include "call.h"
#include "field.h"
#include "reply.h"
#include "schema/store_list.h"

extern const struct field api_findings_fields[];

int api_findings_list(const struct call *call, struct reply *reply);

/* Calls visit with a row of those fields for each finding about the anon_vma, largest
 * first. 0 or -errno. */
int api_findings_visit(const struct call *call, int64_t anon_vma, uint32_t limit, store_visit visit,
		       void *context);

#endif
