# SPDX-License-Identifier: Apache-2.0
# watchglass_embed(target NAMESPACE watchglass::x HEADER path/to/generated.h FILES a.sql b.in ...)
#
# Compiles text files into a target, so that a program needs no files beside it. The header, included by that very
# path, declares in the namespace:  inline constexpr EmbeddedFile files[] = {{"a.sql", "..."}, ...};
function(watchglass_embed target)
  cmake_parse_arguments(ARG "" "NAMESPACE;HEADER" "FILES" ${ARGN})
  set(out "${CMAKE_BINARY_DIR}/embedded/${ARG_HEADER}")
  set(inputs)
  foreach(file ${ARG_FILES})
    get_filename_component(path "${file}" ABSOLUTE)
    list(APPEND inputs "${path}")
  endforeach()
  add_custom_command(OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DNAMESPACE=${ARG_NAMESPACE}" "-DFILES=${inputs}" -P "${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake"
    DEPENDS ${inputs} "${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake"
    COMMENT "Embedding ${ARG_HEADER}" VERBATIM)
  target_sources(${target} PRIVATE "${out}")
  target_include_directories(${target} PRIVATE "${CMAKE_BINARY_DIR}/embedded")
endfunction()
