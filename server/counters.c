/* SPDX-License-Identifier: GPL-2.0-only */
#include "counters.h"

#include <time.h>

#define NS_PER_S 1000000000u

uint64_t counters_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void counters_request(struct counters *counters, uint64_t begin_ns, int status, bool rejected)
{
	int class = status / 100;

	if (class >= 1 && class <= COUNTERS_CLASSES)
		atomic_fetch_add_explicit(&counters->requests[class - 1], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&counters->request_ns, counters_now_ns() - begin_ns,
				  memory_order_relaxed);
	if (rejected)
		atomic_fetch_add_explicit(&counters->rejected, 1, memory_order_relaxed);
}
