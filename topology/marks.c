/* SPDX-License-Identifier: GPL-2.0-only */
#include "marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

int marks_reserve(struct marks *marks, uint32_t count)
{
	uint32_t known = marks->stamp_capacity;

	if (table_reserve((void **)&marks->values, &marks->value_capacity, count,
			  sizeof(*marks->values)) ||
	    table_reserve((void **)&marks->stamps, &marks->stamp_capacity, count,
			  sizeof(*marks->stamps)))
		return -ENOMEM;
	for (uint32_t i = known; i < marks->stamp_capacity; i++)
		marks->stamps[i] = 0;
	marks_forget(marks);
	return 0;
}

void marks_forget(struct marks *marks)
{
	if (++marks->now != 0)
		return;
	/* after 2^32 uses old stamps would be new again */
	if (marks->stamp_capacity)
		memset(marks->stamps, 0, marks->stamp_capacity * sizeof(*marks->stamps));
	marks->now = 1;
}

void marks_clear(struct marks *marks)
{
	free(marks->stamps);
	free(marks->values);
	*marks = (struct marks){0};
}
