# SPDX-License-Identifier: GPL-2.0-only
#
# cmake -DBPFTOOL= -DOBJECT= -DNAME= -DOUTPUT= -P generate_skeleton.cmake
# Never leaves half a header: written beside the output, then renamed.
get_filename_component(directory "${OUTPUT}" DIRECTORY)
file(MAKE_DIRECTORY "${directory}")
execute_process(
  COMMAND "${BPFTOOL}" gen skeleton "${OBJECT}" name "${NAME}"
  OUTPUT_FILE "${OUTPUT}.tmp"
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  file(REMOVE "${OUTPUT}.tmp")
  message(FATAL_ERROR "bpftool gen skeleton ${OBJECT}: ${result}")
endif()
file(RENAME "${OUTPUT}.tmp" "${OUTPUT}")
