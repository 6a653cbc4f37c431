#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of a build and prints one table of their figures.

A benchmark is a program in BUILD/bench-bin/ that writes one JSON object a line to standard output (bench/report.h):
{"figure": "...", "value": 1.5, "unit": "...", "yardstick": "name of another figure of this program, or empty"}, or
{"curve": "...", ...}, a point of a curve, which is for tools/reliability.py.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path


def run(program, quick, environment):
    """Exit code, figures and points of one benchmark, in its order; its other output goes to our standard error as it
    comes."""
    figures, points = [], []
    with subprocess.Popen([program, *(["--quick"] if quick else [])], stdout=subprocess.PIPE, text=True,
                          env=environment) as child:
        for line in child.stdout:
            try:
                said = json.loads(line)
            except json.JSONDecodeError:
                print(line, end="", file=sys.stderr)
                continue
            (points if "curve" in said else figures).append(said)
    return child.returncode, figures, points


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def show(name, figures):
    values = {figure["figure"]: figure["value"] for figure in figures}
    print(f"\n{name}")
    for figure in figures:
        line = f"  {figure['figure']:<58} {number(figure['value']):>14} {figure['unit']}"
        yardstick = figure.get("yardstick")
        if yardstick and values.get(yardstick):
            line += f"   = {figure['value'] / values[yardstick]:.2f} x {yardstick}"
        print(line)


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures the release build.")
    parser.add_argument("--build-dir", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="smaller loads: a look, not a measurement")
    parser.add_argument("--only", metavar="NAME", help="one benchmark")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    arguments = parser.parse_args()

    programs = sorted((arguments.build_dir / "bench-bin").glob("bench_*"))
    if arguments.only:
        programs = [p for p in programs if p.name in (arguments.only, f"bench_{arguments.only}")]
    if not programs:
        print(f"no benchmark by that name in {arguments.build_dir}/bench-bin", file=sys.stderr)
        return 2

    environment = {**os.environ, "WATCHGLASS_BUILD_DIR": str(arguments.build_dir.resolve())}
    results, failed = {}, []
    print(f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}"
          + (", quick" if arguments.quick else ""))
    for program in programs:
        name = program.name.removeprefix("bench_")
        status, figures, _ = run(program, arguments.quick, environment)
        show(name, figures)
        results[name] = figures
        if status != 0:
            failed.append(name)
    if arguments.json:
        # Flat, by the figures' own names: what a script compares from run to run.
        flat = {figure["figure"]: figure["value"] for figures in results.values() for figure in figures}
        arguments.json.write_text(json.dumps({"cores": os.cpu_count(), "quick": arguments.quick, **flat}, indent=2) + "\n")
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
