# SPDX-License-Identifier: Apache-2.0
# The shapes a target of ours can have.

# Everything that lands in bin/, and what those programs load: `./run demo` builds this and no test.
add_custom_target(programs)
# All fuzz targets: what the preset `fuzz` builds.
add_custom_target(fuzzers)

# watchglass_library(wg_name SOURCES a.cpp ... [LINK wg_foundation ...] [PRIVATE OpenSSL::SSL ...])
# LINK is public (ours, as the arrows allow), PRIVATE is what only this folder's .cpp files may see.
function(watchglass_library name)
  cmake_parse_arguments(ARG "NO_PRECOMPILE" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC wg_compile ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
  watchglass_precompile(${name} "${ARG_NO_PRECOMPILE}")
endfunction()

# watchglass_program(watchglass-named SOURCES main.cpp ... [LINK ...] [PRIVATE ...]): lands in bin/.
function(watchglass_program name)
  cmake_parse_arguments(ARG "NO_PRECOMPILE" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wg_compile ${ARG_LINK} ${ARG_PRIVATE})
  watchglass_precompile(${name} "${ARG_NO_PRECOMPILE}")
  add_dependencies(programs ${name})
  install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endfunction()

# watchglass_test(unit_name LABEL unit SOURCES ... LINK ... [TIMEOUT seconds] [NEEDS program targets]): one Catch2
# program, one CTest test. NEEDS are programs the test starts; they are built before it. LABEL may be a list:
# a test with the label `slow` runs only when asked for. A program that exits 77 says "skipped".
function(watchglass_test name)
  cmake_parse_arguments(ARG "NO_PRECOMPILE" "TIMEOUT" "LABEL;SOURCES;LINK;PRIVATE;NEEDS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wg_compile wg_test_main ${ARG_LINK} ${ARG_PRIVATE})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/test-bin")
  watchglass_precompile(${name} "${ARG_NO_PRECOMPILE}")
  if(ARG_NEEDS)
    add_dependencies(${name} ${ARG_NEEDS})
  endif()
  add_test(NAME ${name} COMMAND ${name})
  watchglass_test_properties(${name} "${ARG_LABEL}" ${ARG_TIMEOUT})
endfunction()

# watchglass_check(static_name COMMAND ...): a static check of the tree as a test.
function(watchglass_check name)
  cmake_parse_arguments(ARG "" "" "COMMAND" ${ARGN})
  add_test(NAME ${name} COMMAND ${ARG_COMMAND} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  watchglass_test_properties(${name} static 120)
endfunction()

# watchglass_fuzzer(fuzz_name SOURCES target.cpp LINK ... CORPUS folder): one parser under libFuzzer with the preset
# `fuzz`. With every other preset the same source is a test that feeds it each file of the corpus once.
function(watchglass_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;LINK" ${ARGN})
  get_filename_component(corpus "${ARG_CORPUS}" ABSOLUTE)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wg_compile ${ARG_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz-bin")
  add_dependencies(fuzzers ${name})
  if(WG_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    # libFuzzer writes what it finds into the first folder; the tree's corpus is only read.
    set(found "${CMAKE_BINARY_DIR}/fuzz-found/${name}")
    file(MAKE_DIRECTORY "${found}")
    add_test(NAME ${name} COMMAND ${name} -runs=100000 -max_total_time=30 "${found}" "${corpus}")
  else()
    target_sources(${name} PRIVATE "${CMAKE_SOURCE_DIR}/test/fuzz/replay.cpp")
    add_test(NAME ${name} COMMAND ${name} "${corpus}")
  endif()
  watchglass_test_properties(${name} "unit;fuzz" 120)
endfunction()

# watchglass_benchmark(bench_name SOURCES ... LINK ... [NEEDS ...]): lands in bench-bin/, where `./run bench` finds it.
function(watchglass_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE;NEEDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wg_compile wg_bench ${ARG_LINK} ${ARG_PRIVATE})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench-bin")
  watchglass_precompile(${name} "")
  if(ARG_NEEDS)
    add_dependencies(${name} ${ARG_NEEDS})
  endif()
endfunction()

function(watchglass_test_properties name labels timeout)
  if(WG_SANITIZE)
    math(EXPR timeout "${timeout} * 4")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout} SKIP_RETURN_CODE 77)
  set_property(TEST ${name} PROPERTY ENVIRONMENT
    "WATCHGLASS_BUILD_DIR=${CMAKE_BINARY_DIR}" "WATCHGLASS_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()

# The headers that nearly every file includes are parsed once for all targets. Everything is compiled with -fPIC
# (Compile.cmake), so that one precompiled header fits libraries and programs alike.
if(WG_PRECOMPILE)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/precompiled.cpp" CONTENT "")
  add_library(wg_precompiled STATIC "${CMAKE_BINARY_DIR}/precompiled.cpp")
  target_link_libraries(wg_precompiled PRIVATE wg_compile fmt::fmt)
  target_precompile_headers(wg_precompiled PRIVATE
    <algorithm> <chrono> <functional> <map> <memory> <string> <vector> <fmt/format.h> <tl/expected.hpp>)
endif()

function(watchglass_precompile name skip)
  if(WG_PRECOMPILE AND NOT skip)
    target_link_libraries(${name} PRIVATE fmt::fmt)
    target_precompile_headers(${name} REUSE_FROM wg_precompiled)
  endif()
endfunction()
