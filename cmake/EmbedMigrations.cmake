# SPDX-License-Identifier: GPL-2.0-only
#
# vmascope_embed_migrations(target directory): compiles the directory's
# NNN_name.sql into the target as store_migrations[] of migrations.h.

function(vmascope_embed_migrations target directory)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/migrations")
  set(generator "${PROJECT_SOURCE_DIR}/cmake/generate_migrations.cmake")
  file(GLOB inputs CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.sql")
  list(SORT inputs)
  add_custom_command(
    OUTPUT "${output}.c" "${output}.h"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DINPUTS=${inputs}" -P "${generator}"
    DEPENDS ${inputs} "${generator}"
    COMMENT "Embedding the migrations"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}.c" "${output}.h")
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
endfunction()
