/* SPDX-License-Identifier: GPL-2.0-only */
#include "counters.h"

#include "schema/clock.h"

void counters_request(struct counters *counters, uint64_t begin_ns, int status, bool rejected)
{
	int class = status / 100;

	if (class >= 1 && class <= COUNTERS_CLASSES)
		atomic_fetch_add_explicit(&counters->requests[class - 1], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&counters->request_ns, clock_ns(CLOCK_MONOTONIC) - begin_ns,
				  memory_order_relaxed);
	if (rejected)
		atomic_fetch_add_explicit(&counters->rejected, 1, memory_order_relaxed);
}
