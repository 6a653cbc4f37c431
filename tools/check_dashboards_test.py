#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_dashboards.py can fail on each of its rules."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import check_dashboards  # noqa: E402

SOURCES = """
apiVersion: 1
datasources:
  - {uid: p, type: prometheus, url: $WATCHGLASS_GRAFANA_URL, secureJsonData: {password: PASSWORD}}
"""
PROVIDERS = "providers: [{options: {path: PATH}}]"


def dashboard(uid="fleet", source="p", expr="rate(watchglass_x_seconds_bucket[1m])", link="/d/fleet?a=b", second=2):
    panels = [{"id": n, "gridPos": {}, "datasource": {"uid": source, "type": "prometheus"},
               "targets": [{"expr": expr}], "links": [{"url": link}]} for n in (1, second)]
    return json.dumps({"uid": uid, "panels": panels})


class Dashboards(unittest.TestCase):
    def found(self, *dashboards, password="$WATCHGLASS_GRAFANA_PASSWORD", path="$WATCHGLASS_GRAFANA_PATH", more=None):
        files = {f"dashboards/{n}.json": text for n, text in enumerate(dashboards)}
        files["provisioning/datasources/a.yaml"] = SOURCES.replace("PASSWORD}", password + "}")
        files["provisioning/dashboards/a.yaml"] = PROVIDERS.replace("PATH", path)
        files["README.md"] = "`WATCHGLASS_GRAFANA_URL` `WATCHGLASS_GRAFANA_PASSWORD` `WATCHGLASS_GRAFANA_PATH`"
        files.update(more or {})
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                at = Path(folder) / "deploy/grafana" / name
                at.parent.mkdir(parents=True, exist_ok=True)
                at.write_text(text)
            (Path(folder) / "ingest").mkdir()
            (Path(folder) / "ingest/meters.cpp").write_text('r.histogram("watchglass_x_seconds", "Time.")')
            return "\n".join(check_dashboards.complaints(Path(folder)))

    def test_files_that_fit_together_are_fine(self):
        self.assertEqual(self.found(dashboard()), "")

    def test_a_metric_that_no_program_has_is_named(self):
        self.assertIn("watchglass_y_total", self.found(dashboard(expr="watchglass_y_total")))

    def test_a_file_that_cannot_be_read_is_named(self):
        self.assertIn("1.json", self.found(dashboard(), "{"))
        self.assertIn("b.yaml", self.found(dashboard(), more={"provisioning/b.yaml": "a: [b"}))

    def test_uids_and_panel_ids_are_unique(self):
        self.assertIn("uid of its own", self.found(dashboard(), dashboard()))
        self.assertIn("two panels", self.found(dashboard(second=1)))

    def test_a_link_or_source_that_leads_nowhere_is_named(self):
        self.assertIn("no dashboard: old", self.found(dashboard(link="/d/old")))
        self.assertIn("no such data source", self.found(dashboard(source="q")))

    def test_a_secret_or_path_in_a_file_is_refused(self):
        self.assertIn("a secret", self.found(dashboard(), password="hunter2"))
        self.assertIn("the path", self.found(dashboard(), path="/home/somebody"))

    def test_a_name_that_the_readme_does_not_tell_is_named(self):
        self.assertIn("WATCHGLASS_GRAFANA_OTHER", self.found(dashboard(), path="$WATCHGLASS_GRAFANA_OTHER"))


if __name__ == "__main__":
    unittest.main()
