/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_shown: which row of a versioned table a snapshot shows, and how to find
 * it, whichever snapshot it is, without reading those that came and went before
 * or after. The indexes are those of migrations/002_shown.sql.
 *
 * Each gives a piece of SQL; `snapshot` and `value` are expressions, `name` is
 * what the row is called in the query.
 */
#ifndef VMASCOPE_SCHEMA_STORE_SHOWN_H
#define VMASCOPE_SCHEMA_STORE_SHOWN_H

#define STORE_SHOWN(name) STORE_SHOWN_AT(name, "?1")
#define STORE_SHOWN_AT(name, snapshot) name ".born <= " snapshot " AND " name ".died > " snapshot

/* clang-format off */

/* The classes that rows are of by how long they lived, and the longest life of
 * each: what a snapshot shows of one was born within that time before it. */
#define STORE_LIVES                                                                                \
	"(0, 9223372036854775807), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 64), "    \
	"(8, 128), (9, 256), (10, 512), (11, 1024), (12, 4096), (13, 16384), (14, 65536), "        \
	"(15, 262144)"

/* For FROM, or after CROSS JOIN: all rows of a table that a snapshot shows. */
#define STORE_ALIVE(table, name) STORE_ALIVE_AT(table, name, "?1")
#define STORE_ALIVE_AT(table, name, snapshot) STORE_ALIVE_BY(table, name, "life", "", snapshot)
/* Those of one tree. */
#define STORE_ALIVE_OF_ROOT(table, name, value)                                                    \
	STORE_ALIVE_BY(table, name, "root", name ".root = " value " AND ", "?1")
#define STORE_ALIVE_BY(table, name, index, condition, snapshot)                                    \
	"(SELECT column1 AS life, column2 AS longest "                                             \
	"FROM (VALUES " STORE_LIVES ")) " name "_lives "                                           \
	"CROSS JOIN " table " " name " INDEXED BY " table "_by_" index " "                         \
	"ON " condition name ".life = " name "_lives.life "                                        \
	"AND " name ".born > " snapshot " - " name "_lives.longest "                               \
	"AND " STORE_SHOWN_AT(name, snapshot) " "

/* A condition: the row is the version of one thing that a snapshot shows, by the
 * index <table>_by_<key>. Versions follow each other: the last one born by then
 * is it, or none is. */
#define STORE_VERSION(table, name, key, value) STORE_VERSION_AT(table, name, key, value, "?1")
#define STORE_VERSION_AT(table, name, key, value, snapshot)                                        \
	name ".row = " STORE_LAST_BORN(table, key, value, snapshot) " "                            \
	"AND " name ".died > " snapshot " "
#define STORE_LAST_BORN(table, key, value, snapshot)                                               \
	"(SELECT version.row FROM " table " version INDEXED BY " table "_by_" key " "              \
	"WHERE version." key " = " value " AND version.born <= " snapshot " "                      \
	"ORDER BY version.born DESC LIMIT 1)"

/* clang-format on */

#endif
