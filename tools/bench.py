#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks of a build and prints one table of their figures.

A benchmark is a program in BUILD/bench-bin/ that writes one JSON object a line to standard output (bench/report.h):
{"figure": "...", "value": 1.5, "unit": "...", "target": "<= 2, or empty", "yardstick": "name of another figure of this
program, or empty"}, {"figure": "...", "absent": "why it could not be measured"}, or {"curve": "...", ...}, a point of a
curve, which is for tools/reliability.py.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What the figures of each program begin with, for --only; bench/README.md says what they mean.
FIGURES = {
    "connections": ["connections"],
    "end_to_end": ["e2e", "cpu_s_per_million", "copy_binary"],
    "flash": ["flash"],
    "latency": ["latency_ms", "latency", "bytes_per_sample.wire"],
    "outage": ["outage"],
    "peers": ["peers"],
    "queries": ["query_ms", "bytes_per_sample.disk_hot", "bytes_per_sample.disk_closed"],
    "recovery": ["restart", "recovery"],
    "revocation": ["revocation"],
    "sdk": ["sdk"],
    "wire_size": ["wire"],
}
# Minutes each even when they are short, and figures of their own page (docs/reliability.md): only when asked for.
NOT_IN_QUICK = ["flash", "outage"]


def fits(program, wanted):
    """True for a program's name, and for a figure of it or the beginning of one, whole words of it."""
    if wanted in (program, f"bench_{program}"):
        return True
    return any((begin + ".").startswith(wanted + ".") or (wanted + ".").startswith(begin + ".")
               for begin in FIGURES.get(program, []))


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


def verdict(value, target):
    """How a figure stands to its target, `<= 2` or `>= 0.5`."""
    relation, bound = target.split()
    bound = float(bound)
    met = value <= bound if relation == "<=" else value >= bound
    return f"{target}: " + ("meets" if met else f"misses by {number(abs(value - bound))}")


def show(name, figures, seconds=None):
    values = {figure["figure"]: figure.get("value") for figure in figures}
    print(f"\n{name}" + (f", {seconds:.0f} s" if seconds is not None else ""))
    for figure in figures:
        if "absent" in figure:
            print(f"  {figure['figure']:<48} {'absent':>12}   {figure['absent']}")
            continue
        line = f"  {figure['figure']:<48} {number(figure['value']):>12} {figure['unit']}"
        yardstick = figure.get("yardstick")
        if yardstick and values.get(yardstick):
            line += f"   = {figure['value'] / values[yardstick]:.2f} x {yardstick}"
        if figure.get("target"):
            line += f"   {verdict(figure['value'], figure['target'])}"
        print(line)
    sys.stdout.flush()


def install_peer_packages(build_dir):
    """npm packages of bench/peers, as its lock file says, into the build folder. Says why when that fails; the benchmark
    then does without."""
    source, there = ROOT / "bench/peers/mqttjs_pg", build_dir / "peers/mqttjs_pg"
    lock = (source / "package-lock.json").read_bytes()
    installed = there / "installed.json"
    if installed.exists() and installed.read_bytes() == lock:
        return
    if shutil.which("npm") is None:
        print("bench/peers: npm is not installed, so mqttjs_pg is left out", file=sys.stderr)
        return
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(source, there)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=there,
                          capture_output=True, text=True)
    if done.returncode != 0:
        print(f"bench/peers: npm could not install its packages, so mqttjs_pg is left out\n{done.stderr}", file=sys.stderr)
        shutil.rmtree(there / "node_modules", ignore_errors=True)
        return
    installed.write_bytes(lock)


def chosen(build_dir, only, quick):
    programs = sorted((build_dir / "bench-bin").glob("bench_*"))
    named = {program.name.removeprefix("bench_"): program for program in programs}
    if only:
        return {name: program for name, program in named.items() if fits(name, only)}
    return {name: program for name, program in named.items() if not (quick and name in NOT_IN_QUICK)}


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures the release build.")
    parser.add_argument("--build-dir", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="smaller loads: a look, not a measurement")
    parser.add_argument("--only", metavar="NAME", help="one benchmark, by its name or that of its figures, as latency_ms")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    arguments = parser.parse_args()

    build_dir = arguments.build_dir.resolve()
    programs = chosen(build_dir, arguments.only, arguments.quick)
    if not programs:
        print(f"no benchmark by that name in {build_dir}/bench-bin", file=sys.stderr)
        return 2
    if "peers" in programs:
        install_peer_packages(build_dir)

    environment = {**os.environ, "WATCHGLASS_BUILD_DIR": str(build_dir), "WATCHGLASS_SOURCE_DIR": str(ROOT)}
    results, failed = {}, []
    begun = time.monotonic()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}"
          + (", quick" if arguments.quick else ""))
    for name, program in programs.items():
        started = time.monotonic()
        status, figures, _ = run(program, arguments.quick, environment)
        show(name, figures, time.monotonic() - started)
        results[name] = figures
        if status != 0:
            failed.append(f"{name} ({'exit code' if status > 0 else 'signal'} {abs(status)})")
    print(f"\n{len(programs)} benchmarks in {time.monotonic() - begun:.0f} s")
    if arguments.json:
        # Flat, by the figures' own names: what a script compares from run to run.
        flat = {figure["figure"]: figure["value"] for figures in results.values() for figure in figures
                if "value" in figure}
        arguments.json.write_text(json.dumps({"cores": os.cpu_count(), "quick": arguments.quick, **flat}, indent=2) + "\n")
    if failed:
        print(f"not verified or ended before its time: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
