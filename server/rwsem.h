/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rwsem: what the count of a root's rwsem said when it was read.
 */
#ifndef VMASCOPE_SERVER_RWSEM_H
#define VMASCOPE_SERVER_RWSEM_H

#include <stdbool.h>
#include <stdint.h>

/* Of a raw count: "writer", "readers" or "idle"; how many readers; whether
 * somebody waits. */
/* All that rwsem_state() says, one by one; NULL past the last. */
const char *rwsem_state_name(int64_t index);
const char *rwsem_state(uint64_t count);
uint64_t rwsem_readers(uint64_t count);
bool rwsem_has_waiters(uint64_t count);

#endif
