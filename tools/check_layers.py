#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include to the table of arrows in ARCHITECTURE.md. Usage: check_layers.py [--root DIR]"""

import argparse
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import tree  # noqa: E402

HTTP_CLIENT = ["libs/http/" + header for header in
               ("client.h", "codes.h", "event_parser.h", "message.h", "server_problem.h", "target.h")]

# An area is a folder; a file belongs to the longest one that fits. Its row lists what its files may include:
# folders or single headers. Every area may include itself.
ARROWS = {
    "libs/foundation": [],
    "libs/json": ["libs/foundation"],
    "libs/security": ["libs/foundation"],
    "libs/mqtt": ["libs/foundation", "libs/security", "libs/json"],
    "libs/http": ["libs/foundation", "libs/security", "libs/json"],

    "schemas/values": ["libs/foundation", "libs/security/digest.h"],
    "schemas/topics": ["libs/foundation", "schemas/values"],
    "schemas/codec": ["libs/foundation", "libs/security/digest.h", "schemas/values", "schemas/proto"],
    "schemas/dictionaries": ["libs/foundation", "libs/security/digest.h", "schemas/values", "schemas/proto"],

    "storage": ["libs/foundation", "libs/security/digest.h", "schemas/values"],
    "storage/migrations": ["libs/foundation", "libs/security/digest.h", "schemas/values", "schemas/dictionaries", "storage"],
    "storage/objects": ["libs/foundation", "libs/security", "libs/http", "schemas/values", "storage"],

    "device-sdk": ["libs/foundation", "libs/json", "libs/security", "libs/mqtt", *HTTP_CLIENT,
                   "schemas/values", "schemas/topics", "schemas/codec"],
    "ingest": ["libs/foundation", "libs/security/digest.h", "libs/mqtt", "schemas", "storage"],
    "broker-bridge": ["libs/foundation", "libs/json", "libs/security", "libs/mqtt", "schemas", "storage"],
    "provisioning": ["libs/foundation", "libs/json", "libs/security", "libs/http", "schemas", "storage", "certs"],
    "console": ["libs/foundation", "libs/json", "libs/security", "libs/http", "schemas", "storage"],
    "certs": ["libs/foundation", "libs/json", "libs/security"],
    "cli": ["libs/foundation", "libs/json", "libs/security", *HTTP_CLIENT, "schemas", "certs",
            "device-sdk/src/journal"],

    "bench": ["libs", "schemas", "storage", "device-sdk", "ingest", "broker-bridge", "provisioning", "console",
              "certs", "cli", "test/support"],
    "test": ["libs", "schemas", "storage", "device-sdk", "ingest", "broker-bridge", "provisioning", "console",
             "certs", "cli", "bench"],
}

# A program's main.cpp wires it: TLS settings, and the socket with health and metrics.
MAIN_MAY_ALSO = ["libs/security", "libs/http", "libs/json"]

# The only files that may include a third-party library; tests may use any, to look at ours from outside.
DOORS = [
    # (what the include begins with, the library, its doors)
    ("openssl/", "OpenSSL", ["libs/security", "bench/swarm"]),  # clients by the ten thousand
    ("mqtt/", "Paho C++", ["libs/mqtt/paho"]),
    ("MQTT", "Paho C", ["libs/mqtt/paho"]),
    ("boost/", "Boost", ["libs/http"]),
    ("curl/", "libcurl", ["libs/http"]),
    ("nlohmann/", "nlohmann-json", ["libs/json"]),
    ("toml++/", "toml++", ["libs/foundation"]),
    ("google/protobuf/", "protobuf", ["schemas/codec", "schemas/dictionaries"]),
    ("pqxx/", "libpqxx", ["storage"]),
    ("libpq-fe.h", "libpq", ["storage"]),
    ("mosquitto", "Mosquitto", ["broker-bridge/plugin"]),
    ("CLI/", "CLI11", ["cli", "device-sdk/agent"]),
    ("qrencode.h", "libqrencode", ["cli"]),
    ("csv.h", "libcsv", ["cli"]),
    ("catch2/", "Catch2", ["test"]),
    ("fuse3/", "FUSE", ["test/faults"]),
    ("fmt/", "fmt", [""]),
    ("tl/", "tl::expected", [""]),
]
GENERATED_PROTOBUF_DOORS = ["schemas/codec", "schemas/dictionaries", "schemas/proto"]

# Folders of system headers that contain a slash and are nobody's library.
SYSTEM = ("sys/", "netinet/", "arpa/", "net/", "linux/", "bits/", "sanitizer/", "experimental/")

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def within(path, prefix):
    """True for the prefix itself, anything in that folder, and files whose name begins so ("libs/mqtt/paho")."""
    if prefix == "" or path == prefix or path.startswith(prefix + "/"):
        return True
    return prefix.startswith("libs/mqtt/paho") and path.startswith(prefix)


def area_of(path):
    fitting = [area for area in ARROWS if within(path, area)]
    return max(fitting, key=len) if fitting else None


def complaint_about_ours(source, included):
    """Why this file of ours may not include that file of ours, or None."""
    included = included.removeprefix("embedded/")  # texts compiled in by watchglass_embed() keep their folder's name
    area, other = area_of(source), area_of(included)
    if other is None:
        return f'"{included}" is not a path from the top of the tree into a known folder'
    if area is None:
        return f"{source} lies in no folder of the table"
    allowed = [area] + ARROWS[area]
    if Path(source).name == "main.cpp":
        allowed += MAIN_MAY_ALSO
    if any(within(included, prefix) for prefix in allowed):
        return None
    return f"the arrow {area} -> {other} is missing"


def complaint_about_library(source, included):
    if included.endswith(".pb.h"):
        doors, library = GENERATED_PROTOBUF_DOORS, "generated protobuf code"
    else:
        row = next(((library, doors) for start, library, doors in DOORS if included.startswith(start)), None)
        if row is None:
            if "/" not in included or included.startswith(SYSTEM):
                return None
            return f"<{included}> belongs to no library of the table DOORS"
        library, doors = row
    if within(source, "test") or any(within(source, door) for door in doors):
        return None
    return f"{library} may be included only in {', '.join(doors)}"


def complaints(root):
    for name in tree.cpp_files(root):
        for number, line in enumerate(tree.read(name, root).splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            quoted, angled = found.groups()
            included = quoted or angled
            if included.endswith(".pb.h"):
                why = complaint_about_library(name, included)
            elif quoted:
                why = complaint_about_ours(name, quoted)
            elif angled.startswith("watchglass/dictionaries/"):  # generated: plain values
                why = complaint_about_ours(name, "schemas/values/" + angled)
            elif angled.startswith("watchglass/"):
                why = complaint_about_ours(name, "device-sdk/include/" + angled)
            else:
                why = complaint_about_library(name, angled)
            if why:
                yield f"{name}:{number}: {line.strip()}: {why}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=tree.ROOT)
    root = parser.parse_args().root
    found = list(complaints(root))
    for line in found:
        print(line)
    if found:
        print(f"{len(found)} includes outside the table of arrows (tools/check_layers.py, explained in ARCHITECTURE.md)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
