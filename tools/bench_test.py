#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench.py finds benchmarks by their figures, and says how a figure stands to its target."""

import contextlib
import io
import sys
import unittest

sys.dont_write_bytecode = True
import bench  # noqa: E402


def programs_for(wanted):
    return [program for program in bench.FIGURES if bench.fits(program, wanted)]


class Selection(unittest.TestCase):
    def test_a_program_is_found_by_its_name_and_by_each_of_its_figures(self):
        for wanted in ("latency", "bench_latency", "latency_ms", "latency_ms.idle_p50"):
            self.assertEqual(programs_for(wanted), ["latency"], wanted)

    def test_a_beginning_that_several_share_finds_them_all(self):
        self.assertEqual(programs_for("bytes_per_sample"), ["latency", "queries"])
        self.assertEqual(programs_for("bytes_per_sample.disk_hot"), ["queries"])

    def test_half_a_word_finds_nothing(self):
        self.assertEqual(programs_for("lat"), [])
        self.assertEqual(programs_for("latency_m"), [])


class Table(unittest.TestCase):
    def shown(self, *figures):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            bench.show("some", figures)
        return out.getvalue()

    def test_a_target_is_met_or_missed_by_so_much(self):
        self.assertEqual(bench.verdict(1.5, "<= 2"), "<= 2: meets")
        self.assertEqual(bench.verdict(2.5, "<= 2"), "<= 2: misses by 0.5")
        self.assertEqual(bench.verdict(1.2, ">= 1.0"), ">= 1.0: meets")
        self.assertEqual(bench.verdict(0.75, ">= 1.0"), ">= 1.0: misses by 0.25")

    def test_a_figure_stands_beside_its_yardstick(self):
        text = self.shown({"figure": "mine", "value": 3, "unit": "ms", "yardstick": "theirs", "target": ""},
                          {"figure": "theirs", "value": 6, "unit": "ms", "yardstick": "", "target": "<= 5"})
        self.assertIn("0.50 x theirs", text)
        self.assertIn("misses by 1", text)

    def test_a_figure_that_is_absent_says_why(self):
        self.assertIn("npm is missing", self.shown({"figure": "peer", "absent": "npm is missing"}))


if __name__ == "__main__":
    unittest.main()
