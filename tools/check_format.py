#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that C++ files are laid out by .clang-format; --write lays them out."""

import argparse
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import tree  # noqa: E402

CLANG_FORMAT = "clang-format-14"  # versions differ in detail; one decides


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write

    if not shutil.which(CLANG_FORMAT):
        print(f"{CLANG_FORMAT} is not installed")
        return 77  # skipped; in CI that is a failure
    names = tree.cpp_files()
    mode = ["-i"] if write else ["--dry-run", "-Werror"]
    done = subprocess.run([CLANG_FORMAT, "--style=file", *mode, *names], cwd=tree.ROOT, text=True,
                          capture_output=True)
    if done.returncode != 0:
        wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "clang-format-violations" in line})
        print("\n".join(wrong) if wrong else done.stderr)
        print(f"{len(wrong)} files are laid out otherwise: ./run format")
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
