#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House rules a machine can hold: license lines, a README in every folder, nothing left open, links that lead
somewhere."""

import argparse
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import tree  # noqa: E402

LICENSED = tree.CPP + (".py", ".sh", ".cmake", ".sql", ".proto", ".textproto", ".ts", ".tsx")
LICENSED_NAMES = ("CMakeLists.txt", "run")
SPDX = "SPDX-License-Identifier: Apache-2.0"

# Folders whose content one README above them explains.
EXPLAINED_ABOVE = re.compile(r"^(\.|test/(golden|fuzz)/.|docs/(images|decisions/.)|test/(unit|integration)/.|device-sdk/include)")
PROMISE_KEPT = re.compile(r"\| [A-Z]{2}-\d\d \|.*\| kept \|")
TEST_FILE = re.compile(r"\btest/[\w/-]+\.cpp\b")
LEFT_OPEN = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def broken_links(name, root):
    for number, line in enumerate(tree.read(name, root).splitlines(), 1):
        for target in LINK.findall(line):
            if "://" not in target and not target.startswith("mailto:") \
                    and not ((root / name).parent / target).exists():
                yield f"{name}:{number}: the link leads nowhere: {target}"


def explained(folder, names, root):
    """A folder has a README that says what belongs there, and what does not; a small one may be a row above."""
    above = f"{folder.parent}/README.md"
    return f"{folder}/README.md" in names or (
        above in names and re.search(rf"`{re.escape(folder.name)}/", tree.read(above, root)) is not None)


def promises_without_test(name, root):
    """A promise is kept when a test holds it: its row names one that exists."""
    for number, line in enumerate(tree.read(name, root).splitlines(), 1):
        if PROMISE_KEPT.match(line):
            tests = TEST_FILE.findall(line)
            if not tests:
                yield f"{name}:{number}: kept, but no test is named"
            for test in tests:
                if not (Path(root) / test).is_file():
                    yield f"{name}:{number}: there is no such test: {test}"


def complaints(root):
    names = tree.files(root)
    for name in names:
        if name.startswith("test/golden/"):
            continue
        if name.endswith(LICENSED) or Path(name).name in LICENSED_NAMES:
            text = tree.read(name, root)
            if SPDX not in "\n".join(text.splitlines()[:3]):
                yield f"{name}:1: the license line is missing: {SPDX}"
            for number, line in enumerate(text.splitlines(), 1):
                if LEFT_OPEN.search(line):
                    yield f"{name}:{number}: left open: {line.strip()}"
        if name.endswith(".md"):
            yield from broken_links(name, root)
        if name == "docs/promises.md":
            yield from promises_without_test(name, root)
        if name.endswith((".h", ".hpp")) and "#pragma once" not in tree.read(name, root):
            if not name.startswith(("device-sdk/include/", "device-sdk/c/")):
                yield f"{name}:1: #pragma once is missing"

    folders = {parent for name in names for parent in Path(name).parents if str(parent) != "."}
    for folder in sorted(folders):
        if not EXPLAINED_ABOVE.search(f"{folder}/") and not explained(folder, names, root):
            yield f"{folder}: neither a README.md of its own nor a row `{folder.name}/` in the README.md above it"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=tree.ROOT)
    found = list(complaints(parser.parse_args().root))
    print("\n".join(found) if found else "the house rules are kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
