# SPDX-License-Identifier: Apache-2.0
# Third-party libraries, all from Debian 12 (tools/packages.txt). Each is linked by the one folder that is its door.

find_package(Threads REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

find_library(PAHO_C paho-mqtt3as REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)

if(NOT WG_DEVICE_ONLY)
  find_package(PkgConfig REQUIRED)
  find_package(Boost 1.81 REQUIRED)
  pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
  pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
  pkg_check_modules(FUSE3 REQUIRED IMPORTED_TARGET fuse3)
  find_path(MOSQUITTO_INCLUDE mosquitto_plugin.h REQUIRED)
endif()
