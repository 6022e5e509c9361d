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

#define STORE_LIFE(table)                                             \
	"CASE WHEN " table ".died - " table ".born <= 4 THEN 4 "      \
	"WHEN " table ".died - " table ".born <= 16 THEN 16 "         \
	"WHEN " table ".died - " table ".born <= 64 THEN 64 "         \
	"WHEN " table ".died - " table ".born <= 256 THEN 256 "       \
	"WHEN " table ".died - " table ".born <= 1024 THEN 1024 "     \
	"WHEN " table ".died - " table ".born <= 4096 THEN 4096 "     \
	"WHEN " table ".died - " table ".born <= 16384 THEN 16384 "   \
	"WHEN " table ".died - " table ".born <= 65536 THEN 65536 "   \
	"WHEN " table ".died - " table ".born <= 262144 THEN 262144 " \
	"ELSE 9223372036854775807 END"

/*
 * For FROM, or after CROSS JOIN: the rows of a table that a snapshot shows, under
 * a name.
 */
#define STORE_ALIVE(table, name) STORE_ALIVE_AT(table, name, "?1")
#define STORE_ALIVE_AT(table, name, snapshot)                                                     \
	"(SELECT column1 AS longest FROM (VALUES (4), (16), (64), (256), (1024), "                \
	"(4096), (16384), (65536), (262144), (9223372036854775807))) " name "_life "              \
	"CROSS JOIN " table " " name " INDEXED BY " table                                         \
	"_by_life ON " STORE_LIFE(name) " = " name "_life.longest AND " name ".born > " snapshot  \
					" - " name "_life.longest AND " name ".born <= " snapshot \
					" AND " name ".died > " snapshot " "

#endif
