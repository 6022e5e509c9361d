# SPDX-License-Identifier: GPL-2.0-only
#
# Compiler and linker flags for every C target below.

add_compile_definitions(_GNU_SOURCE VMASCOPE_VERSION="${PROJECT_VERSION}")
add_compile_options(
  -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes -Wvla
  -fno-common
  # the same bytes wherever the tree lies
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
if(VMASCOPE_WERROR)
  add_compile_options(-Werror)
endif()

# Position independent programs. Not CMAKE_POSITION_INDEPENDENT_CODE: that would
# build the static libraries with -fPIC, which keeps gcc from inlining.
add_compile_options(-fPIE)
add_link_options(-pie -Wl,--as-needed)

if(VMASCOPE_SANITIZE)
  set(sanitize "-fsanitize=${VMASCOPE_SANITIZE}")
  add_compile_options(${sanitize} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(${sanitize})
endif()
if(VMASCOPE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# -O1: the sanitizers are bearable, line numbers still true.
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
add_compile_options("$<$<CONFIG:RelWithDebInfo>:-fstack-protector-strong;-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
add_link_options("$<$<CONFIG:RelWithDebInfo>:-Wl,-z,relro,-z,now>")
