#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over the .cpp files that a build compiles. Usage: tidy.py --build-dir DIR [--jobs N] [FILE...]"""

import argparse
import concurrent.futures
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import tree  # noqa: E402

CLANG_TIDY = "clang-tidy-14"
# What g++ understands and clang does not, and precompiled headers, which only their own compiler can read.
GCC_ONLY = ("-fpch-preprocess", "-Winvalid-pch", "-Wno-tsan", "-Wno-restrict", "-Wno-maybe-uninitialized")


def for_clang(entry):
    words = iter(entry["command"].split())
    kept = []
    for word in words:
        if word == "-include":
            next(words)  # the precompiled header; its sources include what they need themselves
        elif word not in GCC_ONLY:
            kept.append(word)
    return {**entry, "command": " ".join(kept)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build-dir", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()

    ours = set(tree.cpp_files())
    wanted = set(arguments.files) or ours
    entries = json.loads((arguments.build_dir / "compile_commands.json").read_text())
    compiled = {}
    for entry in entries:
        path = Path(entry["file"])
        name = str(path.relative_to(tree.ROOT)) if path.is_relative_to(tree.ROOT) else None
        if name in ours & wanted:
            compiled[name] = for_clang(entry)

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "compile_commands.json").write_text(json.dumps(list(compiled.values())))

        def check(name):
            done = subprocess.run([CLANG_TIDY, "-p", folder, "--quiet", str(tree.ROOT / name)], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            return name, done.returncode, done.stdout or done.stderr

        wrong = 0
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            for name, status, output in pool.map(check, sorted(compiled)):
                if status != 0:
                    wrong += 1
                    print(output.strip() or name)
    print(f"clang-tidy: {len(compiled)} files, {wrong} with findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
