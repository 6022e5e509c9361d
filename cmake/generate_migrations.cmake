# SPDX-License-Identifier: GPL-2.0-only
#
# cmake -DOUTPUT=path -DINPUTS=001_a.sql;002_b.sql -P generate_migrations.cmake
# Writes path.c and path.h. Versions are 1, 2, 3… without a gap: a database
# names the last one it has seen, so a number must mean one file for ever.

set(rows "")
set(expected 0)
foreach(input IN LISTS INPUTS)
  get_filename_component(file_name "${input}" NAME)
  math(EXPR expected "${expected} + 1")
  if(NOT file_name MATCHES "^([0-9][0-9][0-9])_([a-z0-9_]+)[.]sql$")
    message(FATAL_ERROR "${file_name}: a migration is named NNN_what_it_does.sql")
  endif()
  set(name "${CMAKE_MATCH_2}")
  string(REGEX REPLACE "^0+" "" version "${CMAKE_MATCH_1}")
  if(NOT version STREQUAL expected)
    message(FATAL_ERROR "${file_name}: the next migration has number ${expected}")
  endif()
  file(READ "${input}" sql)
  string(REPLACE "\\" "\\\\" sql "${sql}")
  string(REPLACE "\"" "\\\"" sql "${sql}")
  string(REPLACE "\t" "\\t" sql "${sql}")
  string(REPLACE "\n" "\\n\"\n\t\t       \"" sql "${sql}")
  string(APPEND rows "\t{\n\t\t.version = ${version},\n\t\t.name = \"${name}\",\n\t\t.sql = \"${sql}\",\n\t},\n")
endforeach()

file(WRITE "${OUTPUT}.h.tmp" "/* Generated from schema/migrations; do not edit. */
#ifndef VMASCOPE_SCHEMA_MIGRATIONS_H
#define VMASCOPE_SCHEMA_MIGRATIONS_H

struct store_migration {
	int version; /* 1, 2, 3… without a gap */
	const char *name;
	const char *sql;
};

#define STORE_MIGRATION_COUNT ${expected}

extern const struct store_migration store_migrations[STORE_MIGRATION_COUNT];

#endif
")
file(WRITE "${OUTPUT}.c.tmp" "/* Generated from schema/migrations; do not edit. */
#include \"migrations.h\"

const struct store_migration store_migrations[STORE_MIGRATION_COUNT] = {
${rows}};
")
file(RENAME "${OUTPUT}.h.tmp" "${OUTPUT}.h")
file(RENAME "${OUTPUT}.c.tmp" "${OUTPUT}.c")
