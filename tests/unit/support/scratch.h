/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scratch: a directory of its own for each test that needs files.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_SCRATCH_H
#define VMASCOPE_TESTS_SUPPORT_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

/* cmocka setup and teardown: make it, remove it with all it holds. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* The directory. */
const char *scratch_dir(void);
/* Path of a file there; a static buffer for each of the last four calls. */
const char *scratch_path(const char *name);
void scratch_write(const char *name, const void *bytes, size_t size);
/* Allocates; the caller frees. */
uint8_t *scratch_read(const char *name, size_t *ret_size);

#endif
