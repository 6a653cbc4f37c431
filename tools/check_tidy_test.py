#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tidy.py finds what clang-tidy finds, and nothing in clean code."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import tidy  # noqa: E402


class Tidy(unittest.TestCase):
    def found(self, text):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "a.cpp"
            file.write_text(text)
            entry = {"directory": folder, "file": str(file), "command": f"c++ -std=c++20 -c {file}"}
            return "\n".join(tidy.findings({"a.cpp": entry}, 1))

    def test_clean_code_is_fine(self):
        self.assertEqual(self.found("int twice(int a) { return 2 * a; }\n"), "")

    def test_a_bug_is_named_with_its_check(self):
        self.assertIn("clang-analyzer-core.NullDereference",
                      self.found("int f() { int* nothing = nullptr; return *nothing; }\n"))

    def test_what_does_not_compile_is_a_finding(self):
        self.assertIn("a.cpp", self.found("int f( {\n"))


if __name__ == "__main__":
    if shutil.which(tidy.CLANG_TIDY) is None:
        sys.exit(77)
    unittest.main()
