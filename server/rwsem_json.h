/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rwsem_json: what the count of a root's rwsem said when it was read.
 */
#ifndef VMASCOPE_SERVER_RWSEM_JSON_H
#define VMASCOPE_SERVER_RWSEM_JSON_H

#include <stdint.h>

#include "json_writer.h"

/* {"state", "readers", "waiters", "count"} of a raw count. */
void rwsem_json_write(struct json_writer *json, uint64_t count);

#endif
