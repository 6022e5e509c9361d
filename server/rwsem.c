/* SPDX-License-Identifier: GPL-2.0-only */
#include "rwsem.h"

/* kernel/locking/rwsem.c, on 64-bit and without PREEMPT_RT. Bit 63 says that the
 * number of readers overflowed; it is none of them. */
#define WRITER_LOCKED 0x1u
#define WAITERS 0x2u
#define READER_SHIFT 8
#define READ_FAIL (1ull << 63)

uint64_t rwsem_readers(uint64_t count)
{
	return (count & ~READ_FAIL) >> READER_SHIFT;
}

bool rwsem_has_waiters(uint64_t count)
{
	return count & WAITERS;
}

const char *rwsem_state(uint64_t count)
{
	if (count & WRITER_LOCKED)
		return "writer";
	return rwsem_readers(count) ? "readers" : "idle";
}
