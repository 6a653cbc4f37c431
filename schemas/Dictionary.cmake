# SPDX-License-Identifier: Apache-2.0
# watchglass_dictionary(target file.textproto...)
#
# Compiles dictionaries into a target: `#include <watchglass/dictionaries/pump_test_bench.h>` for pump-test-bench.textproto.
# A file that fails its lint fails the build. Also for utility targets, which are then only built after the check.
function(watchglass_dictionary target)
  foreach(file IN LISTS ARGN)
    get_filename_component(source "${file}" ABSOLUTE)
    get_filename_component(stem "${source}" NAME_WE)
    string(REPLACE "-" "_" name "${stem}")
    wg_dictionary_header("wg_dictionary_${name}" "${source}" "watchglass/dictionaries/${name}.h")
    get_target_property(type "${target}" TYPE)
    if(type STREQUAL "UTILITY")
      add_dependencies("${target}" "wg_dictionary_${name}_header")
    else()
      target_link_libraries("${target}" PUBLIC "wg_dictionary_${name}")
    endif()
  endforeach()
endfunction()

# One interface library a dictionary, made by whoever asks first. A cross build runs the tool in the emulator that
# CMAKE_CROSSCOMPILING_EMULATOR names.
function(wg_dictionary_header library source header)
  if(TARGET "${library}")
    return()
  endif()
  set(include_dir "${CMAKE_BINARY_DIR}/dictionaries")
  set(out "${include_dir}/${header}")
  get_filename_component(out_dir "${out}" DIRECTORY)
  file(MAKE_DIRECTORY "${out_dir}")
  add_custom_command(OUTPUT "${out}"
    COMMAND watchglass-dictionary compile "${source}" -o "${out}"
    DEPENDS "${source}" watchglass-dictionary
    COMMENT "watchglass-dictionary ${header}" VERBATIM)
  add_custom_target("${library}_header" DEPENDS "${out}")
  add_library("${library}" INTERFACE)
  add_dependencies("${library}" "${library}_header")
  target_include_directories("${library}" INTERFACE "${include_dir}")
  target_link_libraries("${library}" INTERFACE wg_values)
endfunction()
