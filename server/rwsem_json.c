/* SPDX-License-Identifier: GPL-2.0-only */
#include "rwsem_json.h"

/* kernel/locking/rwsem.c, on 64-bit and without PREEMPT_RT. Bit 63 says that the
 * number of readers overflowed; it is none of them. */
#define WRITER_LOCKED 0x1u
#define WAITERS 0x2u
#define READER_SHIFT 8
#define READ_FAIL (1ull << 63)

void rwsem_json_write(struct json_writer *json, uint64_t count)
{
	uint64_t readers = (count & ~READ_FAIL) >> READER_SHIFT;

	json_begin_object(json);
	json_name_text(json, "state",
		       count & WRITER_LOCKED ? "writer" :
		       readers		     ? "readers" :
					       "idle");
	json_name_integer(json, "readers", (int64_t)readers);
	json_name_boolean(json, "waiters", count & WAITERS);
	json_name_hex(json, "count", count);
	json_end_object(json);
}
