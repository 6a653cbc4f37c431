# SPDX-License-Identifier: Apache-2.0
# How everything is compiled: language, warnings, hardening, sanitizers. Presets choose the build type.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
add_compile_options(-fPIC)  # one kind of object code: static libraries also go into shared ones
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

include(GNUInstallDirs)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

find_program(CCACHE ccache)
if(CCACHE)
  # The two kinds of sloppiness are what ccache asks for where headers are precompiled.
  set(launcher "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
               "${CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  if(WG_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

# A hundred programs are linked for a run of the tests: gold, which comes with binutils, takes half the time. What is
# shipped and what is sanitized is linked by the usual one.
if(CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT WG_SANITIZE)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=gold WG_HAS_GOLD)
  if(WG_HAS_GOLD)
    add_link_options(-fuse-ld=gold)
  endif()
endif()

# Sanitizers go on everything, generated code too: half-instrumented programs report what is not there.
set(WG_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize, separated by commas")
set(WG_SANITIZER_RUNTIME "" CACHE INTERNAL "")
if(WG_SANITIZE)
  add_compile_options(-fsanitize=${WG_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WG_SANITIZE})
  # A program of others that loads a library of ours (Mosquitto, the plugin) must load this runtime first.
  if(WG_SANITIZE MATCHES "address")
    set(runtime libasan.so)
  elseif(WG_SANITIZE MATCHES "thread")
    set(runtime libtsan.so)
  endif()
  execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -print-file-name=${runtime}
                  OUTPUT_VARIABLE runtime_path OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(EXISTS "${runtime_path}")
    file(REAL_PATH "${runtime_path}" runtime_path)
    set(WG_SANITIZER_RUNTIME "${runtime_path}" CACHE INTERNAL "")
  endif()
endif()

# Linked by every target of ours through Targets.cmake; never by third-party code.
add_library(wg_compile INTERFACE)
target_compile_options(wg_compile INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow
  $<$<COMPILE_LANGUAGE:CXX>:-Wconversion>
  $<$<BOOL:${WG_WERROR}>:-Werror>)
target_include_directories(wg_compile INTERFACE "${CMAKE_SOURCE_DIR}")

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND (WG_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Release"))
  # g++ 12 sees these in std::variant and std::string once they are inlined or instrumented, where there is nothing;
  # the dev preset still has them.
  target_compile_options(wg_compile INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
                                              -Wno-stringop-overread -Wno-array-bounds)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND WG_SANITIZE MATCHES "thread")
  target_compile_options(wg_compile INTERFACE -Wno-tsan)  # standard headers fence, which it cannot follow
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(wg_compile INTERFACE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection)
  target_link_options(wg_compile INTERFACE -Wl,-z,relro,-z,now)
endif()
