/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counters: what the server counts of its own work, since its start.
 */
#ifndef VMASCOPE_SERVER_COUNTERS_H
#define VMASCOPE_SERVER_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define COUNTERS_CLASSES 5 /* 1xx to 5xx */

/* All zero bytes is the start. Each number is right by itself at any moment; two
 * read one after the other need not fit together. */
struct counters {
	_Atomic uint64_t requests[COUNTERS_CLASSES]; /* by the first digit of the status, from 1 */
	_Atomic uint64_t request_ns; /* sum of the time that answers took to make */
	_Atomic uint64_t rejected; /* before anybody looked what they ask for */
};

/* One request that began at that CLOCK_MONOTONIC and is answered now. */
void counters_request(struct counters *counters, uint64_t begin_ns, int status, bool rejected);

#endif
