#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gathers every failure code declared in the tree into docs/errors.md.

Without arguments it checks that the codes are well formed and unique and that the page is current; --write renews it.
"""

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

sys.dont_write_bytecode = True
import tree  # noqa: E402

PAGE = "docs/errors.md"

TEXT = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
DECLARATION = re.compile(r"inline\s+constexpr\s+(?:::)?(?:watchglass::)?Code\s+(\w+)\s*(?:=\s*(?:Code\s*)?)?\{\s*"
                         + TEXT + r",\s*" + TEXT + r",\s*" + TEXT + r",?\s*\}")
ANY_DECLARATION = re.compile(r"inline\s+constexpr\s+(?:::)?(?:watchglass::)?Code\s+\w+")
COMMENT = re.compile(r"(?m)^\s*//.*$")
NAME = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")

HEAD = """# Failure codes

What metrics, logs, problem documents and command lines call one kind of trouble. A published name never changes its
meaning. This page is made from the code: `tools/check_errors.py --write`.
"""


def joined(literals):
    """The text of adjacent C++ string literals."""
    pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', literals)
    return "".join(pieces).replace('\\"', '"').replace("\\\\", "\\")


def declared(root):
    """(name, sentence, next step, file, line) of every code, and complaints about what could not be read."""
    codes, complaints = [], []
    for name in tree.cpp_files(root):
        if name.startswith("test/"):
            continue
        text = COMMENT.sub("", tree.read(name, root))
        found = list(DECLARATION.finditer(text))
        if len(found) != len(ANY_DECLARATION.findall(text)):
            complaints.append(f"{name}: a Code is declared in a form that this check does not read; "
                              'write inline constexpr Code x{"area.what", "Sentence.", "Next step."}')
        for match in found:
            line = text.count("\n", 0, match.start()) + 1
            codes.append((*(joined(match.group(i)) for i in (2, 3, 4)), name, line))
    return sorted(codes), complaints


def malformed(codes):
    seen = {}
    for name, sentence, next_step, file, line in codes:
        where = f"{file}:{line}: {name}"
        if not NAME.match(name):
            yield f"{where}: a code is spelled area.what, in lower case"
        for text in (sentence, next_step):
            ends = text.endswith((".", "!", "?")) or ": " in text  # or with an example, or a command to type
            if not text or text[0].islower() or not ends:
                yield f"{where}: {text!r} is not a sentence"
        if name in seen:
            yield f"{where}: is declared in {seen[name]} too"
        seen.setdefault(name, f"{file}:{line}")


def page(codes):
    areas = defaultdict(list)
    for name, sentence, next_step, _, _ in codes:
        areas[name.split(".")[0]].append((name, sentence, next_step))
    parts = [HEAD]
    for area, rows in sorted(areas.items()):
        parts.append(f"\n## {area}\n\n| Code | What happened | What to do |\n|---|---|---|\n")
        parts += ["| `{}` | {} | {} |\n".format(*(cell.replace("|", "\\|") for cell in row)) for row in rows]
    return "".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=tree.ROOT)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()

    codes, complaints = declared(arguments.root)
    complaints += malformed(codes)
    path = arguments.root / PAGE
    if arguments.write:
        path.write_text(page(codes), encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != page(codes):
        complaints.append(f"{PAGE} is not current: run tools/check_errors.py --write")
    print("\n".join(complaints) if complaints else f"{len(codes)} codes")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
