#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_house.py can fail on each of its rules."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import check_house  # noqa: E402

LICENSE = "// SPDX-License-Identifier: Apache-2.0\n"


class House(unittest.TestCase):
    def found(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return "\n".join(check_house.complaints(Path(folder)))

    def test_a_folder_with_license_lines_and_a_readme_is_fine(self):
        self.assertEqual(self.found({"ingest/README.md": "# ingest\n", "ingest/a.cpp": LICENSE}), "")

    def test_a_missing_license_line_is_named(self):
        self.assertIn("ingest/a.cpp:1", self.found({"ingest/README.md": "", "ingest/a.cpp": "int a;\n"}))

    def test_a_folder_that_nothing_explains_is_named(self):
        self.assertIn("ingest: neither", self.found({"ingest/a.cpp": LICENSE}))

    def test_a_small_folder_may_be_a_row_of_the_readme_above(self):
        files = {"ingest/README.md": "| `files/` | uploads |", "ingest/files/a.cpp": LICENSE}
        self.assertEqual(self.found(files), "")

    def test_what_is_left_open_is_named(self):
        text = LICENSE + "// TO" + "DO: later\n"
        self.assertIn("ingest/a.cpp:2: left open", self.found({"ingest/README.md": "", "ingest/a.cpp": text}))

    def test_a_link_that_leads_nowhere_is_named(self):
        text = "[there](a.cpp) [not](b.cpp) [elsewhere](https://example.org/)\n"
        found = self.found({"ingest/README.md": text, "ingest/a.cpp": LICENSE})
        self.assertEqual(found, "ingest/README.md:1: the link leads nowhere: b.cpp")

    def test_a_promise_that_is_kept_names_its_test(self):
        def row(state, where):
            text = f"| TF-01 | an instrument is registered | {state} | {where} |\n"
            return self.found({"docs/README.md": "", "docs/promises.md": text, "test/README.md": "",
                               "test/a_test.cpp": LICENSE})

        self.assertEqual(row("kept", "`ingest/`: test/a_test.cpp"), "")
        self.assertEqual(row("part", ""), "")
        self.assertEqual(row("kept", "`ingest/`, test"), "docs/promises.md:1: kept, but no test is named")
        self.assertIn("no such test: test/b_test.cpp", row("kept", "test/b_test.cpp"))


if __name__ == "__main__":
    unittest.main()
