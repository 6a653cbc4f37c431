#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over the .cpp files that a build compiles, or over a small sample of them.

Usage: tidy.py --build-dir DIR [--jobs N] [--sample | FILE...]. Exit code 77: clang-tidy is not installed.
"""

import argparse
import concurrent.futures
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import tree  # noqa: E402

CLANG_TIDY = "clang-tidy-14"
# What g++ understands and clang does not, and precompiled headers, which only their own compiler can read.
# What every run of the tests looks at: it compiles without generated code and takes well below a minute.
SAMPLE = ("libs/foundation/backoff.cpp", "libs/foundation/bytes.cpp", "libs/foundation/clock.cpp",
          "libs/foundation/crc32c.cpp", "schemas/codec/chain.cpp", "schemas/topics/topics.cpp",
          "schemas/values/identifiers.cpp", "schemas/values/resolution.cpp", "schemas/values/ticket.cpp")
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


def findings(compiled, jobs):
    """What clang-tidy says of each file that has something: `compiled` is name -> entry of compile_commands.json."""
    with tempfile.TemporaryDirectory() as folder:
        entries = [for_clang(entry) for entry in compiled.values()]
        (Path(folder) / "compile_commands.json").write_text(json.dumps(entries))

        def check(name):
            done = subprocess.run([CLANG_TIDY, "-p", folder, "--quiet", f"--config-file={tree.ROOT / '.clang-tidy'}",
                                   compiled[name]["file"]],
                                  text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            return (done.stdout or done.stderr).strip() or name if done.returncode != 0 else None

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            return [found for found in pool.map(check, sorted(compiled)) if found]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build-dir", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    if shutil.which(CLANG_TIDY) is None:
        print(f"{CLANG_TIDY} is not installed: apt-get install {CLANG_TIDY}")
        return 77

    ours = set(tree.cpp_files())
    wanted = set(SAMPLE if arguments.sample else arguments.files) or ours
    compiled = {}
    for entry in json.loads((arguments.build_dir / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        name = str(path.relative_to(tree.ROOT)) if path.is_relative_to(tree.ROOT) else None
        if name in ours & wanted:
            compiled[name] = entry
    missing = sorted(wanted - compiled.keys()) if arguments.sample or arguments.files else []
    for name in missing:
        print(f"{name}: this build does not compile it")

    found = findings(compiled, arguments.jobs)
    print("\n".join(found + [f"clang-tidy: {len(compiled)} files, {len(found)} with findings"]))
    return 1 if found or missing else 0


if __name__ == "__main__":
    sys.exit(main())
