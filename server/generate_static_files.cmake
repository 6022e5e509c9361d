# SPDX-License-Identifier: GPL-2.0-only
#
# cmake -DOUTPUT=path.c -DDIRECTORY=dir -DNAMES=app.js;index.html -P generate_static_files.cmake
# Writes the files as the table of server/static_files.h.

set(arrays "")
set(rows "")
set(i 0)
foreach(name IN LISTS NAMES)
  file(READ "${DIRECTORY}/${name}" bytes HEX)
  file(SHA256 "${DIRECTORY}/${name}" hash)
  string(SUBSTRING "${hash}" 0 16 tag)
  # an array may not be empty: one 0 more than the size counts
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}00")
  string(REGEX REPLACE "((0x..,){20})" "\\1\n\t" bytes "${bytes}")
  string(APPEND arrays "static const unsigned char bytes_${i}[] = {\n\t${bytes}\n};\n\n")
  string(APPEND rows
    "\t{\n\t\t.name = \"${name}\",\n\t\t.etag = \"\\\"${tag}\\\"\",\n"
    "\t\t.bytes = bytes_${i},\n\t\t.size = sizeof(bytes_${i}) - 1,\n\t},\n")
  math(EXPR i "${i} + 1")
endforeach()

file(WRITE "${OUTPUT}.tmp" "/* Generated from the page's files; do not edit. */
#include \"server/static_files.h\"

${arrays}const struct static_file static_files[] = {
${rows}\t{.name = NULL},
};
")
file(RENAME "${OUTPUT}.tmp" "${OUTPUT}")
