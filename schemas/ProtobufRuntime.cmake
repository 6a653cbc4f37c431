# SPDX-License-Identifier: Apache-2.0
# Device programs link protobuf-lite; a program that also reads dictionary text links the full runtime instead, never
# both. Nobody has to say which: after all targets exist, each program's libraries are walked, and WG_FULL_PROTOBUF is
# set on those that reach the full runtime. The wire's generated code reads that property (proto/CMakeLists.txt).

# Every library that `target` reaches over its link libraries, into `out`.
function(wg_reachable_libraries target out)
  set(waiting "${target}")
  set(seen "")
  while(waiting)
    list(POP_FRONT waiting current)
    if(current IN_LIST seen)
      continue()
    endif()
    list(APPEND seen "${current}")
    if(NOT TARGET "${current}")
      continue()
    endif()
    foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      get_target_property(libraries "${current}" ${property})
      if(libraries)
        # A static library's private dependencies appear as $<LINK_ONLY:name>.
        string(REGEX REPLACE "\\$<LINK_ONLY:([^>]*)>" "\\1" libraries "${libraries}")
        list(APPEND waiting ${libraries})
      endif()
    endforeach()
  endwhile()
  set(${out} "${seen}" PARENT_SCOPE)
endfunction()

function(wg_choose_protobuf_runtimes directory)
  get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type "${target}" TYPE)
    if(type MATCHES "EXECUTABLE|SHARED_LIBRARY|MODULE_LIBRARY")
      wg_reachable_libraries("${target}" libraries)
      if("protobuf::libprotobuf" IN_LIST libraries)
        set_target_properties("${target}" PROPERTIES WG_FULL_PROTOBUF ON)
      endif()
    endif()
  endforeach()
  get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(each IN LISTS below)
    wg_choose_protobuf_runtimes("${each}")
  endforeach()
endfunction()

cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL wg_choose_protobuf_runtimes "${CMAKE_SOURCE_DIR}")
