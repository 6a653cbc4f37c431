#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a machine can tell of deploy/grafana without a Grafana: files are well formed, uids are unique and known, links and
provisioning fit together, no secret stands in a file, and every metric is one that a program has."""

import argparse
import json
import re
import sys
from pathlib import Path

import yaml

sys.dont_write_bytecode = True
import tree  # noqa: E402

FOLDER = "deploy/grafana"
METRIC = re.compile(r"\b(?:watchglass|process)_[a-z0-9_]+")
SERIES_OF_A_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")
LINK = re.compile(r"/d/([\w-]+)")
ENVIRONMENT = re.compile(r"\$\{?(WATCHGLASS_GRAFANA_[A-Z_]+)\}?")


def objects(value):
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


def metrics_in_code(root, names):
    """Names that stand as literals where a program registers or prints its metrics."""
    found = set()
    for name in names:
        if name.endswith(tree.CPP) and not name.startswith(("test/", "bench/")):
            found.update(METRIC.findall(tree.read(name, root)))
    return found


def complaints_of_dashboard(name, dashboard, sources, uids, metrics):
    ids = [panel["id"] for panel in objects(dashboard.get("panels", [])) if "gridPos" in panel]
    if len(ids) != len(set(ids)):
        yield f"{name}: two panels have one id"
    for part in objects(dashboard):
        source = part.get("datasource")
        if isinstance(source, dict) and sources.get(source.get("uid")) != source.get("type"):
            yield f"{name}: no such data source is provisioned: {source}"
        for metric in METRIC.findall(part.get("expr", "")):
            if metric not in metrics and SERIES_OF_A_HISTOGRAM.sub("", metric) not in metrics:
                yield f"{name}: no program has the metric {metric}"
        for uid in LINK.findall(str(part.get("url", ""))):
            if uid not in uids:
                yield f"{name}: the link leads to no dashboard: {uid}"


def complaints_of_provisioning(name, text, readme):
    for variable in ENVIRONMENT.findall(text):
        if f"`{variable}`" not in readme:
            yield f"{name}: {FOLDER}/README.md does not tell of {variable}"
    for part in objects(yaml.safe_load(text)):
        for secret in part.get("secureJsonData", {}).values():
            if not ENVIRONMENT.fullmatch(str(secret)):
                yield f"{name}: a secret comes from the environment alone"
        for provider in part.get("providers", []):
            if not ENVIRONMENT.fullmatch(provider.get("options", {}).get("path", "")):
                yield f"{name}: the path of the dashboards comes from the environment"


def parsed(root, names, ending, read):
    """The documents that can be read, and what is wrong with the others."""
    documents, complaints = {}, []
    for name in names:
        if name.startswith(FOLDER + "/") and name.endswith(ending):
            try:
                documents[name] = read(tree.read(name, root))
            except (ValueError, yaml.YAMLError) as problem:
                complaints.append(f"{name}: {problem}")
    return documents, complaints


def complaints(root):
    names = tree.files(root)
    dashboards, broken = parsed(root, names, ".json", json.loads)
    provisioning, also_broken = parsed(root, names, ".yaml", yaml.safe_load)
    yield from broken + also_broken

    uids = [dashboard.get("uid") for dashboard in dashboards.values()]
    sources = {source["uid"]: source["type"] for document in provisioning.values()
               for source in document.get("datasources", [])}
    if not all(uids) or len(uids) != len(set(uids)):
        yield f"{FOLDER}: each dashboard has a uid of its own"
    metrics = metrics_in_code(root, names)
    for name, dashboard in dashboards.items():
        yield from complaints_of_dashboard(name, dashboard, sources, uids, metrics)
    readme = tree.read(f"{FOLDER}/README.md", root) if f"{FOLDER}/README.md" in names else ""
    for name in provisioning:
        yield from complaints_of_provisioning(name, tree.read(name, root), readme)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=tree.ROOT)
    found = list(complaints(parser.parse_args().root))
    print("\n".join(found) if found else "the dashboards fit together")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
