#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_errors.py reads every way a code is written down, and refuses what would puzzle a reader of the list."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import check_errors  # noqa: E402


class Errors(unittest.TestCase):
    def read(self, *headers):
        with tempfile.TemporaryDirectory() as folder:
            for number, text in enumerate(headers):
                (Path(folder) / f"codes{number}.h").write_text(text)
            codes, complaints = check_errors.declared(Path(folder))
            return codes, complaints + list(check_errors.malformed(codes))

    def test_a_code_may_span_lines_and_literals(self):
        codes, complaints = self.read('inline constexpr Code spent{\n    "enroll.spent", "It was "\n    "used.",\n'
                                      '    "Ask for a new one: watchglass device ticket DEVICE"};\n')
        self.assertEqual(complaints, [])
        self.assertEqual(codes[0][:3], ("enroll.spent", "It was used.",
                                        "Ask for a new one: watchglass device ticket DEVICE"))

    def test_a_name_is_declared_once(self):
        text = 'inline constexpr Code a{"x.same", "Sentence.", "Step."};\n'
        self.assertIn("is declared in", self.read(text, text)[1][0])

    def test_names_have_an_area_and_texts_are_sentences(self):
        self.assertIn("spelled area.what", self.read('inline constexpr Code a{"Spent", "Yes.", "Step."};')[1][0])
        self.assertIn("not a sentence", self.read('inline constexpr Code a{"x.y", "used", "Step."};')[1][0])

    def test_a_declaration_it_can_not_read_is_not_passed_over(self):
        self.assertIn("does not read", self.read('inline constexpr Code a = make("x.y");')[1][0])

    def test_the_page_has_a_row_for_each(self):
        codes, _ = self.read('inline constexpr Code a{"x.y", "It | broke.", "Mend it."};')
        self.assertIn("| `x.y` | It \\| broke. | Mend it. |", check_errors.page(codes))


if __name__ == "__main__":
    unittest.main()
