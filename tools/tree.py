# SPDX-License-Identifier: Apache-2.0
"""Which files are ours. The checks beside this file share it."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CPP = (".h", ".hpp", ".cpp", ".c")


def files(root=ROOT):
    """Paths of our files relative to the root, sorted: what git tracks or would track; all files without git."""
    command = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = _walk(root)
    return sorted({name for name in listed if name and (root / name).is_file()})


def _walk(root):
    for folder, names, found in os.walk(root):
        names[:] = [n for n in names if not n.startswith((".git", "build", ".watchglass", "node_modules"))]
        for name in found:
            yield str((Path(folder) / name).relative_to(root))


def cpp_files(root=ROOT):
    return [name for name in files(root) if name.endswith(CPP)]


def read(name, root=ROOT):
    return (root / name).read_text(encoding="utf-8")
