# SPDX-License-Identifier: Apache-2.0
"""docs/reliability.md from the results of tools/reliability.py: the text of reliability.md.in with tables filled in."""

import re
from pathlib import Path

import drain_plot

SWEEPS = {
    "agent_kill": "the agent is killed at its n-th write, sync, rename or send, before, inside and after it",
    "agent_power": "the agent's machine loses power at its n-th disk operation; unsynced writes are lost or torn at any byte",
    "agent_disk": "the agent's disk fails or is full at its n-th write, sync or rename, once or for a dozen calls",
    "ingest_kill": "ingestd is killed at its n-th word to the broker or to PostgreSQL",
    "link_agent": "the agent's link to the broker is cut after byte k or goes dead there, for k evenly spaced over a run",
    "link_ingest": "the same with ingestd's link to PostgreSQL",
    "link_broker": "the same with ingestd's two links to the broker",
    "commit_lost": "the connection to PostgreSQL is lost during COMMIT, on either side of it",
    "server_kill": "broker, PostgreSQL, or both are killed at random moments, twice a run",
    "two_ingests": "two ingestd on one shard",
    "four_ingests": "four ingestd, one killed every 5 s",
}
NOT_RUN = "*Not measured yet: run the command below.*"


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def figures(results, part):
    return results.get(part, {}).get("figures", {})


def headline(results):
    sweeps = results.get("sweeps", {}).get("sweeps", [])
    simulation = results.get("simulation", {})
    said = []
    if sweeps:
        failed = sum(s.get("failed", 0) for s in sweeps)
        said.append("{:,} fault points on the real programs: {} lost, {} duplicated{}.".format(
            sum(s["points"] for s in sweeps), sum(s["lost"] for s in sweeps), sum(s["duplicated"] for s in sweeps),
            f"; {failed} RUNS FAILED" if failed or not results["sweeps"]["passed"] else ""))
    if "seeds" in simulation:
        said.append("{:,} simulated histories with {:,} faults: {} failed.".format(
            simulation["seeds"], simulation.get("points", 0), simulation.get("failed", 0)))
    outage = figures(results, "outage")
    if outage:
        said.append("{:,.0f} frames of {:,.0f} instruments after an outage: {:.0f} lost, {:.0f} duplicated.".format(
            outage["outage.frames"], outage["outage.instruments"], outage.get("outage.lost", -1), outage.get("outage.duplicated", -1)))
    return " ".join(said) or "Nothing has been measured yet."


def sweeps(results):
    rows = [(SWEEPS.get(s["sweep"], s["sweep"]), f"{s['points']:,}", s.get("not_reached", 0), s["lost"], s["duplicated"], s.get("failed", 0))
            for s in results.get("sweeps", {}).get("sweeps", [])]
    rows += [(SWEEPS.get(name, name), "NOT RUN", "", "", "", "") for name in results.get("sweeps", {}).get("missing", [])]
    return table(("What was done", "Points", "Not reached", "Lost", "Duplicated", "Runs failed"), rows) if rows else NOT_RUN


def simulation(results):
    result = results.get("simulation", {})
    if "seeds" not in result:
        return NOT_RUN
    said = "{:,} seeds, {:,} faults, {} seeds failed; {:,} seeds a minute on one core.".format(
        result["seeds"], result.get("points", 0), result.get("failed", 0), result.get("seeds_per_minute", 0))
    points = result.get("crash_points", {})
    if not points:
        return said
    return said + "\n\nHow often each crash point was hit (one that never was fails the run):\n\n" + table(
        ("Crash point", "Hit"), [(name, f"{count:,}") for name, count in points.items()])


def mutants(results):
    found = results.get("simulation", {}).get("mutants", {})
    return table(("Broken on purpose", "Result"), [(name.replace("_", " "), what) for name, what in found.items()]) if found else NOT_RUN


def recovery(results):
    of = figures(results, "recovery")
    if not of:
        return NOT_RUN
    rows = []
    for name, what, goal in (
            ("ingestd", "`watchglass-ingestd`, started again at once", "250 ms"),
            ("ingestd_supervised", "the same, noticed and started again by `watchglass up`", ""),
            ("postgres", "PostgreSQL with all its processes, started again by `watchglass up`", ""),
            ("broker", "Mosquitto, started again by `watchglass up`", "")):
        at = f"recovery.{name}"
        if of.get(f"{at}.rounds", 0) > 0:
            rows.append((what, number(of[f"{at}.median"]), number(of[f"{at}.most"]), number(of[f"{at}.rounds"]), goal))
    return table(("Killed", "First commit, median ms", "most ms", "Rounds", "Goal"), rows)


def recovery_verdict(results):
    of = figures(results, "recovery")
    if "recovery.lost" not in of:
        return "not measured yet"
    return f"of {of['recovery.live_readings']:,.0f}, {of['recovery.lost']:.0f} lost, {of['recovery.duplicated']:.0f} stored twice"


def outage_text(results):
    of = figures(results, "outage")
    if not of:
        return NOT_RUN
    return (f"{of['outage.instruments']:,.0f} instruments were cut off and kept recording: {of['outage.frames']:,.0f} frames with "
            f"{of['outage.changes']:,.0f} changed readings, {of['outage.body_megabytes']:,.0f} MB, wait in their journals. All come back as fast "
            "as their handshakes can be made, 32 at a time. Each goes on taking a reading every 10 s, and somewhere in the fleet an alarm is raised every 200 ms. A wait is "
            "counted from recording on the instrument to the platform's \"stored\" in the instrument's hands.")


def outage(results):
    of = figures(results, "outage")
    if not of:
        return ""
    rows = [("all instruments back", f"{of['outage.all_home']:.1f} s", ""),
            ("all of the outage stored", f"{of['outage.drained']:.1f} s", ""),
            ("pace", f"{of['outage.frames_per_s']:,.0f} frames/s, {of['outage.changes_per_s']:,.0f} readings/s", "")]
    for when, words in (("dialing", "while the fleet dials"), ("during", "during the drain, all back"), ("after", "afterwards")):
        for what in ("alarm", "reading"):
            at = f"outage.{what}_to_stored_{when}"
            if of[at + ".count"] == 0:
                continue
            rows.append((f"{'an alarm' if what == 'alarm' else 'a live reading'}, {words} ({of[at + '.count']:,.0f} of them)",
                         f"median {of[at + '.p50']:,.0f} ms, p99 {of[at + '.p99']:,.0f} ms, slowest {of[at + '.most']:,.0f} ms",
                         "p99 < 1 s" if what == "alarm" and when == "during" else ""))
    rows.append(("memory, most", ", ".join(f"{name} {of['outage.memory_most.' + name]:,.0f} MB" for name in ("ingestd", "mosquitto", "postgres")), ""))
    return table(("", "Measured", "Goal"), rows)


def outage_verdict(results):
    of = figures(results, "outage")
    if "outage.lost" not in of:
        return ""
    return (f"Of {of['outage.frames']:,.0f} frames, {of['outage.live_readings']:,.0f} live readings and {of['outage.alarms']:,.0f} alarms, "
            f"{of['outage.lost']:.0f} were lost and {of['outage.duplicated']:.0f} stored twice; {of['outage.digests_wrong']:.0f} of "
            f"{of['outage.instruments']:,.0f} digests differed.")


def flash(results):
    of = figures(results, "flash")
    if not of:
        return NOT_RUN
    rows = []
    for name, what in (("default", "default: a frame a second, a sync every 5 s"), ("full_speed", "as fast as it goes: a sync every 64 KB")):
        at = f"flash.{name}"
        if f"{at}.body_bytes" in of:
            kernel = of.get(f"{at}.kernel_per_stored_byte")
            rows.append((what, f"{of[at + '.asked_per_stored_byte']:.2f}", f"{of[at + '.written_per_stored_byte']:.2f}",
                         f"{kernel:.2f}" if kernel else "not counted here",
                         f"{of[at + '.megabytes_a_day']:,.0f} MB" if f"{at}.megabytes_a_day" in of else ""))
    return table(("Cadence", "Bytes handed to the disk per byte stored", "the same in whole pages of 4 KiB",
                  "counted by the kernel", "a day"), rows)


def machine(results):
    rows = []
    for part, result in results.items():
        on = result["machine"]
        rows.append((part + (" (quick)" if result["quick"] else ""), result["date"],
                     f"{on['cores']} cores, {on['model'] or 'unnamed'}, {on['memory_gb']} GB, {on['system']}",
                     f"{result['load'][0]:.1f} to {result['load'][1]:.1f}", f"`{result['command']}`"))
    return table(("Part", "When", "Machine", "Load before and after", "Command"), rows) + (
        "\n\nA load above the number of cores means that others used the machine too: times are then longer than they would be alone.")


def write(results, root):
    """Writes the page and its picture; answers the page's text."""
    curve = results.get("outage", {}).get("curve", [])
    picture = Path(root) / "docs" / "images" / "drain.svg"
    if curve:
        picture.write_text(drain_plot.svg(curve), encoding="utf-8")
    filled = {name: make(results) for name, make in (
        ("headline", headline), ("sweeps", sweeps), ("simulation", simulation), ("mutants", mutants), ("recovery", recovery),
        ("recovery_verdict", recovery_verdict), ("outage_text", outage_text), ("outage", outage), ("outage_verdict", outage_verdict),
        ("flash", flash), ("machine", machine))}
    filled["quick"] = ", in its short form" if any(r["quick"] for r in results.values()) else ""
    filled["sweeps_command"] = results.get("sweeps", {}).get("command", "./run reliability --only sweeps")
    filled["simulation_command"] = results.get("simulation", {}).get("command", "./run reliability --only simulation")
    template = (Path(root) / "tools" / "reliability.md.in").read_text(encoding="utf-8")
    page = re.sub(r"@(\w+)@", lambda found: filled[found.group(1)], template)
    if not picture.exists():
        page = re.sub(r"^!\[.*\n\n", "", page, flags=re.MULTILINE)
    (Path(root) / "docs" / "reliability.md").write_text(page, encoding="utf-8")
    return page
