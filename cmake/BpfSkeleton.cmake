# SPDX-License-Identifier: GPL-2.0-only
#
# vmascope_bpf_skeleton(target name source): compiles a BPF program and makes
# <name>.skel.h (struct <name>_bpf) from it, for the sources of the target.
#
# The program needs no kernel headers and no BTF of the building machine:
# its types are in kernel_types.h beside it, libbpf relocates them at load time.

find_program(BPF_CLANG clang REQUIRED)
find_program(BPF_STRIP llvm-strip REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)

function(vmascope_bpf_skeleton target name source)
  set(source "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o")
  # in a folder of its own, so that clang-tidy can tell it from ours
  set(skeleton "${CMAKE_CURRENT_BINARY_DIR}/generated/${name}.skel.h")
  set(libbpf_include "$<TARGET_PROPERTY:PkgConfig::LIBBPF,INTERFACE_INCLUDE_DIRECTORIES>")

  # -g is what makes BTF; DWARF is stripped again, .BTF and .BTF.ext stay.
  add_custom_command(
    OUTPUT "${object}"
    COMMAND "${BPF_CLANG}" -O2 -g -target bpf -mcpu=v3 -Wall -Werror
      -Wno-gnu-variable-sized-type-not-at-end
      "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=." -fdebug-compilation-dir=.
      "$<$<BOOL:${libbpf_include}>:-I$<JOIN:${libbpf_include},;-I>>"
      -MD -MF "${object}.d" -MT "${object}" -c "${source}" -o "${object}.tmp"
    COMMAND "${BPF_STRIP}" -g "${object}.tmp"
    COMMAND "${CMAKE_COMMAND}" -E rename "${object}.tmp" "${object}"
    DEPENDS "${source}"
    DEPFILE "${object}.d"
    COMMENT "Building BPF program ${name}"
    COMMAND_EXPAND_LISTS
    VERBATIM)
  add_custom_command(
    OUTPUT "${skeleton}"
    COMMAND "${CMAKE_COMMAND}" "-DBPFTOOL=${BPFTOOL}" "-DOBJECT=${object}"
      "-DNAME=${name}_bpf" "-DOUTPUT=${skeleton}"
      -P "${PROJECT_SOURCE_DIR}/cmake/generate_skeleton.cmake"
    DEPENDS "${object}" "${PROJECT_SOURCE_DIR}/cmake/generate_skeleton.cmake"
    COMMENT "Generating ${name}.skel.h"
    VERBATIM)
  target_sources(${target} PRIVATE "${skeleton}")
  add_custom_target(${name}_skeleton ALL DEPENDS "${skeleton}")
  add_dependencies(${target} ${name}_skeleton)
  # generated code is not held to our warnings
  target_include_directories(${target} SYSTEM PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/generated")
endfunction()
