/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * database: looks into a database file through a connection of its own, and
 * makes files that the store has to cope with.
 */
#ifndef VMASCOPE_TESTS_SUPPORT_DATABASE_H
#define VMASCOPE_TESTS_SUPPORT_DATABASE_H

#include <stdint.h>

/* The number that a query gives; -1 for NULL. */
int64_t database_number(const char *path, const char *sql);
/* Runs statements that give no rows; creates the file. */
void database_exec(const char *path, const char *sql);
/*
 * Everything that the versioned tables say as of a snapshot, as text: one line
 * a row, sorted, without the row's own number, born and died. The caller frees.
 */
char *database_as_of(const char *path, int64_t snapshot);
/* Sum of the rows of the versioned tables, dead ones too. */
int64_t database_versioned_rows(const char *path);

#endif
