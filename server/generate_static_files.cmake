# SPDX-License-Identifier: GPL-2.0-only
#
# cmake -DOUTPUT=path.c -DTABLE=static_files -DDIRECTORY=dir -DNAMES=app.js;index.html
#   -P generate_static_files.cmake
# Writes the files as a table of server/static_files.h, each as it is and, where
# that makes it smaller by a tenth, compressed.

find_program(GZIP gzip REQUIRED)
set(arrays "")
set(rows "")
set(i 0)

# Appends the file as an array of that name. An array may not be empty: one 0 more
# than the size counts.
function(append_array name path)
  file(READ "${path}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}00")
  string(REGEX REPLACE "((0x..,){20})" "\\1\n\t" bytes "${bytes}")
  string(APPEND arrays "static const unsigned char ${name}[] = {\n\t${bytes}\n};\n\n")
  set(arrays "${arrays}" PARENT_SCOPE)
endfunction()

foreach(name IN LISTS NAMES)
  file(SHA256 "${DIRECTORY}/${name}" hash)
  string(SUBSTRING "${hash}" 0 16 tag)
  append_array("bytes_${i}" "${DIRECTORY}/${name}")
  # without name and time: the same bytes each time
  set(compressed "${OUTPUT}.gz.tmp")
  execute_process(COMMAND "${GZIP}" -9 -n -c "${DIRECTORY}/${name}"
    OUTPUT_FILE "${compressed}" COMMAND_ERROR_IS_FATAL ANY)
  file(SIZE "${DIRECTORY}/${name}" size)
  file(SIZE "${compressed}" compressed_size)
  math(EXPR saved "${size} * 9 - ${compressed_size} * 10")
  set(gzip_members "")
  if(saved GREATER 0)
    append_array("gzip_${i}" "${compressed}")
    set(gzip_members
      "\t\t.gzip_bytes = gzip_${i},\n\t\t.gzip_size = sizeof(gzip_${i}) - 1,\n")
  endif()
  file(REMOVE "${compressed}")
  string(APPEND rows
    "\t{\n\t\t.name = \"${name}\",\n\t\t.etag = \"\\\"${tag}\\\"\",\n"
    "\t\t.bytes = bytes_${i},\n\t\t.size = sizeof(bytes_${i}) - 1,\n${gzip_members}\t},\n")
  math(EXPR i "${i} + 1")
endforeach()

file(WRITE "${OUTPUT}.tmp" "/* Generated from the page's files; do not edit. */
#include \"server/static_files.h\"

${arrays}const struct static_file ${TABLE}[] = {
${rows}\t{.name = NULL},
};
")
file(RENAME "${OUTPUT}.tmp" "${OUTPUT}")
