/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * marks: a map from small indices to values that is emptied in no time, for
 * what is asked of one chain, one mm or one fork after the other.
 */
#ifndef VMASCOPE_TOPOLOGY_MARKS_H
#define VMASCOPE_TOPOLOGY_MARKS_H

#include <stdbool.h>
#include <stdint.h>

/* All zero bytes is empty. */
struct marks {
	uint32_t *stamps; /* equal to now where the index is marked */
	uint32_t *values;
	uint32_t now;
	uint32_t stamp_capacity, value_capacity;
};

/* Makes room for indices below count and forgets all marks. 0 or -ENOMEM. */
int marks_reserve(struct marks *marks, uint32_t count);
/* Forgets all marks, keeps the room. */
void marks_forget(struct marks *marks);
void marks_clear(struct marks *marks);

/* The index is below the count that was reserved. */
static inline bool marks_has(const struct marks *marks, uint32_t index)
{
	return marks->stamps[index] == marks->now;
}

static inline void marks_set(struct marks *marks, uint32_t index, uint32_t value)
{
	marks->stamps[index] = marks->now;
	marks->values[index] = value;
}

/* Value of an index, 0 where it is not marked. */
static inline uint32_t marks_get(const struct marks *marks, uint32_t index)
{
	return marks_has(marks, index) ? marks->values[index] : 0;
}

#endif
