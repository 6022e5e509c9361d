/* SPDX-License-Identifier: GPL-2.0-only */
#include "rwsem.h"

#include <stddef.h>

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

const char *rwsem_state_name(int64_t index)
{
	static const char *const names[] = {"idle", "readers", "writer", NULL};

	return names[index];
}

const char *rwsem_state(uint64_t count)
{
	if (count & WRITER_LOCKED)
		return rwsem_state_name(2);
	return rwsem_state_name(rwsem_readers(count) ? 1 : 0);
}
