/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure: medians, and the things that snapshots are measured against.
 */
#ifndef VMASCOPE_TESTS_BENCH_MEASURE_H
#define VMASCOPE_TESTS_BENCH_MEASURE_H

#include <stdint.h>

double measure_now(void); /* seconds, monotonic */
double measure_median(double *values, unsigned int count); /* sorts them */

/* Reads the maps file of every process, the way a script would: open, read to
 * the end, close. Returns the bytes read. */
uint64_t measure_read_proc_maps(void);

#endif
