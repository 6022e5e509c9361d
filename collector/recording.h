/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recording: raw record streams in a file.
 *
 * A recording holds one or more complete walks, each from RECORD_BEGIN to
 * RECORD_END with a checksum. It is native-endian and made to be replayed by
 * the same version on the same kind of machine.
 *
 * The writer puts a small number in the place of every kernel address, the same
 * number for the same address throughout the file, unless it is told to keep
 * them. It writes to FILE.partial and renames that when it is closed.
 */
#ifndef VMASCOPE_COLLECTOR_RECORDING_H
#define VMASCOPE_COLLECTOR_RECORDING_H

#include <stdbool.h>
#include <stddef.h>

#define RECORDING_ERROR_SIZE 320

struct recording_writer;
struct recording_reader;

/* 0 or -errno. */
int recording_create(const char *path, bool raw_addresses, struct recording_writer **ret_writer);
int recording_write(struct recording_writer *writer, const void *record, size_t size);
/* Completes the file; 0 or -errno, and the partial file is removed on failure. */
int recording_close(struct recording_writer **writer);

/* Reads and checks the whole file: 0, -errno, or -EBADMSG for a file that is
 * not a recording, or damaged; error says what and where. */
int recording_open(const char *path, struct recording_reader **ret_reader, char *error);
/* The next record, valid until recording_free; false after the last one. */
bool recording_next(struct recording_reader *reader, const void **ret_record, size_t *ret_size);
void recording_free(struct recording_reader **reader);

#endif
