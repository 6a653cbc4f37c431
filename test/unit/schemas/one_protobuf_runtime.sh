#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# one_protobuf_runtime.sh DIR...: no program or library below the directories links both protobuf runtimes, and every
# program that instruments run links the lite one (schemas/ProtobufRuntime.cmake).
set -eu
looked=0
bad=0
for file in $(find "$@" -maxdepth 1 -type f \( -perm -u+x -o -name '*.so*' \)); do
    needed=$(readelf -d "$file" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(libprotobuf[^]]*\)\].*/\1/p')
    looked=$((looked + 1))
    case "$needed" in
        *libprotobuf-lite.so*libprotobuf.so* | *libprotobuf.so*libprotobuf-lite.so*)
            echo "$file links both protobuf runtimes"
            bad=1 ;;
    esac
    case "$(basename "$file") $needed" in
        watchglass-agent*libprotobuf.so* | libwatchglass-device*libprotobuf.so*)
            echo "$file is for instruments and links the full protobuf runtime"
            bad=1 ;;
    esac
done
[ "$looked" -gt 0 ] || { echo "nothing to look at in $*"; exit 1; }
exit "$bad"
