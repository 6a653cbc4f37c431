#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks' short form and holds what they write for scripts against the names that are promised: none is
missing, none is not a number, and what was sent is what is stored. How fast anything is, is not looked at."""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import bench  # noqa: E402

# What bench/README.md promises to whoever reads --json.
PROMISED = [
    "e2e.drain_samples_per_s", "e2e.drain_ratio_to_copy_binary", "e2e.live_samples_per_s", "e2e.live_ratio_to_copy_binary",
    "e2e.verified", "cpu_s_per_million.ingest_and_postgres", "cpu_s_per_million.all",
    "bytes_per_sample.wire", "bytes_per_sample.disk_hot", "bytes_per_sample.disk_closed",
    "query_ms.day", "query_ms.year_overview", "query_ms.latest_10k",
    "latency_ms.idle_p50", "latency_ms.idle_p99", "latency_ms.saturated_p99",
    "connections.kb_each", "connections.storm_core_s", "restart.first_commit_ms", "sdk.rss_mb", "sdk.core_percent",
    "revocation.p50_ms", "revocation.p99_ms", "revocation.max_ms", "revocation.returned",
    "peers.mqttjs_pg.samples_per_s", "peers.mqttjs_pg.cpu_s_per_million",
    "peers.python_batched.samples_per_s", "peers.python_batched.cpu_s_per_million",
]


def program_of(figure):
    return next(program for program in bench.FIGURES if bench.fits(program, figure))


def complaints(figures, only):
    for name in PROMISED:
        if only and not bench.fits(program_of(name), only):
            continue
        value = figures.get(name)
        if not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0 or (
                value == 0 and not name.startswith("revocation.")):
            yield f"{name} is {value}"
    for name, value in figures.items():
        if name.startswith("e2e.verified") and value != 1:
            yield f"{name} is {value}: what is stored is not what was sent"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build-dir", type=Path, required=True)
    parser.add_argument("--only", metavar="NAME")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "figures.json"
        command = [sys.executable, bench.__file__, "--build-dir", arguments.build_dir, "--quick", "--json", file]
        done = subprocess.run(command + (["--only", arguments.only] if arguments.only else []))
        wrong = list(complaints(json.loads(file.read_text()), arguments.only))
    for complaint in wrong:
        print(f"check_bench: {complaint}", file=sys.stderr)
    return done.returncode or (1 if wrong else 0)


if __name__ == "__main__":
    sys.exit(main())
