# SPDX-License-Identifier: Apache-2.0
# The three shapes a target of ours can have.

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
  install(TARGETS ${name} RUNTIME)
endfunction()

# watchglass_test(unit_name LABEL unit SOURCES ... LINK ... [TIMEOUT seconds] [NEEDS program targets]): one Catch2
# program, one CTest test. NEEDS are programs the test starts; they are built before it.
function(watchglass_test name)
  cmake_parse_arguments(ARG "NO_PRECOMPILE" "LABEL;TIMEOUT" "SOURCES;LINK;PRIVATE;NEEDS" ${ARGN})
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
  set_tests_properties(${name} PROPERTIES
    LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "WATCHGLASS_BUILD_DIR=${CMAKE_BINARY_DIR};WATCHGLASS_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()

function(watchglass_precompile name skip)
  if(WG_PRECOMPILE AND NOT skip)
    target_precompile_headers(${name} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:<algorithm$<ANGLE-R>>
      $<$<COMPILE_LANGUAGE:CXX>:<chrono$<ANGLE-R>>
      $<$<COMPILE_LANGUAGE:CXX>:<functional$<ANGLE-R>>
      $<$<COMPILE_LANGUAGE:CXX>:<map$<ANGLE-R>>
      $<$<COMPILE_LANGUAGE:CXX>:<memory$<ANGLE-R>>
      $<$<COMPILE_LANGUAGE:CXX>:<string$<ANGLE-R>>
      $<$<COMPILE_LANGUAGE:CXX>:<vector$<ANGLE-R>>
      $<$<COMPILE_LANGUAGE:CXX>:<fmt/format.h$<ANGLE-R>>
      $<$<COMPILE_LANGUAGE:CXX>:<tl/expected.hpp$<ANGLE-R>>)
  endif()
endfunction()
