/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_life: finds the rows of a table that a snapshot shows, whichever snapshot
 * it is, without reading those that came and went before or after.
 *
 * A row is of a class by how long it lived, and the rows of one class that a
 * snapshot shows were born within the longest life of the class before it. The
 * indexes <table>_by_life (migrations/002_lifetimes.sql) have them side by side.
 */
#ifndef VMASCOPE_SCHEMA_STORE_LIFE_H
#define VMASCOPE_SCHEMA_STORE_LIFE_H

/* The values of longest_life; the last one is of rows that have not died. */
#define STORE_LIVES                                                   \
	"(1), (2), (4), (8), (16), (32), (64), (128), (256), (512), " \
	"(1024), (4096), (16384), (65536), (262144), (9223372036854775807)"

/*
 * For FROM, or after CROSS JOIN: the rows of a table that a snapshot shows, under
 * a name.
 */
#define STORE_ALIVE(table, name) STORE_ALIVE_AT(table, name, "?1")
#define STORE_ALIVE_AT(table, name, snapshot)                                      \
	"(SELECT column1 AS longest FROM (VALUES " STORE_LIVES ")) " name "_life " \
	"CROSS JOIN " table " " name " INDEXED BY " table "_by_life "              \
	"ON " name ".longest_life = " name "_life.longest "                        \
	"AND " name ".born > " snapshot " - " name "_life.longest "                \
	"AND " name ".born <= " snapshot " AND " name ".died > " snapshot " "

#endif
